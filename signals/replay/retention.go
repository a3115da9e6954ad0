package replay

import (
	"errors"
	"fmt"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// wants says which series a replay keeps, and for how long: what the
// expressions of its rules can still look back on.
type wants struct {
	byName  map[string][]want // by the metric's name
	unnamed []want            // of selectors that name no metric
	all     bool              // everything is kept
	rest    timeline.Keep     // of series that nothing selects
	written map[string]bool   // names of what rules write

	// ahead allows scrapes to be stored before the instants in front of them
	// are evaluated: no rule could see the difference.
	ahead bool
	notes []string // why more is kept than rules look back on
}

type want struct {
	matchers []*labels.Matcher
	keep     timeline.Keep
}

// watched is what the summary is made of, see watch.
var watched = []*labels.Matcher{
	labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, startTimeMetric),
	labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, ".+_build_info"),
}

func newWants(opts Options, engine *query.Engine) (*wants, error) {
	w := &wants{byName: map[string][]want{}, written: map[string]bool{}, ahead: true, rest: timeline.KeepNewest}
	for _, m := range watched {
		w.add([]*labels.Matcher{m}, "", 0)
	}
	for _, g := range opts.Groups {
		for _, r := range g.Rules {
			if r.Record != "" {
				w.written[r.Record] = true
			} else {
				w.written[alertsMetric], w.written[forStateMetric] = true, true
			}
			reach := g.Reach(engine, r)
			w.rule(reach, r.Name())
			if opts.revisit {
				w.rest = max(w.rest, timeline.Keep(reach.Back.Milliseconds()))
			}
		}
	}
	switch {
	case opts.Ask != nil:
		for _, expr := range opts.Ask {
			if err := w.ask(engine, opts, expr); err != nil {
				return nil, err
			}
		}
	case opts.Stored != nil || opts.Groups == nil:
		w.all = true
	}
	for i := range opts.Capture.Scrapes {
		if t, _, _ := opts.Capture.Entry(i); t == nil {
			w.ahead = false // a dump's samples come when their time comes
			break
		}
	}
	for _, name := range scrapeMetrics {
		if w.written[name] {
			w.ahead = false
		}
	}
	slices.Sort(w.notes)
	w.notes = slices.Compact(w.notes)
	return w, nil
}

// rule adds what a rule can see.
func (w *wants) rule(r query.Reach, name string) {
	keep := timeline.Keep(r.Back.Milliseconds())
	if r.Everything != "" {
		keep = timeline.KeepAll
		w.note(fmt.Sprintf("%s needs all samples of its series: %s", name, r.Everything))
	}
	if r.Unknown != "" {
		w.all = true
		w.note("all series are kept: " + r.Unknown)
	}
	w.ahead = w.ahead && !r.Ahead && r.Unknown == ""
	for _, s := range r.Selectors {
		w.add(s.Matchers, s.Name(), keep)
		w.ahead = w.ahead && s.Name() != "" // else it may select what rules write
	}
}

func (w *wants) note(text string) { w.notes = append(w.notes, text) }

// ask adds what an expression selects, for the whole of the capture.
func (w *wants) ask(engine *query.Engine, opts Options, expr string) error {
	if _, err := rules.ParseExpr(expr, expr, rules.ParseOptions{Features: opts.Features}); err != nil {
		return err
	}
	r := engine.Reach(expr)
	if r.Unknown != "" {
		w.all = true
	}
	for _, s := range r.Selectors {
		w.add(s.Matchers, s.Name(), timeline.KeepAll)
	}
	return nil
}

func (w *wants) add(ms []*labels.Matcher, name string, keep timeline.Keep) {
	one := want{ms, keep}
	if name == "" {
		w.unnamed = append(w.unnamed, one)
		return
	}
	w.byName[name] = append(w.byName[name], one)
}

// keep is how long the samples of a series are kept.
func (w *wants) keep(ls labels.Labels) timeline.Keep {
	if w.all {
		return timeline.KeepAll
	}
	name := ls.Get(model.MetricNameLabel)
	keep := w.rest
	if w.written[name] {
		keep = max(keep, 0) // so that what is scraped under that name is stored at once
	}
	for _, list := range [][]want{w.byName[name], w.unnamed} {
		for _, one := range list {
			if one.keep > keep && matches(ls, one.matchers) {
				keep = one.keep
			}
		}
	}
	return keep
}

func matches(ls labels.Labels, ms []*labels.Matcher) bool {
	for _, m := range ms {
		if !m.Matches(ls.Get(m.Name)) {
			return false
		}
	}
	return true
}

// independent tells whether nothing that rules write matters to a rule.
func (w *wants) independent(r *rules.Rule) bool {
	return !slices.ContainsFunc(r.Selectors, func(s query.Selector) bool {
		return s.Name() == "" || w.written[s.Name()]
	})
}

// The metrics that alerting rules and scrapes write of themselves.
const (
	alertsMetric    = "ALERTS"
	forStateMetric  = "ALERTS_FOR_STATE"
	startTimeMetric = "process_start_time_seconds"
)

var scrapeMetrics = []string{
	"up", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added",
	"scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes",
}

// errNotAsked is the error of a query for what was not loaded.
var errNotAsked = errors.New("the expression selects what was not loaded: name it in Options.Ask")

// covers checks that an expression selects nothing but what was loaded for Ask.
func (l *Loaded) covers(expr string) error {
	if l.ask == nil {
		return nil
	}
	for _, s := range l.asked.Selectors(expr) {
		if !l.ask[s.String] {
			return fmt.Errorf("%w (%s)", errNotAsked, s.String)
		}
	}
	return nil
}

// askable are the selectors of expressions, as covers looks for them; nil:
// there is no bound.
func askable(engine *query.Engine, exprs []string) map[string]bool {
	if exprs == nil {
		return nil
	}
	set := map[string]bool{}
	for _, expr := range exprs {
		r := engine.Reach(expr)
		if r.Unknown != "" {
			return nil
		}
		for _, s := range r.Selectors {
			set[s.String] = true
		}
	}
	return set
}

// defaultSegment is how many instants are evaluated at once.
const defaultSegment = 32

// maxHeld is how many kept samples may come in before what is waiting is
// evaluated all the same: 16 MB of them.
const maxHeld = 1_000_000
