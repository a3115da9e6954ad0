package sweep

import (
	"time"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// A machine tells what alerts do, from the thresholds with which they are
// there.
type machine struct{ *swept }

// each hands out the evaluations from first on at which an alert is there with
// some threshold, with these, and those that are left out in between as empty.
// Evaluations that failed move no alert and are left out. It ends when the
// function returns false.
func (m *machine) each(a *alert, f func(n int, in set) bool) {
	next := 0
	for i := 0; i < len(a.there); {
		s := a.there[i]
		end := i + 1
		for end < len(a.there) && a.there[end].first == s.first {
			end++
		}
		in := make(set, 0, end-i)
		for _, part := range a.there[i:end] {
			in = append(in, part.span)
		}
		if next < int(s.first) && !m.none(next, int(s.first), f) {
			return
		}
		for n := int(s.first); n <= int(s.last); n++ {
			if !f(n, in) {
				return
			}
		}
		next, i = int(s.last)+1, end
	}
	m.none(next, len(m.instants), f)
}

func (m *machine) none(from, to int, f func(n int, in set) bool) bool {
	for n := from; n < to; n++ {
		if !m.failed[n] && !f(n, nil) {
			return false
		}
	}
	return true
}

// fires are the thresholds with which some alert fires: those with which it is
// there at all evaluations of some time that is as long as `for`.
func (m *machine) fires(alerts []*alert) set {
	var fires collector
	for _, a := range alerts {
		w := m.window()
		m.each(a, func(n int, in set) bool {
			fires.add(w.next(m.instants[n], in))
			return true
		})
	}
	return fires.set()
}

func (m *machine) window() *window { return &window{hold: m.rule.For, all: all} }

// A window holds the sets of the last evaluations, as far back as `for` asks,
// and what they have in common.
type window struct {
	hold  time.Duration
	times []time.Time // of its evaluations
	back  []set
	all   set   // what back has in common
	front []set // each with those behind it in common; the oldest is last
}

// next adds an evaluation and returns what all since the one that is long
// enough ago have in common; nil when none is.
func (w *window) next(at time.Time, in set) set {
	w.times = append(w.times, at)
	w.back = append(w.back, in)
	w.all = w.all.and(in)
	for len(w.times) > 1 && at.Sub(w.times[1]) >= w.hold {
		w.drop()
	}
	switch {
	case at.Sub(w.times[0]) < w.hold:
		return nil
	case len(w.front) == 0:
		return w.all
	}
	return w.front[len(w.front)-1].and(w.all)
}

// drop forgets the oldest.
func (w *window) drop() {
	w.times = w.times[1:]
	if len(w.front) == 0 {
		common := all
		for i := len(w.back) - 1; i >= 0; i-- {
			common = common.and(w.back[i])
			w.front = append(w.front, common)
		}
		w.back, w.all = w.back[:0], all
	}
	w.front = w.front[:len(w.front)-1]
}

// point is what the alerts do with one threshold.
func (m *machine) point(alerts []*alert, threshold float64) Point {
	p := Point{Threshold: threshold}
	begun := make([]int, len(m.instants)+1) // firing alerts, the difference to before
	at := rank(threshold)
	for _, a := range alerts {
		var life rules.Life
		fired := false
		was := rules.State(0)
		m.each(a, func(n int, in set) bool {
			life.Next(m.instants[n], in.has(at), m.rule)
			if life.State == rules.Firing && was != rules.Firing {
				fired = true
				begun[n]++
			}
			if life.State != rules.Firing && was == rules.Firing {
				begun[n]--
			}
			was = life.State
			return true
		})
		if fired {
			p.Alerts++
		}
	}
	firing := 0
	for n := range m.instants {
		if firing += begun[n]; firing > 0 && n+1 < len(m.instants) {
			p.Fired += m.instants[n+1].Sub(m.instants[n])
		}
	}
	return p
}
