package ingest_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

func keepNamedKept(ls labels.Labels) timeline.Keep {
	if ls.Get("__name__") == "kept" {
		return timeline.KeepAll
	}
	return timeline.KeepNewest
}

// stored is all that storing a capture comes to.
type stored struct {
	reports []ingest.Report
	kept    []string
	samples int64
	names   []string
	refused int // samples of dumps
	held    int // series at the end
}

func (s *stored) release(in *ingest.Ingester, at int64) {
	_, refused := in.Release(at)
	s.refused += refused
}

func storeAll(t require.TestingT, fsys fstest.MapFS, forget bool) (s stored) {
	c, err := capture.Open(fsys, "test", capture.Options{})
	require.NoError(t, err)
	tl := timeline.NewKeeping(keepNamedKept)
	in := ingest.New(tl, ingest.Options{Forget: forget})
	ingest.SweepAlways(in)
	p := ingest.NewPrefetcher(c, in, 0)
	defer p.Close()
	for {
		at, ok := p.Peek()
		if !ok {
			break
		}
		for _, target := range c.Targets { // as a replay does
			if target.Ends == "removed" && target.Last+25_000 == at {
				in.End(target, target.Last+10_000)
			}
		}
		s.release(in, at-1)
		rep, _, err := p.Store(nil, func(bool) error { return nil })
		require.NoError(t, err)
		s.reports = append(s.reports, rep)
	}
	s.release(in, math.MaxInt64)
	in.Flush()
	s.samples = tl.NumSamples()
	s.kept = keptSamples(tl)
	n := in.Names()
	for _, name := range n.Metrics() {
		all, always := n.Labels(name)
		s.names = append(s.names, fmt.Sprint(name, all, always, n.Scraped(name)))
		for _, l := range all {
			s.names = append(s.names, fmt.Sprint(l, n.Values(name, l)))
		}
	}
	for range tl.Spans() {
		s.held++
	}
	return s
}

func keptSamples(tl *timeline.Timeline) (list []string) {
	q, _ := tl.Querier(math.MinInt64, math.MaxInt64)
	for set := q.Select(context.Background(), false, nil, labels.MustNewMatcher(labels.MatchEqual, "__name__", "kept")); set.Next(); {
		line := set.At().Labels().String()
		for it := set.At().Iterator(nil); it.Next() != chunkenc.ValNone; {
			ts, v := it.At()
			line += fmt.Sprint(" ", ts, ":", v)
		}
		list = append(list, line)
	}
	return list
}

func oneIn(t *rapid.T, n int, what string) bool {
	return rapid.SampledFrom(append(make([]bool, n-1), true)).Draw(t, what)
}

// What is forgotten changes nothing: not what is said of a scrape, not what is
// kept, not the index, however targets come and go, clash, and bring times of
// their own.
func TestForget(t *testing.T) {
	forgot := 0
	rapid.Check(t, func(t *rapid.T) {
		fsys := fstest.MapFS{"capture.yaml": &fstest.MapFile{Data: []byte(rapid.SampledFrom([]string{
			"{}\n", "targets: {'app/10.0.0.0:80': {honor_labels: true}, 'app/10.0.0.2:80': {honor_labels: true}}\n", "targets: {'app/10.0.0.1:80': {ends: removed}}\n",
			"jobs: {app: {metric_relabel_configs: [{action: labeldrop, regex: instance}]}}\n",
		}).Draw(t, "yaml"))}}
		at := int64(t0)
		alive := []int{0, 1}
		for range rapid.IntRange(8, 60).Draw(t, "scrapes") {
			at += rapid.SampledFrom([]int64{10_000, 15_000, 25_000, 0, 1, 4_000_000, 3_000_000}).Draw(t, "after")
			target := rapid.SampledFrom(alive).Draw(t, "target")
			if oneIn(t, 6, "goes") {
				alive = []int{target, target + 1}
			}
			name := fmt.Sprintf("app/10.0.0.%d:80/%d", target, at)
			if oneIn(t, 9, "fails") {
				fsys[name+".err"] = &fstest.MapFile{Data: []byte("refused\n")}
				continue
			}
			var b strings.Builder
			for i := range rapid.IntRange(1, 6).Draw(t, "series") {
				series := rapid.SampledFrom([]string{"kept", "a", "a{job=\"app\",instance=\"x\"}", "b{x=\"1\",y=\"\"}", "b{y=\"2\"}", "b{y=\"2\",x=\"\"}", "up", "kept{instance=\"x\"}"}).Draw(t, "series")
				fmt.Fprintf(&b, "%s %d", series, i%2)
				if oneIn(t, 6, "own") {
					fmt.Fprintf(&b, " %d", at+rapid.SampledFrom([]int64{-3_700_000, -3_600_000, -3_000_000, -20_000, 0, 500_000}).Draw(t, "own"))
				}
				b.WriteString("\n")
			}
			fsys[name+".prom"] = &fstest.MapFile{Data: []byte(b.String())}
		}
		if _, err := capture.Open(fsys, "test", capture.Options{}); err != nil {
			t.Skip(err) // too few of its files tell what its folders are
		}
		want, got := storeAll(t, fsys, false), storeAll(t, fsys, true)
		if got.held < want.held {
			forgot++
		}
		want.held, got.held = 0, 0
		require.Equal(t, want, got)
	})
	require.NotZero(t, forgot)
}

