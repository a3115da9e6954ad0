package query

import (
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// A Threshold is the constant that an expression compares with, `x > 0.1`.
//
// The comparison may be written either way round (`0.1 < x` has Op ">" as
// well), in parentheses, or as the left side of `and` and `unless`. The
// constant may be computed from literals by unary minus and + - * / % ^.
// A comparison with `bool` filters nothing and is no threshold.
type Threshold struct {
	Op    string // one of == != > < >= <=, with the constant on its right
	Value float64

	// Operand is the expression on the other side, as upstream prints it.
	Operand string
}

// Closest is how close an expression that returned nothing came to its
// threshold.
type Closest struct {
	// Value is the one furthest towards firing: the largest for > and >=, the
	// smallest for < and <=, the one with the least distance for == and !=.
	// With `and` or `unless` it may lie beyond the threshold: see Holds.
	Value  float64
	Labels labels.Labels // of the series that has it, with its name if it has one
}

// mirrored gives the operator for swapped sides.
var mirrored = map[parser.ItemType]parser.ItemType{
	parser.EQLC: parser.EQLC, parser.NEQ: parser.NEQ,
	parser.GTR: parser.LSS, parser.LSS: parser.GTR,
	parser.GTE: parser.LTE, parser.LTE: parser.GTE,
}

// thresholdOf finds the comparison that decides whether expr returns anything.
func thresholdOf(expr parser.Expr) *Threshold {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return thresholdOf(e.Expr)
	case *parser.BinaryExpr:
		if e.Op == parser.LAND || e.Op == parser.LUNLESS {
			return thresholdOf(e.LHS)
		}
		if operand, op, value, ok := Comparison(e); ok {
			return &Threshold{Op: op.String(), Value: value, Operand: operand.String()}
		}
	}
	return nil
}

// Comparison takes apart one that filters a vector by a constant: the operator
// is as if the constant stood on its right.
func Comparison(e *parser.BinaryExpr) (operand parser.Expr, op parser.ItemType, value float64, ok bool) {
	swapped, ok := mirrored[e.Op]
	if !ok || e.ReturnBool {
		return nil, 0, 0, false
	}
	if v, ok := Constant(e.RHS); ok && e.LHS.Type() == parser.ValueTypeVector {
		return e.LHS, e.Op, v, true
	}
	if v, ok := Constant(e.LHS); ok && e.RHS.Type() == parser.ValueTypeVector {
		return e.RHS, swapped, v, true
	}
	return nil, 0, 0, false
}

// Constant computes expr with the engine's arithmetic (promql scalarBinop) when
// it is made of literals alone.
func Constant(expr parser.Expr) (float64, bool) {
	switch e := expr.(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.ParenExpr:
		return Constant(e.Expr)
	case *parser.UnaryExpr:
		v, ok := Constant(e.Expr)
		if e.Op == parser.SUB {
			v = -v
		}
		return v, ok
	case *parser.BinaryExpr:
		a, okA := Constant(e.LHS)
		b, okB := Constant(e.RHS)
		if !okA || !okB {
			return 0, false
		}
		switch e.Op {
		case parser.ADD:
			return a + b, true
		case parser.SUB:
			return a - b, true
		case parser.MUL:
			return a * b, true
		case parser.DIV:
			return a / b, true
		case parser.MOD:
			return math.Mod(a, b), true
		case parser.POW:
			return math.Pow(a, b), true
		}
	}
	return 0, false
}

// Closest picks, of the operand's samples, the one that is furthest towards
// firing. NaN and histograms have no place on the line and are passed over; of
// equal values the one whose labels sort first is taken.
func (t *Threshold) Closest(vec []Sample) *Closest {
	var best *Closest
	for _, s := range vec {
		if s.Histogram != nil || math.IsNaN(s.Value) {
			continue
		}
		if best != nil {
			a, b := t.distance(s.Value), t.distance(best.Value)
			if a > b || a == b && labels.Compare(s.Labels, best.Labels) >= 0 {
				continue
			}
		}
		best = &Closest{Value: s.Value, Labels: s.Labels}
	}
	return best
}

// Holds tells whether a value passes the comparison.
func (t *Threshold) Holds(v float64) bool {
	switch t.Op {
	case ">":
		return v > t.Value
	case ">=":
		return v >= t.Value
	case "<":
		return v < t.Value
	case "<=":
		return v <= t.Value
	case "==":
		return v == t.Value
	}
	return v != t.Value
}

// distance orders values: less is nearer to firing.
func (t *Threshold) distance(v float64) float64 {
	switch t.Op {
	case ">", ">=":
		return -v
	case "<", "<=":
		return v
	}
	if v == t.Value { // also infinities, whose difference is NaN
		return 0
	}
	return math.Abs(v - t.Value)
}
