package judge

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// Changes are what rules do otherwise than older ones.
type Changes struct {
	Alerts []AlertChange // by name, then labels
	Same   int           // alerts that fired at the same times under both
	Rules  []RuleChange  // by name
}

// A Kind says how an alert changed.
type Kind string

// The kinds, in the order in which they are decided.
const (
	Appears Kind = "appears" // it fired only under the new rules
	Goes    Kind = "goes"    // it fired only under the old ones
	Earlier Kind = "earlier" // it fires for the first time earlier than it did
	Later   Kind = "later"
	Longer  Kind = "longer" // from the same instant on, for longer in all
	Shorter Kind = "shorter"
	Moved   Kind = "moved"  // for the same time in all, at other instants
	Labels  Kind = "labels" // at the same times, with other labels of the rule's
)

// An AlertChange is an alert that fires at other times than it did.
type AlertChange struct {
	Kind   Kind
	Alert  string
	Labels labels.Labels // as the new rules set them, or the old ones where it goes; without the alert's name
	// OldLabels are those that it had, where rules set others now; else the
	// same.
	OldLabels labels.Labels
	On        labels.Labels // those of Labels that the rule does not set
	// By is how much later it comes; earlier is negative. Of Longer and Shorter
	// how much longer it fires in all.
	By       time.Duration
	Was, Now []replay.Interval // in which it fired
}

// A RuleChange is an alerting rule that is new, that is gone, or whose verdict
// is another. Rules of one name are told apart by their order.
type RuleChange struct {
	Alert    string
	Was, Now replay.Verdict // "" where there is no such rule
}

// Compare sets what alerts did under new rules beside what they did under old
// ones, over the same capture. An alert is the same when its name and labels
// are, or those of its labels that neither rule sets.
func Compare(was, now *replay.Result) *Changes {
	c := &Changes{Rules: ruleChanges(was, now)}
	old, later := collect(was), collect(now)
	pairs := pair(old, later, func(a *fired) string { return a.alert + a.labels.String() })
	pairs = append(pairs, pair(old, later, func(a *fired) string { return a.alert + a.own.String() })...)
	for _, a := range old {
		if !a.paired {
			pairs = append(pairs, [2]*fired{a, nil})
		}
	}
	for _, a := range later {
		if !a.paired {
			pairs = append(pairs, [2]*fired{nil, a})
		}
	}
	for _, p := range pairs {
		if change, differs := changeOf(p[0], p[1]); differs {
			c.Alerts = append(c.Alerts, change)
		} else {
			c.Same++
		}
	}
	slices.SortStableFunc(c.Alerts, func(a, b AlertChange) int {
		return cmp.Or(cmp.Compare(a.Alert, b.Alert), labels.Compare(a.Labels, b.Labels))
	})
	return c
}

// Any tells whether there is a change.
func (c *Changes) Any() bool { return len(c.Alerts)+len(c.Rules) > 0 }

// fired is an alert that fired.
type fired struct {
	alert       string
	labels, own labels.Labels // own: without those that the rule sets
	times       []replay.Interval
	paired      bool
}

// collect are the alerts of a result that fired. Rules of one name that give
// the same labels are one alert, as they are to an Alertmanager.
func collect(res *replay.Result) (list []*fired) {
	at := map[string]*fired{}
	for _, r := range res.Rules {
		for _, a := range r.Alerts {
			times := firing(a)
			if len(times) == 0 {
				continue
			}
			b := labels.NewBuilder(a.Labels).Del(labels.AlertName)
			f := &fired{alert: r.Alert, labels: b.Labels(), times: times}
			r.Labels.Range(func(l labels.Label) { b.Del(l.Name) })
			f.own = b.Labels()
			key := f.alert + f.labels.String()
			if first := at[key]; first != nil {
				first.times = union(append(first.times, times...))
				continue
			}
			at[key] = f
			list = append(list, f)
		}
	}
	return list
}

// union joins intervals that meet.
func union(list []replay.Interval) (out []replay.Interval) {
	slices.SortFunc(list, func(a, b replay.Interval) int { return a.Start.Compare(b.Start) })
	for _, iv := range list {
		if n := len(out); n > 0 && !iv.Start.After(out[n-1].End) {
			if iv.End.After(out[n-1].End) {
				out[n-1].End = iv.End
			}
			out[n-1].Open = out[n-1].Open || iv.Open
			continue
		}
		out = append(out, iv)
	}
	return out
}

// pair joins alerts of both sides that have the same key, in their order.
func pair(old, later []*fired, key func(*fired) string) (pairs [][2]*fired) {
	by := map[string][]*fired{}
	for _, a := range later {
		if !a.paired {
			by[key(a)] = append(by[key(a)], a)
		}
	}
	for _, a := range old {
		if list := by[key(a)]; !a.paired && len(list) > 0 {
			a.paired, list[0].paired = true, true
			by[key(a)] = list[1:]
			pairs = append(pairs, [2]*fired{a, list[0]})
		}
	}
	return pairs
}

// changeOf says how an alert changed; one of both may be nil.
func changeOf(was, now *fired) (c AlertChange, differs bool) {
	switch {
	case was == nil:
		return AlertChange{Kind: Appears, Alert: now.alert, Labels: now.labels, OldLabels: now.labels, On: now.own, Now: now.times}, true
	case now == nil:
		return AlertChange{Kind: Goes, Alert: was.alert, Labels: was.labels, OldLabels: was.labels, On: was.own, Was: was.times}, true
	}
	c = AlertChange{Alert: now.alert, Labels: now.labels, OldLabels: was.labels, On: now.own, Was: was.times, Now: now.times}
	by, longer := now.times[0].Start.Sub(was.times[0].Start), total(now.times)-total(was.times)
	switch {
	case by < 0:
		c.Kind, c.By = Earlier, by
	case by > 0:
		c.Kind, c.By = Later, by
	case longer > 0:
		c.Kind, c.By = Longer, longer
	case longer < 0:
		c.Kind, c.By = Shorter, longer
	case !sameTimes(was.times, now.times):
		c.Kind = Moved
	case !labels.Equal(was.labels, now.labels):
		c.Kind = Labels
	default:
		return c, false
	}
	return c, true
}

func total(list []replay.Interval) (d time.Duration) {
	for _, iv := range list {
		d += iv.End.Sub(iv.Start)
	}
	return d
}

func sameTimes(a, b []replay.Interval) bool {
	return slices.EqualFunc(a, b, func(x, y replay.Interval) bool { return x.Start.Equal(y.Start) && x.End.Equal(y.End) })
}

// ruleChanges are the rules that came, went, or have another verdict.
func ruleChanges(was, now *replay.Result) (list []RuleChange) {
	verdicts := func(res *replay.Result) (names []string, by map[string][]replay.Verdict) {
		by = map[string][]replay.Verdict{}
		for _, r := range res.Rules {
			if r.Alert != "" {
				by[r.Alert] = append(by[r.Alert], r.Verdict)
				names = append(names, r.Alert)
			}
		}
		return names, by
	}
	names, before := verdicts(was)
	more, after := verdicts(now)
	names = append(names, more...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		for i := range max(len(before[name]), len(after[name])) {
			c := RuleChange{Alert: name}
			if i < len(before[name]) {
				c.Was = before[name][i]
			}
			if i < len(after[name]) {
				c.Now = after[name][i]
			}
			if c.Was != c.Now {
				list = append(list, c)
			}
		}
	}
	return list
}