// A sample that another one clashes with is known as long as one may: that of a
// target that is gone, too.
func TestForgetNothingThatMatters(t *testing.T) {
	at := func(target string, ms int64) string { return fmt.Sprintf("app/%s/%d.prom", target, t0+ms) }
	dump := fmt.Sprintf("up{job=\"app\",instance=\"a:1\"} 7 %.3f\nup{job=\"app\",instance=\"a:1\"} 8 %.3f\n# EOF\n", float64(t0)/1000, float64(t0)/1000+60)
	for name, c := range map[string]struct {
		files   map[string]string
		ids     []string
		refused int
	}{
		"honor_labels": {map[string]string{
			"capture.yaml": "jobs: {app: {honor_labels: true}}\n",
			at("a:1", 0):   "x{instance=\"x\"} 1\ny{instance=\"x\"} 1\n", at("b:1", 0): "other 1\n",
			at("c:1", 0): fmt.Sprintf("x{instance=\"x\"} 2\ny{instance=\"x\"} 2 %d\n", t0-1),
		}, []string{"duplicate-timestamp", "out-of-order"}, 0},
		"metric_relabel_configs": {map[string]string{
			"capture.yaml": "jobs: {app: {metric_relabel_configs: [{action: labeldrop, regex: instance}]}}\n",
			at("a:1", 0):   "x 1\n", at("b:1", 0): "other 1\n", at("c:1", 0): "x 2\n",
		}, []string{"duplicate-timestamp"}, 0},
		"one address": {map[string]string{
			"capture.yaml": "targets: {'app/a:1': {labels: {instance: i, x: '1'}}, 'app/c:1': {labels: {instance: i}}}\n",
			at("a:1", 0):   "x 1\n", at("b:1", 10_000): "other 1\n", at("c:1", 20_000): fmt.Sprintf("x{x=\"1\"} 2 %d\n", t0),
		}, []string{"duplicate-timestamp"}, 0},
		"a dump": {map[string]string{
			"dump.openmetrics": dump, at("a:1", 0): "x 1\n", at("b:1", 30_000): "other 1\n", at("b:1", 40_000): "others 1\n",
		}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for name, body := range c.files {
				fsys[name] = &fstest.MapFile{Data: []byte(body)}
			}
			want, got := storeAll(t, fsys, false), storeAll(t, fsys, true)
			want.held, got.held = 0, 0
			require.Equal(t, want, got)
			var found []string
			for _, r := range got.reports {
				for _, p := range r.Problems {
					found = append(found, p.ID)
				}
			}
			require.Equal(t, c.ids, found)
			require.Equal(t, c.refused, got.refused)
		})
	}
}

// What a Prefetcher stores is what Add stores of bodies of their own: rooms go
// from scrape to scrape, those of failed and of empty ones as well.
func TestRoomsAreNotShared(t *testing.T) {
	fsys := fstest.MapFS{}
	for i := range int64(60) {
		at, target := t0+1000*i, i%3
		name := fmt.Sprintf("app/10.0.0.%d:80/%d", target, at)
		if i%7 == 3 {
			fsys[name+".err"] = &fstest.MapFile{Data: []byte("refused\n")}
			continue
		}
		fsys[name+".prom"] = &fstest.MapFile{Data: fmt.Appendf(nil, "kept{n=\"%d\"} %d\nkept{n=\"%d\"} %d\n", target, i, i/6, 7*i)}
	}
	c, err := capture.Open(fsys, "test", capture.Options{})
	require.NoError(t, err)
	want := timeline.NewKeeping(keepNamedKept)
	in := ingest.New(want, ingest.Options{})
	for s := c.Stream(); s.Next(); {
		in.Add(s.Scrape())
	}
	for workers := range 3 {
		got := timeline.NewKeeping(keepNamedKept)
		p := ingest.NewPrefetcher(c, ingest.New(got, ingest.Options{}), workers)
		for range c.Scrapes {
			_, _, err := p.Store(nil, func(bool) error { return nil })
			require.NoError(t, err)
		}
		p.Close()
		require.Equal(t, keptSamples(want), keptSamples(got))
	}
}

// churn are rounds of targets that are there for three scrapes, one a second:
// ten of them, with a hundred series each of which one is kept.
func churn(rounds int) fstest.MapFS {
	fsys := fstest.MapFS{}
	for pod := range 10 * rounds {
		var b strings.Builder
		fmt.Fprintf(&b, "kept{pod=\"pod-%d\"} 1\n", pod)
		for i := range 99 {
			fmt.Fprintf(&b, "other{pod=\"pod-%d\",n=\"%d\"} 1\n", pod, i)
		}
		for scrape := range 3 {
			at := t0 + 1000*int64(3*(pod/10)+scrape) + int64(pod%10)
			fsys[fmt.Sprintf("app/pod-%d/%d.prom", pod, at)] = &fstest.MapFile{Data: []byte(b.String())}
		}
	}
	return fsys
}

// Memory does not grow with the number of targets that were there, but by a
// little for each.
func TestChurnHeld(t *testing.T) {
	const few, many = 20, 120 // rounds
	held := func(rounds int) int64 {
		c, err := capture.Open(churn(rounds), "test", capture.Options{})
		require.NoError(t, err)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		tl := timeline.NewKeeping(keepNamedKept)
		in := ingest.New(tl, ingest.Options{Forget: true})
		p := ingest.NewPrefetcher(c, in, 0)
		defer p.Close()
		for range c.Scrapes {
			_, _, err := p.Store(nil, func(bool) error { return nil })
			require.NoError(t, err)
		}
		require.Equal(t, 1040*rounds, tl.NumSeries())
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(in)
		return int64(after.HeapAlloc) - int64(before.HeapAlloc)
	}
	grown := (held(many) - held(few)) / (10 * (many - few))
	require.Less(t, grown, int64(2_200), "bytes for each target")
}
