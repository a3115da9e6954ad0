package report

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// fill makes a list of n.
func fill[T any](n int, item func(i int) T) []T {
	var list []T
	for i := range n {
		list = append(list, item(i))
	}
	return list
}

func resultPage(change func(*replay.Result)) string {
	var b strings.Builder
	res := &replay.Result{Capture: replay.Summary{Jobs: []replay.Job{{Name: "j"}}}}
	change(res)
	_ = Text{Width: 200}.Report(&b, res)
	return b.String()
}

func inspectPage(change func(*Inspection)) string {
	var b strings.Builder
	in := &Inspection{Capture: replay.Summary{Jobs: []replay.Job{{Name: "j"}}}}
	change(in)
	_ = Text{Width: 200}.Inspect(&b, in)
	return b.String()
}

func expositionPage(text string) string {
	var b strings.Builder
	s, _ := expfmt.Read(strings.NewReader(text), expfmt.Options{})
	_ = Text{}.Exposition(&b, &Exposition{Inventory: signals.NewInventory(s)})
	return b.String()
}

// Each list is whole up to a limit, and says beyond it how many are missing.
func TestListsAreCutAtTheirLimits(t *testing.T) {
	at := func(i int) time.Time { return time.Unix(int64(i), 0) }
	tests := []struct {
		name, reason string
		whole        int // the longest list that is shown whole
		page         func(n int) string
		more         string // what a list of one more says
	}{
		{"targets that ended early", "a head of a few lines", 3, func(n int) string {
			return resultPage(func(r *replay.Result) {
				r.Capture.Ended = fill(n, func(i int) replay.Ended { return replay.Ended{Instance: fmt.Sprint("i", i), Last: at(i)} })
			})
		}, "i2 at 00:00:02 and 1 more"},
		{"restarts", "a head of a few lines", 4, func(n int) string {
			return resultPage(func(r *replay.Result) {
				r.Capture.Restarts = fill(n, func(i int) replay.Restart { return replay.Restart{Instance: fmt.Sprint("i", i), Seen: at(i)} })
			})
		}, "i3 00:00:03, and 1 more"},
		{"files ignored by a replay", "names are examples", 2, func(n int) string {
			return resultPage(func(r *replay.Result) { r.Capture.Ignored = fill(n, func(i int) string { return fmt.Sprint("f", i) }) })
		}, "f0, f1, …"},
		{"files ignored for one reason", "names are examples", 2, func(n int) string {
			return inspectPage(func(in *Inspection) {
				in.Ignored = fill(n, func(i int) Ignored { return Ignored{fmt.Sprint("f", i), "none"} })
			})
		}, "f0, f1 and 1 more: none"},
		{"reasons to ignore files", "the most frequent say enough", 5, func(n int) string {
			return inspectPage(func(in *Inspection) {
				in.Ignored = fill(n, func(i int) Ignored { return Ignored{"f", fmt.Sprint("r", i)} })
			})
		}, "ignored for 1 reason more"},
		{"versions of a job", "a head of a few lines", 6, func(n int) string {
			return inspectPage(func(in *Inspection) {
				in.Capture.TargetInfos = fill(n, func(i int) replay.TargetInfo {
					return replay.TargetInfo{Job: "j", Versions: []string{fmt.Sprint("v", i)}}
				})
			})
		}, ", …\n"},
		{"targets", "a screen", 24, func(n int) string {
			return inspectPage(func(in *Inspection) {
				in.Capture.TargetInfos = fill(n, func(int) replay.TargetInfo { return replay.TargetInfo{Job: "j"} })
			})
		}, "and 1 target more"},
		{"kinds of problems", "the worst come first", 8, func(n int) string {
			return inspectPage(func(in *Inspection) {
				in.Problems = fill(n, func(i int) replay.Problem { return replay.Problem{ID: fmt.Sprint("p", i)} })
			})
		}, "and 1 kind more"},
		{"problems of a replay", "the end of a page", 10, func(n int) string {
			return resultPage(func(r *replay.Result) {
				r.Problems = fill(n, func(int) replay.Problem { return replay.Problem{ID: "p"} })
			})
		}, "and 1 more"},
		{"times of a rule", "the JSON has all", 6, func(n int) string {
			return resultPage(func(r *replay.Result) {
				r.Rules = []replay.Rule{{Alert: "A", Verdict: replay.VerdictFiring, Alerts: []replay.Alert{{Labels: labels.EmptyLabels(),
					Intervals: fill(n, func(i int) replay.Interval {
						return replay.Interval{State: replay.Firing, Start: at(i), End: at(i + 1)}
					})}}}}
			})
		}, "and 1 more"},
		{"moves", "a screen", 40, func(n int) string {
			var b strings.Builder
			d := &signals.Difference{Moves: fill(n, func(int) signals.Move { return signals.Move{Kind: signals.MoveVanished} })}
			_ = Text{}.Difference(&b, "a", "b", d, DifferenceOptions{})
			return b.String()
		}, "and 1 more"},
		{"bounds that came", "a cell of a table", 3, func(n int) string {
			return bucketChange("", strings.Join(fill(n, func(i int) string { return fmt.Sprint(i) }), " "))
		}, "new 0 1 and 2 more"},
		{"families", "13 are no longer than 12 and a line about one", 13, func(n int) string {
			return expositionPage(strings.Join(fill(n, func(i int) string { return fmt.Sprintf("m%02d 1\n", i) }), ""))
		}, "and 2 families more"},
		{"labels", "the ones with most values come first", 6, func(n int) string {
			return expositionPage("m{" + strings.Join(fill(n, func(i int) string { return fmt.Sprintf("l%d=\"x\"", i) }), ",") + "} 1\n")
		}, "and 2 labels more"},
		{"families of histograms", "those with several layouts come first", 5, func(n int) string {
			return expositionPage(strings.Join(fill(n, func(i int) string {
				return fmt.Sprintf("# TYPE h%d histogram\nh%d_bucket{le=\"+Inf\"} 1\nh%d_sum 1\nh%d_count 1\n", i, i, i, i)
			}), ""))
		}, "and 2 families of histograms more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			whole := tt.page(tt.whole)
			require.NotContains(t, whole, "more", tt.reason)
			require.NotContains(t, whole, "…\n", tt.reason)
			require.Contains(t, tt.page(tt.whole+1), tt.more, tt.reason)
		})
	}
}

