package replay_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// Of what a selector cannot look back on nothing is kept, though another of its
// rule looks further; of Newest the newest sample is.
func TestEachSelectorKeepsItsOwn(t *testing.T) {
	fsys := fstest.MapFS{}
	for i := range 60 {
		text := fmt.Sprintf("short %d\nlong %d\nseen %d\nother 1\n", i, i, i)
		if i < 3 {
			text += "early 1\n"
		}
		fsys[fmt.Sprintf("job/host/%d.prom", start.Add(time.Duration(i)*10*time.Second).UnixMilli())] = &fstest.MapFile{Data: []byte(text)}
	}
	c, err := capture.Open(fsys, "test", capture.Options{})
	require.NoError(t, err)
	groups, errs := rules.Parse("x.yml", []byte("groups: [{name: g, rules: [{alert: A, expr: 'rate(short[30s]) and on () present_over_time(long[5m]) > 1'}]}]"), rules.ParseOptions{})
	require.Empty(t, errs)
	res, err := replay.Run(context.Background(), replay.Options{
		Capture: c, Groups: groups, Segment: 1, Keep: true, Queries: []string{}, Newest: []string{`seen or early or none`},
	})
	require.NoError(t, err)
	held, had := map[string]int64{}, map[string]bool{}
	for _, name := range []string{"short", "long", "seen", "early", "other", "none"} {
		is := labels.MustNewMatcher(labels.MatchEqual, "__name__", name)
		held[name] = samples(t, res.Store, name)
		require.True(t, res.Store.Had(func(labels.Labels) { had[name] = true }, is))
	}
	require.Equal(t, map[string]bool{"short": true, "long": true, "seen": true, "early": true}, had)
	require.LessOrEqual(t, held["short"], int64(8), "of 30 s, and as many that are let go together")
	require.GreaterOrEqual(t, held["long"], int64(30), "of 5 minutes")
	require.LessOrEqual(t, held["seen"], int64(3))
	require.Zero(t, held["other"])
}

// samples is how many samples of a metric a store holds.
func samples(t *testing.T, s *replay.Store, name string) int64 {
	t.Helper()
	v, err := query.NewEngine(query.Options{}).Instant(context.Background(), s, "sum(count_over_time("+name+"[1d]))", start.Add(time.Hour))
	require.NoError(t, err)
	if len(v.Series) == 0 {
		return 0
	}
	return int64(v.Series[0].Floats[0].Value)
}
