package verdict

import (
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// firing is what is gathered of the instants at which a rule's expression gave
// something.
type firing struct {
	first, last time.Time
	least, most float64 // of the values; NaN left out
	nan         int     // instants at which a value was NaN
	nanLabels   labels.Labels

	due   time.Time // when the first alert was to fire; zero: none is pending
	rests []source  // what it was made of then, the first maxRests

	fill     span // at which some result came of an arm that stood in
	stood    *node
	stoodFor labels.Labels // of a result that did, at the first instant

	masked    map[int]*maskedArm // by the number of the `or`
	steps     map[int]*stepped   // by the number of the function
	stepLooks int                // so many were looked for
	broken    map[string]*brokenTemplate
	lost      map[string]*lostLabel
}

// span counts instants.
type span struct {
	count       int
	first, last time.Time
}

func (s *span) add(at time.Time) {
	if s.count++; s.count == 1 {
		s.first = at
	}
	s.last = at
}

// source is a series that a result was made of.
type source struct {
	labels labels.Labels
	value  float64
	node   *node
	at     time.Time // of the query, less the selector's offset
}

const maxRests = 64

// saw is called with each query that gave something, before anything that comes
// of it is written.
func (f *firing) saw(t *trace, l rules.Look) {
	if f.first.IsZero() {
		f.first = l.At
		f.least, f.most = math.NaN(), math.NaN()
	}
	f.last = l.At
	f.values(l)
	if len(t.nodes) == 0 {
		return
	}
	if f.rests == nil && (t.rule.Record != "" || t.rule.For == 0 || !f.due.IsZero() && !l.At.Before(f.due)) {
		f.rest(t, l)
	}
	f.arms(t, l)
	f.stepping(t, l)
	f.labelsOf(t, l)
}

func (f *firing) values(l rules.Look) {
	nan := false
	for _, s := range l.Result {
		switch {
		case s.Histogram != nil:
		case math.IsNaN(s.Value):
			if nan = true; f.nan == 0 {
				f.nanLabels = s.Labels
			}
		default:
			if !(f.least <= s.Value) {
				f.least = s.Value
			}
			if !(f.most >= s.Value) {
				f.most = s.Value
			}
		}
	}
	if nan {
		f.nan++
	}
}

// rest notes the series that selectors match at the instant at which the rule
// fires for the first time.
func (f *firing) rest(t *trace, l rules.Look) {
	f.rests = []source{}
	for _, n := range t.nodes {
		u := unitOf(n)
		vs := n.selector()
		if u == nil || vs.Timestamp != nil || vs.StartOrEnd != 0 || n.inSubquery() {
			continue
		}
		x := n.ask()
		if x == nil {
			x = n.derive("last", "last_over_time("+n.expr.String()+")")
		}
		if x == nil {
			continue
		}
		vec, err := l.Ask(x)
		if err != nil {
			continue
		}
		at := l.At.Add(-t.group.QueryOffset - vs.OriginalOffset)
		for _, s := range vec {
			if len(f.rests) >= maxRests {
				return
			}
			if from(l.Result, s.Labels) {
				f.rests = append(f.rests, source{labels: s.Labels, value: s.Value, node: n, at: at})
			}
		}
	}
}

// from tells whether some result may have been made of a series.
func from(vec []query.Sample, ls labels.Labels) bool {
	for _, s := range vec {
		if consistent(s.Labels, ls) {
			return true
		}
	}
	return false
}

// came is called with what became of each evaluation.
func (f *firing) came(t *trace, at time.Time, out *rules.Outcome) {
	f.due = time.Time{}
	for _, a := range out.Alerts {
		if due := a.ActiveAt.Add(t.rule.For); f.due.IsZero() || due.Before(f.due) {
			f.due = due
		}
	}
	f.templates(t, at, out)
}
