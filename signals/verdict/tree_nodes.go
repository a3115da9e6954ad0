package verdict

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// emptyNodes are the nodes of a tree before anything is known of them.
func emptyNodes(t *trace) []TreeNode {
	var out []TreeNode
	nan := math.NaN()
	for _, n := range t.nodes {
		if !shown(n) {
			continue
		}
		depth := 0
		for p := n.parent; p != nil; p = p.parent {
			if p.inner() == p {
				depth++
			}
		}
		out = append(out, TreeNode{
			Depth: depth, Expr: n.text, Short: skeleton(n), Start: n.start, End: n.end, Type: string(n.expr.Type()),
			Min: nan, Median: nan, Max: nan,
		})
	}
	return out
}

// shown tells whether a node has a line of its own.
func shown(n *node) bool {
	switch n.expr.(type) {
	case *parser.NumberLiteral, *parser.StringLiteral:
		return n.parent == nil
	}
	return n.inner() == n
}

// skeleton is a node's text with … for its operands, but for numbers and
// strings.
func skeleton(n *node) string {
	part := func(k *node) string {
		switch k.inner().expr.(type) {
		case *parser.NumberLiteral, *parser.StringLiteral:
			return k.text
		}
		return "…"
	}
	switch e := n.expr.(type) {
	case *parser.BinaryExpr:
		op := e.Op.String()
		if e.ReturnBool {
			op += " bool"
		}
		if m := e.VectorMatching; m != nil {
			switch names := strings.Join(m.MatchingLabels, ", "); {
			case m.On:
				op += " on (" + names + ")"
			case names != "":
				op += " ignoring (" + names + ")"
			}
			switch m.Card {
			case parser.CardManyToOne:
				op += " group_left (" + strings.Join(m.Include, ", ") + ")"
			case parser.CardOneToMany:
				op += " group_right (" + strings.Join(m.Include, ", ") + ")"
			}
		}
		return part(n.kids[0]) + " " + op + " " + part(n.kids[1])
	case *parser.UnaryExpr:
		return e.Op.String() + part(n.kids[0])
	case *parser.AggregateExpr:
		text := e.Op.String()
		switch names := strings.Join(e.Grouping, ", "); {
		case e.Without:
			text += " without (" + names + ") "
		case names != "":
			text += " by (" + names + ") "
		}
		var args []string
		if len(n.kids) > 1 {
			args = append(args, part(n.kids[1]))
		}
		return text + "(" + strings.Join(append(args, part(n.kids[0])), ", ") + ")"
	case *parser.Call:
		var args []string
		for _, k := range n.kids {
			args = append(args, part(k))
		}
		return e.Func.Name + "(" + strings.Join(args, ", ") + ")"
	case *parser.SubqueryExpr:
		return "…" + strings.TrimPrefix(n.text, n.kids[0].text)
	}
	return n.text
}

// match is how the sides of an operator between vectors look at an instant.
func (x *explainer) match(n *node, look rules.Look, result []query.Sample) *Match {
	e, ok := n.expr.(*parser.BinaryExpr)
	if !ok || e.VectorMatching == nil || n.kids[0].isScalar() || n.kids[1].isScalar() {
		return nil
	}
	left, right := sorted(x.vector(n.kids[0], look)), sorted(x.vector(n.kids[1], look))
	m := &Match{On: e.VectorMatching.On, Labels: e.VectorMatching.MatchingLabels, LeftSeries: len(left), RightSeries: len(right)}
	m.Left, m.Right = someOf(left), someOf(right)
	if len(left) > 0 && len(right) > 0 && e.Op != parser.LOR && !anyPair(e.VectorMatching, left, right) {
		m.Apart = differing(e.VectorMatching, left[0].Labels, right[0].Labels)
	}
	return m
}

// sorted are samples by their labels, since the engine's order may be any.
func sorted(vec []query.Sample) []query.Sample {
	vec = slices.Clone(vec)
	slices.SortFunc(vec, func(a, b query.Sample) int { return labels.Compare(a.Labels, b.Labels) })
	return vec
}

func someOf(vec []query.Sample) []labels.Labels {
	var out []labels.Labels
	for _, s := range vec[:min(len(vec), maxSides)] {
		out = append(out, s.Labels)
	}
	return out
}

// anyPair tells whether some series of the sides agree in what they must.
func anyPair(m *parser.VectorMatching, left, right []query.Sample) bool {
	key := func(ls labels.Labels) string {
		b := labels.NewBuilder(ls)
		if m.On {
			b.Keep(m.MatchingLabels...)
		} else {
			b.Del(append([]string{model.MetricNameLabel}, m.MatchingLabels...)...)
		}
		return b.Labels().String()
	}
	seen := map[string]bool{}
	for _, s := range left {
		seen[key(s.Labels)] = true
	}
	for _, s := range right {
		if seen[key(s.Labels)] {
			return true
		}
	}
	return false
}

// quantile is the interval of a histogram_quantile, for the highest value that
// it gave; nil where there are no classic buckets.
func (x *explainer) quantile(n *node, look rules.Look, result []query.Sample) *Quantile {
	call, ok := n.expr.(*parser.Call)
	if !ok || call.Func.Name != "histogram_quantile" || len(result) == 0 {
		return nil
	}
	orders := x.vector(n.kids[0], look)
	if len(orders) != 1 {
		return nil
	}
	result = sorted(result)
	best := result[0]
	for _, s := range result {
		if s.Value > best.Value || math.IsNaN(best.Value) && !math.IsNaN(s.Value) {
			best = s
		}
	}
	buckets := bucketsOf(x.vector(n.kids[1], look), best.Labels)
	if len(buckets) == 0 || !(orders[0].Value > 0 && orders[0].Value <= 1) {
		return nil
	}
	h := histogram.NewClassic(buckets, math.NaN(), buckets[len(buckets)-1].Count)
	est := h.Estimate(orders[0].Value)
	return &Quantile{Order: orders[0].Value, Labels: best.Labels, Value: best.Value, Lower: est.Lower, Upper: est.Upper}
}

// bucketsOf are those of the histogram with these labels, by their bounds.
func bucketsOf(vec []query.Sample, of labels.Labels) []histogram.Bucket {
	var out []histogram.Bucket
	for _, s := range vec {
		le, err := strconv.ParseFloat(s.Labels.Get(model.BucketLabel), 64)
		if err != nil || s.Histogram != nil {
			continue
		}
		rest := labels.NewBuilder(s.Labels).Del(model.BucketLabel, model.MetricNameLabel).Labels()
		if labels.Equal(rest, nameless(of)) {
			out = append(out, histogram.Bucket{UpperBound: le, Count: s.Value})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].UpperBound < out[j].UpperBound })
	return out
}
