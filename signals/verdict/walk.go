package verdict

import (
	"math"
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
	zero                int          // instants at which 0 in its place would have passed a comparison

	// Of causeSafe: the value that came nearest to the threshold, and NaN.
	near      *query.Closest
	nearAt    time.Time
	threshold query.Threshold
	nan       int // instants at which some value was NaN
	allNaN    int // instants at which all were
	nanLabels labels.Labels

	// Of two sides: samples of either at the first instant.
	left, right   query.Sample
	lefts, rights int // how many there were

	samples int           // of causeFew: the most that were in a window
	short   int           // instants at which the range was too short for the scrape interval
	early   int           // instants at which it reached to before the capture
	missed  int           // others, at which a scrape was missing or had failed
	missing time.Time     // the first such scrape
	need    time.Duration // the range that would do then
	every   time.Duration // the interval between scrapes

	absence absence // of causeAbsent
}

// rest is what stands beside a node in the expression around it.
type rest struct {
	node   *node // nil: nothing does
	sample query.Sample
	gave   bool // it gave something, or masked nothing
	below  bool // 0 as what is compared would pass the comparison around it
	zero   bool // and it is an aggregation, which people expect to be 0 of nothing
}

// walk finds out why an expression gave nothing at one instant.
type walk struct {
	t    *trace
	look rules.Look
}

func (w *walk) vector(n *node) []query.Sample {
	if n.ask == nil {
		return nil
	}
	vec, err := w.look.Ask(n.ask)
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
		y.beside, y.besideSample = r.node, r.sample
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
		if other.isScalar() || other.ask == nil {
			continue
		}
		if vec, err := w.look.Earlier(other.ask, 0); err == nil && len(vec) > 0 {
			y.held++
			y.beside, y.besideSample, y.lastHeld = other, vec[0], w.look.At
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
		r.zero = r.zero || r.below
		w.through(n, n.kids[0], r)
	case *parser.BinaryExpr:
		w.binary(n, e, r)
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
	y.absence.add(w.t.run, n, w.look.At.Add(-w.t.group.QueryOffset))
}

// through follows an argument that may be there all the same.
func (w *walk) through(n, arg *node, r rest) {
	if arg.ask != nil && len(w.vector(arg)) > 0 {
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
		w.empty(arg, r)
		return
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

// window says why a function of a range gave nothing.
func (w *walk) window(n, arg *node, r rest) {
	counted := arg.derive("count", "count_over_time("+arg.expr.String()+")")
	if counted == nil {
		w.note(n, causeOther, r)
		return
	}
	vec, _ := w.look.Ask(counted)
	most := 0
	for _, s := range vec {
		most = max(most, int(s.Value))
	}
	switch {
	case most == 0 && arg.selector() != nil:
		w.absent(arg, r)
	case most == 0: // a subquery
		w.through(n, arg.kids[0], r)
	case most < needs(n.expr.(*parser.Call).Func.Name):
		y := w.note(n, causeFew, r)
		y.samples = max(y.samples, most)
		w.few(y, arg, vec, needs(n.expr.(*parser.Call).Func.Name))
	default:
		w.note(n, causeOther, r)
	}
}

// few says what is to blame: the range, which is shorter than so many scrapes
// are apart, the beginning of the capture, or a scrape that is missing.
func (w *walk) few(y *tally, arg *node, counted []query.Sample, need int) {
	m, ok := arg.expr.(*parser.MatrixSelector)
	if !ok {
		return
	}
	run := w.t.run
	every := run.opts.Capture.Interval
	target := run.scrapes.target(counted[0].Labels.Get("job"), counted[0].Labels.Get("instance"))
	if target != nil && target.Interval > 0 {
		every = target.Interval
	}
	to := w.look.At.Add(-w.t.group.QueryOffset - arg.selector().OriginalOffset).UnixMilli()
	from := to - m.Range.Milliseconds()
	switch missing, ok := run.scrapes.missing(target, from, to); {
	case every > 0 && m.Range < time.Duration(need)*every:
		y.short++
		y.every, y.need = every, time.Duration(2*need)*every
		y.left = counted[0]
	case from < run.opts.Capture.Start:
		y.early++
	case ok:
		if y.missed++; y.missed == 1 {
			y.missing, y.every, y.left = msTime(missing), every, counted[0]
			y.need = m.Range + every
		}
	}
}

// needs is how many samples a function of a range needs for a result.
func needs(function string) int {
	switch function {
	case "rate", "increase", "delta", "irate", "idelta", "deriv", "predict_linear", "double_exponential_smoothing":
		return 2
	}
	return 1
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
		w.sides(y, left, right)
	case l.isScalar():
		w.constant(n, e, rr, l, mirror(e.Op), r)
	case rr.isScalar():
		w.constant(n, e, l, rr, e.Op, r)
	default:
		w.vectors(n, e, l, rr, r)
	}
}

func (w *walk) sides(y *tally, left, right []query.Sample) {
	if y.lefts == 0 && len(left) > 0 && len(right) > 0 {
		y.left, y.right, y.lefts, y.rights = left[0], right[0], len(left), len(right)
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
	var limit float64
	if sv := w.vector(s); len(sv) == 1 {
		limit = sv[0].Value
	}
	compares := e.Op.IsComparisonOperator() && !e.ReturnBool
	if len(vec) == 0 {
		r.below = r.below || compares && passes(op, 0, limit)
		w.empty(v, r)
		return
	}
	if !compares {
		w.note(n, causeOther, r)
		return
	}
	y := w.note(n, causeSafe, r)
	th := query.Threshold{Op: op.String(), Value: limit}
	nan := 0
	for _, x := range vec {
		if x.Histogram == nil && math.IsNaN(x.Value) {
			nan++
			if y.nan+nan == 1 || labels.Compare(x.Labels, y.nanLabels) < 0 { // the engine has no order here
				y.nanLabels = x.Labels
			}
		}
	}
	if nan > 0 {
		y.nan++
		if nan == len(vec) {
			y.allNaN++
		}
	}
	y.closest(th, th.Closest(vec), w.look.At)
}

// closest keeps the value nearest to its threshold. A threshold that moves is
// that of the instant.
func (y *tally) closest(th query.Threshold, c *query.Closest, at time.Time) {
	if y.near == nil {
		y.threshold = th
	}
	if c == nil {
		return
	}
	if y.near == nil || distance(th, c.Value) < distance(y.threshold, y.near.Value) {
		y.near, y.nearAt, y.threshold = c, at, th
	}
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
		w.empty(l, r)
		w.empty(rr, r)
	case len(left) == 0:
		one := rest{node: rr, sample: right[0], gave: true, below: r.below, zero: r.zero}
		one.below = one.below || e.Op.IsComparisonOperator() && !e.ReturnBool && passes(e.Op, 0, right[0].Value)
		w.empty(l, one)
	case len(right) == 0:
		one := rest{node: l, sample: left[0], gave: true, below: r.below, zero: r.zero}
		one.below = one.below || e.Op.IsComparisonOperator() && !e.ReturnBool && passes(e.Op, left[0].Value, 0)
		w.empty(rr, one)
	default:
		if e.Op.IsComparisonOperator() && w.pairs(n, e, left, right, r) {
			return
		}
		y := w.note(n, causeUnpaired, r)
		w.sides(y, left, right)
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
	w.sides(y, left, right)
	th := query.Threshold{Op: e.Op.String()}
	y.closest(th, th.Closest(vec), w.look.At)
	return true
}
