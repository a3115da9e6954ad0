package replay

import (
	"fmt"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// retention says which series a replay keeps, and for how long: what the
// expressions of its rules can still look back on.
type retention struct {
	byName  map[string][]want // by the metric's name
	unnamed []want            // of selectors that name no metric
	all     bool              // everything is kept
	written map[string]bool   // names of what rules write

	// ahead allows scrapes to be stored before the instants in front of them
	// are evaluated: no rule could see the difference.
	ahead bool
	notes []string // why more is kept than rules look back on

	guesses *guesses // for Options.Memory; nil: there are none
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

func newRetention(opts Options, engine *query.Engine) (*retention, error) {
	ret := &retention{byName: map[string][]want{}, written: map[string]bool{}, ahead: true}
	for _, m := range watched {
		ret.add([]*labels.Matcher{m}, "", 0)
	}
	for _, g := range opts.Groups {
		for _, r := range g.Rules {
			if r.Record != "" {
				ret.written[r.Record] = true
			} else {
				ret.written[alertsMetric], ret.written[forStateMetric] = true, true
			}
			ret.rule(g.Reach(engine, r), r.Name())
		}
	}
	if opts.Memory != nil {
		ret.guess(opts.Groups, engine)
	}
	if opts.Keep && opts.KeepWritten {
		for name := range ret.written {
			ret.add([]*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name)}, name, timeline.KeepAll)
		}
	}
	for _, expr := range opts.Newest {
		for _, s := range engine.Selectors(expr) {
			ret.add(s.Matchers, s.Name(), 0)
		}
	}
	switch {
	case !opts.Keep:
	case opts.Queries == nil:
		ret.all = true
	default:
		for _, expr := range opts.Queries {
			if err := ret.query(engine, opts, expr); err != nil {
				return nil, err
			}
		}
	}
	for i := range opts.Capture.Scrapes {
		if t, _, _ := opts.Capture.Entry(i); t == nil {
			ret.ahead = false // a dump's samples come when their time comes
			break
		}
	}
	for _, name := range scrapeMetrics {
		if ret.written[name] {
			ret.ahead = false
		}
	}
	if opts.Server != nil {
		ret.ahead, ret.notes = true, nil // no scrapes come
	}
	slices.Sort(ret.notes)
	ret.notes = slices.Compact(ret.notes)
	return ret, nil
}

// rule adds what a rule can see.
func (ret *retention) rule(r query.Reach, name string) {
	if r.Everything != "" {
		ret.note(fmt.Sprintf("%s needs all samples of its series: %s", name, r.Everything))
	}
	if r.Unknown != "" {
		ret.all = true
		ret.note("all series are kept: " + r.Unknown)
	}
	ret.ahead = ret.ahead && !r.Ahead && r.Unknown == ""
	for _, s := range r.Selectors {
		keep := timeline.Keep(s.Back.Milliseconds())
		if r.Everything != "" {
			keep = timeline.KeepAll
		}
		ret.add(s.Matchers, s.Name(), keep)
		// Without a name it may select what rules write.
		ret.ahead = ret.ahead && (s.Name() != "" || len(ret.written) == 0)
	}
}

// guess makes guesses of what rules select.
func (ret *retention) guess(groups []*rules.Group, engine *query.Engine) {
	ret.guesses = &guesses{byName: map[string][]*guess{}, lacks: map[string]bool{}}
	up := labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "up") // tells what was scraped before
	ret.guesses.add(query.Selector{String: "up", Matchers: []*labels.Matcher{up}}, 0)
	for _, g := range groups {
		for _, r := range g.Rules {
			reach := g.Reach(engine, r)
			for _, s := range reach.Selectors {
				ret.guesses.add(s, timeline.Keep(reach.Back.Milliseconds()))
			}
		}
	}
}

func (ret *retention) note(text string) { ret.notes = append(ret.notes, text) }

// query adds what an expression selects, for the whole of the capture.
func (ret *retention) query(engine *query.Engine, opts Options, expr string) error {
	if _, err := query.Parse(expr, expr, opts.Features); err != nil {
		return err
	}
	r := engine.Reach(expr)
	if r.Unknown != "" {
		ret.all = true
	}
	for _, s := range r.Selectors {
		ret.add(s.Matchers, s.Name(), timeline.KeepAll)
	}
	return nil
}

func (ret *retention) add(ms []*labels.Matcher, name string, keep timeline.Keep) {
	one := want{ms, keep}
	if name == "" {
		ret.unnamed = append(ret.unnamed, one)
		return
	}
	ret.byName[name] = append(ret.byName[name], one)
}

// keep is how long the samples of a series are kept.
func (ret *retention) keep(ls labels.Labels) timeline.Keep {
	if ret.all {
		return timeline.KeepAll
	}
	name := ls.Get(model.MetricNameLabel)
	keep := timeline.KeepNewest // of series that nothing selects
	if ret.written[name] {
		keep = max(keep, 0) // so that what is scraped under that name is stored at once
	}
	for _, list := range [][]want{ret.byName[name], ret.unnamed} {
		for _, one := range list {
			if one.keep > keep && matches(ls, one.matchers) {
				keep = one.keep
			}
		}
	}
	if ret.guesses != nil {
		keep = ret.guesses.keep(ls, name, keep)
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
func (ret *retention) independent(r *rules.Rule) bool {
	return !slices.ContainsFunc(r.Selectors, func(s query.Selector) bool {
		return s.Name() == "" || ret.written[s.Name()]
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

// defaultSegment is how many instants are evaluated at once.
const defaultSegment = 32

// maxHeld is how many kept samples may come in before what is waiting is
// evaluated all the same: 16 MB of them.
const maxHeld = 1_000_000
