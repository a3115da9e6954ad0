package serve

import (
	"slices"
	"sort"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A course is what became of rules and targets, from instant to instant. It is
// the observer of a replay.
type course struct {
	capture *capture.Capture
	groups  []*groupCourse
	byRule  []*ruleCourse                  // as in replay.Result.Rules
	last    map[*capture.Target]lastScrape // of each target
	failed  map[int]bool                   // scrapes by their number
	end     time.Time                      // of the last scrape or evaluation
	begin   func()                         // is called when groups and end are there
}

// A groupCourse has the instants of a group.
type groupCourse struct {
	group    *rules.Group
	interval time.Duration
	instants []time.Time
	rules    []*ruleCourse
}

// A ruleCourse has the changes of a rule, and all evaluations at which it had
// alerts: their values change.
type ruleCourse struct {
	rule    *rules.Rule
	group   *groupCourse
	changes []change
}

type change struct {
	at     time.Time
	err    string
	alerts []rules.Alert
}

// lastScrape is the number of a target's last scrape in its capture, and of its
// last one that did not fail.
type lastScrape struct {
	any, good int // good is -1 when there is none
	failed    bool
}

func newCourse(c *capture.Capture) *course {
	return &course{capture: c, last: map[*capture.Target]lastScrape{}, failed: map[int]bool{}}
}

// Begin implements replay.Observer.
func (c *course) Begin(opts replay.Options, _ storage.Queryable) {
	c.end = replay.LastInstant(opts)
	for _, g := range opts.Groups {
		gc := &groupCourse{group: g}
		for _, r := range g.Rules {
			rc := &ruleCourse{rule: r, group: gc}
			gc.rules = append(gc.rules, rc)
			c.byRule = append(c.byRule, rc)
		}
		c.groups = append(c.groups, gc)
	}
	c.begin()
}

// written are the names of what the rules write.
func (c *course) written() []string {
	var names []string
	for _, r := range c.byRule {
		if r.rule.Record != "" {
			names = append(names, r.rule.Record)
		} else {
			names = append(names, "ALERTS", "ALERTS_FOR_STATE")
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Scraped implements replay.Observer.
func (c *course) Scraped(n int, failed bool) {
	t, _, _ := c.capture.Entry(n)
	if t == nil {
		return
	}
	last, ok := c.last[t]
	if !ok {
		last.good = -1
	}
	last.any, last.failed = n, failed
	if failed {
		c.failed[n] = true
	} else {
		last.good = n
	}
	c.last[t] = last
}

// Saw implements replay.Observer.
func (c *course) Saw(int, rules.Look) {}

// Came implements replay.Observer.
func (c *course) Came(rule int, at time.Time, out *rules.Outcome) {
	rc := c.byRule[rule]
	g := rc.group
	if n := len(g.instants); n == 0 || !g.instants[n-1].Equal(at) {
		g.instants = append(g.instants, at)
	}
	now := change{at: at, alerts: slices.Clone(out.Alerts)}
	for i := range now.alerts {
		now.alerts[i].Annotate()
	}
	if out.Err != nil {
		now.err = out.Err.Error()
	}
	if n := len(rc.changes); n > 0 && len(now.alerts) == 0 {
		if before := rc.changes[n-1]; len(before.alerts) == 0 && before.err == now.err {
			return
		}
	}
	rc.changes = append(rc.changes, now)
}

// Samples implements replay.Observer.
func (c *course) Samples(storage.Queryable) {}

// Done implements replay.Observer.
func (c *course) Done(*ingest.Names) {}

// only leaves out the groups that are not in a result.
func (c *course) only(groups []replay.Group) {
	kept := c.groups[:0]
	for _, g := range c.groups {
		i := slices.IndexFunc(groups, func(r replay.Group) bool { return r.Name == g.group.Name && r.File == g.group.File })
		if i >= 0 {
			g.interval = groups[i].Interval
			kept = append(kept, g)
		}
	}
	c.groups = kept
}

// evaluated is the last instant at a time or before; zero when there is none.
func (g *groupCourse) evaluated(at time.Time) time.Time {
	i := sort.Search(len(g.instants), func(i int) bool { return g.instants[i].After(at) })
	if i == 0 {
		return time.Time{}
	}
	return g.instants[i-1]
}

// at is what the rule had come to at a time; ok is false when it had not been
// evaluated.
func (r *ruleCourse) at(at time.Time) (now change, ok bool) {
	i := sort.Search(len(r.changes), func(i int) bool { return r.changes[i].at.After(at) })
	if i == 0 {
		return change{}, false
	}
	return r.changes[i-1], true
}
