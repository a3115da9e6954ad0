package timeline

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

const (
	benchStep    = 5_000 // ms between scrapes
	benchScrapes = 120
)

// filled returns a Timeline with n series of each of two metrics, as 4 targets
// would fill it with a counter of n/4 label sets each.
func filled(tb testing.TB, n int) *Timeline {
	tb.Helper()
	tl := New()
	var refs []Ref
	for _, metric := range []string{"requests_total", "errors_total"} {
		for i := range n {
			refs = append(refs, tl.Series(labels.FromStrings("__name__", metric,
				"instance", fmt.Sprint("node-", i%4), "job", "kube-proxy", "code", fmt.Sprint(i/4))))
		}
	}
	for i := range benchScrapes {
		for j, ref := range refs {
			if err := tl.Append(ref, int64(i)*benchStep, float64(i*j)); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return tl
}

func newEngine() *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		MaxSamples: 50e6, Timeout: time.Minute, LookbackDelta: 5 * time.Minute,
		Parser: parser.NewParser(parser.Options{}),
	})
}

func instant(tb testing.TB, engine *promql.Engine, tl *Timeline, expr string, ts int64) promql.Vector {
	q, err := engine.NewInstantQuery(context.Background(), tl, nil, expr, time.UnixMilli(ts))
	if err != nil {
		tb.Fatal(err)
	}
	defer q.Close()
	v, err := q.Exec(context.Background()).Vector()
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// Where memory is spent on every sample, every lookup or every evaluation, a
// replay of a million samples notices.
func TestAllocationCeilings(t *testing.T) {
	tl := filled(t, 1000)
	ls := labels.FromStrings("__name__", "requests_total", "instance", "node-1", "job", "kube-proxy", "code", "7")
	ref := tl.Series(ls)
	ts := int64(benchScrapes * benchStep)
	withStart := tl.Series(labels.FromStrings("__name__", "started_total"))
	ms := []*labels.Matcher{matcher(labels.MatchEqual, "__name__", "requests_total"), matcher(labels.MatchRegexp, "job", "kube.*")}
	for _, c := range []struct {
		name    string
		ceiling float64
		do      func()
	}{
		{"appending 10000 samples: columns grow now and then", 50, func() {
			for range 10_000 {
				ts++
				if err := tl.Append(ref, ts, 1); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"appending 10000 samples with start timestamps", 75, func() {
			for range 10_000 {
				ts++
				if err := tl.AppendST(withStart, ts-1, ts, 1); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"a repeat, a late sample and another value", 0, func() {
			for _, p := range []put{{ts: ts, v: 1}, {ts: ts - 1, v: 1}, {ts: ts, v: 2}} {
				_ = tl.AppendST(ref, p.st, p.ts, p.v)
			}
		}},
		{"finding a series again", 0, func() {
			if tl.Series(ls) != ref {
				t.Fatal("another series")
			}
		}},
		{"counting what a known selector matches", 0, func() { tl.Count(ms...) }},
		{"selecting 1000 series and reading them all", 7, func() {
			it := (&window{s: tl.series[ref]}).Iterator(nil)
			n := 0
			for set := tl.selectRange(0, math.MaxInt64, ms...); set.Next(); {
				for it = set.At().Iterator(it); it.Next() != 0; n++ {
				}
			}
			if n < 1000*benchScrapes {
				t.Fatalf("%d samples", n)
			}
		}},
	} {
		if got := testing.AllocsPerRun(1, c.do); got > c.ceiling {
			t.Errorf("%s: %v allocations, want at most %v", c.name, got, c.ceiling)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	tl := filled(b, 1000)
	n := tl.NumSeries()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ref, scrape := Ref(i%n+1), benchScrapes+i/n
		if err := tl.Append(ref, int64(scrape)*benchStep, float64(i)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeriesKnown(b *testing.B) {
	tl := filled(b, 1000)
	ls := tl.Labels(500)
	b.ReportAllocs()
	for b.Loop() {
		tl.Series(ls)
	}
}

func BenchmarkSeriesNew(b *testing.B) {
	all := make([]labels.Labels, 100_000)
	for i := range all {
		all[i] = labels.FromStrings("__name__", "requests_total", "instance", fmt.Sprint("node-", i%4), "job", "kube-proxy", "code", fmt.Sprint(i/4))
	}
	b.ReportAllocs()
	for b.Loop() {
		tl := New()
		for _, ls := range all {
			tl.Series(ls)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/series")
}

func BenchmarkSelect(b *testing.B) {
	for _, n := range []int{4, 1000, 100_000 / 2} {
		b.Run(fmt.Sprint("series=", n), func(b *testing.B) {
			tl := filled(b, n)
			ms := []*labels.Matcher{matcher(labels.MatchEqual, "__name__", "requests_total"), matcher(labels.MatchRegexp, "job", "kube.*")}
			b.ReportAllocs()
			for b.Loop() {
				series := 0
				for set := tl.selectRange(300_000, 400_000, ms...); set.Next(); series++ {
				}
				if series != n {
					b.Fatal(series)
				}
			}
		})
	}
}

func BenchmarkInstantQuery(b *testing.B) {
	for _, c := range []struct {
		name, expr string
		series     int
	}{
		{"rate of 1000 series", `sum by (instance) (rate(requests_total{job="kube-proxy"}[5m]))`, 1000},
		{"newest of 1000 series", `max(requests_total) > 0`, 1000},
		{"newest of 4 series", `requests_total == 0`, 4},
	} {
		b.Run(c.name, func(b *testing.B) {
			tl, engine := filled(b, c.series), newEngine()
			b.ReportAllocs()
			for b.Loop() {
				instant(b, engine, tl, c.expr, benchScrapes*benchStep)
			}
		})
	}
}
