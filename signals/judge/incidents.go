package judge

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// A Judgement sets what rules did beside what is known to have happened.
type Judgement struct {
	Incidents []Incident // by the times at which they began
	Rules     []Rule     // the alerting rules, in the result's order
}

// An Incident is one with what told of it.
type Incident struct {
	capture.Incident
	End time.Time // To, or the last instant where there is none
	// Outside: no rule was evaluated while it lasted.
	Outside bool
	// Caught is what told of it, in the order of time: for each rule the alert
	// that fired first.
	Caught []Catch
	// Ringing is what was firing already when it began and went on, and so told
	// nothing of it; for each rule the alert that fired first.
	Ringing []Catch
	// Missed are the names in Alerts whose rules told nothing of it, and
	// Unknown those that no rule has.
	Missed, Unknown []string
}

// A Catch is an alert that fired in an incident.
type Catch struct {
	Rule   int // in Result.Rules
	Alert  string
	Labels labels.Labels
	At     time.Time     // when it began to fire
	Delay  time.Duration // since the incident began; negative if it rang
}

// A Rule is an alerting rule with what it told.
type Rule struct {
	Index  int // in Result.Rules
	Alert  string
	Caught []RuleCatch // in the order of Incidents
	Missed []string    // names of incidents that should have made it fire, and did not
	False  []FalseAlarm
}

// A RuleCatch is an incident that a rule told of.
type RuleCatch struct {
	Incident string
	Delay    time.Duration
}

// A FalseAlarm is a time in which an alert fired that was active in no
// incident.
type FalseAlarm struct {
	Labels     labels.Labels
	Start, End time.Time
	Open       bool // it fired to the last instant
}

// Incidents judges the alerting rules of a result by what is known to have
// happened.
//
// An alert is of an incident when it was active, pending or firing without a
// break, at some time of it, and when the incident names no targets, or the
// alert has no label instance, or one that is among them. It told of the
// incident when it is of it, is one of the alerts that the incident names if it
// names any, and began to fire at its beginning or later, be it after its end.
// What is of no incident is a false alarm. An alert that rang before goes on
// ringing: that tells nothing.
func Incidents(res *replay.Result, list []capture.Incident) *Judgement {
	j := &Judgement{}
	for _, in := range list {
		end := in.To
		if end.IsZero() {
			end = res.End
		}
		j.Incidents = append(j.Incidents, Incident{Incident: in, End: end, Outside: end.Before(res.Start) || in.From.After(res.End)})
	}
	slices.SortStableFunc(j.Incidents, func(a, b Incident) int { return a.From.Compare(b.From) })
	names := map[string]bool{}
	meets := make([]func(labels.Labels) bool, len(j.Incidents))
	for i := range j.Incidents {
		meets[i] = Concerns(j.Incidents[i].Targets)
	}
	for i, r := range res.Rules {
		if r.Alert != "" {
			names[r.Alert] = true
			j.Rules = append(j.Rules, j.rule(i, r, meets))
		}
	}
	for i := range j.Incidents {
		in := &j.Incidents[i]
		byTime := func(a, b Catch) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Rule, b.Rule)) }
		slices.SortFunc(in.Caught, byTime)
		slices.SortFunc(in.Ringing, byTime)
		for _, name := range in.Alerts {
			caught := slices.ContainsFunc(in.Caught, func(c Catch) bool { return c.Alert == name })
			switch {
			case !names[name]:
				in.Unknown = append(in.Unknown, name)
			case !caught && !in.Outside:
				in.Missed = append(in.Missed, name)
			}
		}
	}
	return j
}

// rule judges one rule, and notes with the incidents what it told.
func (j *Judgement) rule(index int, r replay.Rule, meets []func(labels.Labels) bool) Rule {
	out := Rule{Index: index, Alert: r.Alert}
	first := make([]*Catch, len(j.Incidents))
	ringing := make([]*Catch, len(j.Incidents))
	note := func(list []*Catch, i int, a replay.Alert, at time.Time) {
		if list[i] == nil || at.Before(list[i].At) {
			list[i] = &Catch{Rule: index, Alert: r.Alert, Labels: a.Labels, At: at, Delay: at.Sub(j.Incidents[i].From)}
		}
	}
	for _, a := range r.Alerts {
		for _, act := range activities(a) {
			known := false
			for i, in := range j.Incidents {
				if !meets[i](a.Labels) || act.start.After(in.End) || act.end.Before(in.From) {
					continue
				}
				known = true
				for _, iv := range act.firing {
					switch {
					case len(in.Alerts) > 0 && !slices.Contains(in.Alerts, r.Alert):
					case !iv.Start.Before(in.From):
						note(first, i, a, iv.Start)
					case iv.End.After(in.From):
						note(ringing, i, a, iv.Start)
					}
				}
			}
			for _, iv := range act.firing {
				if !known {
					out.False = append(out.False, FalseAlarm{a.Labels, iv.Start, iv.End, iv.Open})
				}
			}
		}
	}
	for i := range j.Incidents {
		in := &j.Incidents[i]
		switch {
		case first[i] != nil:
			in.Caught = append(in.Caught, *first[i])
			out.Caught = append(out.Caught, RuleCatch{in.Name, first[i].Delay})
		case slices.Contains(in.Alerts, r.Alert) && !in.Outside:
			out.Missed = append(out.Missed, in.Name)
		}
		if first[i] == nil && ringing[i] != nil {
			in.Ringing = append(in.Ringing, *ringing[i])
		}
	}
	slices.SortStableFunc(out.False, func(a, b FalseAlarm) int { return a.Start.Compare(b.Start) })
	return out
}

// Told is how many incidents something told of.
func (j *Judgement) Told() (n int) {
	for _, in := range j.Incidents {
		if len(in.Caught) > 0 {
			n++
		}
	}
	return n
}

// FalseAlarms is how often alerts fired that were of no incident.
func (j *Judgement) FalseAlarms() (n int) {
	for _, r := range j.Rules {
		n += len(r.False)
	}
	return n
}

// Concerns tells of an alert's labels whether they are of the targets that an
// incident names.
func Concerns(list []string) func(labels.Labels) bool {
	if len(list) == 0 {
		return func(labels.Labels) bool { return true }
	}
	var forms []string
	for _, t := range list {
		forms = append(forms, strings.ReplaceAll(regexp.QuoteMeta(t), `\*`, ".*"))
	}
	re := regexp.MustCompile("^(?s:" + strings.Join(forms, "|") + ")$")
	return func(ls labels.Labels) bool {
		instance := ls.Get("instance")
		return instance == "" || re.MatchString(instance) || re.MatchString(ls.Get("job")+"/"+instance)
	}
}
