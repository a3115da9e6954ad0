package reachable

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

func (a *analysis) binary(n *parser.BinaryExpr) vector {
	l, r := a.eval(n.LHS), a.eval(n.RHS)
	switch {
	case n.Op == parser.LOR:
		return either(l, r)
	case n.Op == parser.LUNLESS:
		l.sure = false
		return l
	case n.VectorMatching != nil && filled(n.VectorMatching):
		if l.dead != nil && r.dead != nil {
			return l
		}
		return unknown()
	case l.dead != nil:
		return l
	case r.dead != nil:
		return r
	}
	leftScalar, rightScalar := n.LHS.Type() == parser.ValueTypeScalar, n.RHS.Type() == parser.ValueTypeScalar
	switch {
	case leftScalar && rightScalar:
		if n.Op.IsComparisonOperator() {
			return scalarOf(truth(n.Op, l.value, r.value))
		}
		return scalarOf(arithmetic(n.Op, l.value, r.value).floats())
	case rightScalar:
		return a.withScalar(n, l, r, n.Op)
	case leftScalar:
		return a.withScalar(n, r, l, mirrored[n.Op])
	}
	return a.pairs(n, l, r)
}

// either is `l or r`.
func either(l, r vector) vector {
	switch {
	case l.dead != nil && r.dead != nil:
		return vector{dead: slices.Concat(l.dead, r.dead)}
	case l.dead != nil:
		return leaving(r, l.dead)
	case r.dead != nil:
		return leaving(l, r.dead)
	}
	out := union(l, r)
	out.sure = l.sure || r.sure
	// A right side with the labels of a left one gives way to it.
	out.single = l.single && r.single && bare(l.labels) && bare(r.labels)
	return out
}

// leaving is v, where another arm is left out for some reason.
func leaving(v vector, dead []Proof) vector {
	if slices.ContainsFunc(dead, func(p Proof) bool { return p.OnShape }) {
		v.shape, v.labels.shape = true, true
	}
	return v
}

// bare tells whether there are never labels.
func bare(s labelSet) bool {
	if !s.rest.absent() {
		return false
	}
	for _, t := range s.named {
		if !t.absent() {
			return false
		}
	}
	return true
}

func filled(m *parser.VectorMatching) bool {
	return m.FillValues.LHS != nil || m.FillValues.RHS != nil
}

// withScalar is a vector beside a scalar; op is as if the scalar stood right.
func (a *analysis) withScalar(n *parser.BinaryExpr, v, s vector, op parser.ItemType) vector {
	out := v
	switch {
	case !n.Op.IsComparisonOperator():
		out.labels = a.nameless(v.labels)
		if n.RHS.Type() == parser.ValueTypeScalar {
			out.value = arithmetic(n.Op, v.value, s.value)
		} else {
			out.value = arithmetic(n.Op, s.value, v.value)
		}
	case n.ReturnBool:
		out.labels, out.value = a.nameless(v.labels), truth(op, v.value, s.value).because(boolean(n))
	default:
		threshold := n.RHS
		if n.LHS.Type() == parser.ValueTypeScalar {
			threshold = n.LHS
		}
		out.value, out.sure = kept(op, v.value, s.value), false
		if out.value.empty() {
			out.dead = []Proof{a.compared(n, op, threshold, v.value, s.value)}
		} else if op != parser.NEQ {
			l := limit(n, "only what is "+op.String()+" "+threshold.String()+" is left")
			l.Low, l.High = op != parser.LSS && op != parser.LTE, op != parser.GTR && op != parser.GTE
			out.value = out.because(l)
		}
		return out
	}
	// A histogram beside a float gives nothing, mostly.
	out.sure = v.sure && !v.hist
	return out
}

func boolean(n *parser.BinaryExpr) Limit { return limit(n, "bool gives 0 or 1") }

