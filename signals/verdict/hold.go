package verdict

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// holding is how long the condition of a rule with `for` held: as one result,
// by the labels that the expression gives, and as any.
type holding struct {
	now     map[uint64]*held // those that hold
	runs    int              // that ended
	longest *held            // of those that ended and those that hold
	ended   *held            // the longest of those that ended
	looked  int              // ends that were looked into
	fired   bool             // then nothing more is asked

	any held // the time without a gap that is under way
	all held // the longest such
}

// held is a time for which the condition held.
type held struct {
	labels      labels.Labels // of the result, without its name
	start, last time.Time     // the first and the last instant
	count       int           // of instants
	value       float64       // at the last
	broken      *broken       // why it ended; nil: it did not, or that was not looked into

	// Of any result: the label sets that it was, the first maxSets, and how
	// many.
	sets []labels.Labels
	seen int
}

func (h *held) length() time.Duration { return h.last.Sub(h.start) }

const (
	maxSets   = 16
	maxLooks  = 32   // ends that are looked into: each of the longest run so far
	maxActive = 5000 // results that are followed at once
)

func (h *holding) saw(t *trace, l rules.Look) {
	before := h.now
	h.now = make(map[uint64]*held, len(l.Result))
	fresh := 0
	for _, s := range l.Result[:min(len(l.Result), maxActive)] {
		ls := nameless(s.Labels)
		hash := ls.Hash()
		one := before[hash]
		if one == nil {
			one = &held{labels: ls, start: l.At}
			fresh++
			h.any.add(ls)
		}
		delete(before, hash)
		one.last, one.value = l.At, s.Value
		one.count++
		h.now[hash] = one
		h.keep(one)
	}
	byLabels := func(a, b *held) int { return labels.Compare(a.labels, b.labels) }
	for _, one := range slices.SortedFunc(maps.Values(before), byLabels) {
		h.end(t, l, one)
	}
	h.without(l, fresh, len(before))
}

// keep takes notice of a run that is longer than those before it.
func (h *holding) keep(one *held) {
	if h.longest == nil || one.length() > h.longest.length() {
		h.longest = one
	}
}

// add takes notice of another label set.
func (h *held) add(ls labels.Labels) {
	if h.seen++; len(h.sets) < maxSets {
		h.sets = append(h.sets, ls)
	}
}

// without follows the time in which there was some result, one following the
// other.
func (h *holding) without(l rules.Look, fresh, gone int) {
	switch {
	case len(l.Result) == 0:
		h.any = held{}
		return
	case h.any.count == 0:
		h.any.start = l.At
	}
	h.any.last = l.At
	h.any.count++
	if h.any.length() > h.all.length() || h.all.count == 0 {
		h.all = h.any
	}
}

func (h *holding) end(t *trace, l rules.Look, one *held) {
	h.runs++
	better := h.ended == nil || one.length() > h.ended.length()
	if better {
		h.ended = one
	}
	if !better || h.fired || h.looked >= maxLooks {
		return
	}
	h.looked++
	w := &walk{t: t, look: l}
	one.broken = w.broke(one)
}

// broken is why a run ended.
type broken struct {
	at     time.Time
	reason string        // "recovered", "series-ended" or "missing-scrape"
	series labels.Labels // that ended, or whose scrape is missing
	when   time.Time     // of its staleness marker, or of the scrape
	late   time.Duration // the scrape interval, where it alone is too long
	value  float64       // of one that recovered
	node   *node         // whose value that is; nil when it is not known
}

// The reasons for which a run ended.
const (
	recovered     = "recovered"
	seriesEnded   = "series-ended"
	missingScrape = "missing-scrape"
	failedToRun   = "failed-evaluation"
)

// broke finds out why a result that was there at the evaluation before is not.
func (w *walk) broke(one *held) *broken {
	b := &broken{at: w.look.At, reason: recovered}
	by := w.look.At.Sub(one.last)
	// What was removed is known to have ended only after the evaluation at
	// which it no longer counts (see replay.Ended), so one more look is taken
	// back.
	looks := []time.Duration{by, 2 * by, 3 * by}
	if !w.t.run.scrapes.removals {
		looks = looks[:1]
	}
	for _, by := range looks {
		for _, n := range w.t.nodes {
			if w.vanishedBelow(b, n, one.labels, by, by > w.look.At.Sub(one.last)) {
				return b
			}
		}
	}
	if c := w.t.comparison(); c != nil {
		for _, s := range w.vector(c) {
			if consistent(one.labels, s.Labels) {
				b.value, b.node = s.Value, c
				break
			}
		}
	}
	return b
}

