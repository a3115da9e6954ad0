package reachable

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"
)

// compared is the proof that no value of v passes.
func (a *analysis) compared(n *parser.BinaryExpr, op parser.ItemType, threshold parser.Expr, v, t value) Proof {
	p := a.proof(n, ByValues, Compared, never(op, v, t), v, t)
	p.Range, p.Threshold, p.Limits, p.Op = rangeOf(v), rangeOf(t), v.why, op.String()
	p.ThresholdStart, p.ThresholdEnd = span(threshold)
	p.Fixed = t.constant() && !t.shape && threshold.Type() == parser.ValueTypeScalar
	if !v.num || !p.Fixed {
		return p
	}
	near := op
	switch op {
	case parser.GTR, parser.GTE:
		near, p.Nearest = parser.GTE, v.hi
	case parser.LSS, parser.LTE:
		near, p.Nearest = parser.LTE, v.lo
	case parser.NEQ:
		near, p.Nearest = parser.EQLC, v.lo
	case parser.EQLC:
		p.Nearest = min(max(t.lo, v.lo), v.hi)
		if v.whole {
			p.Nearest = math.Floor(p.Nearest)
		}
	}
	p.NearestOp = near.String()
	p.Inside = inside(op, v)
	p.HasInside = !kept(op, v, exactly(p.Inside)).empty()
	return p
}

func rangeOf(v value) Range {
	return Range{Lo: v.lo, Hi: v.hi, Number: v.num, NaN: v.nan, Histogram: v.hist}
}

// inside is a threshold that some values of v pass and others, if it can be, do
// not.
func inside(op parser.ItemType, v value) float64 {
	lower := op == parser.LSS || op == parser.LTE
	for _, l := range v.why {
		// The bound below the last, or above the first, is one that people read
		// in the data.
		if b := l.Bounds; len(b) > 1 && v.lo < b[len(b)-2] && b[len(b)-2] < v.hi {
			if lower {
				return b[0]
			}
			return b[len(b)-2]
		}
	}
	switch {
	case op == parser.EQLC:
		return v.hi
	case op == parser.NEQ:
		return v.lo + 1
	case v.lo == v.hi && lower:
		return v.lo + 1
	case v.lo == v.hi:
		return v.hi - 1
	case math.IsInf(v.lo, 0) && math.IsInf(v.hi, 0):
		return 0
	case math.IsInf(v.lo, 0):
		return v.hi - 1
	case math.IsInf(v.hi, 0):
		return v.lo + 1
	}
	mid := v.lo + (v.hi-v.lo)/2
	if v.whole {
		mid = math.Floor(mid)
	}
	return mid
}

// noPair is the proof that two sides never pair.
func (a *analysis) noPair(n *parser.BinaryExpr, apart []Apart, shape bool) Proof {
	first := apart[0]
	text := "the left has " + first.Left.Text + ", the right " + first.Right.Text
	p := a.proof(n, ByLabels, NoPair, text)
	p.Apart = apart
	// One label that the expression alone keeps apart is enough.
	p.OnShape = true
	for i, l := range apart {
		if !l.Left.Cause.Shape && !l.Right.Cause.Shape {
			p.OnShape = shape
			p.Apart[0], p.Apart[i] = p.Apart[i], p.Apart[0]
			p.Text = "the left has " + l.Left.Text + ", the right " + l.Right.Text
			break
		}
	}
	return p
}
