package sweep

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// An incident is one as a rule is held against it; see judge.Incidents.
type incident struct {
	from, to time.Time
	concerns func(labels.Labels) bool
	may      bool // the rule's alerts may tell of it
	must     bool // it is named among those that should
}

// incidentsOf are those of a rule, in the time of a result.
func incidentsOf(list []capture.Incident, alert string, res *replay.Result) []incident {
	var out []incident
	for _, in := range list {
		x := incident{from: in.From, to: in.To, concerns: judge.Concerns(in.Targets)}
		if x.to.IsZero() {
			x.to = res.End
		}
		outside := x.to.Before(res.Start) || x.from.After(res.End)
		named := slices.Contains(in.Alerts, alert)
		x.may, x.must = !outside && (named || len(in.Alerts) == 0), !outside && named
		out = append(out, x)
	}
	return out
}

// separates are the thresholds with which the rule tells of each incident that
// names it, or where none does of one at least, without a false alarm; ok is
// false when there is no incident that it may tell of.
func (m *machine) separates(alerts []*alert, incidents []incident) (out set, ok bool) {
	if !slices.ContainsFunc(incidents, func(x incident) bool { return x.may }) || len(m.instants) == 0 {
		return nil, false
	}
	told := make([]collector, len(incidents))
	var wrong collector
	for _, a := range alerts {
		mine := make([]incident, len(incidents))
		for i, x := range incidents {
			mine[i] = x
			if !x.concerns(a.labels) {
				mine[i].to = x.from.Add(-1) // no time is in it
			}
		}
		m.activities(a, mine, func(x activity, end time.Time) {
			known := false
			for i, in := range mine {
				if in.to.Before(in.from) || x.start.After(in.to) || end.Before(in.from) {
					continue
				}
				known = true
				if in.may && !x.fired.Before(in.from) {
					told[i].add(x.set)
				}
			}
			if !known {
				wrong.add(x.set)
			}
		})
	}
	each, any, must := all, set(nil), false
	for i, in := range incidents {
		t := told[i].set()
		if any = any.or(t); in.must {
			each, must = each.and(t), true
		}
	}
	if !must {
		each = any
	}
	return each.minus(wrong.set()), true
}

// An activity of an alert under way: the thresholds with which it is active
// since a time, firing since another, and kept since a third.
type activity struct {
	start, fired, since time.Time // the last two may be zero
	set
}

// activities hands out each activity of an alert that fired, with its end: the
// first evaluation out of it, or the last of all.
func (m *machine) activities(a *alert, incidents []incident, f func(x activity, end time.Time)) {
	var active []activity
	m.each(a, func(n int, in set) bool {
		at := m.instants[n]
		var next []activity
		begun := in
		for _, x := range active {
			there, gone := x.set.and(in), x.set.minus(in)
			begun = begun.minus(there)
			if len(there) > 0 {
				y := x
				y.set, y.since = there, time.Time{}
				if y.fired.IsZero() && at.Sub(y.start) >= m.rule.For {
					y.fired = at
				}
				next = append(next, y)
			}
			if len(gone) == 0 || x.fired.IsZero() {
				continue
			}
			x.set = gone
			if x.since.IsZero() {
				x.since = at
			}
			if keep := m.rule.KeepFiringFor; keep > 0 && at.Sub(x.since) < keep {
				next = append(next, x)
			} else {
				f(x, at)
			}
		}
		if len(begun) > 0 {
			x := activity{start: at, set: begun}
			if m.rule.For <= 0 {
				x.fired = at
			}
			next = append(next, x)
		}
		active = merged(next, incidents)
		return true
	})
	for _, x := range active {
		if !x.fired.IsZero() {
			f(x, m.instants[len(m.instants)-1])
		}
	}
}

// merged makes one of activities that are alike from here on: what is said of
// them is the same whatever their end is.
func merged(list []activity, incidents []incident) []activity {
	by := map[string]int{}
	out := list[:0]
	for _, x := range list {
		if x.fired.IsZero() {
			out = append(out, x)
			continue
		}
		key := []byte(x.since.Format(time.RFC3339Nano))
		for _, in := range incidents {
			c := byte('0')
			if !x.start.After(in.to) {
				c++
			}
			if !x.fired.Before(in.from) {
				c += 2
			}
			key = append(key, c)
		}
		if i, ok := by[string(key)]; ok {
			out[i].set = out[i].or(x.set)
			continue
		}
		by[string(key)] = len(out)
		out = append(out, x)
	}
	return out
}
