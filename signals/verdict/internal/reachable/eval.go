package reachable

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Analyse proves that an expression, as it was parsed, can never return a
// sample over data of the shape. It returns one proof for each arm that would
// have to be repaired (`a or b` has two), the first one deciding, or none when
// the expression could return a sample or it can't be told. It changes neither
// argument.
//
// A scalar always has a value, so it is never proven; nor is what a query
// refuses, as a string.
func Analyse(expr parser.Expr, shape Shape) []Proof {
	if t := expr.Type(); t != parser.ValueTypeVector && t != parser.ValueTypeMatrix {
		return nil
	}
	a := &analysis{shape: shape, recording: map[string]bool{}, written: map[string]vector{}}
	return a.eval(expr).dead
}

type analysis struct {
	shape     Shape
	recording map[string]bool   // names whose rules are being followed
	written   map[string]vector // what the rules of a name can write
	depth     int
}

// maxDepth bounds how deep rules and nodes are followed.
const maxDepth = 500

// vector is what an expression can return. Of a scalar it is the one sample.
type vector struct {
	value
	labels labelSet
	sure   bool // it always has a sample
	single bool // it never has two
	dead   []Proof
}

// unknown can be anything.
func unknown() vector {
	v := anyFloat()
	v.hist = true
	return vector{value: v, labels: anyLabels()}
}

func scalarOf(v value) vector {
	return vector{value: v, labels: noLabels(Cause{}), sure: true, single: true}
}

// eval follows a node. What comes out either can have a sample or is dead.
func (a *analysis) eval(n parser.Expr) vector {
	if a.depth++; a.depth > maxDepth {
		a.depth--
		return unknown()
	}
	defer func() { a.depth-- }()
	out := a.node(n)
	if out.dead == nil && out.empty() {
		out.dead = []Proof{a.proof(n, ByValues, Nothing, "it gives nothing for any value", out.value)}
	}
	if out.dead != nil {
		return vector{dead: out.dead, labels: out.labels}
	}
	return out
}

func (a *analysis) node(n parser.Expr) vector {
	switch n := n.(type) {
	case *parser.NumberLiteral:
		return scalarOf(exactly(n.Val))
	case *parser.ParenExpr:
		return a.eval(n.Expr)
	case *parser.StepInvariantExpr:
		return a.eval(n.Expr)
	case *parser.UnaryExpr:
		return a.unary(n)
	case *parser.VectorSelector:
		return a.selector(n)
	case *parser.MatrixSelector:
		return a.eval(n.VectorSelector)
	case *parser.SubqueryExpr:
		out := a.eval(n.Expr)
		out.sure = false
		return out
	case *parser.AggregateExpr:
		return a.aggregate(n)
	case *parser.BinaryExpr:
		return a.binary(n)
	case *parser.Call:
		return a.call(n)
	}
	return unknown()
}

func (a *analysis) unary(n *parser.UnaryExpr) vector {
	in := a.eval(n.Expr)
	if in.dead != nil || n.Op != parser.SUB {
		return in
	}
	hist, whole := in.hist, in.whole
	out := in.each(func(f float64) float64 { return -f })
	out.hist, out.whole = hist, whole
	// The end at 0 can be -0 now.
	out.negZero = out.num && out.lo <= 0 && out.hi >= 0
	out = out.turned()
	in.value = out
	if n.Expr.Type() != parser.ValueTypeScalar {
		in.labels = a.nameless(in.labels)
	}
	return in
}

// selector is what the series of a selector can be.
func (a *analysis) selector(n *parser.VectorSelector) vector {
	name := ""
	for _, m := range n.LabelMatchers {
		if m.Name != model.MetricNameLabel {
			continue
		}
		if m.Type != labels.MatchEqual || m.Value == "" || name != "" {
			return a.matched(n, unknown())
		}
		name = m.Value
	}
	metric, scraped := a.shape.Metrics[name]
	rules, recorded := a.shape.Recorded[name]
	if n.Smoothed || n.Anchored {
		// Values are made up between samples.
		metric.NonNegative, metric.NotNaN = false, false
	}
	switch {
	case scraped && recorded:
		return a.matched(n, union(a.scraped(n, name, metric), a.recorded(name, rules)))
	case scraped:
		return a.matched(n, a.scraped(n, name, metric))
	case recorded:
		return a.matched(n, a.recorded(name, rules))
	}
	return a.matched(n, unknown())
}

