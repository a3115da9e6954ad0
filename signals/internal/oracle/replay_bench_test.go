package oracle

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	uprules "github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// benchRules are those of the yardstick in ../shared/bench, at the capture's
// own interval.
const benchRules = `
groups:
- name: capture
  rules:
  - {alert: KubeProxyDown, expr: 'sum(up{job="kube-proxy"}) < 3'}
  - {alert: KubeProxyRestLatency, expr: 'histogram_quantile(0.99, sum(rate(rest_client_request_duration_seconds_bucket{job="kube-proxy",verb="POST"}[5m])) by (verb, url, le)) > 60'}
  - {alert: KubeProxyRestErrors, expr: 'sum(rate(rest_client_requests_total{job="kube-proxy",code=~"5.."}[5m])) by (host,method)/sum(rate(rest_client_requests_total{job="kube-proxy"}[5m])) by (host,method) > 0.10'}
  - {alert: KubeProxySyncSlow, expr: 'histogram_quantile(0.99, sum(rate(kubeproxy_sync_proxy_rules_duration_seconds_bucket[5m])) by (le, instance)) > 1'}
`

// benchCapture is demo:incident, unpacked in memory beforehand: what is
// measured is the road, not the disk.
func benchCapture(b *testing.B) (*capture.Capture, int64) {
	b.Helper()
	fsys, err := fixtures.FS("incident")
	if err != nil {
		b.Fatal(err)
	}
	c, err := capture.Open(fsys, "incident", capture.Options{})
	if err != nil {
		b.Fatal(err)
	}
	size := int64(0)
	for s := c.Stream(); s.Next(); {
		size += int64(len(s.Scrape().Body))
	}
	return c, size
}

// upstreamScraper is the core of Prometheus' scrape loop over its own storage:
// the text parser, a cache from a line's text to the series' reference, a
// transaction a scrape. It writes up, and no staleness markers, which spares
// it work.
type upstreamScraper struct {
	db      *teststorage.TestStorage
	symbols *labels.SymbolTable
	caches  map[*capture.Target]map[string]storage.SeriesRef
}

func newUpstreamScraper(tb testing.TB) *upstreamScraper {
	return &upstreamScraper{db: teststorage.New(tb), symbols: labels.NewSymbolTable(), caches: map[*capture.Target]map[string]storage.SeriesRef{}}
}

func (u *upstreamScraper) add(tb testing.TB, s *capture.Scrape) {
	cache := u.caches[s.Target]
	if cache == nil {
		cache = map[string]storage.SeriesRef{}
		u.caches[s.Target] = cache
	}
	app := u.db.Appender(context.Background())
	lb := labels.NewBuilder(labels.EmptyLabels())
	p := textparse.NewPromParser(s.Body, u.symbols, false)
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		series, _, v := p.Series()
		ref, ok := cache[string(series)]
		if ok {
			if _, err := app.Append(ref, labels.EmptyLabels(), s.Time, v); err != nil {
				tb.Fatal(err)
			}
			continue
		}
		var ls labels.Labels
		p.Labels(&ls)
		lb.Reset(ls)
		lb.Set("job", s.Target.Job)
		lb.Set("instance", s.Target.Instance)
		if ref, err = app.Append(0, lb.Labels(), s.Time, v); err != nil {
			tb.Fatal(err)
		}
		cache[string(series)] = ref
	}
	up := 1.0
	if s.Failure != "" {
		up = 0
	}
	if _, err := app.Append(0, labels.FromStrings("__name__", "up", "job", s.Target.Job, "instance", s.Target.Instance), s.Time, up); err != nil {
		tb.Fatal(err)
	}
	if err := app.Commit(); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkIngest: all scrapes of demo:incident into a store.
func BenchmarkIngest(b *testing.B) {
	c, size := benchCapture(b)
	b.Run("scrapebook", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			in := ingest.New(timeline.New(), ingest.Options{})
			for s := c.Stream(); s.Next(); {
				in.Add(s.Scrape())
			}
		}
	})
	b.Run("upstream", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			u := newUpstreamScraper(b)
			for s := c.Stream(); s.Next(); {
				u.add(b, s.Scrape())
			}
		}
	})
}

// BenchmarkReplay: the four rules at 119 instants over demo:incident.
func BenchmarkReplay(b *testing.B) {
	c, size := benchCapture(b)
	b.Run("scrapebook", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			groups, errs := rules.Parse("bench.yml", []byte(benchRules), rules.ParseOptions{})
			if len(errs) > 0 {
				b.Fatal(errs)
			}
			res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups})
			if err != nil {
				b.Fatal(err)
			}
			if res.Groups[0].Evaluations != 119 {
				b.Fatal(res.Groups[0].Evaluations)
			}
		}
	})
	b.Run("upstream", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			upstreamReplay(b, c)
		}
	})
}

func upstreamReplay(b *testing.B, c *capture.Capture) {
	u := newUpstreamScraper(b)
	pr := parser.NewParser(parser.Options{})
	parsed, errs := rulefmt.Parse([]byte(benchRules), false, model.UTF8Validation, pr, slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		b.Fatal(errs)
	}
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 50_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute,
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: pr,
	})
	opts := &uprules.ManagerOptions{
		Context: context.Background(), AppendableV2: u.db, Queryable: u.db,
		QueryFunc:  uprules.EngineQueryFunc(engine, u.db),
		NotifyFunc: func(context.Context, string, ...*uprules.Alert) {},
		Logger:     slog.New(slog.DiscardHandler),
	}
	var list []uprules.Rule
	for _, r := range parsed.Groups[0].Rules {
		expr, err := pr.ParseExpr(r.Expr)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, uprules.NewAlertingRule(r.Alert, expr, 0, 0, labels.EmptyLabels(), labels.EmptyLabels(), labels.EmptyLabels(), "", true, opts.Logger))
	}
	group := uprules.NewGroup(uprules.GroupOptions{Name: "capture", File: "bench.yml", Interval: c.Interval, Rules: list, Opts: opts})
	at := time.UnixMilli(c.Start).Add(c.Interval / 2)
	for s := c.Stream(); s.Next(); {
		for ; s.Scrape().Time > at.UnixMilli(); at = at.Add(c.Interval) {
			group.Eval(context.Background(), at)
		}
		u.add(b, s.Scrape())
	}
}
