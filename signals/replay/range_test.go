package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
)

var ownTime = regexp.MustCompile(` \d{13}\n`)

// alwaysTheSame are the expressions of which each range query gives the same:
// the engine takes the order in which others are summed from a map.
func alwaysTheSame(t require.TestingT) (list []string) {
	for _, expr := range exprs {
		x, err := query.Parse("", expr, nil)
		require.NoError(t, err)
		if x.RangeSafe || !anyOrder.MatchString(expr) {
			list = append(list, expr)
		}
	}
	return list
}

var anyOrder = regexp.MustCompile(`(sum|avg|stddev|topk)( by \(l\) )?\(`)

// Range gives what Load and Loaded.Range give, whatever the capture.
func TestRangeIsLoadAndRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fsys := drawCapture(t)
		if rapid.IntRange(0, 3).Draw(t, "late") > 0 {
			for _, f := range fsys { // else most captures have samples that may be late
				f.Data = ownTime.ReplaceAll(f.Data, []byte("\n"))
			}
		}
		c, err := capture.Open(fsys, "test", capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		expr := rapid.SampledFrom(alwaysTheSame(t)).Draw(t, "expr")
		if expr == `sort(a) > 1` {
			expr = `rate(process_start_time_seconds[1m])` // has infos
		}
		opts := replay.Options{Capture: c, Queries: []string{expr}, Workers: rapid.IntRange(1, 2).Draw(t, "workers")}
		opts.Ingest.Gaps = rapid.SampledFrom([]string{"", ingest.GapsFailed}).Draw(t, "gaps")
		opts.Lookback = rapid.SampledFrom([]time.Duration{0, 25 * time.Second}).Draw(t, "lookback")
		from := start.Add(time.Duration(rapid.IntRange(-60, 200).Draw(t, "from")) * time.Second)
		if rapid.Bool().Draw(t, "at the start") {
			from = time.UnixMilli(c.Start).UTC()
		}
		to := from.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "span")) * time.Second)
		step := rapid.SampledFrom([]time.Duration{time.Second, 7 * time.Second, time.Minute}).Draw(t, "step")
		spell := func(l *replay.Loaded, v *query.Value, err error) string {
			if err != nil {
				return err.Error()
			}
			var b bytes.Buffer
			if err := (report.JSON{}).Value(&b, v); err != nil {
				t.Fatal(err)
			}
			newest, _ := l.Newest()
			return fmt.Sprintf("%s %q %q %v %v %v %v %d", &b, v.Warnings, v.Infos, l.Capture, l.Problems, l.Unmatched(expr), newest, l.NumSamples())
		}
		l, err := replay.Load(context.Background(), opts)
		if err != nil {
			t.Fatal(err)
		}
		v, err := l.Range(context.Background(), expr, from, to, step)
		want := spell(l, v, err)
		opts.Segment = rapid.IntRange(0, 1).Draw(t, "segment") // 1: what is too old is dropped at once
		l, v, err = replay.Range(context.Background(), opts, expr, from, to, step)
		if got := spell(l, v, err); got != want {
			t.Fatalf("%s\ngot  %s\nwant %s", expr, got, want)
		}
	})
}

// Of a capture four times as long no more is held, unless samples may come
// late, or the expression needs all of them.
func TestRangeHolds(t *testing.T) {
	held := func(scrapes int, own, expr string) (most int64, whole bool) {
		fsys := fstest.MapFS{}
		for i := range scrapes {
			at := start.Add(time.Duration(i) * 10 * time.Second).UnixMilli()
			text := ""
			for l := range 200 {
				text += fmt.Sprintf("a_total{l=\"%d\"} %d\n", l, i*l)
			}
			if own != "" && i == scrapes/2 {
				text += fmt.Sprintf("b 1 %d\n", at)
			}
			fsys[fmt.Sprintf("j/i/%d.prom", at)] = &fstest.MapFile{Data: []byte(text)}
		}
		c, err := capture.Open(fsys, "test", capture.Options{})
		require.NoError(t, err)
		end := start.Add(time.Duration(scrapes) * 10 * time.Second)
		opts := replay.Options{Capture: c, Held: func(n, _ int64) error { most = max(most, n); return nil }}
		l, v, err := replay.Range(context.Background(), opts, expr, start, end, 10*time.Second)
		require.NoError(t, err)
		require.Len(t, v.Series, 1)
		require.Greater(t, len(v.Series[0].Floats), scrapes/2)
		_, err = l.Instant(context.Background(), expr, end)
		return most, err == nil
	}
	const expr = `sum(rate(a_total[1m]))`
	short, whole := held(600, "", expr)
	require.False(t, whole)
	long, whole := held(2400, "", expr)
	require.False(t, whole)
	require.Less(t, long, short*11/10)
	for _, row := range [][2]string{{"own", expr}, {"", `sum(rate(a_total[1m:10s]))`}, {"", `sum(rate(a_total[1m] @ end()))`}} {
		all, whole := held(600, row[0], row[1])
		require.True(t, whole)
		require.Greater(t, all, int64(600*200*16-1))
	}
}