// matched narrows labels by matchers. A matcher that lets nothing through, or
// that contradicts another, is another finding: the label can have any value.
func (a *analysis) matched(n *parser.VectorSelector, in vector) vector {
	start, end := span(n)
	refused := map[string]bool{}
	for _, m := range n.LabelMatchers {
		before := in.labels.get(m.Name)
		if refused[m.Name] {
			continue
		}
		after := before.matched(m, Cause{Start: start, End: end, Text: "the selector asks for " + m.String()})
		if after.empty() {
			refused[m.Name] = true
			after = anyText
		}
		in.labels = in.labels.with(m.Name, after)
	}
	return in
}

func (a *analysis) scraped(n *parser.VectorSelector, name string, m Metric) vector {
	v := anyFloat()
	if m.NonNegative {
		v.lo = 0
		v = v.because(shaped(floor(n, name+" is never negative"), true))
	}
	if m.NotNaN {
		v.nan = false
		v.shape = true
	}
	v.hist = m.Native
	start, end := span(n)
	listed := Cause{Start: start, End: end, Text: name + " has " + list(m.Labels, "no labels"), Shape: true}
	s := noLabels(listed).with(model.MetricNameLabel, oneOf(Cause{}, name))
	for _, l := range m.Labels {
		s = s.with(l, anyText)
	}
	if s.get(model.BucketLabel).any && len(m.Bounds) > 0 {
		s = s.with(model.BucketLabel, oneOf(Cause{Start: start, End: end, Text: "the buckets of " + name, Shape: true}, append([]string{""}, m.Bounds...)...))
	}
	for _, l := range m.Always {
		there := labels.MustNewMatcher(labels.MatchNotEqual, l, "")
		s = s.with(l, s.get(l).matched(there, Cause{Start: start, End: end, Text: "every " + name + " has " + l, Shape: true}))
	}
	return vector{value: v, labels: s}
}

// recorded is what the rules of a name can write.
func (a *analysis) recorded(name string, rules []Recording) vector {
	if len(rules) == 0 || a.recording[name] {
		return unknown()
	}
	if v, ok := a.written[name]; ok {
		return v
	}
	a.recording[name] = true
	defer delete(a.recording, name)
	out := vector{}
	for i, r := range rules {
		if r.Expr == nil {
			return unknown()
		}
		v := a.eval(r.Expr)
		if v.dead != nil {
			// A rule that never writes is no proof against those that read it.
			v = unknown()
		}
		for l, text := range r.Labels {
			v.labels = v.labels.with(l, oneOf(Cause{Text: "the rule that records " + name + " sets " + l, Shape: true}, text))
		}
		v.labels = v.labels.with(model.MetricNameLabel, oneOf(Cause{}, name))
		v.value.why, v.labels = nil, foreign(name, v.labels)
		if i == 0 {
			out = v
		} else {
			out = union(out, v)
		}
	}
	out.shape, out.sure, out.single = true, false, false
	a.written[name] = out
	return out
}

// foreign clears positions, which are of another expression.
func foreign(name string, s labelSet) labelSet {
	clear := func(t texts) texts {
		t.cause.Start, t.cause.End, t.cause.Shape = 0, 0, true
		if t.cause.Text != "" {
			t.cause.Text += " in the rule that records " + name
		}
		return t
	}
	out := labelSet{rest: clear(s.rest), named: map[string]texts{}, shape: true}
	for l, t := range s.named {
		out.named[l] = clear(t)
	}
	return out
}

// union can be either.
func union(x, y vector) vector {
	return vector{value: x.value.or(y.value), labels: x.labels.or(y.labels)}
}

func span(n parser.Node) (start, end int) {
	r := n.PositionRange()
	return int(r.Start), int(r.End)
}

func (a *analysis) proof(n parser.Node, kind Kind, reason Reason, text string, on ...value) Proof {
	start, end := span(n)
	p := Proof{Kind: kind, Reason: reason, Start: start, End: end, Expr: n.String(), Text: text}
	for _, v := range on {
		p.OnShape = p.OnShape || v.shape
	}
	return p
}
