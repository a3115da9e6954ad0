package replay_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
)

const expfmtError = "error"

// A dump is seen by rules as it was stored, no sample before its time; query
// sees all of it.
func TestDumpSeenByRules(t *testing.T) {
	var b strings.Builder
	for _, series := range []string{`m{instance="i",job="j"}`, `up{instance="i",job="j"}`} {
		for i := range 6 {
			fmt.Fprintf(&b, "%s %d %.3f\n", series, i, float64(start.Add(time.Duration(i)*10*time.Second).UnixMilli())/1000)
		}
	}
	b.WriteString("# EOF\n")
	fsys := fstest.MapFS{"metrics.openmetrics": {Data: []byte(b.String())}}
	res := run(t, replay.Options{
		Capture: open(t, fsys),
		Groups:  parse(t, fmt.Sprintf(oneRule, "m >= 3 or m offset -20s > 0", "0s")),
		Keep:    true,
	})
	require.Equal(t, map[string]string{"m": "0:0 10:1 20:2 30:3 40:4 50:5", "up": "0:0 10:1 20:2 30:3 40:4 50:5"}, dump(t, res.Store, "m|up|scrape_.*"))
	require.Equal(t, "firing[15,55…)", states(res.Rules[0].Alerts[0]), "%v", res.Rules[0])
	require.Equal(t, int64(12), res.Capture.BulkSamples)
	for _, p := range res.Problems {
		require.NotEqual(t, expfmtError, string(p.Severity), p)
	}
	loaded, err := replay.Load(context.Background(), replay.Options{Capture: open(t, fsys)})
	require.NoError(t, err)
	v, err := loaded.Instant(context.Background(), "sum(m offset -50s)", start)
	require.NoError(t, err)
	require.Equal(t, 5.0, v.Series[0].Floats[0].Value)
}

// A series that is scraped and in a dump has the samples of both in the order
// of their times, however the capture is read; of one time the scraped one.
func TestDumpOfScrapedSeries(t *testing.T) {
	var b strings.Builder
	for i := range 6 {
		fmt.Fprintf(&b, "m{instance=\"i\",job=\"j\"} %d %.3f\n", 100+i, float64(start.Add(time.Duration(i)*5*time.Second).UnixMilli())/1000)
	}
	fsys := fstest.MapFS{"metrics.openmetrics": {Data: []byte(b.String() + "# EOF\n")}}
	for i := range 3 {
		at := start.Add(time.Duration(i) * 10 * time.Second).UnixMilli()
		fsys[fmt.Sprintf("j/i/%d.prom", at)] = &fstest.MapFile{Data: fmt.Appendf(nil, "m %d\n", i)}
	}
	want := map[string]string{"m": "0:0 5:101 10:1 15:103 20:2 25:105"}
	loaded, err := replay.Load(context.Background(), replay.Options{Capture: open(t, fsys)})
	require.NoError(t, err)
	require.Equal(t, want, dump(t, loaded.Store, "m"))
	res := run(t, replay.Options{Capture: open(t, fsys), Groups: parse(t, fmt.Sprintf(oneRule, "m > 200", "0s")), Keep: true})
	require.Equal(t, want, dump(t, res.Store, "m"))
}
