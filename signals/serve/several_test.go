package serve

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// severalVolumes are two captures of one target each: monday's has a label
// capture of its own, in one series with exported_capture beside it.
func severalVolumes(t *testing.T) []Volume {
	t.Helper()
	make := func(name, text string, from int) Volume {
		fsys := fstest.MapFS{}
		for i := range 6 {
			fsys[fmt.Sprintf("x/y/%d.prom", from+15*i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "# HELP m Of %s.\nm %d\n%s", name, i, text)}
		}
		c, err := capture.Open(fsys, "same", capture.Options{})
		require.NoError(t, err)
		return Volume{name, c}
	}
	return []Volume{
		make("monday", "own{capture=\"c\"} 1\nboth{capture=\"c\",exported_capture=\"e\"} 1\n", 1_000_000_000),
		make("tuesday", "only 2\n", 1_000_000_000+600),
	}
}

// TestSeveral: series, alerts, rules and targets of several captures have the
// label, and are asked for by it.
func TestSeveral(t *testing.T) {
	groups, errs := rules.Parse("r.yml", []byte(`groups: [{name: g, rules: [{record: n, expr: "sum(m)"}, {alert: A, expr: "m > 2", labels: {a: b}}]}]`), rules.ParseOptions{})
	require.Empty(t, errs)
	h, err := New(context.Background(), Options{Volumes: severalVolumes(t), Replay: replay.Options{Groups: groups}})
	require.NoError(t, err)
	for _, row := range []struct{ name, reason, target, want, wantNot string }{
		{"a query", "each has its label", "query?query=m@1000000675%20or%20m@1000000075", `"capture":"tuesday"`, "zzz"},
		{"both at their times", "in one query", "query?query=count(last_over_time(m[20m]))", `"2"`, "zzz"},
		{"by the label", "one of them", `query?query=m{capture="monday"}&time=1000000075`, `"capture":"monday","instance":"y","job":"x"},"value":[1000000075,"5"]`, "tuesday"},
		{"by another value", "none", `query?query=m{capture="x"}`, `"result":[]`, "zzz"},
		{"by the label alone", "no name", `query?query=count({capture="tuesday"})`, `"9"`, "zzz"},
		{"what had the label", "has it under another name", `query?query=own{exported_capture="c",capture="monday"}&time=1000000075`, `"exported_capture":"c"`, "zzz"},
		{"what had both", "has them one further", `query?query=both{exported_exported_capture="c",exported_capture="e"}&time=1000000075`, `"value":[1000000075,"1"]`, "zzz"},
		{"what had the label, by its value", "is not there", `query?query=own{capture="c"}&time=1000000075`, `"result":[]`, "zzz"},
		{"recorded", "by each for itself", "query?query=n&time=1000000683", `"capture":"tuesday"`, "monday"},
		{"alerts as series", "too", "query?query=count(last_over_time(ALERTS[20m]))", `"2"`, "zzz"},
		{"now", "the end of the last one", "query?query=time()", `1000000682.5`, "zzz"},
		{"alerts", "as of the end of each", "alerts", `"capture":"monday"`, "zzz"},
		{"alerts of the other", "as of the end of each", "alerts", `"capture":"tuesday"`, "zzz"},
		{"rules", "each capture has its own", "rules", `"file":"monday/r.yml"`, "zzz"},
		{"the rules' labels", "say so", "rules?type=alert", `"labels":{"a":"b","capture":"tuesday"}`, "zzz"},
		{"rules of one", "by their file", "rules?file[]=tuesday/r.yml", "tuesday", "monday"},
		{"rules of one, by label", "match[]", `rules?match[]={capture="tuesday",a="b"}`, "tuesday", "monday"},
		{"a page of groups", "goes on with the other's", "rules?group_limit=1", `"groupNextToken"`, "tuesday"},
		{"targets", "have it", "targets", `"labels":{"capture":"monday","instance":"y","job":"x"}`, "zzz"},
		{"names of labels", "those that made room", "labels", `"exported_exported_capture"`, "zzz"},
		{"values", "of the label", "label/capture/values", `["monday","tuesday"]`, "zzz"},
		{"values of some", "that have the metric", "label/capture/values?match[]=only", `["tuesday"]`, "zzz"},
		{"series", "by label", `series?match[]={capture="tuesday",__name__="up"}`, `[{"__name__":"up","capture":"tuesday","instance":"y","job":"x"}]`, "zzz"},
		{"metadata", "of both", "metadata?metric=m", `"Of monday."`, "zzz"},
		{"targets' metadata", "by label", `targets/metadata?match_target={capture="tuesday"}&metric=m`, "Of tuesday.", "monday"},
		{"jobs", "once", "scrape_pools", `["x"]`, "zzz"},
		{"counts", "of both", "status/tsdb", `"numSeries":19`, "zzz"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := get(h, api+row.target)
			require.Equal(t, 200, got.code, got.body)
			require.Contains(t, got.body, row.want, row.reason)
			require.NotContains(t, got.body, row.wantNot, row.reason)
		})
	}
	got := get(h, `/federate?match[]={__name__=~"m|own"}`)
	require.Contains(t, got.body, `m{capture="tuesday",instance="y",job="x"} 5`)
	require.NotContains(t, got.body, "monday", "it ended ten minutes ago")
}

// TestSeveralSameAsAlone: one of them has no label, and two of a name are
// refused.
func TestVolumes(t *testing.T) {
	all := severalVolumes(t)
	h, err := New(context.Background(), Options{Volumes: all[:1]})
	require.NoError(t, err)
	require.Contains(t, get(h, api+"query?query=own").body, `"capture":"c"`)
	require.Contains(t, get(h, api+"label/capture/values").body, `["c"]`)
	all[1].Name = "monday"
	_, err = New(context.Background(), Options{Volumes: all})
	require.ErrorContains(t, err, `two captures are called "monday"`)
	require.ErrorContains(t, h.Read(context.Background(), all...), "monday")
	all[1].Name = ""
	_, err = New(context.Background(), Options{Volumes: all})
	require.ErrorContains(t, err, "is no name")
	_, err = New(context.Background(), Options{Volumes: []Volume{{}}})
	require.ErrorIs(t, err, errNoCapture)
}
