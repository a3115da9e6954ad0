package signals_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// scrapes reads the good scrapes of each target.
func scrapes(t testing.TB, c *capture.Capture) map[string][]signals.Scrape {
	t.Helper()
	out := map[string][]signals.Scrape{}
	for s := c.Stream(); s.Next(); {
		sc := s.Scrape()
		if sc.Failure != "" || sc.Err != nil || len(sc.Body) == 0 {
			continue
		}
		snap, err := expfmt.Read(strings.NewReader(string(sc.Body)), expfmt.Options{})
		require.NoError(t, err)
		key := sc.Target.Job + "/" + sc.Target.Instance
		out[key] = append(out[key], signals.Scrape{Snapshot: snap, Time: time.UnixMilli(sc.Time)})
	}
	return out
}

// PromQL's engine over two samples of every series is the oracle for what we
// say of two scrapes: on every target of the real captures, with pairs near
// and far apart, and across the restart.
func TestComparisonAgainstPromQL(t *testing.T) {
	for _, c := range realCaptures(t) {
		for target, list := range scrapes(t, c) {
			t.Run(c.Name+"/"+target, func(t *testing.T) {
				gap, most := len(list)/2, 50
				if testing.Short() {
					most = 3
				}
				require.Greater(t, len(list), most/4)
				seen := map[[2]int]bool{}
				for i := 0; len(seen) < most; i++ {
					first := i * (len(list) - 1) / most % (len(list) - 1)
					pair := [2]int{first, min(len(list)-1, first+1+i*7%gap)}
					if !seen[pair] {
						seen[pair] = true
						comparePair(t, list[pair[0]], list[pair[1]])
					}
				}
			})
		}
	}
}

func realCaptures(t *testing.T) []*capture.Capture {
	t.Helper()
	const shared = "../../shared/captures/"
	var list []*capture.Capture
	if _, err := os.Stat(shared); err == nil {
		for _, name := range []string{"incident", "flaky-apiserver", "healthy"} {
			c, err := capture.OpenPath(shared+name, nil, capture.Options{})
			require.NoError(t, err)
			list = append(list, c)
		}
		return list
	}
	t.Log("../shared is absent: the kube-proxy targets of demo:incident alone")
	fsys, err := fixtures.FS("incident")
	require.NoError(t, err)
	c, err := capture.Open(fsys, "incident", capture.Options{})
	require.NoError(t, err)
	return append(list, c)
}

func comparePair(t *testing.T, before, after signals.Scrape) {
	t.Helper()
	got := signals.Compare(before, after)
	tl := timeline.New()
	for _, s := range []signals.Scrape{before, after} {
		for _, f := range s.Snapshot.Families {
			for _, smp := range f.Samples {
				_ = tl.Append(tl.Series(promLabels(smp.Name, smp.Labels)), s.Time.UnixMilli(), smp.Value) // the first of two stands
			}
		}
	}
	engine := query.NewEngine(query.Options{})
	// A range that begins a while before the first and ends with the last.
	end := after.Time
	span := (after.Time.Sub(before.Time) * 3 / 2).Truncate(time.Millisecond)
	w := histogram.Window{Start: end.Add(-span).UnixMilli(), End: end.UnixMilli(), First: before.Time.UnixMilli(), Last: after.Time.UnixMilli()}
	query := func(expr string) map[string]float64 {
		v, err := engine.Instant(context.Background(), tl, expr, end)
		require.NoError(t, err)
		out := map[string]float64{}
		for _, s := range v.Series {
			out[labels.NewBuilder(s.Labels).Del(model.MetricNameLabel).Labels().String()] = s.Floats[0].Value
		}
		return out
	}
	ms := model.Duration(span).String()
	done := map[string]map[string]float64{}
	for _, c := range got.Counters {
		for function, perSecond := range map[string]bool{"increase": false, "rate": true} {
			expr := fmt.Sprintf("%s({__name__=%q}[%s])", function, c.Name, ms)
			if done[expr] == nil {
				done[expr] = query(expr)
			}
			w.PerSecond = perSecond
			want, ok := done[expr][promLabels("", c.Labels).String()]
			if !ok {
				want = math.NaN()
			}
			same(t, want, c.PromIncrease(w), expr, c.Series)
		}
		if got.Restart == nil { // else those that have grown began anew as well
			require.Equal(t, c.Before > c.After, c.Rate.Reset)
		} else if c.Before > c.After {
			require.True(t, c.Rate.Reset)
		}
	}
	for _, h := range got.Histograms {
		for _, q := range []string{"0.5", "0.99"} {
			expr := fmt.Sprintf("histogram_quantile(%s, increase(%s_bucket[%s]))", q, h.Family, ms)
			if done[expr] == nil {
				done[expr] = query(expr)
			}
			w.PerSecond = false
			var order float64
			fmt.Sscan(q, &order)
			want, ok := done[expr][promLabels("", h.Labels).String()]
			d, err := h.PromIncrease(w)
			require.Equal(t, ok, err == nil && d.Count() == d.Count(), "%s %v", expr, h.Labels)
			if err == nil {
				same(t, want, d.Quantile(order), expr, h.Series)
			}
		}
	}
}

