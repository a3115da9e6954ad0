package serve

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"testing/fstest"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// TestClocks: the capture ends at 1000000095, by rules; the wall says
// 1800000003.
func TestClocks(t *testing.T) {
	const still, run = 800_000_000 - 100, 799_999_908 // the shifts; still is of whole 10 s
	for _, row := range []struct {
		name, reason string
		clock        Clock
		target, want string
	}{
		{"still: now", "the capture's end, or up to an interval after it", ClockStill, "query?query=load", fmt.Sprintf(`"value":[%d,"9"]`, 1_800_000_003)},
		{"still: time() is not moved", "it is an evaluation", ClockStill, "query?query=time()", `[1800000003,"1000000103"]`},
		{"still: a time of the past", "as the clients call it", ClockStill, fmt.Sprintf("query?query=load&time=%d", 1_000_000_031+still), fmt.Sprintf(`[%d,"3"]`, 1_000_000_031+still)},
		{"still: @", "is a time of clients", ClockStill, fmt.Sprintf("query?query=load@%d", 1_000_000_031+still), `[1800000003,"3"]`},
		{"still: @ of a subquery", "is one, too", ClockStill, fmt.Sprintf("query?query=max_over_time(load[20s:1s]@%d)", 1_000_000_031+still), `[1800000003,"3"]`},
		{"still: @ end()", "is the query's", ClockStill, "query?query=load@end()", `[1800000003,"9"]`},
		{"still: a range", "start, end and points", ClockStill, fmt.Sprintf("query_range?query=load&start=%d&end=%d&step=10", 1_000_000_000+still, 1_000_000_010+still), fmt.Sprintf(`"values":[[%d,"0"],[%d,"1"]]`, 1_000_000_000+still, 1_000_000_010+still)},
		{"still: alerts", "active-at", ClockStill, "alerts", `"activeAt":"` + time.Unix(1_000_000_055+still, 0).UTC().Format(time.RFC3339) + `"`},
		{"still: targets", "the last scrape", ClockStill, "targets", `"lastScrape":"` + time.Unix(last+still, 0).UTC().Format(time.RFC3339) + `"`},
		{"still: tsdb", "the span", ClockStill, "status/tsdb", fmt.Sprintf(`"minTime":%d000`, first+still)},
		{"still: labels of all times", "the bounds are no times", ClockStill, "labels?start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54.999999999Z", `"team"`},
		{"run: now", "the end is when it was read", ClockRun, "query?query=time()", `[1800000003,"1000000095"]`},
		{"run: a time of the past", "as the clients call it", ClockRun, fmt.Sprintf("query?query=load&time=%d", 1_000_000_031+run), fmt.Sprintf(`[%d,"3"]`, 1_000_000_031+run)},
		{"the capture's", "nothing is moved", ClockCapture, "query?query=time()", `[1000000095,"1000000095"]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := handler(t, func(o *Options) { o.Clock = row.clock })
			got := get(h, api+strings.ReplaceAll(row.target, "@", "%20@%20"))
			require.Contains(t, got.body, row.want, row.reason)
		})
	}
}

// TestClocksGoOn asks again an hour later.
func TestClocksGoOn(t *testing.T) {
	later := wall
	for _, row := range []struct {
		name, reason string
		clock        Clock
		want         string
	}{
		{"still", "now is still the end", ClockStill, `"9"`},
		{"run", "the capture is an hour old", ClockRun, `"result":[]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			later = wall
			h, err := newHandler(context.Background(), Options{Clock: row.clock, Replay: replay.Options{Capture: book10(t)}}, func() time.Time { return later })
			require.NoError(t, err)
			require.Contains(t, get(h, api+"query?query=load").body, `"9"`)
			later = wall.Add(time.Hour)
			require.Contains(t, get(h, api+"query?query=load").body, row.want, row.reason)
		})
	}
}

// TestReadAgain serves another capture, and goes on when it cannot.
func TestReadAgain(t *testing.T) {
	h := handler(t, nil)
	fsys := fstest.MapFS{"x/y/1000000000.prom": {Data: []byte("other 1\n")}}
	c, err := capture.Open(fsys, "other", capture.Options{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.Error(t, h.Read(ctx, Volume{Capture: c}))
	require.Contains(t, get(h, api+"query?query=load").body, `"9"`)
	require.NoError(t, h.Read(context.Background(), Volume{Capture: c}))
	require.Contains(t, get(h, api+"query?query=other").body, `"1"`)
	require.Contains(t, get(h, api+"query?query=load").body, `"result":[]`)
}

func TestOptionsThatAreWrong(t *testing.T) {
	_, err := New(context.Background(), Options{})
	require.ErrorIs(t, err, errNoCapture)
	_, err = New(context.Background(), Options{Clock: "x", Replay: replay.Options{Capture: book10(t)}})
	require.ErrorContains(t, err, `no clock "x"`)
	_, err = New(context.Background(), Options{Replay: replay.Options{Capture: book10(t), Prometheus2: true}})
	require.ErrorContains(t, err, "only Prometheus 3")
}
