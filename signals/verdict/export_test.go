package verdict

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// Outcome is what is told of a changed rule of a result, by another replay.
func Outcome(res *Result, rule int, r replay.Rule) (string, time.Time) {
	t := &trace{run: &run{res: res.Result, clock: newClock(res.Start, res.End)}}
	t.rule = &rules.Rule{Labels: res.Rules[rule].Labels}
	return t.outcome(&r)
}

// Labels are those of the rule as it was tried.
func Labels(t Try) labels.Labels { return t.rule.Labels }

// Holds tells whether what was scraped is still held.
func Holds(w *Watcher) bool { return w.store != nil }
