package oracle

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

const (
	benchSeries  = 1000
	benchScrapes = 120
	benchStep    = 5000 // ms
)

func benchLabels() []labels.Labels {
	all := make([]labels.Labels, benchSeries)
	for i := range all {
		all[i] = labels.FromStrings("__name__", "requests_total",
			"instance", fmt.Sprint("node-", i%4), "job", "kube-proxy", "code", fmt.Sprint(i/4))
	}
	return all
}

// A scraper that may be asked for as many scrapes as one likes: it appends one
// sample to each series, by the reference it has.
func headScraper(tb testing.TB) (*teststorage.TestStorage, func(ts int64)) {
	db := teststorage.New(tb)
	all, refs := benchLabels(), make([]storage.SeriesRef, benchSeries)
	return db, func(ts int64) {
		app := db.AppenderV2(context.Background())
		for i, ls := range all {
			ref, err := app.Append(refs[i], ls, 0, ts, float64(ts)*float64(i), nil, nil, storage.AOptions{})
			if err != nil {
				tb.Fatal(err)
			}
			refs[i] = ref
		}
		if err := app.Commit(); err != nil {
			tb.Fatal(err)
		}
	}
}

func timelineScraper(tb testing.TB) (*timeline.Timeline, func(ts int64)) {
	tl := timeline.New()
	refs := make([]timeline.Ref, benchSeries)
	for i, ls := range benchLabels() {
		refs[i] = tl.Series(ls)
	}
	return tl, func(ts int64) {
		for i, ref := range refs {
			if err := tl.Append(ref, ts, float64(ts)*float64(i)); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// BenchmarkAppend appends scrapes of 1000 series.
func BenchmarkAppend(b *testing.B) {
	run := func(b *testing.B, scrape func(ts int64)) {
		ts := int64(0)
		b.ReportAllocs()
		for b.Loop() {
			ts += benchStep
			scrape(ts)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchSeries), "ns/sample")
	}
	b.Run("head", func(b *testing.B) { _, scrape := headScraper(b); run(b, scrape) })
	b.Run("timeline", func(b *testing.B) { _, scrape := timelineScraper(b); run(b, scrape) })
}

// BenchmarkInstantQuery evaluates at the end of ten minutes of scrapes.
func BenchmarkInstantQuery(b *testing.B) {
	db, scrapeHead := headScraper(b)
	tl, scrapeTimeline := timelineScraper(b)
	for i := range int64(benchScrapes) {
		scrapeHead(i * benchStep)
		scrapeTimeline(i * benchStep)
	}
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 50e6, Timeout: time.Minute, Parser: parser.NewParser(parser.Options{}),
	})
	at := time.UnixMilli((benchScrapes - 1) * benchStep)
	for _, expr := range []string{
		`sum by (instance) (rate(requests_total{job="kube-proxy"}[5m]))`,
		`max(requests_total)`,
		`requests_total{code="7"} > 0`,
	} {
		for _, s := range []struct {
			name    string
			storage storage.Queryable
		}{{"head", db}, {"timeline", tl}} {
			b.Run(expr+"/"+s.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					q, err := engine.NewInstantQuery(context.Background(), s.storage, nil, expr, at)
					if err != nil {
						b.Fatal(err)
					}
					if v, err := q.Exec(context.Background()).Vector(); err != nil || len(v) == 0 {
						b.Fatal(v, err)
					}
					q.Close()
				}
			})
		}
	}
}