func same(t *testing.T, want, got float64, expr string, s signals.Series) {
	t.Helper()
	if math.IsNaN(want) && math.IsNaN(got) {
		return
	}
	if math.Float64bits(want) != math.Float64bits(got) {
		t.Fatalf("%s of %s%v: PromQL %v, ours %v", expr, s.Name, s.Labels, want, got)
	}
}

func promLabels(name string, ls expfmt.Labels) labels.Labels {
	b := labels.NewScratchBuilder(len(ls) + 1)
	if name != "" {
		b.Add(model.MetricNameLabel, name)
	}
	for _, l := range ls {
		if l.Value != "" {
			b.Add(l.Name, l.Value)
		}
	}
	b.Sort()
	return b.Labels()
}

// The two differences of a histogram part where only some of its series fell:
// to PromQL each bucket began anew by itself, to us the histogram did.
func TestWhereTheTwoDifferencesPart(t *testing.T) {
	before := scrape(t, "# TYPE h histogram\nh_bucket{le=\"1\"} 9\nh_bucket{le=\"2\"} 10\nh_bucket{le=\"+Inf\"} 10\nh_count 10\nh_sum 10\n", 0)
	after := scrape(t, "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 12\nh_bucket{le=\"+Inf\"} 12\nh_count 12\nh_sum 20\n", 10)
	h := signals.Compare(before, after).Histograms[0]
	prom, err := h.PromIncrease(histogram.Window{})
	require.NoError(t, err)
	require.Equal(t, 2.0, prom.Count(), "PromQL: 12 − 10, as if the others had gone on")
	require.Equal(t, 12.0, h.Increase.Count(), "certain: at least the 12 since the restart")
}

// Comparing two scrapes of a kube-apiserver costs no more than half of what
// reading them costs.
func BenchmarkCompare(b *testing.B) {
	body, err := os.ReadFile("../../shared/captures/singles/kube-apiserver.prom")
	if err != nil {
		b.Skip("../shared is absent:", err)
	}
	read := func() signals.Scrape {
		snap, err := expfmt.Read(strings.NewReader(string(body)), expfmt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		return signals.Scrape{Snapshot: snap, Time: t0}
	}
	b.Run("read-two", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(2 * len(body)))
		for b.Loop() {
			read()
			read()
		}
	})
	b.Run("read-two-and-compare", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(2 * len(body)))
		for b.Loop() {
			signals.Compare(read(), read())
		}
	})
	x, y := read(), read()
	b.Run("compare", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(2 * len(body)))
		for b.Loop() {
			signals.Compare(x, y)
		}
	})
}
