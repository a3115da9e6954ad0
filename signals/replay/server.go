package replay

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A Server is a Prometheus-compatible server, as package query/promapi asks
// one: it has the series and evaluates expressions over them.
type Server interface {
	query.Far
	// Names lists the metrics that there were between two times; Series the
	// series that matchers match. Both may be cut.
	Names(ctx context.Context, from, to time.Time) ([]string, error)
	Series(ctx context.Context, from, to time.Time, ms ...*labels.Matcher) ([]labels.Labels, error)
	// Types are what TYPE lines say of families, as far as is known.
	Types(ctx context.Context) (map[string]string, error)
	// Err says why the server cannot be asked any more; nil while it answers.
	Err() error
	// Notes are what a reader of the result should know.
	Notes() []string
}

// serverSide is the server in a replay: what rules ask goes there, but for what
// they wrote themselves, which is at hand.
type serverSide struct {
	Server
	beside   *query.Beside
	from, to time.Time
	written  map[string]bool
	counted  map[string]int // by selector
}

// atOnce is how many requests run at the same time.
const atOnce = 8

// serverSegment is how many instants of a group are asked for at once: a
// request should be worth its while, and its answer be no burden.
const serverSegment = 240

func newServerSide(opts Options, engine *query.Engine, ld *loader) *serverSide {
	s := &serverSide{
		Server: opts.Server.Server, written: ld.keep.written,
		from: instant(opts.Capture.Start), to: instant(opts.Capture.End),
		counted: map[string]int{},
	}
	s.beside = engine.NewBeside(ld.tl, s.Server, s.atHand)
	for t, of := range opts.Server.of {
		ld.counts[t].failed = of.failed
	}
	return s
}

// atHand tells whether a selector may select what rules write.
func (s *serverSide) atHand(sel query.Selector) bool {
	if name := sel.Name(); name != "" {
		return s.written[name]
	}
	for name := range s.written {
		if !slices.ContainsFunc(sel.Matchers, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && !m.Matches(name) }) {
			return true
		}
	}
	return false
}

// err is why the server cannot be asked any more. There need be no server.
func (s *serverSide) err() error {
	if s == nil {
		return nil
	}
	return s.Err()
}

// expect says at which instants the groups will be evaluated. There need be no
// server.
func (s *serverSide) expect(groups []*groupTracker, instants [][]time.Time) {
	if s == nil {
		return
	}
	s.beside.Expect(time.Time{}, time.Time{}, 0, false)
	for i, list := range instants {
		if len(list) > 1 {
			late := groups[i].group.QueryOffset
			s.beside.Expect(list[0].Add(-late), list[len(list)-1].Add(-late), list[1].Sub(list[0]), true)
		}
	}
}

// count is how many series of the server matchers match.
func (s *serverSide) count(ms []*labels.Matcher) int {
	sel := query.Selector{Matchers: ms}
	if sel.Name() != "" && s.atHand(sel) {
		return 0
	}
	key := fmt.Sprint(ms)
	n, known := s.counted[key]
	if !known {
		list, err := s.Series(context.Background(), s.from, s.to, ms...)
		for _, ls := range list {
			if !s.written[ls.Get(model.MetricNameLabel)] { // else it is a copy of what is at hand
				n++
			}
		}
		if err == nil {
			s.counted[key] = n
		}
	}
	return n
}

// names adds to an index what the server has: all names of metrics, and the
// series of those that rules and queries name.
func (s *serverSide) names(n *ingest.Names, opts Options, engine *query.Engine) *ingest.Names {
	ctx := context.Background()
	names, err := s.Names(ctx, s.from, s.to)
	whole := err == nil && len(names) < maxListed
	names = slices.DeleteFunc(names, func(name string) bool { return s.written[name] })
	for _, name := range named(opts, engine) {
		if s.written[name] || whole && !slices.Contains(names, name) {
			continue
		}
		list, err := s.Series(ctx, s.from, s.to, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name))
		n.Add(nil, list, err == nil && len(list) < maxListed)
	}
	n.Add(names, nil, whole)
	types, _ := s.Types(ctx) // without them less can be said
	n.AddTypes(types)
	return n
}

