package judge_test

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/replay"
)

func TestCompare(t *testing.T) {
	tests := []struct {
		name     string
		was, now []replay.Alert
		kind     judge.Kind // "": it is the same
		by       int        // seconds
		same     int
	}{
		{name: "neither fires"},
		{name: "both pend", was: []replay.Alert{alert("a", 1, 5, 5)}, now: []replay.Alert{alert("a", 2, 9, 9)}},
		{name: "as before", was: []replay.Alert{alert("a", 1, 5, 9)}, now: []replay.Alert{alert("a", 2, 5, 9)}, same: 1},
		{name: "appears", now: []replay.Alert{alert("a", 1, 5, 9)}, kind: judge.Appears},
		{name: "goes", was: []replay.Alert{alert("a", 1, 5, 9)}, kind: judge.Goes},
		{name: "earlier", was: []replay.Alert{alert("a", 1, 5, 9)}, now: []replay.Alert{alert("a", 1, 3, 7)}, kind: judge.Earlier, by: -2},
		{name: "later", was: []replay.Alert{alert("a", 1, 5, 9)}, now: []replay.Alert{alert("a", 1, 6, 19)}, kind: judge.Later, by: 1},
		{name: "longer", was: []replay.Alert{alert("a", 1, 5, 9)}, now: []replay.Alert{alert("a", 1, 5, 9, 20, 21, 24)}, kind: judge.Longer, by: 3},
		{name: "shorter", was: []replay.Alert{alert("a", 1, 5, 9)}, now: []replay.Alert{alert("a", 1, 5, 8)}, kind: judge.Shorter, by: -1},
		{name: "moved", was: []replay.Alert{alert("a", 1, 5, 9, 20, 21, 24)}, now: []replay.Alert{alert("a", 1, 5, 9, 30, 31, 34)}, kind: judge.Moved},
		{name: "another instance is another alert", was: []replay.Alert{alert("a", 1, 5, 9), alert("b", 1, 5, 9)}, now: []replay.Alert{alert("a", 1, 5, 9)}, kind: judge.Goes, same: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := judge.Compare(result(tt.was...), result(tt.now...))
			require.Equal(t, tt.same, c.Same)
			if tt.kind == "" {
				require.False(t, c.Any())
				return
			}
			require.True(t, c.Any())
			require.Len(t, c.Alerts, 1)
			require.Equal(t, tt.kind, c.Alerts[0].Kind)
			require.Equal(t, time.Duration(tt.by)*time.Second, c.Alerts[0].By)
			require.False(t, c.Alerts[0].Labels.Has("alertname"))
			require.False(t, c.Alerts[0].On.Has("severity"), "which the rule sets")
		})
	}
}

// An alert whose rule sets another label now is the same alert.
func TestCompareRelabelled(t *testing.T) {
	now := result(alert("a", 1, 5, 9))
	now.Rules[1].Labels = labels.FromStrings("severity", "ticket")
	b := labels.NewBuilder(now.Rules[1].Alerts[0].Labels)
	now.Rules[1].Alerts[0].Labels = b.Set("severity", "ticket").Labels()
	c := judge.Compare(result(alert("a", 1, 5, 9)), now)
	require.Len(t, c.Alerts, 1)
	require.Equal(t, judge.Labels, c.Alerts[0].Kind)
	require.Equal(t, "page", c.Alerts[0].OldLabels.Get("severity"))
	require.Equal(t, "ticket", c.Alerts[0].Labels.Get("severity"))
	now.Rules[1].Alerts[0].Intervals[1].Start = at(3)
	require.Equal(t, judge.Earlier, judge.Compare(result(alert("a", 1, 5, 9)), now).Alerts[0].Kind)
}

// Rules of one name that fire with the same labels are one alert.
func TestCompareJoinsRules(t *testing.T) {
	two := result(alert("a", 1, 5, 9))
	two.Rules = append(two.Rules, replay.Rule{Alert: "A", Labels: two.Rules[1].Labels, Alerts: []replay.Alert{alert("a", 7, 8, 30)}})
	c := judge.Compare(result(alert("a", 1, 5, 30)), two)
	require.Empty(t, c.Alerts)
	require.Equal(t, 1, c.Same)
}

func TestCompareRules(t *testing.T) {
	was := &replay.Result{Rules: []replay.Rule{{Alert: "Same", Verdict: replay.VerdictInactive}, {Alert: "Gone", Verdict: replay.VerdictFiring}, {Alert: "Worse", Verdict: replay.VerdictInactive}, {Record: "r"}}}
	now := &replay.Result{Rules: []replay.Rule{{Alert: "Worse", Verdict: replay.VerdictNoData}, {Alert: "Same", Verdict: replay.VerdictInactive}, {Alert: "New", Verdict: replay.VerdictPending}}}
	require.Equal(t, []judge.RuleChange{
		{"Gone", replay.VerdictFiring, ""}, {"New", "", replay.VerdictPending}, {"Worse", replay.VerdictInactive, replay.VerdictNoData},
	}, judge.Compare(was, now).Rules)
}
