package oracle

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	uprules "github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

var pairsURL = &url.URL{Scheme: "https", Host: "prometheus.example:9090", Path: "/p"}

// A server is upstream's: its scrape manager with its own loops, caches and
// parser, its TSDB's head, its engine and its rule groups. It lives in a
// synctest bubble whose clock stands at the time of the event under way; only
// when a scrape or an evaluation happens is ours to say.
type server struct {
	head    *tsdb.Head
	dir     string
	manager *scrape.Manager
	loops   map[[2]string]*scrapeLoop
	current event
	engine  *promql.Engine
	groups  []*uprules.Group
}

// headStore is the head as the server's components see it, but for
// scrape_duration_seconds: a saved scrape does not tell it, so rules are to
// see none.
type headStore struct{ *tsdb.Head }

func (s headStore) Querier(mint, maxt int64) (storage.Querier, error) {
	q, err := tsdb.NewBlockQuerier(tsdb.NewRangeHead(s.Head, mint, maxt), mint, maxt)
	return withoutDuration{q}, err
}

type withoutDuration struct{ storage.Querier }

var noDuration = labels.MustNewMatcher(labels.MatchNotEqual, model.MetricNameLabel, "scrape_duration_seconds")

func (q withoutDuration) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	return q.Querier.Select(ctx, sorted, hints, append(ms[:len(ms):len(ms)], noDuration)...)
}

// RoundTrip makes the server the network of its scrapes.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	status, header, body, err := s.current.scrape.answer(s.current.fallback)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: header, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func startServer(p *pair, interval time.Duration) (*server, error) {
	s := &server{}
	var err error
	if s.dir, err = os.MkdirTemp(memoryDir(), "oracle"); err != nil {
		return nil, err
	}
	opts := tsdb.DefaultHeadOptions()
	opts.ChunkDirRoot = s.dir
	opts.StripeSize = 64 // a map each: the default is for millions of series
	opts.EnableExemplarStorage = false
	if s.head, err = tsdb.NewHead(nil, nil, nil, nil, opts, nil); err != nil {
		return nil, err
	}
	if err := s.head.Init(math.MinInt64); err != nil {
		return nil, err
	}
	if err := s.startScraping(p); err != nil {
		return nil, err
	}
	return s, s.loadRules(p, interval)
}

// memoryDir spares the disk where it can.
func memoryDir() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

