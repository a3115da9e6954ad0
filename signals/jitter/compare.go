package jitter

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// comparing holds trials against the replay as it is.
type comparing struct {
	res    *replay.Result
	every  []time.Duration // of each rule's group
	base   []outcome       // of each rule
	trials []Trial
	came   [][]outcome // by trial, then rule
}

// An outcome is which alerts of a rule fired, by their labels' bytes.
type outcome map[string]labels.Labels

func newComparing(res *replay.Result) *comparing {
	c := &comparing{res: res}
	every := map[[2]string]time.Duration{}
	for _, g := range res.Groups {
		every[[2]string{g.File, g.Name}] = g.Interval
	}
	for i := range res.Rules {
		r := &res.Rules[i]
		c.every = append(c.every, every[[2]string{r.File, r.Group}])
		c.base = append(c.base, newOutcome(r))
	}
	return c
}

func newOutcome(r *replay.Rule) outcome {
	out := outcome{}
	for _, a := range r.Alerts {
		if a.Fired() {
			ls := compared(a.Labels, r.Labels)
			out[string(ls.Bytes(nil))] = ls
		}
	}
	return out
}

// compared are an alert's labels without those that templates make.
func compared(ls, ofRule labels.Labels) labels.Labels {
	b := labels.NewBuilder(ls)
	ofRule.Range(func(l labels.Label) {
		if strings.Contains(l.Value, "{{") {
			b.Del(l.Name)
		}
	})
	return b.Labels()
}

// add takes the result of a trial. A rule that is not in it, since its pack did
// not apply, did not fire.
func (c *comparing) add(t Trial, other *replay.Result) {
	came := make([]outcome, len(c.res.Rules))
	at := 0
	for i := range other.Rules {
		r := &other.Rules[i]
		for n := at; n < len(c.res.Rules); n++ {
			if same(&c.res.Rules[n], r) {
				came[n] = newOutcome(r)
				at = n + 1
				break
			}
		}
	}
	c.trials, c.came = append(c.trials, t), append(c.came, came)
}

func same(a, b *replay.Rule) bool {
	return a.File == b.File && a.Group == b.Group && a.Alert == b.Alert && a.Record == b.Record && a.Expr == b.Expr
}

// flips are what came out otherwise.
func (c *comparing) flips() []Flip {
	var list []Flip
	for i := range c.res.Rules {
		if c.res.Rules[i].Alert == "" {
			continue
		}
		for _, kind := range []Kind{Phase, Lost, For} {
			list = append(list, c.flipsOf(i, kind)...)
		}
	}
	return list
}

func (c *comparing) flipsOf(rule int, kind Kind) []Flip {
	var mine []int // trials that count
	for n, t := range c.trials {
		if t.Kind == kind && (t.Interval == 0 || t.Interval == c.every[rule]) {
			mine = append(mine, n)
		}
	}
	whole := c.flip(rule, kind, mine, func(o outcome) bool { return len(o) > 0 })
	all := maps.Clone(c.base[rule])
	for _, n := range mine {
		maps.Copy(all, c.came[n][rule])
	}
	var list []Flip
	if len(whole.Other) > 0 {
		list = append(list, whole)
	}
	alerts := slices.SortedFunc(maps.Values(all), func(a, b labels.Labels) int { return labels.Compare(a, b) })
	for _, ls := range alerts {
		key := string(ls.Bytes(nil))
		f := c.flip(rule, kind, mine, func(o outcome) bool { _, ok := o[key]; return ok })
		if len(f.Other) > 0 && (f.Fired != whole.Fired || slices.Compare(f.Other, whole.Other) != 0) {
			f.Labels = &ls
			list = append(list, f)
		}
	}
	return list
}

// flip tells in which trials something fired otherwise than as it is.
func (c *comparing) flip(rule int, kind Kind, mine []int, fired func(outcome) bool) Flip {
	f := Flip{Rule: rule, Kind: kind, Fired: fired(c.base[rule]), Of: len(mine)}
	for _, n := range mine {
		if fired(c.came[n][rule]) != f.Fired {
			f.Other = append(f.Other, n)
		}
	}
	return f
}
