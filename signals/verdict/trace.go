package verdict

import (
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

// A trace is what was gathered of one rule.
type trace struct {
	run   *run
	group *rules.Group
	rule  *rules.Rule
	nodes []*node // the root first; none for an expression that can't be told

	evals       int // so many
	first, last time.Time
	given       int // evaluations that had a result
	failures    failures
	duplicates  bool                // results of it became one
	collided    *collision          // the first that was found
	refs        *[]rules.Reference  // see references
	causes      map[causeKey]*tally // why there was no result
	filters     []*node             // see the function filters
	held        map[int]int         // evaluations at which a comparison held all the same, by its node's number
	firing      firing
	quantiled   quantiled
	holding     holding

	// Once the replay is over:
	result   *replay.Rule
	proven   []reachable.Proof // see proofs
	analysed bool
}

func newTrace(r *run, g *rules.Group, rule *rules.Rule) *trace {
	t := &trace{run: r, group: g, rule: rule, nodes: newTree(rule.Expr, r.opts.Features), causes: map[causeKey]*tally{}}
	if len(t.nodes) > 0 {
		t.filters = filters(t.nodes)
	}
	return t
}

// fired tells whether an alert of the rule fired, or a recording rule recorded.
func (t *trace) fired() bool {
	return t.result.Verdict == replay.VerdictFiring || t.rule.Record != "" && t.result.Recorded > 0
}

// is tells whether the trace is that of a rule of a result.
func (t *trace) is(r *replay.Rule) bool {
	return r.Alert == t.rule.Alert && r.Record == t.rule.Record && r.Expr == t.rule.Expr && r.Group == t.group.Name && r.File == t.group.File
}

func (t *trace) name() string { return t.rule.Name() }

func (t *trace) saw(l rules.Look) {
	t.evals++
	if t.first.IsZero() {
		t.first = l.At
	}
	switch {
	case t.collided != nil:
	case l.Err != nil && len(labelSets(l.Err.Error())) < 2:
		t.collided = t.collide(l)
	case l.Err == nil && t.duplicates: // the results before they got their labels
		t.collided = t.collideAfter(l.Result)
	}
	if l.Err == nil && t.rule.Alert != "" && t.rule.For > 0 {
		t.holding.saw(t, l)
	}
	t.last = l.At
	switch {
	case l.Err != nil: // came tells
	case len(l.Result) > 0:
		t.given++
		t.firing.saw(t, l)
	case len(t.nodes) > 0:
		w := &walk{t: t, look: l}
		w.root(t.nodes[0])
	}
	t.quantiled.saw(t, l)
}

func (t *trace) came(at time.Time, out *rules.Outcome) {
	if out.Err != nil {
		t.failures.add(at, out.Err)
		t.duplicates = t.duplicates || duplicates(out.Err)
	}
	t.holding.fired = t.holding.fired || slices.ContainsFunc(out.Alerts, func(a rules.Alert) bool { return a.State == rules.Firing })
	t.firing.came(t, at, out)
}

// failures are the evaluations that failed, by what they failed with.
type failures struct {
	count       int
	first, last time.Time
	errs        []error // distinct texts, the first maxErrs
	texts       map[string]*failure
}

type failure struct {
	count       int
	first, last time.Time
}

const maxErrs = 8

func (f *failures) add(at time.Time, err error) {
	f.count++
	if f.first.IsZero() {
		f.first = at
	}
	f.last = at
	text := err.Error()
	if f.texts == nil {
		f.texts = map[string]*failure{}
	}
	one := f.texts[text]
	if one == nil {
		if len(f.errs) >= maxErrs {
			return
		}
		f.errs = append(f.errs, err)
		one = &failure{first: at}
		f.texts[text] = one
	}
	one.count++
	one.last = at
}
