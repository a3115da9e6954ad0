package signals_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
)

var t0 = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)

func scrape(t testing.TB, text string, sec int) signals.Scrape {
	t.Helper()
	snap, err := expfmt.Read(strings.NewReader(text), expfmt.Options{Format: expfmt.FormatOpenMetrics})
	require.NoError(t, err)
	return signals.Scrape{Snapshot: snap, Time: t0.Add(time.Duration(sec) * time.Second)}
}

func name(s signals.Series) string {
	var b strings.Builder
	b.WriteString(s.Name)
	for _, l := range s.Labels {
		fmt.Fprintf(&b, ",%s=%s", l.Name, l.Value)
	}
	return b.String()
}

// lines spells a comparison, one line an entry.
func lines(c *signals.Comparison) []string {
	var out []string
	for _, x := range c.Counters {
		s := fmt.Sprintf("counter %s +%g %g/s", name(x.Series), x.Rate.Increase, x.Rate.PerSecond)
		if x.Rate.Lower != x.Rate.Upper {
			s += fmt.Sprintf(" in [%g, %g]", x.Rate.Lower, x.Rate.Upper)
		}
		if x.Rate.Reset {
			s += " reset"
		}
		if x.First {
			s += " first"
		}
		out = append(out, s)
	}
	for _, x := range c.Gauges {
		out = append(out, fmt.Sprintf("gauge %s %g -> %g", name(x.Series), x.Before, x.After))
	}
	for _, x := range c.Histograms {
		s := fmt.Sprintf("histogram %s", name(x.Series))
		if x.Increase != nil {
			s += fmt.Sprintf(" +%g p50=%.3g %s", x.Increase.Count(), x.Increase.Quantile(0.5), x.Increase.Estimate(0.5).Flags)
			s = strings.TrimSuffix(s, " none")
			if x.Rate.Increase != x.Increase.Count() || x.Rate.Lower != x.Rate.Upper {
				s += fmt.Sprintf(" counted +%g in [%g, %g]", x.Rate.Increase, x.Rate.Lower, x.Rate.Upper)
			}
			if x.Rate.Reset {
				s += " reset"
			}
		}
		if x.First {
			s += " first"
		}
		out = append(out, strings.TrimSpace(s))
	}
	for _, x := range c.Added {
		out = append(out, "added "+name(x))
	}
	for _, x := range c.Vanished {
		out = append(out, "vanished "+name(x))
	}
	for _, x := range c.Retyped {
		out = append(out, fmt.Sprintf("retyped %s %s -> %s", x.Family, x.Before, x.After))
	}
	return out
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name, before, after string
		want                []string
	}{
		{"a counter goes up", "# TYPE a counter\na_total 1\n", "# TYPE a counter\na_total 4\n", []string{"counter a_total +3 0.3/s"}},
		{"a counter without movement is there, too", "# TYPE a counter\na_total 4\n", "# TYPE a counter\na_total 4\n", []string{"counter a_total +0 0/s"}},
		{"a reset: at least what it shows now", "# TYPE a counter\na_total 9\n", "# TYPE a counter\na_total 4\n", []string{"counter a_total +4 0.4/s in [4, +Inf] reset"}},
		{"a reset that was outgrown, told by _created", "# TYPE a counter\na_total 1\na_created 1\n", fmt.Sprintf("# TYPE a counter\na_total 5\na_created %d\n", t0.Unix()+3),
			[]string{"counter a_total +5 0.5/s in [5, +Inf] reset"}},
		{"first seen: it may have existed before", "", "# TYPE a counter\na_total 4\n", []string{"counter a_total +4 0.4/s in [0, 4] first", "added a_total"}},
		{"first seen and begun in between: all of it is new", "", fmt.Sprintf("# TYPE a counter\na_total 4\na_created %d\n", t0.Unix()+3),
			[]string{"counter a_total +4 0.4/s first", "added a_total"}},
		{"the type decides and not the suffix", "# TYPE rules_total gauge\nrules_total 9\n", "# TYPE rules_total gauge\nrules_total 4\n", []string{"gauge rules_total 9 -> 4"}},
		{"no type is taken as a gauge", "x_total 1\n", "x_total 2\n", []string{"gauge x_total 1 -> 2"}},
		{"a gauge that is new has no before", "", "# TYPE g gauge\ng 1\n", []string{"added g"}},
		{"vanished is named and not 0", "# TYPE a counter\na_total{x=\"1\"} 4\n", "# TYPE a counter\na_total{x=\"2\"} 5\n",
			[]string{"counter a_total,x=2 +5 0.5/s in [0, 5] first", "added a_total,x=2", "vanished a_total,x=1"}},
		{"the order of labels and empty ones mean nothing", "# TYPE a counter\na_total{x=\"1\",y=\"2\",z=\"\"} 1\n", "# TYPE a counter\na_total{y=\"2\",x=\"1\"} 2\n",
			[]string{"counter a_total,x=1,y=2 +1 0.1/s"}},
		{"NaN is not a number to subtract from", "# TYPE a counter\na_total NaN\n", "# TYPE a counter\na_total 2\n", []string{"counter a_total +NaN NaN/s in [NaN, NaN]"}},
		{"a summary: quantiles are gauges, sum and count counters",
			"# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 10\ns_count 2\n", "# TYPE s summary\ns{quantile=\"0.5\"} 3\ns_sum 16\ns_count 4\n",
			[]string{"counter s_count +2 0.2/s", "counter s_sum +6 0.6/s", "gauge s,quantile=0.5 1 -> 3"}},
		{"a histogram: what was observed in between",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 2\nh_bucket{le=\"+Inf\"} 2\nh_sum 2\nh_count 2\n",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 6\nh_bucket{le=\"+Inf\"} 6\nh_sum 8\nh_count 6\n",
			[]string{"histogram h +4 p50=1.5"}},
		{"a bucket whose bound is NaN: left aside, as in PromQL since 3.16",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 2\nh_bucket{le=\"NaN\"} 9\nh_bucket{le=\"+Inf\"} 2\nh_sum 2\nh_count 2\n",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 6\nh_bucket{le=\"NaN\"} 9\nh_bucket{le=\"+Inf\"} 6\nh_sum 8\nh_count 6\n",
			[]string{"gauge h_bucket,le=NaN 9 -> 9", "histogram h +4 p50=1.5"}},
		{"a histogram whose layout changed: by bound, not by index",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n",
			"# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"1\"} 5\nh_bucket{le=\"+Inf\"} 6\n",
			[]string{"histogram h +4 p50=0.5 first-bucket,layout"}},
		{"a histogram that began anew",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 8\nh_bucket{le=\"+Inf\"} 9\nh_count 9\n", "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 2\nh_count 2\n",
			[]string{"histogram h +2 p50=0.5 first-bucket,reset counted +2 in [2, +Inf] reset"}},
		{"a histogram of which a bucket fell and the count did not: it began anew as a whole",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 8\nh_bucket{le=\"+Inf\"} 9\nh_count 9\n", "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 12\nh_count 12\n",
			[]string{"histogram h +12 p50=1 capped,reset counted +12 in [12, +Inf] reset"}},
		{"a histogram that began anew and outgrew it, told by _created",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_count 1\nh_created 1\n",
			fmt.Sprintf("# TYPE h histogram\nh_bucket{le=\"1\"} 4\nh_bucket{le=\"+Inf\"} 4\nh_count 4\nh_created %d\n", t0.Unix()+3),
			[]string{"histogram h +4 p50=0.5 first-bucket counted +4 in [4, +Inf] reset"}},
		{"a histogram first seen: it may have existed before", "", "# TYPE h histogram\nh_bucket{le=\"1\"} 4\nh_bucket{le=\"+Inf\"} 4\nh_count 4\n",
			[]string{"histogram h +4 p50=0.5 first-bucket counted +4 in [0, 4] first", "added h"}},
		{"a histogram first seen and begun in between: all of it is new", "",
			fmt.Sprintf("# TYPE h histogram\nh_bucket{le=\"1\"} 4\nh_bucket{le=\"+Inf\"} 4\nh_count 4\nh_created %d\n", t0.Unix()+3),
			[]string{"histogram h +4 p50=0.5 first-bucket first", "added h"}},
		{"histograms side by side, a part of one after the other's", "",
			"# TYPE h histogram\nh_bucket{le=\"1\",x=\"a\"} 1\nh_bucket{x=\"b\",le=\"+Inf\"} 4\nh_bucket{x=\"a\",le=\"+Inf\"} 2\nh_count{x=\"b\"} 4\nh_count{x=\"a\"} 2\n",
			[]string{"histogram h,x=a +2 p50=1 first-bucket counted +2 in [0, 2] first", "histogram h,x=b +4 p50=NaN capped,first-bucket counted +4 in [0, 4] first", "added h,x=a", "added h,x=b"}},
		{"an le on the count is a label as any other", "",
			"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 4\nh_count{le=\"+Inf\"} 9\n",
			[]string{"histogram h +4 p50=NaN capped,first-bucket counted +4 in [0, 4] first", "histogram h,le=+Inf +9 p50=NaN no-inf-bucket counted +9 in [0, 9] first", "added h", "added h,le=+Inf"}},
		{"a gauge histogram has no increase",
			"# TYPE h gaugehistogram\nh_bucket{le=\"+Inf\"} 8\nh_gcount 8\nh_gsum 1\n", "# TYPE h gaugehistogram\nh_bucket{le=\"+Inf\"} 2\nh_gcount 2\nh_gsum 1\n",
			[]string{"histogram h"}},
		{"another type: compared as the later one says", "# TYPE a gauge\na 1\n", "# TYPE a unknown\na 2\n", []string{"gauge a 1 -> 2", "retyped a gauge -> unknown"}},
		{"twice in a scrape: the first value", "# TYPE a counter\na_total 1\na_total 9\n", "# TYPE a counter\na_total 2\n", []string{"counter a_total +1 0.1/s"}},
		{"a bucket twice in a scrape: the first value, too",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 2\nh_bucket{le=\"1.0\"} 9\nh_bucket{le=\"+Inf\"} 2\nh_bucket{le=\"+Inf\"} 9\nh_count 2\n",
			"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 6\nh_bucket{le=\"2\"} 7\nh_bucket{le=\"+Inf\"} 6\nh_count 6\n",
			[]string{"histogram h +4 p50=1.5"}},
		{"a bucket without a bound is a series by itself", "# TYPE h histogram\nh_bucket{le=\"x\"} 1\n", "# TYPE h histogram\nh_bucket{le=\"x\"} 2\n", []string{"gauge h_bucket,le=x 1 -> 2"}},
		{"nothing on either side", "", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := signals.Compare(scrape(t, tt.before, 0), scrape(t, tt.after, 10))
			require.Equal(t, tt.want, lines(got))
		})
	}
}

// Without a time there is a difference and no rate.
func TestCompareWithoutTime(t *testing.T) {
	a, b := scrape(t, "# TYPE a counter\na_total 1\n", 0), scrape(t, "# TYPE a counter\na_total 4\n", 10)
	a.Time = time.Time{}
	c := signals.Compare(a, b)
	require.Zero(t, c.Elapsed)
	require.Equal(t, 3.0, c.Counters[0].Rate.Increase)
	require.True(t, math.IsNaN(c.Counters[0].Rate.PerSecond))
}

// The raw increase over the time that passed; nothing is extrapolated.
func TestRateIsNotExtrapolated(t *testing.T) {
	inf := math.Inf(1)
	tests := []struct {
		name          string
		before, after float64
		elapsed       time.Duration
		want          signals.Rate
	}{
		{"up", 1, 4, 2 * time.Second, signals.Rate{Increase: 3, PerSecond: 1.5, Lower: 3, Upper: 3}},
		{"down is a reset", 4, 1, 2 * time.Second, signals.Rate{Increase: 1, PerSecond: 0.5, Lower: 1, Upper: inf, Reset: true}},
		{"down to 0", 4, 0, 2 * time.Second, signals.Rate{Increase: 0, PerSecond: 0, Lower: 0, Upper: inf, Reset: true}},
		{"the same", 4, 4, time.Second, signals.Rate{}},
		{"negative is taken as it is", -4, -1, time.Second, signals.Rate{Increase: 3, PerSecond: 3, Lower: 3, Upper: 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, signals.RateOf(tt.before, tt.after, tt.elapsed))
		})
	}
	require.True(t, math.IsNaN(signals.RateOf(1, 2, 0).PerSecond), "no time has passed")
	require.True(t, math.IsNaN(signals.RateOf(1, 2, -time.Second).PerSecond), "time went backwards")
	require.False(t, signals.RateOf(math.NaN(), 2, time.Second).Reset, "NaN never falls")
}
