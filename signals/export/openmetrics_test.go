package export

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// omSamples are what a replay of the capture holds, each as a text; NaN is NaN.
func omSamples(t *testing.T, opts replay.Options) map[string]bool {
	t.Helper()
	opts.Keep = true
	res, err := replay.Run(context.Background(), opts)
	require.NoError(t, err)
	q, err := res.Store.Querier(math.MinInt64, math.MaxInt64)
	require.NoError(t, err)
	out := map[string]bool{}
	set := q.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, ".*"))
	for set.Next() {
		it := set.At().Iterator(nil)
		for it.Next() == chunkenc.ValFloat {
			ts, v := it.At()
			out[omSample(set.At().Labels(), ts, v)] = true
		}
	}
	return out
}

func omSample(ls labels.Labels, ts int64, v float64) string {
	if math.IsNaN(v) {
		return fmt.Sprintf("%s %d NaN", ls, ts)
	}
	return fmt.Sprintf("%s %d %x", ls, ts, math.Float64bits(v))
}

// readOM reads with Prometheus' own parser, and checks the order.
func readOM(t *testing.T, text []byte) map[string]bool {
	t.Helper()
	p := textparse.NewOpenMetricsParser(text, labels.NewSymbolTable())
	out := map[string]bool{}
	var last labels.Labels
	var newest int64
	seen := map[string]bool{}
	for {
		kind, err := p.Next()
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		if kind != textparse.EntrySeries {
			continue
		}
		_, ts, v := p.Series()
		var ls labels.Labels
		p.Labels(&ls)
		if labels.Equal(ls, last) {
			require.Greater(t, *ts, newest, "times rise")
		} else {
			require.False(t, seen[ls.String()], "a series stands together: %s", ls)
			seen[ls.String()] = true
		}
		last, newest = ls, *ts
		out[omSample(ls, *ts, v)] = true
	}
}

// odd is a capture with all that is not easy to write, and a line of names.
func odd(t *testing.T, names string) *capture.Capture {
	t.Helper()
	files := fstest.MapFS{}
	for i := range 50 {
		body := fmt.Sprintf("a{l=\"x\\\\ \\\" \\n é\"} %g\nb -0\nc +Inf\nd NaN\n%se{l=\"%d\"} -Inf\n", 0.1*float64(i), names, i/20)
		files[fmt.Sprintf("j/a/%d.prom", 1_795_244_469_001+int64(i)*5_003)] = &fstest.MapFile{Data: []byte(body)}
	}
	c, err := capture.Open(files, "odd", capture.Options{})
	require.NoError(t, err)
	return c
}

// What is written is read by Prometheus as what a replay holds, to the
// millisecond, in one pass and in many.
func TestOpenMetrics(t *testing.T) {
	groups, errs := rules.Parse("r.yml", []byte("groups: [{name: g, rules: [{record: r, expr: sum(a)}, {alert: B, expr: a > 1}]}]\n"), rules.ParseOptions{})
	require.Empty(t, errs)
	opts := replay.Options{Capture: odd(t, "{\"ü.x\",\"l l\"=\"1\"} 1\n"), Groups: groups}
	want := omSamples(t, opts)
	var whole bytes.Buffer
	for _, most := range []int64{1 << 40, 100, 1} {
		var b bytes.Buffer
		out, err := openMetrics(context.Background(), &b, opts, most)
		require.NoError(t, err)
		require.Equal(t, want, readOM(t, b.Bytes()))
		require.Equal(t, int64(len(want)), out.Samples)
		require.Equal(t, int64(2), out.Markers, "of e, twice")
		require.Equal(t, 1, out.Quoted)
		require.Zero(t, out.Histograms)
		if whole.Len() == 0 {
			whole = b
			require.Equal(t, 2, out.Passes)
		}
		require.Equal(t, whole.String(), b.String())
	}
	for r := expfmt.NewBytesReader(whole.Bytes(), expfmt.Options{Format: expfmt.FormatOpenMetrics, Check: true, Strict: true}); r.Next(); {
		if r.Kind() == expfmt.KindProblem && r.Problem().Severity == expfmt.SeverityError && !strings.Contains(r.Problem().Text, "ü.x") {
			t.Error(r.Problem())
		}
	}
	require.True(t, strings.HasSuffix(whole.String(), "\n# EOF\n"))
}

// Each millisecond is read as itself.
func TestTimesOfOpenMetrics(t *testing.T) {
	longer := 0
	for _, from := range []int64{-2_000, 0, 1_001, 1_795_244_469_000, 253_402_300_799_000} {
		for ms := from; ms < from+3000; ms++ {
			text := omTime(ms)
			v, err := strconv.ParseFloat(text, 64)
			require.NoError(t, err)
			require.Equal(t, ms, int64(v*1000), text)
			if len(text) > len("1795244469.001") {
				longer++
			}
		}
	}
	require.NotZero(t, longer, "some need more digits")
}

// promtool makes blocks of it that hold what a replay holds.
func TestOpenMetricsIntoBlocks(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("promtool is missing: apt-get install prometheus")
		}
		t.Skip("promtool is not installed")
	}
	if testing.Short() {
		t.Skip("runs promtool")
	}
	c := odd(t, "")
	dir := t.TempDir()
	file, data := filepath.Join(dir, "in.om"), filepath.Join(dir, "data")
	var b bytes.Buffer
	_, err = OpenMetrics(context.Background(), &b, replay.Options{Capture: c})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, b.Bytes(), 0o600))
	out, err := exec.Command(promtool, "tsdb", "create-blocks-from", "openmetrics", file, data).CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, os.Mkdir(filepath.Join(data, "wal"), 0o700)) // without which it dumps nothing
	var errs bytes.Buffer
	tool := exec.Command(promtool, "tsdb", "dump", data)
	tool.Stderr = &errs
	dump, err := tool.Output()
	require.NoError(t, err, errs.String())
	got := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(\{.*\}) (\S+) (\d+)$`).FindAllStringSubmatch(string(dump), -1) {
		v, err := strconv.ParseFloat(m[2], 64)
		require.NoError(t, err)
		got[m[1]+" "+m[3]+" "+strconv.FormatFloat(v, 'g', 6, 64)] = true // as it prints them
	}
	want := omSamples(t, replay.Options{Capture: c})
	require.Len(t, got, len(want))
	for s := range want {
		i := strings.LastIndexByte(s, ' ')
		v := math.NaN()
		if s[i+1:] != "NaN" {
			bits, err := strconv.ParseUint(s[i+1:], 16, 64)
			require.NoError(t, err)
			v = math.Float64frombits(bits)
		}
		require.Contains(t, got, s[:i+1]+strconv.FormatFloat(v, 'g', 6, 64))
	}
}
