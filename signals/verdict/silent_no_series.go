package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/internal/near"
)

// noSeries: a selector without which there is no result matched nothing in the
// whole capture.
func noSeries(t *trace) []Finding {
	if len(t.nodes) == 0 {
		return nil
	}
	var out []Finding
	for _, n := range t.missing(t.nodes[0]) {
		if slices.ContainsFunc(out, func(f Finding) bool { return f.Expr == n.text }) {
			continue
		}
		out = append(out, t.noSeries(n))
	}
	return out
}

// missing lists the selectors that matched nothing and on which an expression
// fails; none when it could have given something without them.
func (t *trace) missing(n *node) []*node {
	if vs := n.selector(); vs != nil {
		if sel := t.run.series.of(vs); len(sel.lives)+sel.more == 0 {
			return []*node{n}
		}
		return nil
	}
	switch e := n.expr.(type) {
	case *parser.BinaryExpr:
		l, r := t.missing(n.kids[0]), t.missing(n.kids[1])
		switch {
		case e.Op == parser.LUNLESS:
			return l
		case e.Op == parser.LOR && (l == nil || r == nil):
			return nil
		case n.kids[0].isScalar():
			return r
		case n.kids[1].isScalar():
			return l
		}
		return append(l, r...)
	case *parser.Call:
		if strings.HasPrefix(e.Func.Name, "absent") {
			return nil
		}
	}
	if n.isScalar() {
		return nil
	}
	for _, k := range n.kids {
		if list := t.missing(k); list != nil {
			return list
		}
	}
	return nil
}

// noSeries says what there is in place of a selector's series.
func (t *trace) noSeries(n *node) Finding {
	vs := n.selector()
	f := n.finding()
	f.Expr, f.End = selectorText(vs), n.start+len(n.text)
	if f.End > n.end {
		f.End = n.end
	}
	name, ms := nameOf(vs.LabelMatchers)
	f.Evidence["selector"] = f.Expr
	var beside string
	if y := t.absent(n); y != nil && y.held > 0 && y.beside != nil {
		beside = fmt.Sprintf("; %s gave %s meanwhile (%s)", y.beside.text, number(y.besideSample.Value), t.run.clock.at(y.lastHeld))
		f.Evidence["beside"] = Evidence{"expr": y.beside.text, "labels": y.besideSample.Labels, "value": y.besideSample.Value, "at": y.lastHeld}
	}
	writers := t.run.names[name]
	switch {
	case len(writers) > 0 && !t.run.seen.Has(name):
		t.recorded(&f, name, writers)
	case name == "":
		f.Evidence["kind"] = "combination"
		f.Text = fmt.Sprintf("%s has no data: no series of this capture passes %s", t.name(), f.Expr)
	case !t.run.seen.Has(name):
		f.Evidence["kind"], f.Evidence["metric"] = "metric", name
		f.Text = fmt.Sprintf("%s has no data: there is no metric %s in this capture", t.name(), name)
		all := t.run.seen.Metrics()
		like := alike(name, all, 3, true)
		f.Evidence["nearest"] = like
		if word := near.Word(name, all); word != "" && near.Distance(name, word) <= max(2, len(name)/6) {
			f.Text += "; probably " + word + " is meant"
		} else if len(like) > 0 {
			f.Text += "; the nearest names are " + list(like, 3)
		}
	default:
		t.noValue(&f, name, ms)
	}
	f.Text += beside + "."
	return f
}

// absent is the tally of a selector that gave nothing, if it came up.
func (t *trace) absent(n *node) *tally {
	for ; n != nil; n = n.parent {
		if y := t.causes[causeKey{n.id, causeAbsent}]; y != nil {
			return y
		}
		if n.selector() == nil {
			break
		}
	}
	return nil
}

// nameOf takes the metric's name out of matchers; "" when they name none.
func nameOf(ms []*labels.Matcher) (string, []*labels.Matcher) {
	i := slices.IndexFunc(ms, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual })
	if i < 0 {
		return "", ms
	}
	return ms[i].Value, slices.Delete(slices.Clone(ms), i, i+1)
}

// noValue is about a metric that is there, and a matcher that nothing under its
// name passes.
func (t *trace) noValue(f *Finding, name string, ms []*labels.Matcher) {
	seen := t.run.seen
	f.Evidence["metric"] = name
	i := slices.IndexFunc(ms, func(m *labels.Matcher) bool { return !seen.Any(name, m) })
	if i < 0 {
		f.Evidence["kind"] = "combination"
		f.Text = fmt.Sprintf("%s has no data: of %s each matcher of %s has its series, and no series has them all", t.name(), name, f.Expr)
		return
	}
	m := ms[i]
	values := seen.Values(name, m.Name)
	f.Evidence["matcher"], f.Evidence["label"] = m.String(), m.Name
	if len(values) == 0 {
		f.Evidence["kind"] = "label"
		f.Text = fmt.Sprintf("%s has no data: %s is there, without a label %s (%s asks for it)", t.name(), name, m.Name, m)
		return
	}
	f.Evidence["kind"] = "value"
	sorted := alike(m.Value, values, 10, false)
	var quoted []string
	for _, v := range sorted {
		quoted = append(quoted, fmt.Sprintf("%s=%q", m.Name, v))
	}
	f.Evidence["values"] = quoted
	if n := len(values) - len(sorted); n > 0 {
		f.Evidence["more_values"] = n
	}
	f.Text = fmt.Sprintf("%s has no data: %s is there with %s, and nothing passes %s", t.name(), name, list(quoted, 5), m)
}

// recorded is about a series that rules of the set would have written.
func (t *trace) recorded(f *Finding, name string, writers []*trace) {
	f.Evidence["kind"], f.Evidence["metric"] = "recorded", name
	w := writers[0]
	f.Evidence["rule"] = w.name()
	f.Text = fmt.Sprintf("%s has no data: the rule that records %s never gave any", t.name(), name)
	if why := t.run.of(w); len(why) > 0 {
		f.Evidence["because"] = why[0].ID
		f.Text += ": " + strings.TrimSuffix(why[0].Text, ".")
	}
}

// alike sorts candidates by their distance to want and keeps the first n; close
// leaves out those that differ in more than half of it.
func alike(want string, candidates []string, n int, close bool) []string {
	type scored struct {
		s string
		d int
	}
	var list []scored
	for _, c := range candidates {
		d := near.Distance(want, c)
		if !close || d <= max(len(want), len(c))/2 {
			list = append(list, scored{c, d})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(a.d, b.d), strings.Compare(a.s, b.s)) })
	var out []string
	for _, s := range list[:min(n, len(list))] {
		out = append(out, s.s)
	}
	return out
}