func (s *server) startScraping(p *pair) error {
	const never = 1_000_000 * time.Hour
	opts := &scrape.Options{
		DiscoveryReloadInterval: model.Duration(never), DiscoveryReloadOnStartup: true, InitialScrapeOffset: never,
	}
	setHostname(opts, "oracle")
	cfg, err := config.Load(string(p.serverConfig()), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if s.manager, err = scrape.NewManager(opts, nil, nil, nil, s.head, prometheus.NewRegistry()); err != nil {
		return err
	}
	if err := s.manager.ApplyConfig(cfg); err != nil {
		return err
	}
	sets := map[string][]*targetgroup.Group{}
	for i, t := range p.Targets {
		group := &targetgroup.Group{Source: fmt.Sprint(i), Targets: []model.LabelSet{{model.AddressLabel: model.LabelValue(t.Instance)}}, Labels: model.LabelSet{}}
		for k, v := range t.Labels {
			group.Labels[model.LabelName(k)] = model.LabelValue(v)
		}
		sets[t.Job] = append(sets[t.Job], group)
	}
	updates := make(chan map[string][]*targetgroup.Group)
	go s.manager.Run(updates)
	updates <- sets
	synctest.Wait()
	s.loops = scrapeLoops(s.manager, s)
	return nil
}

func (s *server) stop() {
	if s.manager != nil {
		s.manager.Stop()
	}
	if s.head != nil {
		s.head.Close()
	}
	os.RemoveAll(s.dir)
}

// memoryLoader hands the rule files of a pair to upstream's manager.
type memoryLoader struct {
	parser parser.Parser
	files  map[string]string
}

func (l memoryLoader) Load(name string, ignoreUnknown bool, scheme model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return rulefmt.Parse([]byte(l.files[name]), ignoreUnknown, scheme, l.parser, slog.New(slog.DiscardHandler))
}

func (l memoryLoader) Parse(expr string) (parser.Expr, error) { return l.parser.ParseExpr(expr) }

// engineOptions are a server's, with the pair's features.
func (p *pair) engineOptions(interval time.Duration) promql.EngineOpts {
	return promql.EngineOpts{
		MaxSamples: 50_000_000, Timeout: 2 * time.Minute,
		LookbackDelta:            time.Duration(cmp.Or(p.Lookback, 300_000)) * time.Millisecond,
		EnableDelayedNameRemoval: slices.Contains(p.Features, "promql-delayed-name-removal"),
		NoStepSubqueryIntervalFn: func(int64) int64 { return interval.Milliseconds() },
		EnableAtModifier:         true, EnableNegativeOffset: true, Parser: p.parser(),
	}
}

func (s *server) loadRules(p *pair, interval time.Duration) error {
	loader := memoryLoader{parser: p.parser(), files: map[string]string{}}
	s.engine = promql.NewEngine(p.engineOptions(interval))
	store := headStore{s.head}
	m := uprules.NewManager(&uprules.ManagerOptions{
		NameValidationScheme: model.UTF8Validation, Parser: loader.parser, GroupLoader: loader,
		Context: context.Background(), AppendableV2: store, Queryable: store, ExternalURL: pairsURL,
		QueryFunc:  uprules.EngineQueryFunc(s.engine, store),
		NotifyFunc: func(context.Context, string, ...*uprules.Alert) {},
		Logger:     slog.New(slog.DiscardHandler),
	})
	for i, text := range p.Rules {
		name := ruleFileName(i)
		loader.files[name] = text
		loaded, errs := m.LoadGroups(interval, p.externalLabels(), pairsURL.String(), nil, false, name)
		for _, err := range errs {
			return &rulesError{err}
		}
		ordered, errs := loader.Load(name, false, model.UTF8Validation)
		for _, err := range errs {
			return &rulesError{err}
		}
		for _, g := range ordered.Groups {
			group := loaded[uprules.GroupKey(name, g.Name)]
			for _, r := range group.AlertingRules() {
				r.SetRestored(true)
			}
			s.groups = append(s.groups, group)
		}
	}
	return nil
}

// A rulesError says that upstream does not load the rule files.
type rulesError struct{ error }

// An event is a scrape by one of the server's loops, or before removed the
// last one.
type event struct {
	loop   *scrapeLoop
	scrape *pairScrape
	// fallback: the job says what a body is of which no file does.
	fallback bool
	removed  time.Duration // not 0: the loop ends with this scrape, and had this interval
}

// events are a pair's scrapes in the order of their times; at equal times, in
// which the order is anyone's, those first that no file tells of, then in the
// order of the targets' job and instance. With untold the server goes on after
// the last scrape, as `query` sees it; else up to last, the last instant.
func (s *server) events(p *pair, untold bool, last time.Time) ([]event, error) {
	var all []event
	for i := range p.Targets {
		t := &p.Targets[i]
		loop := s.loops[[2]string{t.Job, t.Instance}]
		if loop == nil {
			return nil, fmt.Errorf("the server has no target %s/%s, only %d others", t.Job, t.Instance, len(s.loops))
		}
		job := p.job(t.Job)
		for j := range t.Scrapes {
			all = append(all, event{loop: loop, scrape: &t.Scrapes[j], fallback: job.Settings["fallback_scrape_protocol"] != nil})
		}
		at := all[len(all)-1].scrape.At
		seen := at+job.Interval <= p.end() || at+2*job.Interval+job.Interval/10 <= last.UnixMilli()
		if job.Removed && (untold || seen) {
			all[len(all)-1].removed = time.Duration(job.Interval) * time.Millisecond
		}
		if p.GapsFailed {
			for _, at := range missed(t.Scrapes, job.Interval) {
				all = append(all, event{loop: loop, scrape: &pairScrape{At: at, Err: "missed", missed: 1}})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.scrape.At, b.scrape.At), cmp.Compare(b.scrape.missed, a.scrape.missed), strings.Compare(a.loop.label("job"), b.loop.label("job")), strings.Compare(a.loop.label("instance"), b.loop.label("instance")))
	})
	return all, nil
}

func (l *scrapeLoop) label(name string) string { return l.target.GetValue(name) }

// scrape makes the scrape happen, the bubble's clock being at its time.
func (s *server) scrape(e event) {
	s.current = e
	e.loop.scrapeAt(time.UnixMilli(e.scrape.At))
	if e.removed > 0 {
		e.loop.remove(e.removed)
	}
}

// inBubble runs f with a clock of its own, and returns its error or panic.
func inBubble(t *testing.T, f func() error) (err error) {
	synctest.Test(t, func(*testing.T) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("upstream panics: %v", r)
			}
		}()
		err = f()
	})
	return err
}

// sleepUntil moves the bubble's clock, and lets happen what is due by then.
func sleepUntil(ms int64) {
	time.Sleep(time.Until(time.UnixMilli(ms)))
	synctest.Wait()
}
