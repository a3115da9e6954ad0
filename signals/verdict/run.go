package verdict

import (
	"cmp"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// run gathers, as a replay goes on, what findings are made of. What it holds
// does not grow with the number of instants.
type run struct {
	opts    replay.Options
	store   storage.Queryable
	traces  []*trace // by the rule's number
	series  selections
	scrapes scrapes
	names   map[string][]*trace // of the rules that write a name
	seen    *ingest.Names       // from Done on
	facts   func() *catalogue.Catalogue
	known   *known // see knownVersions

	// Once the replay is over:
	res   *replay.Result
	clock clock
	made  map[*trace][]Finding
	under map[*trace]bool // findings are being made
	left  []*trace        // of the result's rules
}

// Begin implements replay.Observer.
func (r *run) Begin(opts replay.Options, store storage.Queryable) {
	*r = run{facts: r.facts, opts: opts, store: store, scrapes: newScrapes(opts), names: map[string][]*trace{}, made: map[*trace][]Finding{}, under: map[*trace]bool{}}
	for _, g := range opts.Groups {
		for _, rule := range g.Rules {
			t := newTrace(r, g, rule)
			r.traces = append(r.traces, t)
			if rule.Record != "" {
				r.names[rule.Record] = append(r.names[rule.Record], t)
			} else {
				r.names[alertsMetric] = append(r.names[alertsMetric], t)
				r.names[forStateMetric] = append(r.names[forStateMetric], t)
			}
			for _, n := range t.nodes {
				if vs := n.selector(); vs != nil {
					n.selection = r.series.add(vs)
				}
			}
		}
	}
}

// lookback is how long a sample without successor stays visible.
func (r *run) lookback() time.Duration { return cmp.Or(r.opts.Lookback, query.DefaultLookback) }

// The metrics that alerting rules write.
const (
	alertsMetric   = "ALERTS"
	forStateMetric = "ALERTS_FOR_STATE"
)

// Scraped implements replay.Observer.
func (r *run) Scraped(n int, failed bool) { r.scrapes.add(n, failed) }

// Saw implements replay.Observer.
func (r *run) Saw(rule int, look rules.Look) { r.traces[rule].saw(look) }

// Came implements replay.Observer.
func (r *run) Came(rule int, at time.Time, out *rules.Outcome) { r.traces[rule].came(at, out) }

// Samples implements replay.Observer.
func (r *run) Samples(store storage.Queryable) { r.series.look(store) }

// Done implements replay.Observer. What was scraped is held no longer: it would
// take its room while the capture is read again.
func (r *run) Done(seen *ingest.Names) { r.seen, r.store = seen, nil }

// findings are made once the replay is over. The result may lack rules of the
// replay, but has the others in their order.
func (r *run) findings(res *replay.Result) [][]Finding {
	r.res, r.clock = res, newClock(res.Start, res.End)
	at := 0
	r.left = nil
	for i := range res.Rules {
		for at < len(r.traces) && !r.traces[at].is(&res.Rules[i]) {
			at++
		}
		if at < len(r.traces) {
			r.traces[at].result = &res.Rules[i]
			r.left = append(r.left, r.traces[at])
			at++
		}
	}
	why := make([][]Finding, len(res.Rules))
	for i, t := range r.left {
		why[i] = r.of(t)
	}
	return why
}

// of are the findings of a rule; none while they are being made, for rules that
// rest on each other in a circle, of one that was never evaluated, and of one
// that is no part of the result.
func (r *run) of(t *trace) []Finding {
	if list, ok := r.made[t]; ok || r.under[t] || t.evals == 0 || t.result == nil {
		return list
	}
	r.under[t] = true
	list := t.findings()
	r.under[t] = false
	r.made[t] = list
	return list
}
