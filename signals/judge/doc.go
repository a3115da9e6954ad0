// Package judge says how good alerting rules are, by two yardsticks: what is
// known to have happened while a capture was taken (Incidents), and what older
// rules did over the same capture (Compare). It works on results of replays.
package judge

import (
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// An activity is a time in which an alert was pending or firing without a
// break.
type activity struct {
	start, end time.Time
	firing     []replay.Interval
}

// activities are those of an alert, in order.
func activities(a replay.Alert) (list []activity) {
	for _, iv := range a.Intervals {
		if n := len(list); n == 0 || !list[n-1].end.Equal(iv.Start) {
			list = append(list, activity{start: iv.Start})
		}
		last := &list[len(list)-1]
		last.end = iv.End
		if iv.State == replay.Firing {
			last.firing = append(last.firing, iv)
		}
	}
	return list
}

// firing are the intervals in which an alert fired.
func firing(a replay.Alert) []replay.Interval {
	return slices.DeleteFunc(slices.Clone(a.Intervals), func(iv replay.Interval) bool { return iv.State != replay.Firing })
}
