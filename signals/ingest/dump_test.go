package ingest_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A dump has labels and times inside; nothing is added to it.
func TestDumpIsStoredAsItIs(t *testing.T) {
	const none = math.MinInt64
	at := func(sec float64) string { return fmt.Sprintf("%.3f", float64(t0)/1000+sec) }
	for _, c := range []struct {
		name    string
		dumps   []string
		release int64 // seconds since t0; none: all
		want    map[string]string
		refused int
		ids     []string // of the last dump
	}{
		{
			"no up, no labels, no markers, and a series that ends just ends", []string{
				"a{instance=\"i\",job=\"j\"} 1 " + at(0) + "\na{instance=\"i\",job=\"j\"} 2 " + at(15) + "\nup{instance=\"i\",job=\"j\"} 1 " + at(30) + "\n# EOF\n",
			}, none, map[string]string{"a": "0:1 15:2", "up": "30:1"}, 0, nil,
		},
		{
			"another target's labels are as they are", []string{"a{job=\"x\"} 1 " + at(0) + "\n# EOF\n"}, none,
			map[string]string{`a{job="x"}`: "0:1"}, 0, nil,
		},
		{
			"times are those of the store to the millisecond, which upstream's own reading is not", []string{
				"a{instance=\"i\",job=\"j\"} 1 1700000000.001\na{instance=\"i\",job=\"j\"} 2 1700000004.579\n# EOF\n",
			}, none, map[string]string{"a": "0.001:1 4.579:2"}, 0, nil,
		},
		{
			"only what is over at the time is there", []string{"a 1 " + at(0) + "\na 2 " + at(15) + "\nb 1 " + at(5) + "\n# EOF\n"}, 10,
			map[string]string{"a": "0:1", "b": "5:1"}, 0, nil,
		},
		{
			"samples in any order are put in theirs, of several dumps together", []string{
				"a 3 " + at(30) + "\na 1 " + at(10) + "\n# EOF\n", "a 2 " + at(20) + "\na 0 " + at(0) + "\n# EOF\n",
			}, none, map[string]string{"a": "0:0 10:1 20:2 30:3"}, 0, nil,
		},
		{
			"the same again is nothing, another value at its time is refused", []string{
				"a 1 " + at(0) + "\n# EOF\n", "a 1 " + at(0) + "\na 2 " + at(0) + "\n# EOF\n",
			}, none, map[string]string{"a": "0:1"}, 1, nil,
		},
		{
			"hours before and ahead of all else", []string{"a 1 " + at(-90000) + "\na 2 " + at(90000) + "\nb 1 " + at(0) + "\n# EOF\n"}, none,
			map[string]string{"a": "-90000:1 90000:2", "b": "0:1"}, 0, nil,
		},
		{
			"a marker is NaN in a dump, and stays that", []string{"a 1 " + at(0) + "\na NaN " + at(15) + "\n# EOF\n"}, none,
			map[string]string{"a": "0:1 15:NaN"}, 0, []string{"dump-nan"},
		},
		{
			"without a time of its own: the file's", []string{"a 1\n# EOF\n"}, none, map[string]string{"a": "0:1"}, 0, nil,
		},
		{
			"a damaged line is skipped", []string{"a 1 " + at(0) + "\n...\nb 1 " + at(0) + "\n# EOF\n"}, none,
			map[string]string{"a": "0:1", "b": "0:1"}, 0, []string{"bad-line"},
		},
		{
			"cut off before its end it is still in seconds", []string{"a{instance=\"i\",job=\"j\"} 1 1700000000.000\na{instance=\"i\",job=\"j\"} 2 1700000015.000\n"}, none,
			map[string]string{"a": "0:1 15:2"}, 0, []string{"no-eof"},
		},
		{
			"a text with times, as /federate gives it, is in milliseconds", []string{"# TYPE a counter\na{instance=\"i\",job=\"j\"} 1 1700000000000\na{instance=\"i\",job=\"j\"} 2 1700000015000\n"}, none,
			map[string]string{"a": "0:1 15:2"}, 0, nil,
		},
		{
			"no dump at all", []string{"<html><title>no</title></html>"}, none, map[string]string{"up": ""}, 0, []string{"not-exposition"},
		},
		{
			"an empty one", []string{"# EOF\n"}, none, map[string]string{}, 0, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			tl := timeline.New()
			in := ingest.New(tl, ingest.Options{})
			var last ingest.Report
			for _, d := range c.dumps {
				last = in.Add(&capture.Scrape{Bulk: true, Time: t0, File: "dump", Body: []byte(d)})
			}
			require.Zero(t, tl.NumSamples(), "nothing is stored before its time")
			until := int64(math.MaxInt64)
			if c.release != none {
				until = t0 + c.release*1000
			}
			stored, refused := in.Release(until)
			got := dump(t, tl)
			require.Equal(t, c.refused, refused)
			require.GreaterOrEqual(t, int64(stored), tl.NumSamples())
			for k, v := range c.want {
				require.Equal(t, v, got[k], "%s in %v", k, got)
			}
			if c.release == none {
				for k := range got {
					require.Contains(t, c.want, k)
				}
			}
			require.Equal(t, c.ids, ids(last), "%v", last.Problems)
		})
	}
}

// Released bit by bit a dump comes to the same as at once.
func TestReleaseInSteps(t *testing.T) {
	text := ""
	for i := range 50 {
		text += fmt.Sprintf("s%d %d %.3f\n", i%7, i, float64(t0)/1000+float64(i*3%17))
	}
	text += "# EOF\n"
	whole, steps := timeline.New(), timeline.New()
	in := ingest.New(whole, ingest.Options{})
	rep := in.Add(&capture.Scrape{Bulk: true, Time: t0, Body: []byte(text)})
	require.Equal(t, 50, rep.Bulk)
	require.Equal(t, expfmt.FormatOpenMetrics, rep.Format)
	in.Release(math.MaxInt64)
	in = ingest.New(steps, ingest.Options{})
	in.Add(&capture.Scrape{Bulk: true, Time: t0, Body: []byte(text)})
	for at := t0 - 1000; at < t0+20_000; at += 700 {
		in.Release(at)
	}
	require.Equal(t, dump(t, whole), dump(t, steps))
}

// With --on-damage fail nothing of a damaged dump is taken.
func TestDamagedDumpFails(t *testing.T) {
	tl := timeline.New()
	in := ingest.New(tl, ingest.Options{FailOnDamage: true})
	rep := in.Add(&capture.Scrape{Bulk: true, Time: t0, File: "dump", Body: []byte("a 1 1700000000.000\n...\n# EOF\n")})
	require.True(t, rep.Failed)
	require.Contains(t, rep.Reason, "dump:2:1")
	in.Release(math.MaxInt64)
	require.Zero(t, tl.NumSamples())
}

// A label that stands twice damages a dump like any other line, also where
// damage fails it.
func TestDumpWithDuplicateLabel(t *testing.T) {
	for _, fail := range []bool{false, true} {
		in := ingest.New(timeline.New(), ingest.Options{FailOnDamage: fail})
		rep := in.Add(&capture.Scrape{Bulk: true, Time: t0, File: "dump", Body: []byte("a{l=\"1\"} 1 1700000000.000\na{l=\"1\",l=\"2\"} 1 1700000000.000\n# EOF\n")})
		require.Equal(t, fail, rep.Failed)
		require.Equal(t, "duplicate-label", rep.Problems[0].ID)
	}
}