// A value is spelled in the unit that a reader takes in at a glance.
func TestQuantity(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    float64
		unit packs.Unit
		want string
		why  string
	}{
		{"nothing of seconds", 0, packs.Seconds, "0s", "0 has no smaller unit"},
		{"seconds", 1, packs.Seconds, "1s", "the first second"},
		{"most seconds", 599.4, packs.Seconds, "599s", "below ten minutes"},
		{"minutes", 600, packs.Seconds, "10m0s", "from ten minutes on as Go spells it"},
		{"milliseconds", 0.9994, packs.Seconds, "999ms", "below a second"},
		{"a millisecond", 0.001, packs.Seconds, "1ms", "the least"},
		{"microseconds", 0.000999, packs.Seconds, "999µs", "below a millisecond"},
		{"a negative time", -2, packs.Seconds, "-2s", "its size decides"},
		{"a ratio", 0.125, packs.Ratio, "12.5%", "as a percentage"},
		{"bytes", 1023, packs.Bytes, "1023B", "below a KiB"},
		{"kibibytes", 1024, packs.Bytes, "1KiB", "the first"},
		{"tebibytes", 1 << 52, packs.Bytes, "4096TiB", "the largest unit there is"},
		{"bytes each second", 2048, packs.BytesPerSecond, "2KiB/s", "as bytes are"},
		{"each second", 0.5, packs.PerSecond, "0.5/s", "a rate"},
		{"cores", 1.5, packs.Cores, "1.5 cores", "of a processor"},
		{"no number", math.NaN(), packs.Seconds, "NaN", "it has no unit"},
		{"without end", math.Inf(1), packs.Bytes, "+Inf", "it has no unit"},
	} {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, quantity(tt.v, tt.unit), tt.why) })
	}
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spell func(float64) string
		v     float64
		want  string
		why   string
	}{
		{"of three digits", number, 1234.567, "1.23e+03", "three significant ones"},
		{"whole", number, 999999, "999999", "up to a million as it is"},
		{"whole and large", number, 1e6, "1e+06", "from a million on not"},
		{"brief", brief, 123.456, "123.456", "seven characters are as they are"},
		{"brief of a long one", brief, 123.4567, "123.46", "five significant digits"},
		{"eight", eight, 1.2345678, "1.2345678", "nine characters are as they are"},
		{"eight of a long one", eight, 1.234567891, "1.2345679", "eight significant digits"},
	} {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, tt.spell(tt.v), tt.why) })
	}
}

// A sparkline has as many marks as there are values, up to 16.
func TestSparkline(t *testing.T) {
	points := func(vs ...float64) []packs.Point {
		return fill(len(vs), func(i int) packs.Point { return packs.Point{Value: vs[i]} })
	}
	for _, tt := range []struct {
		name string
		in   []packs.Point
		want string
		why  string
	}{
		{"one value", points(1), "", "it has no course"},
		{"rising", points(0, 1, 2, 3, 4, 5, 6, 7), "▁▂▃▄▅▆▇█", "from 0 to the highest"},
		{"from 0", points(7, 7), "██", "not from the lowest"},
		{"below 0", points(-7, 0), "▁█", "from the lowest where that is below"},
		{"no value", points(7, math.NaN(), math.Inf(1), 7), "█  █", "a blank"},
		{"sixteen", points(fill(16, func(int) float64 { return 1 })...), strings.Repeat("█", 16), "each has its mark"},
		{"more", points(append(fill(16, func(int) float64 { return 1 }), fill(16, func(int) float64 { return 2 })...)...), "▅▅▅▅▅▅▅▅████████", "the highest of each part"},
	} {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, sparkline(tt.in), tt.why) })
	}
}