// maxListed is from which number on a server may have cut a list: it is
// promapi.MaxSeries.
const maxListed = 100_000

// named are the metrics that rules and queries name, sorted.
func named(opts Options, engine *query.Engine) []string {
	var list []string
	add := func(sels []query.Selector) {
		for _, sel := range sels {
			if name := sel.Name(); name != "" {
				list = append(list, name)
			}
		}
	}
	for _, g := range opts.Groups {
		for _, r := range g.Rules {
			add(g.Reach(engine, r).Selectors)
		}
	}
	for _, expr := range opts.Queries {
		add(engine.Selectors(expr))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// asked tells of the server, once all is asked.
func (s *serverSide) asked(opts Options, engine *query.Engine) *Asked {
	a := &Asked{URL: opts.Capture.Name, Version: opts.Server.Version, Notes: s.Notes()}
	if len(opts.Capture.Targets) == 0 {
		a.Notes = append(a.Notes, "the server has no sample of up in this time: when targets were scraped is not known")
	}
	if opts.Server.cut {
		a.Notes = append(a.Notes, fmt.Sprintf("the server has more than %d samples of up in this time: findings do not tell what hangs on when a target was scraped", maxScrapes))
	}
	if list := rulesThat(opts, func(g *rules.Group, r *rules.Rule) bool { return g.Reach(engine, r).Ahead }); list != "" {
		a.Notes = append(a.Notes, "asked afterwards, the server knows what came after an instant, which it did not when the rules were evaluated: it matters to "+list)
	}
	if !opts.Server.MetricsQL {
		if strings.HasPrefix(opts.Server.Version, "2.") {
			a.Notes = append(a.Notes, "a server that is Prometheus 2 takes the sample at the very beginning of a range and of the look-back as well, which Prometheus 3 does not: values can differ where one is there")
		}
		return a
	}
	text := "the server speaks MetricsQL, the dialect of VictoriaMetrics: its functions over ranges take the sample before the range as well and extrapolate nothing, and it decides for itself how long a sample without successor stays visible"
	if list := rulesThat(opts, func(_ *rules.Group, r *rules.Rule) bool { return r.Calls(metricsQL...) }); list != "" {
		text += "; Prometheus can say something else of " + list
	}
	a.Notes = append(a.Notes, text)
	return a
}

// rulesThat lists the names of the rules of which something is so.
func rulesThat(opts Options, so func(*rules.Group, *rules.Rule) bool) string {
	var list []string
	for _, g := range opts.Groups {
		for _, r := range g.Rules {
			if so(g, r) {
				list = append(list, r.Name())
			}
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ", ")
}

// metricsQL are the functions whose results differ in MetricsQL, as its
// documentation says.
var metricsQL = []string{"rate", "irate", "increase", "delta", "idelta", "changes", "resets", "deriv", "predict_linear", "absent_over_time"}

// lookLength is how much of the samples is looked at together.
const lookLength = time.Hour

// look hands all samples to the observer, and to the watch what it looks for.
func (s *serverSide) look(ctx context.Context, ld *loader, readTo int64) error {
	for from := s.from; ; from = from.Add(lookLength) {
		to := from.Add(lookLength - time.Millisecond)
		if to.UnixMilli() >= readTo {
			to = instant(readTo)
		}
		part := &window{s.beside.Over(), from.UnixMilli(), to.UnixMilli()}
		ld.watch.look(part)
		if ld.observer != nil {
			ld.observer.Samples(part)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.Err(); err != nil {
			return err
		}
		if to.UnixMilli() >= readTo {
			return nil
		}
	}
}

// window is a Queryable of a time.
type window struct {
	storage.Queryable
	from, to int64
}

func (w *window) Querier(mint, maxt int64) (storage.Querier, error) {
	return w.Queryable.Querier(max(mint, w.from), min(maxt, w.to))
}
