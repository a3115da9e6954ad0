package verdict_test

import (
	"io/fs"
	"path"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures/scenario"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// A deployment is scaled to nothing: its targets are taken out of service one
// after the other, and `sum(up) < 1`, which was to tell of that, has nothing to
// sum up.
func TestAllTargetsGone(t *testing.T) {
	metrics := []scenario.Metric{{Name: "served_total", Type: "counter", Series: []scenario.Series{{Rate: 2}}}}
	made, err := (&scenario.Scenario{
		Name: "scaled-to-nothing", Start: begin, Interval: 15 * time.Second, Duration: 10 * time.Minute,
		Targets: []scenario.Target{
			{Job: "shop", Instances: []string{"a", "b", "c"}, Metrics: metrics},
			{Job: "other", Instances: []string{"x"}, Metrics: metrics},
		},
		Events: []scenario.Event{
			{At: 2 * time.Minute, Kind: scenario.Miss, Target: "shop/a"},
			{At: 3 * time.Minute, Kind: scenario.Miss, Target: "shop/b"},
			{At: 4 * time.Minute, Kind: scenario.Miss, Target: "shop/c"},
		},
	}).Make()
	require.NoError(t, err)
	files := fstest.MapFS{"capture.yaml": {Data: []byte("targets: {shop/a: {ends: removed}, shop/b: {ends: removed}, shop/c: {ends: removed}}\n")}}
	require.NoError(t, fs.WalkDir(made.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) != ".yaml" {
			var data []byte
			data, err = fs.ReadFile(made.FS, name)
			files[name] = &fstest.MapFile{Data: data}
		}
		return err
	}))
	c, err := capture.Open(files, "scaled-to-nothing", capture.Options{})
	require.NoError(t, err)
	res := tried(t, c, groupsOf(t, `alert: ShopGone, expr: 'sum(up{job="shop"}) < 1', for: 1m`))

	require.Equal(t, replay.VerdictInactive, res.Rules[0].Verdict)
	f := res.Why[0][0]
	require.Equal(t, verdict.SilencedByAbsence, f.ID, f.Text)
	require.Contains(t, f.Text, `for want of up{job="shop"}: of its 3 series the last, up{instance="c", job="shop"}, ended at 09:04:00; no series is no 0, which would have passed the comparison.`)
	require.Equal(t, "with or vector(0)", f.Try[0].Change)
	require.Contains(t, f.Try[0].Outcome, "fires at 09:05:")
}
