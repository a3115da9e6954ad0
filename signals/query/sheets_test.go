package query_test

import (
	"context"
	"fmt"
	"math"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// sumsApart holds series whose sum hangs on the order in which they are added,
// of which some come late, end, and pause, in an order that is not that of
// their labels.
func sumsApart(tb testing.TB) *timeline.Timeline {
	tb.Helper()
	rnd := rand.New(rand.NewSource(1))
	var lines []string
	for i := range 40 {
		lines = append(lines, fmt.Sprintf(`low{i="%d", g="%d", h="%d"} 0x60`, (i*17)%40, i%3, i%7))
		for _, name := range []string{"a", "b", "c_total"} {
			var b strings.Builder
			fmt.Fprintf(&b, `%s{i="%d", g="%d", h="%d"}`, name, (i*17)%40, i%3, i%7)
			value := 0.0
			for at := range 60 {
				value += math.Pow(10, float64(rnd.Intn(40)-20))
				if name != "c_total" {
					value = float64(rnd.Intn(2)*2-1) * []float64{0.1, 1.7e16, 1e33, 1e50}[rnd.Intn(4)]
				}
				switch {
				case rnd.Intn(12) == 0:
					b.WriteString(" _")
				case rnd.Intn(30) == 0:
					b.WriteString(" stale")
				case rnd.Intn(30) == 0 && at > 0:
					b.WriteString(" 0")
				default:
					fmt.Fprintf(&b, " %v", value)
				}
			}
			lines = append(lines, b.String())
		}
	}
	rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return load(tb, 10*time.Second, lines...)
}

// spelt are samples as a set, to the bit.
func spelt(vec []query.Sample) []string {
	var list []string
	for _, s := range vec {
		list = append(list, fmt.Sprint(s.Labels, s.Time, math.Float64bits(s.Value)))
	}
	slices.Sort(list)
	return list
}

// buckets are of a histogram, as counts of what is there.
const buckets = `label_replace(label_replace(count by (g, h) (a), "le", "$1", "h", "([0-5])"), "le", "+Inf", "h", "6") * 0 + 1`

// shared are expressions of which Sheets compute pieces by themselves.
var shared = []string{
	`sum(a + b)`, `sum by (g) (a and on (i) b > 1)`, `avg(a unless on (i) b)`, `stddev by (h) (a * 2)`, `stdvar(-a)`,
	`sum(rate(c_total[1m]) and on (i) a)`, `topk(3, a - b)`, `bottomk(2, a * on (i) group_left () b)`, `limitk(2, a - b)`,
	`sum(a * on (i, g) group_left (h) b)`, `sum by (h) (b * on (i, g) group_right (h) a)`, `sum by (h) (a / ignoring (h) b)`,
	`sum(clamp_max(a, 1e3)) / sum(a + b)`, `sum(label_replace(a + b, "x", "$1", "g", "(.*)"))`, `sum((a and b) + 1 > bool 2)`,
	`sum(rate(c_total[1m]) and on (i) a) / on () sum(rate(c_total[1m])) > 0 and on () sum(increase(c_total[1m])) > 0`,
	`sum(sqrt(abs(a))) + sum(sqrt(abs(a)))`, `max(rate(c_total[1m])) - min(rate(c_total[1m]))`, `sum(a - a offset 20s)`,
	`absent(sum(a + b))`, `absent(sum(none + b))`, `sum(none + b)`, `scalar(sum(a + b)) + vector(1)`, `timestamp(sum(a + b))`, `quantile(0.5, a + b)`, `sum(1 - a)`,
	`sum(rate(c_total[1m]) + on (i) group_left () (a and b))`, `sum(none + a)`,
	`sum by (g) (a and on (g) b > 1)`, `sum by (g, h) (a unless on (h) b > 1)`, `avg without (i) (a and on (g) b > 1)`, `sum without (g) (a and on (g) b > 1)`,
	`sum by (h) (a and on (g) b > 1)`, `topk by (g) (1, a and on (g) b)`, `-sum by (g) (a unless on (g) b > 1e40) * 2`, `stddev(a and on () b > 1e30)`,
	`max by (g) (sum by (g, h) (a and on (h, g) b > 1)) > 0`, `sum by (g) ((a and on (g) b > 1) - 1 unless on (g) b * 2 > 1.5e50)`, `sum by (g) (a > 1 and on (g) b)`,
	`histogram_quantile(0.9, (` + buckets + `) and on (g) a > 1) + 1`, `histogram_quantile(0.9, max by (le) (` + buckets + `) and on (le) label_replace(a > 1, "le", "$1", "h", "(.*)"))`,
	`sum by (i) (label_join(a, "h", "-", "g", "i") + 0)`, `avg by (g) (avg_over_time(a[1m]) > 1)`, `-sum(a + b)`,
}

// apart are those that are left to instant queries: the order of their operands
// is that of groups or of several selectors, hangs on the instant, or another
// has the same labels.
var apart = []string{
	`sum(sum by (g) (a))`, `sum(a or b)`, `sum(max_over_time(a[1m:10s]) + b)`, `sum({__name__=~"a|b"} + 0)`, `sum({__name__=~"a|low"} > 1)`, `count_values("v", a)`,
	`sum(a + on (i) b @ end())`, `sum(info(a))`, `sum(a * on (g) group_left () sum by (g) (b) or b)`,
}

func TestSheets(t *testing.T) {
	tl := sumsApart(t)
	engine := query.NewEngine(query.Options{Features: []string{query.FeatureExperimentalFunctions}})
	step := 20 * time.Second
	start, end := seconds(95), seconds(95+20*21)
	for _, all := range []bool{false, true} {
		sheets := engine.Sheets(tl)
		if all { // then pieces are shared from the beginning
			for _, expr := range shared {
				sheets.Expect(expr)
			}
		}
		for _, expr := range shared {
			x, err := query.Parse("", expr, []string{query.FeatureExperimentalFunctions})
			require.NoError(t, err)
			require.True(t, sheets.Safe(x), expr)
			steps := sheets.Steps(context.Background(), x.String(), start, end, step)
			require.NotNil(t, steps, expr)
			any := false
			for at := start; !at.After(end); at = at.Add(step) {
				want, _, _, err := engine.Over(tl).Vector(context.Background(), x.String(), at)
				require.NoError(t, err)
				got, ok := steps.At(at.UnixMilli())
				require.True(t, ok)
				require.Equal(t, spelt(want), spelt(got), "%s at %s", expr, at)
				any = any || len(want) > 0
			}
			require.Equal(t, strings.Contains(expr, "none") == strings.HasPrefix(expr, "absent"), any, expr)
		}
	}
}

func TestSheetsLeaveToInstants(t *testing.T) {
	engine := query.NewEngine(query.Options{Features: []string{query.FeatureExperimentalFunctions}})
	sheets := engine.Sheets(sumsApart(t))
	for _, expr := range apart {
		x, err := query.Parse("", expr, []string{query.FeatureExperimentalFunctions})
		require.NoError(t, err)
		if sheets.Safe(x) {
			require.Nil(t, sheets.Steps(context.Background(), x.String(), seconds(95), seconds(195), 20*time.Second), expr)
		}
	}
	late := query.NewEngine(query.Options{Features: []string{query.FeatureDelayedNameRemoval}}).Sheets(sumsApart(t))
	x, err := query.Parse("", `sum(a + b)`, nil)
	require.NoError(t, err)
	require.False(t, late.Safe(x), "names that are dropped late are not seen in a piece's labels")
}

// The order of sums matters in what TestSheets compares.
func TestSumsApart(t *testing.T) {
	tl := sumsApart(t)
	other := timeline.New()
	var all []labels.Labels
	tl.InOrder(0, func(ls labels.Labels) { all = append(all, ls) })
	slices.SortFunc(all, labels.Compare)
	for _, ls := range all {
		other.Series(ls)
	}
	require.NotEmpty(t, all)
	copySamples(t, tl, other)
	engine := query.NewEngine(query.Options{})
	const expr = `sum by (g) (a + b)`
	differ := false
	for at := 95.0; at < 500; at += 20 {
		one, _, _, err := engine.Over(tl).Vector(context.Background(), expr, seconds(at))
		require.NoError(t, err)
		two, _, _, err := engine.Over(other).Vector(context.Background(), expr, seconds(at))
		require.NoError(t, err)
		differ = differ || !slices.Equal(spelt(one), spelt(two))
	}
	require.True(t, differ)
}

// What stands in several expressions is computed once until it is forgotten.
func TestSheetsShare(t *testing.T) {
	tl := sumsApart(t)
	asked := &counting{Timeline: tl}
	sheets := query.NewEngine(query.Options{}).Sheets(asked)
	exprs := []string{`sum(rate(c_total[1m])) > 1`, `sum(rate(c_total[1m])) < 1`, `sum(rate(c_total[1m]))`}
	for _, expr := range exprs {
		sheets.Expect(expr)
	}
	for range 2 {
		for _, expr := range exprs {
			require.NotNil(t, sheets.Steps(context.Background(), expr, seconds(95), seconds(195), 20*time.Second))
		}
	}
	require.Equal(t, 1, asked.selects)
	sheets.Forget()
	require.NotNil(t, sheets.Steps(context.Background(), exprs[0], seconds(95), seconds(195), 20*time.Second))
	require.Equal(t, 2, asked.selects)
}

// What has nothing to look at is not evaluated again and again.
func TestSheetsBlank(t *testing.T) {
	tl := timeline.New()
	asked := &counting{Timeline: tl}
	sheets := query.NewEngine(query.Options{}).Sheets(asked)
	ask := func() *query.Steps {
		sheets.Forget()
		steps := sheets.Steps(context.Background(), `sum(rate(c_total[1m])) / sum(a) > 1`, seconds(95), seconds(195), 20*time.Second)
		require.NotNil(t, steps)
		return steps
	}
	for range 5 {
		vec, ok := ask().At(95_000)
		require.True(t, ok)
		require.Empty(t, vec)
	}
	require.Equal(t, 2, asked.selects, "of the first time")
	for at := range 20 {
		require.NoError(t, tl.Append(tl.Series(labels.FromStrings("__name__", "c_total")), int64(at)*10_000, float64(at)))
		require.NoError(t, tl.Append(tl.Series(labels.FromStrings("__name__", "a")), int64(at)*10_000, 0.01))
	}
	vec, ok := ask().At(95_000)
	require.True(t, ok)
	require.Len(t, vec, 1)
}
