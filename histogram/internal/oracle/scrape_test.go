package oracle

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
)

// scraped is a histogram as a scrape says it.
type scraped struct {
	key        string // family and labels
	buckets    []histogram.Bucket
	sum, count float64
}

func (s *scraped) classic() *histogram.Classic {
	return histogram.NewClassic(s.buckets, s.sum, s.count)
}

// scrape returns the histograms of an exposition by key, and their keys in
// order.
func scrape(t draw.Fataler, body []byte) (map[string]*scraped, []string) {
	t.Helper()
	snap, err := expfmt.Read(bytes.NewReader(body), expfmt.Options{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	var (
		all  = map[string]*scraped{}
		keys []string
	)
	for _, f := range snap.Families {
		if f.Type != expfmt.TypeHistogram {
			continue
		}
		for _, s := range f.Samples {
			le, key := nan, f.Name
			for _, l := range s.Labels {
				if l.Name != "le" {
					key += fmt.Sprintf(",%s=%q", l.Name, l.Value)
				} else if le, err = strconv.ParseFloat(l.Value, 64); err != nil {
					t.Fatalf("line %d: %v", s.Line, err)
				}
			}
			h := all[key]
			if h == nil {
				h = &scraped{key: key, sum: nan, count: nan}
				all[key] = h
				keys = append(keys, key)
			}
			switch s.Name {
			case f.Name + "_bucket":
				h.buckets = append(h.buckets, histogram.Bucket{UpperBound: le, Count: s.Value})
			case f.Name + "_sum":
				h.sum = s.Value
			case f.Name + "_count":
				h.count = s.Value
			}
		}
	}
	return all, keys
}

func article(t draw.Fataler, name string) (map[string]*scraped, []string) {
	t.Helper()
	fsys, err := fixtures.FS("article")
	if err != nil {
		t.Fatalf("%v", err)
	}
	body, err := fs.ReadFile(fsys, "kube-proxy/"+name+"/1591012800000.prom")
	if err != nil {
		t.Fatalf("%v", err)
	}
	return scrape(t, body)
}

// The numbers of the article's payloads, as its readers' Prometheus has them.
func TestArticle(t *testing.T) {
	const few, capped, noInf, first = histogram.FlagFew, histogram.FlagCapped, histogram.FlagNoInf, histogram.FlagFirstBucket
	for _, tt := range []struct {
		name, file, key string
		q, value        float64
		lower, upper    float64
		flags           histogram.Flags
	}{
		{"GET p50", "rest-client-duration", "GET", 0.5, .001 + .001*5.5/47, .001, .002, 0},
		{"GET p90", "rest-client-duration", "GET", 0.9, .00190851, .001, .002, 0},
		{"GET p99, of 93", "rest-client-duration", "GET", 0.99, .01228, .008, .016, few},
		{"GET p99.9", "rest-client-duration", "GET", 0.999, .015628, .008, .016, few},
		{"GET p99.999", "rest-client-duration", "GET", 0.99999, .01599628, .008, .016, few},
		{"GET p100, the slowest", "rest-client-duration", "GET", 1, .016, .008, .016, 0},
		{"GET p40, below the first bound", "rest-client-duration", "GET", 0.4, .001 * 37.2 / 41, -inf, .001, first},
		{"sync p50", "sync-proxy-rules", "sync", 0.5, .03964022, .032, .064, 0},
		{"sync p90", "sync-proxy-rules", "sync", 0.9, .06139775, .032, .064, 0},
		{"sync p99", "sync-proxy-rules", "sync", 0.99, .12172700, .064, .128, 0},
		{"sync p99.9", "sync-proxy-rules", "sync", 0.999, .27115255, .256, .512, 0},
		{"sync p99.999", "sync-proxy-rules", "sync", 0.99999, 16.09545, 8.192, 16.384, 0},
		{"sync p100, 2 observations above the last bound", "sync-proxy-rules", "sync", 1, 16.384, 16.384, inf, capped},
		{"the one bucket of a mangled url", "excerpt", "/https", 0.5, nan, -inf, inf, noInf},
		{"its siblings, without +Inf and count", "excerpt", `duration_seconds,url="https://XXXX/%7Bprefix%7D",verb="GET"`, 0.5, nan, -inf, inf, noInf},
		{"a count without buckets", "excerpt", `duration_seconds,url="https://XXXX/%7Bprefix%7D",verb="POST"`, 0.5, nan, -inf, inf, noInf},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, keys := article(t, tt.file)
			i := slices.IndexFunc(keys, func(k string) bool { return strings.Contains(k, tt.key) })
			if i < 0 {
				t.Fatalf("no %s in %q", tt.key, keys)
			}
			e := all[keys[i]].classic().Estimate(tt.q)
			near(t, "value", e.Value, tt.value)
			draw.Same(t, "lower", e.Lower, tt.lower)
			draw.Same(t, "upper", e.Upper, tt.upper)
			if e.Flags != tt.flags {
				t.Errorf("flags are %v, want %v", e.Flags, tt.flags)
			}
		})
	}
	all, keys := article(t, "rest-client-duration")
	near(t, "GET mean", all[keys[0]].classic().Mean(), .11051893900000001/93)
	all, keys = article(t, "sync-proxy-rules")
	near(t, "sync mean", all[keys[0]].classic().Mean(), 8399.833554354082/210567)
}