// pairs is an operation between vectors that needs both sides.
func (a *analysis) pairs(n *parser.BinaryExpr, l, r vector) vector {
	m := n.VectorMatching
	if apart := a.apart(n, l.labels, r.labels); len(apart) > 0 {
		return vector{dead: []Proof{a.noPair(n, apart, l.labels.shape || r.labels.shape)}}
	}
	if n.Op == parser.LAND {
		if dead := a.contradiction(n, l); dead != nil {
			return vector{dead: dead}
		}
		l.sure = false
		l.labels = a.agreed(m, l.labels, r.labels)
		return l
	}
	out := vector{labels: a.paired(n, l.labels, r.labels), single: l.single && r.single}
	switch {
	case n.Op.IsComparisonOperator() && n.ReturnBool:
		out.value = truth(n.Op, l.value, r.value)
		if l.hist && r.hist && (n.Op == parser.EQLC || n.Op == parser.NEQ) {
			out.value = out.or(value{num: true, hi: 1, whole: true})
		}
		out.value = out.because(boolean(n))
	case n.Op.IsComparisonOperator():
		out.value = kept(n.Op, l.value, r.value)
		out.hist = l.hist && r.hist && (n.Op == parser.EQLC || n.Op == parser.NEQ)
		if out.empty() {
			out.dead = []Proof{a.compared(n, n.Op, n.RHS, l.value, r.value)}
		}
	default:
		out.value = arithmetic(n.Op, l.value, r.value)
		if n.Op == parser.DIV && out.num && out.hi > 1 && part(n, l.value, r.value) {
			out.value.hi, out.value.shape = 1, true
			l := limit(n, "a part is never more than the whole it is divided by")
			l.Low = false
			out.value = out.because(l)
		}
	}
	return out
}

// matchedNames are the labels on which two sides have to agree.
func matchedNames(m *parser.VectorMatching, l, r labelSet) []string {
	if m.On {
		return m.MatchingLabels
	}
	return slices.DeleteFunc(names(l, r), func(name string) bool {
		return name == model.MetricNameLabel || slices.Contains(m.MatchingLabels, name)
	})
}

// apart lists the labels that no left sample shares with a right one.
func (a *analysis) apart(n *parser.BinaryExpr, l, r labelSet) []Apart {
	var out []Apart
	for _, name := range matchedNames(n.VectorMatching, l, r) {
		if lt, rt := l.get(name), r.get(name); !meet(lt, rt) {
			out = append(out, Apart{Name: name, Left: side(name, lt), Right: side(name, rt)})
		}
	}
	return out
}

// meet tells whether two sets can have a value in common.
func meet(l, r texts) bool { return !l.and(r).empty() }

func side(name string, t texts) Side {
	s := Side{Cause: t.cause}
	switch {
	case t.absent():
		s.Values, s.Text = []string{""}, "no "+name
	case t.any && len(t.matchers) == 0:
		s.Text = "any " + name
	case t.any:
		var parts []string
		for _, m := range t.matchers {
			if m.Type == labels.MatchNotEqual && m.Value == "" {
				parts = append(parts, "some "+name)
				continue
			}
			parts = append(parts, m.String())
		}
		s.Text = strings.Join(parts, ", ")
	default:
		s.Values = slices.Clone(t.list)
		var parts []string
		for _, v := range t.list {
			if v == "" {
				parts = append(parts, "no "+name)
				continue
			}
			parts = append(parts, name+"="+quoted(v))
		}
		s.Text = strings.Join(parts, " or ")
	}
	return s
}

// agreed is the left side of those pairs that agree.
func (a *analysis) agreed(m *parser.VectorMatching, l, r labelSet) labelSet {
	out := l
	out.shape = l.shape || r.shape
	for _, name := range matchedNames(m, l, r) {
		out = out.with(name, l.get(name).and(r.get(name)))
	}
	return out
}

// paired are the labels of what an operation makes of a pair.
func (a *analysis) paired(n *parser.BinaryExpr, l, r labelSet) labelSet {
	m := n.VectorMatching
	many, one := l, r
	if m.Card == parser.CardOneToMany {
		many, one = r, l
	}
	out := a.agreed(m, many, one)
	start, end := span(n)
	cause := Cause{Start: start, End: end, Text: n.Op.String() + " on (" + join(m.MatchingLabels) + ") keeps no other label"}
	if n.ReturnBool || !n.Op.IsComparisonOperator() && n.Op != parser.TRIM_UPPER && n.Op != parser.TRIM_LOWER {
		out = a.nameless(out)
	}
	if m.Card == parser.CardOneToOne {
		if m.On {
			out = out.only(cause, m.MatchingLabels...)
		} else {
			cause.Text = n.Op.String() + " ignoring (" + join(m.MatchingLabels) + ") drops it"
			out = out.without(cause, m.MatchingLabels...)
		}
	}
	for _, name := range m.Include {
		out = out.with(name, one.get(name))
	}
	return out
}
