package query

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// nested puts an expression into itself n times.
func nested(n int, expr, around string) string {
	for range n {
		expr = strings.Replace(around, "X", expr, 1)
	}
	return expr
}

func terms(n int, op string) string { return strings.TrimSuffix(strings.Repeat("a"+op, n), op) }

// someStore has three series `a` with 60 samples a second apart.
func someStore(t *testing.T) *timeline.Timeline {
	t.Helper()
	tl := timeline.New()
	for _, x := range []string{"1", "2", "3"} {
		ref := tl.Series(labels.FromStrings("__name__", "a", "x", x))
		for i := range int64(60) {
			require.NoError(t, tl.Append(ref, i*1000, float64(i)))
		}
	}
	return tl
}

func TestBombsAreRefused(t *testing.T) {
	rows := []struct{ name, expr, want, reason string }{
		{"ms steps", "max_over_time(a[10000d:1ms])", "instants", "upstream allocates room for each step before it counts"},
		{"ms steps of a scalar", "vector(1)[10000d:1ms]", "instants", "no selector, so nothing that max-samples would count"},
		{"a day of ms", "avg_over_time((a + a)[1d:1ms])", "8.64e+07 instants", "each node has room for all steps"},
		{"steps times series", "sum_over_time(a[2000000s:1s])", "for 3 series", "two million steps fit, of three series they do not"},
		{"nested, each fits", "max_over_time(max_over_time(a[4000000s:1s])[4000000s:1s])", "instants", "the inner one is evaluated over both ranges"},
		{"nested three deep", nested(3, "a", "min_over_time(X[2000000s:1s])"), "instants", "ranges add up"},
		{"below other functions", "sum(rate((a or a)[90d:1s]))", "instants", "the subquery is found anywhere"},
		{"windows within windows", "max_over_time(max_over_time(vector(1)[400000s:1s])[400000s:1s])", "at each of 400001 instants", "each fits, and together they are 160 billion visits"},
		{"windows of selectors", "max_over_time(max_over_time(a[5000000s:1s] @ 0)[4000000s:1s])", "instants", "the selector's own samples are few, the subquery's are not"},
		{"step of the engine", "vector(time())[20000d:]", "instants", "a subquery without a step has the engine's, here a minute: 28.8 million"},
		{"25,000 terms", terms(25_000, "+"), "20000 words", "parsing takes a time that grows with the square"},
		{"25,000 ors", terms(25_000, " or "), "20000 words", "the same"},
		{"long and shallow", "{x=~\"" + strings.Repeat("a|", 10) + "\"}" + strings.Repeat(" + a", 12_000), "20000 words", "signs count as words"},
		{"deep sum", terms(2_100, "+"), "2000 deep", "walks take a time that grows with the square of the depth"},
		{"deep parentheses", nested(2_100, "a", "(X)"), "2000 deep", "each is a node"},
		{"deep signs", strings.Repeat("-", 2_100) + "a", "2000 deep", "each is a node"},
		{"labels that double", nested(30, "a", `label_join(X, "l", "", "l", "l")`), "4096 times", "2^30 bytes from one"},
		{"labels that grow by replacement", nested(30, "a", `label_replace(X, "l", "$1$1", "l", "(.*)")`), "4096 times", "the same"},
		{"labels that grow in parentheses", nested(20, "a", `(label_replace((X), "l", ("$1$1"), "l", "(.*)"))`), "4096 times", "parentheses hide nothing"},
	}
	tl := someStore(t)
	engine := NewEngine(Options{})
	ctx := context.Background()
	at := time.UnixMilli(59_000)
	for _, row := range rows {
		require.NotEmpty(t, row.name+row.reason)
		t.Run(row.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := engine.Instant(ctx, tl, row.expr, at)
			require.ErrorContains(t, err, row.want, row.reason)
			var limit *LimitError
			require.ErrorAs(t, err, &limit, row.reason)
			assert.NotEmpty(t, limit.Do, "an error says what to do")
			_, err = engine.Range(ctx, tl, row.expr, at, at.Add(time.Second), time.Second)
			require.Error(t, err)
			_, _, _, err = engine.Over(tl).Vector(ctx, row.expr, at)
			require.Error(t, err)
			assert.Nil(t, engine.Over(tl).Steps(ctx, row.expr, at, at.Add(time.Second), time.Second))
			runtime.ReadMemStats(&after)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(200<<20), "bytes that were allocated on the way")
		})
	}
}

func TestHonestExpressionsAreNoBombs(t *testing.T) {
	rows := []struct{ name, expr, reason string }{
		{"a month in minutes", "max_over_time(sum(a)[30d:1m])", "43,201 instants of three series"},
		{"a year in minutes", "avg_over_time(a[365d:1m])", "525,601 instants of three series"},
		{"nested", "max_over_time(rate(a[5m])[1d:1m])", "1,441 instants"},
		{"a long range at many instants", "max_over_time(rate(a[365d])[10d:1s])", "a window of 31 million seconds, in which 60 samples lie"},
		{"1,500 terms", terms(1_500, "+"), "machines write such sums"},
		{"1,500 ors", terms(1_500, " or "), "and such"},
		{"labels joined", nested(3, "a", `label_join(X, "l", "-", "x", "l", "x")`), "27 times"},
		{"labels replaced", nested(8, "a", `label_replace(X, "l", "$1", "x", "(.*)")`), "no growth"},
		{"long literal", `a{x!="` + strings.Repeat("z", 50_000) + `"}`, "one word"},
	}
	tl := someStore(t)
	engine := NewEngine(Options{})
	for _, row := range rows {
		require.NotEmpty(t, row.name+row.reason)
		t.Run(row.name, func(t *testing.T) {
			v, err := engine.Instant(context.Background(), tl, row.expr, time.UnixMilli(59_000))
			require.NoError(t, err, row.reason)
			assert.Equal(t, Vector, v.Type)
		})
	}
}

func TestLimitsAreTheLastThatFit(t *testing.T) {
	tl := someStore(t)
	engine := NewEngine(Options{})
	fits := func(expr string) bool {
		_, err := engine.Instant(context.Background(), tl, expr, time.UnixMilli(59_000))
		return err == nil
	}
	assert.True(t, fits("-"+nested(1_998, "a", "(X)")), "2,000 levels")
	assert.False(t, fits("-"+nested(1_999, "a", "(X)")), "2,001")
	assert.True(t, fits("count_over_time(vector(1)[4999999s:1s])"), "5,000,000 instants at most: both ends count")
	assert.False(t, fits("count_over_time(vector(1)[5000000s:1s])"), "5,000,001")
	assert.True(t, fits(nested(12, "a", `label_join(X, "l", "", "x", "l")`)), "2^12 is 4,096")
	assert.False(t, fits(nested(13, "a", `label_join(X, "l", "", "x", "l")`)), "2^13")
}

func TestTimeoutEndsAnEvaluation(t *testing.T) {
	tl := someStore(t)
	engine := NewEngine(Options{Timeout: time.Millisecond})
	three := `(label_replace(vector(1), "x", "1", "", "") or label_replace(vector(1), "x", "2", "", "") or vector(1))`
	_, err := engine.Instant(context.Background(), tl, nested(2, three, "max_over_time(X[5000s:1s])"), time.UnixMilli(59_000))
	require.ErrorContains(t, err, "timed out")
}
