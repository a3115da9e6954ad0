package verdict_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// What a server evaluates with features alone.
func TestWithFeatures(t *testing.T) {
	features := []string{query.FeatureExperimentalFunctions, query.FeatureBinopFillModifiers}
	for _, tt := range []struct {
		name, reason string
		scene, expr  string
		want         string
		says         []string
		not          string
	}{
		{name: "filled", reason: "a side that is filled in is not missed", scene: "j/i m 1*8", expr: "m - fill (0) nothing > 5", want: "quiet", says: []string{"was 1 at most"}, not: "no-series"},
		{name: "filled on the other side", reason: "the left is missed all the same", scene: "j/i m 1*8", expr: "m - fill_left (0) nothing > 5", want: "no-series", says: []string{"no metric nothing"}},
		{name: "both missing", reason: "there is nothing to fill for", scene: "j/i m 1*8", expr: "none - fill (0) nothing > 5", want: "no-series", says: []string{"no metric none"}},
		{name: "info of nothing", reason: "it must find a label", scene: "j/i m 1*8", expr: `info(m, {version=~".+"}) > 5`, want: "no-series", says: []string{`no metric target_info, in which info() looks for {version=~".+"}`}},
		{name: "info that may find nothing", reason: "it gives its series all the same", scene: "j/i m 1*8", expr: "info(m) > 5", want: "quiet", says: []string{"was 1 at most"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, err := rules.ParseExpr("A", tt.expr, rules.ParseOptions{Features: features})
			require.NoError(t, err)
			res, err := verdict.Run(context.Background(), replay.Options{Capture: scene(t, tt.scene), Groups: []*rules.Group{g}, Features: features})
			require.NoError(t, err)
			why := res.Why[0]
			require.NotEmpty(t, why, tt.reason)
			require.Equal(t, tt.want, why[0].ID, "%s: %s", tt.reason, why[0].Text)
			for _, s := range tt.says {
				require.Contains(t, why[0].Text, s, tt.reason)
			}
			for _, f := range why {
				require.NotEqual(t, tt.not, f.ID, f.Text)
			}
		})
	}
}

// A native histogram passes no comparison with a number.
func TestNativeCompared(t *testing.T) {
	fsys, err := fixtures.FS("client_golang-protobuf")
	require.NoError(t, err)
	c, err := capture.Open(fsys, "c", capture.Options{})
	require.NoError(t, err)
	g, err := rules.ParseExpr("A", "shop_stock_change_items > 0", rules.ParseOptions{})
	require.NoError(t, err)
	res, err := verdict.Run(context.Background(), replay.Options{Capture: c, Groups: []*rules.Group{g}})
	require.NoError(t, err)
	require.Equal(t, verdict.Undefined, res.Why[0][0].ID)
	require.Contains(t, res.Why[0][0].Text, "compared a native histogram with a number at the only evaluation, which nothing passes: shop_stock_change_items{")
}

// The buckets of a histogram that is there as a native one are no series.
func TestPartsOfNative(t *testing.T) {
	body, err := fixtures.Read("client_golang-protobuf")
	require.NoError(t, err)
	f, err := fixtures.Find("client_golang-protobuf")
	require.NoError(t, err)
	c, err := capture.Open(fstest.MapFS{
		"job/i/1795245000000.prom":    {Data: body},
		"job/i/1795245000000.headers": {Data: []byte("HTTP/1.1 200 OK\r\nContent-Type: " + f.ContentType + "\r\n\r\n")},
		"capture.yaml":                {Data: []byte("scrape_native_histograms: true\n")},
	}, "c", capture.Options{})
	require.NoError(t, err)
	g, err := rules.ParseExpr("A", "sum by (le) (shop_request_duration_seconds_bucket) > 0", rules.ParseOptions{})
	require.NoError(t, err)
	res, err := verdict.Run(context.Background(), replay.Options{Capture: c, Groups: []*rules.Group{g}})
	require.NoError(t, err)
	require.Equal(t, verdict.NoSeries, res.Why[0][0].ID)
	require.Contains(t, res.Why[0][0].Text, "; shop_request_duration_seconds is there as a native histogram, which has no series of its parts.")
}