// near fails unless got is want to 1e-6, relatively.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if got == want || got != got && want != want {
		return
	}
	if d := (got - want) / want; !(d < 1e-6 && d > -1e-6) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// targets returns the scrapes of each target of a capture, in order of time.
func targets(t *testing.T, fsys fs.FS) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".prom") {
			all[path.Dir(p)] = append(all[path.Dir(p)], p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every histogram of real scrapes has PromQL's draw.Quantiles and fractions.
func TestRealScrapes(t *testing.T) {
	check := func(t *testing.T, name string, body []byte) int {
		all, keys := scrape(t, body)
		for _, k := range keys {
			if len(all[k].buckets) == 0 {
				t.Fatalf("%s: %s has no buckets", name, k)
			}
			agreeClassic(t, all[k].buckets, []float64{0, 0.5, 0.9, 0.99, 1}, []float64{-inf, 0, 0.03, inf})
		}
		return len(keys)
	}
	for _, name := range []string{"incident", "healthy", "flaky"} {
		t.Run(name, func(t *testing.T) {
			fsys, err := fixtures.FS(name)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, files := range targets(t, fsys) {
				for i := 0; i < len(files); i += 10 {
					body, err := fs.ReadFile(fsys, files[i])
					if err != nil {
						t.Fatal(err)
					}
					n += check(t, files[i], body)
				}
			}
			if n < 100 {
				t.Errorf("%d histograms", n)
			}
		})
	}
	t.Run("singles", func(t *testing.T) {
		dir := os.DirFS("../../../../shared/captures/singles")
		files, _ := fs.Glob(dir, "*.prom")
		if len(files) == 0 {
			t.Skip("../shared/captures is absent: its scrapes are not compared")
		}
		n := 0
		for _, f := range files {
			body, err := fs.ReadFile(dir, f)
			if err != nil {
				t.Fatal(err)
			}
			n += check(t, f, body)
		}
		if n < 1000 {
			t.Errorf("%d histograms", n)
		}
	})
}

// Between two scrapes of a real target the increase is the engine's, the
// draw.Quantiles over it too, and the certain increase differs from it only
// where a counter of the histogram fell.
func TestRealPairs(t *testing.T) {
	resets := 0
	for _, name := range []string{"incident", "healthy", "flaky"} {
		t.Run(name, func(t *testing.T) {
			fsys, err := fixtures.FS(name)
			if err != nil {
				t.Fatal(err)
			}
			for target, files := range targets(t, fsys) {
				t.Run(path.Base(target), func(t *testing.T) { resets += realPairs(t, fsys, files, 8) })
			}
		})
	}
	if resets == 0 {
		t.Error("no histogram was reset, but a proxy was restarted")
	}
	t.Run("shared", func(t *testing.T) {
		if testing.Short() {
			t.Skip("takes its time")
		}
		dir := os.DirFS("../../../../shared/captures")
		if _, err := fs.Stat(dir, "."); err != nil {
			t.Skip("../shared/captures is absent: its scrapes are not compared")
		}
		for target, files := range targets(t, dir) {
			if !strings.Contains(target, "singles") {
				t.Run(target, func(t *testing.T) { realPairs(t, dir, files, 50) })
			}
		}
	})
}

// realPairs compares so many pairs of scrapes that lie n, 2n, 3n… scrapes apart
// and returns how many histograms began anew.
func realPairs(t *testing.T, fsys fs.FS, files []string, pairs int) (resets int) {
	read := func(i int) (map[string]*scraped, []string) {
		body, err := fs.ReadFile(fsys, files[i])
		if err != nil {
			t.Fatal(err)
		}
		return scrape(t, body)
	}
	for k := range pairs {
		first := k * (len(files) - 1) / pairs
		last := min(len(files)-1, first+1+(k*k)%25)
		before, _ := read(first)
		after, keys := read(last)
		w := histogram.Window{First: timeOf(t, files[first]), Last: timeOf(t, files[last])}
		w.Start, w.End = w.First-int64(1+k*700), w.Last+int64(k*300)
		resets += realPair(t, before, after, keys, w)
	}
	return resets
}

func timeOf(t *testing.T, file string) int64 {
	t.Helper()
	ms, err := strconv.ParseInt(strings.TrimSuffix(path.Base(file), ".prom"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return ms
}

func realPair(t *testing.T, before, after map[string]*scraped, keys []string, w histogram.Window) (resets int) {
	t.Helper()
	s := newStore(t)
	for _, h := range before {
		s.classic(w.First, h.buckets, h.sum, h.count, "key", h.key)
	}
	for _, h := range after {
		s.classic(w.Last, h.buckets, h.sum, h.count, "key", h.key)
	}
	selected := fmt.Sprintf("[%dms]", w.End-w.Start)
	byKey := func(expr string, args ...any) map[string]promql.Vector {
		m := map[string]promql.Vector{}
		for _, sample := range s.query(w.End, expr, args...) {
			k := sample.Metric.Get("key")
			m[k] = append(m[k], sample)
		}
		return m
	}
	for _, f := range []string{"increase", "rate"} {
		w.PerSecond = f == "rate"
		buckets := byKey("%s(x_bucket%s)", f, selected)
		sums, counts := byKey("%s(x_sum%s)", f, selected), byKey("%s(x_count%s)", f, selected)
		quantiles := map[float64]map[string]promql.Vector{}
		for _, q := range []float64{0.5, 0.99, 1} {
			quantiles[q] = byKey("histogram_quantile(%v, %s(x_bucket%s))", q, f, selected)
		}
		for _, k := range keys {
			if before[k] == nil {
				if len(buckets[k]) > 0 {
					t.Fatalf("%s: PromQL makes something of one sample", k)
				}
				continue
			}
			old, now := before[k].classic(), after[k].classic()
			d, err := now.PromIncrease(old, w)
			if err != nil {
				t.Fatal(err)
			}
			want := map[float64]float64{}
			for _, sample := range buckets[k] {
				le, err := strconv.ParseFloat(sample.Metric.Get("le"), 64)
				if err != nil {
					t.Fatal(err)
				}
				want[le] = sample.F
			}
			sameBuckets(t, f+" "+k, d, want)
			draw.Same(t, f+" of the sum "+k, d.Sum(), sums[k][0].F)
			draw.Same(t, f+" of the count "+k, d.Count(), counts[k][0].F)
			for q, m := range quantiles {
				e := d.Estimate(q)
				draw.Same(t, f+" "+draw.Num(q)+" "+k, e.Value, m[k][0].F)
				draw.Sane(t, q, e)
			}
			if w.PerSecond {
				continue
			}
			if certainAgrees(t, k, old, now) {
				resets++
			}
		}
	}
	return resets
}

// certainAgrees checks where the certain increase is PromQL's plain difference,
// and reports whether there was a reset.
func certainAgrees(t *testing.T, key string, old, now *histogram.Classic) (reset bool) {
	t.Helper()
	certain := now.CertainIncrease(old)
	plain, err := now.PromIncrease(old, histogram.Window{})
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range now.Buckets() {
		reset = reset || b.Count < old.Buckets()[i].Count
	}
	want := plain
	if reset {
		want = now
	}
	if got := certain.Flags()&histogram.FlagReset != 0; got != reset {
		t.Fatalf("%s: reset is %v, want %v", key, got, reset)
	}
	if !slices.Equal(certain.Buckets(), want.Buckets()) {
		t.Fatalf("%s: %v, want %v", key, certain.Buckets(), want.Buckets())
	}
	for _, q := range []float64{0.5, 0.99} {
		e := certain.Estimate(q)
		draw.Sane(t, q, e)
		if !reset {
			draw.Same(t, "certain quantile", e.Value, plain.Quantile(q))
		}
	}
	return reset
}
