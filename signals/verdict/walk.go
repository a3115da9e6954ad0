package verdict

import (
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A cause is why a node gave nothing at an instant though its operands, as far
// as it has any, gave something.
type cause string

const (
	causeAbsent   cause = "absent"    // a selector: it matched nothing that is visible
	causeFew      cause = "few"       // a function of a range: too few samples in it
	causeSafe     cause = "safe"      // a comparison: every value is on the safe side, or NaN
	causeUnpaired cause = "unpaired"  // an operator: no two series of its sides pair
	causeApart    cause = "apart"     // an operator: comparisons below it leave no two series that pair
	causePairs    cause = "pairs"     // a comparison of two vectors: false for each pair
	causeMasked   cause = "masked"    // unless: the right side has every series of the left
	causePresent  cause = "present"   // absent(): the series are there
	causeNoLe     cause = "no-le"     // a quantile of what has no le
	causeOther    cause = "otherwise" // a function or aggregation that gave nothing all the same
)

type causeKey struct {
	node  int
	cause cause
}

// A tally is how often a cause came up, and an example.
type tally struct {
	node        *node
	cause       cause
	count       int
	first, last time.Time

	// held counts the instants at which all that stands beside the node in the
	// expression gave something, so that it alone was missing.
	held                int
	firstHeld, lastHeld time.Time
	beside              *node        // what stood beside it, of the last such instant
	besideSample        query.Sample // one of its samples then
	besideThere         bool         // it had samples
	zero                int          // instants at which 0 in its place would have passed a comparison

	// Of causeSafe: the value that came closest to the threshold, and NaN.
	closest   *query.Closest
	closestAt time.Time
	threshold query.Threshold
	moves     bool // the threshold was not always the same
	nan       int  // instants at which some value was NaN
	allNaN    int  // instants at which all were
	nanLabels labels.Labels
	nanWhy    string // how that came, in half a sentence; "" when that is not plain
	nanLimit  int    // instants at which the threshold was NaN
	// histograms counts the instants with nothing but native ones.
	histograms int

	// Of causeApart: the comparison that the closest value is of.
	filter *node

	// Of two sides: samples of either at the first instant, those that differ
	// in the fewest labels.
	left, right         query.Sample
	lefts, rights       int  // how many there were
	leftMany, rightMany bool // without the labels in which they differ, several were one

	samples int           // of causeFew: the most that were in a window
	short   int           // instants at which the range was too short for the scrape interval
	early   int           // instants at which it reached to before the capture
	missed  int           // others, at which a scrape was missing or had failed
	missing time.Time     // the first such scrape
	need    time.Duration // the range that would do then
	every   time.Duration // the interval between scrapes

	absence absence // of causeAbsent
}

// walk finds out why an expression gave nothing at one instant.
type walk struct {
	t    *trace
	look rules.Look
}

func (w *walk) vector(n *node) []query.Sample {
	if n.ask() == nil {
		return nil
	}
	vec, err := w.look.Ask(n.ask())
	if err != nil {
		return nil
	}
	return vec
}

// note counts a cause.
func (w *walk) note(n *node, c cause, r rest) *tally {
	key := causeKey{n.id, c}
	y := w.t.causes[key]
	if y == nil {
		y = &tally{node: n, cause: c, first: w.look.At}
		w.t.causes[key] = y
	}
	y.count++
	y.last = w.look.At
	if r.gave {
		if y.held++; y.held == 1 {
			y.firstHeld = w.look.At
		}
		y.lastHeld = w.look.At
		y.beside, y.besideSample, y.besideThere = r.node, r.sample, r.there
	}
	if r.zero {
		y.zero++
	}
	return y
}

// dead tells whether a node can't have given anything because selectors below
// it have matched nothing in the capture so far, and lists them.
func (w *walk) dead(n *node) []*node {
	return n.missing(func(s *node) bool { return w.t.run.matched(s.selection) })
}

// root notes why the rule's expression gave nothing. Where a selector has never
// matched anything that is all, and what stands beside it is asked only now and
// then.
func (w *walk) root(n *node) {
	list := w.dead(n)
	if list == nil {
		w.empty(n, rest{})
		w.gave()
		return
	}
	for _, s := range list {
		y := w.note(s, causeAbsent, rest{})
		y.absence.begun++
		if y.count&(y.count-1) == 0 { // 1, 2, 4, 8, …
			w.besides(y, s)
		}
	}
}

// besides asks what the other sides of the operators around a node give.
func (w *walk) besides(y *tally, n *node) {
	for k := n; k.parent != nil; k = k.parent {
		p := k.parent
		e, ok := p.expr.(*parser.BinaryExpr)
		if !ok || e.Op == parser.LOR || e.Op == parser.LUNLESS {
			continue
		}
		other := p.kids[0]
		if other == k {
			other = p.kids[1]
		}
		if other.isScalar() || other.ask() == nil {
			continue
		}
		if vec, err := w.look.Earlier(other.ask(), 0); err == nil && len(vec) > 0 {
			y.held++
			y.beside, y.besideSample, y.besideThere, y.lastHeld = other, vec[0], true, w.look.At
			return
		}
	}
}

// empty notes why a node that gave nothing did so.
func (w *walk) empty(n *node, r rest) {
	switch e := n.expr.(type) {
	case *parser.VectorSelector:
		w.selector(n, r)
	case *parser.Call:
		w.call(n, e, r)
	case *parser.AggregateExpr:
		r.zero = r.zero || (e.Op == parser.SUM || e.Op == parser.COUNT) && r.pass != nil && r.pass(0)
		w.through(n, n.kids[0], r.unknown())
	case *parser.BinaryExpr:
		w.binary(n, e, r)
	case *parser.UnaryExpr:
		if e.Op == parser.SUB {
			r = r.through(func(v float64) float64 { return -v })
		}
		w.empty(n.kids[0], r)
	default:
		if len(n.kids) == 1 {
			w.empty(n.kids[0], r)
			return
		}
		w.note(n, causeOther, r)
	}
}

func (w *walk) selector(n *node, r rest) {
	if len(w.vector(n)) > 0 {
		w.note(n, causeOther, r) // what is around it gave nothing all the same
		return
	}
	w.absent(n, r)
}

// absent notes a selector that matched nothing that is visible, and what it
// would have seen at another time.
func (w *walk) absent(n *node, r rest) {
	y := w.note(n, causeAbsent, r)
	y.absence.add(w.t, n, w.look.At)
}

// through follows an argument that may be there all the same.
func (w *walk) through(n, arg *node, r rest) {
	if arg.ask() != nil && len(w.vector(arg)) > 0 {
		w.note(n, causeOther, r)
		return
	}
	w.empty(arg, r)
}

func (w *walk) call(n *node, e *parser.Call, r rest) {
	switch e.Func.Name {
	case "absent", "absent_over_time":
		w.note(n, causePresent, r)
		return
	case "histogram_quantile", "histogram_quantiles", "histogram_fraction":
		arg := n.kids[len(n.kids)-1]
		if e.Func.Name == "histogram_quantiles" {
			arg = n.kids[0]
		}
		if vec := w.vector(arg); len(vec) > 0 {
			y := w.note(n, causeNoLe, r)
			y.left, y.lefts = vec[0], len(vec)
			return
		}
		w.empty(arg, r.unknown())
		return
	}
	if !slices.Contains(zeroStays, e.Func.Name) {
		r = r.unknown()
	}
	for _, arg := range n.kids {
		switch arg.expr.Type() {
		case parser.ValueTypeMatrix:
			w.window(n, arg, r)
			return
		case parser.ValueTypeVector:
			w.through(n, arg, r)
			return
		}
	}
	w.note(n, causeOther, r)
}

func (w *walk) binary(n *node, e *parser.BinaryExpr, r rest) {
	l, rr := n.kids[0], n.kids[1]
	switch {
	case e.Op == parser.LOR:
		w.empty(l, r)
		w.empty(rr, r)
	case e.Op == parser.LUNLESS:
		left, right := w.vector(l), w.vector(rr)
		if len(left) == 0 {
			if len(right) == 0 {
				r = rest{node: rr, gave: true}
			}
			w.empty(l, r)
			return
		}
		y := w.note(n, causeMasked, r)
		w.sides(y, e.VectorMatching, left, right)
	case l.isScalar():
		w.constant(n, e, rr, l, mirror(e.Op), r)
	case rr.isScalar():
		w.constant(n, e, l, rr, e.Op, r)
	default:
		w.vectors(n, e, l, rr, r)
	}
}

func mirror(op parser.ItemType) parser.ItemType {
	switch op {
	case parser.GTR:
		return parser.LSS
	case parser.LSS:
		return parser.GTR
	case parser.GTE:
		return parser.LTE
	case parser.LTE:
		return parser.GTE
	}
	return op
}

// constant says why vector OP scalar gave nothing.
func (w *walk) constant(n *node, e *parser.BinaryExpr, v, s *node, op parser.ItemType, r rest) {
	vec := w.vector(v)
	limit := w.scalar(s)
	compares := e.Op.IsComparisonOperator() && !e.ReturnBool
	if len(vec) == 0 {
		switch {
		case compares:
			r = r.within(func(x float64) bool { return passes(op, x, limit) })
		case v == n.kids[0]:
			r = r.through(func(x float64) float64 { return arithmetic(e, x, limit) })
		default:
			r = r.through(func(x float64) float64 { return arithmetic(e, limit, x) })
		}
		w.empty(v, r)
		return
	}
	if !compares {
		w.note(n, causeOther, r)
		return
	}
	y := w.note(n, causeSafe, r)
	if math.IsNaN(limit) {
		if y.nanLimit++; y.nanLimit == 1 {
			y.nanWhy = w.nanScalar(s)
		}
		return
	}
	th := query.Threshold{Op: op.String(), Value: limit}
	if !slices.ContainsFunc(vec, func(x query.Sample) bool { return x.Histogram == nil }) {
		if y.histograms++; y.histograms == 1 {
			y.nanLabels = vec[0].Labels
		}
	}
	nan := 0
	for _, x := range vec {
		if x.Histogram == nil && math.IsNaN(x.Value) {
			if nan++; y.nan == 0 && nan == 1 {
				y.nanLabels, y.nanWhy = x.Labels, w.nanOf(v, x.Labels)
			}
		}
	}
	if nan > 0 {
		y.nan++
		if nan == len(vec) {
			y.allNaN++
		}
	}
	y.keepClosest(th, th.Closest(vec), w.look.At)
}

// scalar is the value of a node that is one.
func (w *walk) scalar(n *node) float64 {
	if l, ok := n.inner().expr.(*parser.NumberLiteral); ok {
		return l.Val
	}
	if vec := w.vector(n); len(vec) == 1 {
		return vec[0].Value
	}
	return 0
}

// keepClosest keeps the value closest to its threshold. A threshold that moves
// is that of the instant.
func (y *tally) keepClosest(th query.Threshold, c *query.Closest, at time.Time) {
	if y.closest == nil {
		y.threshold = th
	}
	y.moves = y.moves || th != y.threshold
	if c == nil {
		return
	}
	if y.closest == nil || th == y.threshold && further(th, c.Value, y.closest.Value) || th != y.threshold && distance(th, c.Value) < distance(y.threshold, y.closest.Value) {
		y.closest, y.closestAt, y.threshold = c, at, th
	}
}

// further tells whether a value is closer to firing than another, also where
// both are so far away that their distance is the same.
func further(th query.Threshold, v, than float64) bool {
	return v != than && th.Closest([]query.Sample{{Value: than}, {Value: v}}).Value == v
}

// distance of a value on the safe side from its threshold.
func distance(th query.Threshold, v float64) float64 {
	if v == th.Value {
		return 0
	}
	return math.Abs(v - th.Value)
}

// passes tells whether a value passes a comparison.
func passes(op parser.ItemType, v, limit float64) bool {
	switch op {
	case parser.EQLC:
		return v == limit
	case parser.NEQ:
		return v != limit
	case parser.GTR:
		return v > limit
	case parser.LSS:
		return v < limit
	case parser.GTE:
		return v >= limit
	case parser.LTE:
		return v <= limit
	}
	return false
}

// vectors says why an operator between two vectors gave nothing.
func (w *walk) vectors(n *node, e *parser.BinaryExpr, l, rr *node, r rest) {
	left, right := w.vector(l), w.vector(rr)
	switch {
	case len(left) == 0 && len(right) == 0:
		w.empty(l, r.unknown()) // one in its place would find no partner
		w.empty(rr, r.unknown())
	case len(left) == 0:
		w.empty(l, beside(e, r, rr, right[0], true))
	case len(right) == 0:
		w.empty(rr, beside(e, r, l, left[0], false))
	default:
		if e.Op.IsComparisonOperator() && w.pairs(n, e, left, right, r) {
			return
		}
		if w.apart(n, e, left, right, r) {
			return
		}
		y := w.note(n, causeUnpaired, r)
		w.sides(y, e.VectorMatching, left, right)
	}
}

// pairs notes a comparison that was false for each pair; false when there was
// no pair.
func (w *walk) pairs(n *node, e *parser.BinaryExpr, left, right []query.Sample, r rest) bool {
	copied := *e
	copied.Op, copied.ReturnBool = parser.SUB, false
	x := n.derive("difference", copied.String())
	if x == nil {
		return false
	}
	vec, err := w.look.Ask(x)
	if err != nil || len(vec) == 0 {
		return false
	}
	y := w.note(n, causePairs, r)
	w.sides(y, e.VectorMatching, left, right)
	th := query.Threshold{Op: e.Op.String()}
	y.keepClosest(th, th.Closest(vec), w.look.At)
	return true
}