// vanishedBelow tells whether a series that counted some time ago is gone: with
// removed, because its target was taken out of service.
func (w *walk) vanishedBelow(b *broken, n *node, of labels.Labels, by time.Duration, removed bool) bool {
	u := unitOf(n)
	if u == nil || u.ask() == nil {
		return false
	}
	before, err := w.look.Earlier(filterOf(u).ask(), by)
	if err != nil {
		return false
	}
	now := map[uint64]bool{}
	vec, err := w.look.Earlier(u.ask(), 0)
	if err != nil {
		return false
	}
	for _, s := range vec {
		now[nameless(s.Labels).Hash()] = true
	}
	for _, s := range before {
		ls := nameless(s.Labels)
		if now[ls.Hash()] || !consistent(ls, of) {
			continue
		}
		if t := w.t.run.scrapes.target(ls.Get("job"), ls.Get("instance")); removed && (t == nil || t.Ends != "removed") {
			continue
		}
		w.vanished(b, n, ls)
		return true
	}
	return false
}

func nameless(ls labels.Labels) labels.Labels {
	return labels.NewBuilder(ls).Del(model.MetricNameLabel).Labels()
}

// consistent tells whether no label that both have differs.
func consistent(a, b labels.Labels) bool {
	return b.Validate(func(l labels.Label) error {
		if v := a.Get(l.Name); v != "" && v != l.Value && l.Name != model.MetricNameLabel {
			return errApart
		}
		return nil
	}) == nil
}

// errApart ends a walk along labels.
var errApart = errors.New("a label differs")

// vanished says how a series that counted went away.
func (w *walk) vanished(b *broken, n *node, ls labels.Labels) {
	r := w.t.run
	_, offset := n.window(r.lookback())
	ts := w.look.At.Add(-w.t.group.QueryOffset - offset).UnixMilli()
	b.reason, b.series = seriesEnded, ls
	last, marker, ok := r.newestOf(n.selector().LabelMatchers, ls, ts)
	if ok && marker {
		b.when = msTime(last)
	}
	target := r.scrapes.target(ls.Get("job"), ls.Get("instance"))
	if target == nil {
		return
	}
	from := ts - 2*max(target.Interval.Milliseconds(), 1)
	if ok && !marker {
		from = last
	}
	switch at, missing := r.scrapes.missing(target, from, ts); {
	case missing && !(marker && target.Ends == "removed" && last > target.Last):
		b.reason, b.when = missingScrape, msTime(at)
	case ok && !marker:
		b.reason, b.late, b.when = missingScrape, target.Interval, msTime(last)
	}
}

// unitOf is what a selector's series can be asked of: itself, or the function
// of its range. nil for other nodes, and for what only takes away: the right
// side of unless and the argument of absent.
func unitOf(n *node) *node {
	if n.selector() == nil || n.parent != nil && n.parent.selector() != nil {
		return nil
	}
	u := n
	if n.ask() == nil {
		if u = n.parent; u == nil {
			return nil
		}
	}
	for k := n; k.parent != nil; k = k.parent {
		if takesAway(k.parent, k) {
			return nil
		}
	}
	return u
}

// filterOf is the comparison with a constant that a unit stands in directly, so
// that what it gives is what counted; the unit itself without one.
func filterOf(u *node) *node {
	p := u.parent
	for p != nil && p.inner() != p {
		p = p.parent
	}
	if p != nil && isFilter(p) {
		return p
	}
	return u
}

// comparison is the operand of the outermost comparison with a constant that
// decides whether the rule's expression gives anything; nil without one.
func (t *trace) comparison() *node {
	if len(t.nodes) == 0 {
		return nil
	}
	n := t.nodes[0].inner()
	for isSet(n, parser.LAND) || isSet(n, parser.LUNLESS) {
		n = n.kids[0].inner()
	}
	if !isFilter(n) {
		return nil
	}
	if n.kids[0].isScalar() {
		return n.kids[1]
	}
	return n.kids[0]
}
