package verdict

import (
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// nanOf says by what a node is NaN for some labels, as ", as 0/0 is"; "" where
// that is not plain to see.
func (w *walk) nanOf(n *node, ls labels.Labels) string {
	n = n.inner()
	kids := map[*node]query.Sample{}
	for _, k := range n.kids {
		s, ok := w.sampleOf(k, ls)
		if ok && math.IsNaN(s.Value) && !k.isScalar() {
			return w.nanOf(k, ls)
		}
		if ok {
			kids[k] = s
		}
	}
	switch e := n.expr.(type) {
	case *parser.VectorSelector:
		if name := metricName(e); name != "" && len(w.t.run.names[name]) > 0 {
			return ", as its rule recorded it"
		}
		return ", as it was exposed"
	case *parser.BinaryExpr:
		l, okL := kids[n.kids[0]]
		r, okR := kids[n.kids[1]]
		if e.Op == parser.DIV && okL && okR && l.Value == 0 && r.Value == 0 {
			return ", as 0/0 is"
		}
	case *parser.Call:
		switch e.Func.Name {
		case "histogram_quantile":
			buckets, observed := w.vector(n.kids[1]), 0.0
			for _, s := range buckets {
				if s.Histogram != nil {
					return ""
				}
				if labels.Equal(nameless(labels.NewBuilder(s.Labels).Del(labels.BucketLabel).Labels()), nameless(ls)) {
					observed = max(observed, math.Abs(s.Value))
				}
			}
			if observed == 0 {
				return ", as the quantile of no observations is"
			}
		case "sqrt", "ln", "log2", "log10", "asin", "acos", "acosh", "atanh":
			if s, ok := kids[n.kids[0]]; ok {
				return fmt.Sprintf(", as %s(%s) is", e.Func.Name, number(s.Value))
			}
		}
	}
	return ""
}

// sampleOf is what a node gave for labels; false when it gave nothing, or for
// several, or can't be asked.
func (w *walk) sampleOf(n *node, ls labels.Labels) (found query.Sample, ok bool) {
	vec := w.vector(n)
	if n.isScalar() {
		return first(vec), len(vec) == 1
	}
	for _, s := range vec {
		if s.Histogram == nil && consistent(s.Labels, ls) {
			if ok {
				return query.Sample{}, false
			}
			found, ok = s, true
		}
	}
	return found, ok
}

func first(vec []query.Sample) query.Sample {
	if len(vec) == 0 {
		return query.Sample{}
	}
	return vec[0]
}

// nanScalar says by what a scalar is NaN, as ", as scalar() of 6 series is".
func (w *walk) nanScalar(n *node) string {
	for _, k := range n.below() {
		e, ok := k.expr.(*parser.Call)
		if !ok || e.Func.Name != "scalar" {
			continue
		}
		if vec := w.vector(k.kids[0]); len(vec) != 1 {
			return fmt.Sprintf(", as scalar() of %s is", count(len(vec), "series"))
		}
	}
	return ""
}
