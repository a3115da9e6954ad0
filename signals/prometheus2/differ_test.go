package prometheus2

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
)

func TestFirstDifference(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	alert := func(name string, times ...int) replay.Alert {
		a := replay.Alert{Labels: labels.FromStrings("a", name)}
		for i := 0; i < len(times); i += 2 {
			a.Intervals = append(a.Intervals, replay.Interval{State: replay.Firing, Start: at(times[i]), End: at(times[i+1])})
		}
		return a
	}
	rule := func(alerts ...replay.Alert) *replay.Rule { return &replay.Rule{Alerts: alerts, Alert: "A"} }
	pending := alert("x", 5, 9)
	pending.Intervals[0].State = replay.Pending
	open := alert("x", 5, 9)
	open.Intervals[0].Open = true
	tests := []struct {
		name    string
		a, b    *replay.Rule
		at      int // 0: no time
		differs bool
	}{
		{name: "the same", a: rule(alert("x", 5, 9)), b: rule(alert("x", 5, 9))},
		{name: "in another order", a: rule(alert("x", 5, 9), alert("y", 1, 2)), b: rule(alert("y", 1, 2), alert("x", 5, 9))},
		{name: "another end", a: rule(alert("x", 5, 9)), b: rule(alert("x", 5, 8)), at: 8, differs: true},
		{name: "an end that is none", a: rule(open), b: rule(alert("x", 5, 9)), at: 9, differs: true},
		{name: "another beginning", a: rule(alert("x", 5, 9)), b: rule(alert("x", 6, 9)), at: 5, differs: true},
		{name: "another state", a: rule(alert("x", 5, 9)), b: rule(pending), at: 5, differs: true},
		{name: "once more", a: rule(alert("x", 5, 9)), b: rule(alert("x", 5, 9, 12, 13)), at: 12, differs: true},
		{name: "once less", a: rule(alert("x", 5, 9, 12, 13)), b: rule(alert("x", 5, 9)), at: 12, differs: true},
		{name: "the first of several alerts", a: rule(alert("x", 5, 9), alert("y", 3, 4), alert("z", 7, 9)), b: rule(), at: 3, differs: true},
		{name: "another verdict", a: rule(), b: &replay.Rule{Verdict: replay.VerdictNoData}, differs: true},
		{name: "failures", a: rule(), b: &replay.Rule{Failed: 1}, differs: true},
		{name: "what an alert's query gave", a: rule(), b: &replay.Rule{Alert: "A", Recorded: 1}},
		{name: "what was recorded", a: &replay.Rule{Record: "r"}, b: &replay.Rule{Record: "r", Recorded: 1}, differs: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 20 { // maps have no order
				got, differs := firstDifference(tt.a, tt.b)
				require.Equal(t, tt.differs, differs)
				if tt.at == 0 {
					require.True(t, got.IsZero())
				} else {
					require.Equal(t, at(tt.at), got)
				}
			}
		})
	}
}
