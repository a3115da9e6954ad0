package replay

import (
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
)

// at0 is when the first scrape of these tests was taken.
var at0 = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC).UnixMilli()

// scrapedAt is a capture of one target, scraped at these ms after at0. Most are
// ten seconds apart.
func scrapedAt(t *testing.T, yaml string, at ...int64) *capture.Capture {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, ms := range at {
		fsys[fmt.Sprintf("app/i/%d.prom", at0+ms)] = &fstest.MapFile{Data: []byte("m 1\n")}
	}
	if yaml != "" {
		fsys["capture.yaml"] = &fstest.MapFile{Data: []byte(yaml)}
	}
	c, err := capture.Open(fsys, "c", capture.Options{})
	require.NoError(t, err)
	require.Equal(t, 10*time.Second, c.Interval)
	return c
}

// To the millisecond: what is a gap, and how many scrapes are missing in it.
func TestGapBounds(t *testing.T) {
	for _, row := range []struct {
		name, reason string
		distance     int64 // ms, of the two scrapes around
		gap          bool
		missed       []int64 // ms after at0, as failed scrapes
	}{
		{"less than one and a half intervals", "the next one has come late", 14_999, false, nil},
		{"one and a half intervals", "half an interval before the next: another one was due there", 15_000, true, []int64{40_000}},
		{"a millisecond less than two", "jitter does not decide", 19_999, true, []int64{40_000}},
		{"two intervals", "one missing scrape leaves this much", 20_000, true, []int64{40_000}},
		{"less than half an interval before the next", "a scrape due there is taken for the next one, come late", 24_999, true, []int64{40_000}},
		{"half an interval before it", "a scrape due there is another one", 25_000, true, []int64{40_000, 50_000}},
		{"a third one by a hair not", "each stands an interval after the one before", 34_999, true, []int64{40_000, 50_000}},
		{"a third one", "each stands an interval after the one before", 35_000, true, []int64{40_000, 50_000, 60_000}},
	} {
		t.Run(row.name, func(t *testing.T) {
			at := []int64{0, 10_000, 20_000, 30_000}
			for i := range int64(5) {
				at = append(at, 30_000+row.distance+i*10_000)
			}
			opts := Options{Capture: scrapedAt(t, "", at...), Ingest: ingest.Options{Gaps: ingest.GapsFailed}}
			ts := newTimes(opts)
			require.Equal(t, row.gap, len(ts.gaps) == 1, row.reason)
			var missed []int64
			for _, e := range ts.events {
				missed = append(missed, e.ts-at0)
				require.Equal(t, e.ts, e.at)
			}
			require.Equal(t, row.missed, missed, row.reason)
			opts.Ingest.Gaps = ""
			require.Empty(t, newTimes(opts).events, "nothing happens by itself")
		})
	}
}

// A target that is removed is marked stale for the time of the next scrape, but
// a server does so after two intervals and a tenth.
func TestEndIsLate(t *testing.T) {
	c := scrapedAt(t, "targets:\n  app/i: {ends: removed}\n", 0, 10_000, 20_000, 30_000)
	ts := newTimes(Options{Capture: c})
	require.Equal(t, []event{{at: at0 + 51_000, ts: at0 + 40_000, target: c.Targets[0], end: true}}, ts.events)
	require.Empty(t, ts.until(at0+50_999))
	require.Len(t, ts.until(at0+51_000), 1)
	require.Empty(t, ts.until(at0+60_000), "once")
}

// A target ends early when one and a half intervals are left, and not before.
func TestEndedBounds(t *testing.T) {
	for _, row := range []struct {
		name, reason string
		end          int64 // ms after at0: the capture's
		want         int
	}{
		{"less than one and a half intervals", "its next scrape may be late", 44_999, 0},
		{"one and a half intervals", "as of a gap", 45_000, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := scrapedAt(t, "", 0, 10_000, 20_000, 30_000)
			c.End = at0 + row.end
			require.Len(t, ended(c), row.want, row.reason)
		})
	}
}

// Jitter is the median of how far scrapes are off, in either direction.
func TestJitter(t *testing.T) {
	c := scrapedAt(t, "", 0, 10_000, 20_007, 29_997, 40_000, 50_000, 90_000)
	require.Equal(t, 3*time.Millisecond, newTimes(Options{Capture: c}).jitter[c.Targets[0]], "of 0, 0, 3, 7, 10; not the gap")
}
