package suite

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// Coverage tells of each rule of the rule files what tests have shown of it.
// Only expectations that were met count: a rule that a test evaluates and asks
// nothing of is not covered.
type Coverage struct {
	Rules []RuleCoverage // by file and line; a rule of several test files is one
}

// RuleCoverage is what tests have shown of a rule.
type RuleCoverage struct {
	File          string
	Line          int
	Group         string
	Alert, Record string // one of them is set

	Fired   bool // an alert: a test expects it to fire, and it does
	Silent  bool // an alert: a test expects it to be silent, and it is, with data
	Pending bool // an alert: it was pending in a test that asks for it
	Read    bool // a record: it had series, and a test expects what is made of them
	// Arms are the operands of or, and the right ones of unless, with whether
	// they gave something in a test that asks for the rule.
	Arms []Arm
}

// An Arm is an operand.
type Arm struct {
	Expr string
	Gave bool
}

// Goals are what tests should show of a rule, each with whether they did.
func (r *RuleCoverage) Goals() (names []string, met []bool) {
	if r.Alert != "" {
		names, met = []string{"fires", "is silent with data"}, []bool{r.Fired, r.Silent}
	} else {
		names, met = []string{"is read"}, []bool{r.Read}
	}
	for _, a := range r.Arms {
		names, met = append(names, "gives something in "+oneLine(a.Expr)), append(met, a.Gave)
	}
	return names, met
}

// Percent is the share of goals that are met, 100 when there is none.
func (c *Coverage) Percent() float64 {
	all, met := c.count()
	if all == 0 {
		return 100
	}
	return 100 * float64(met) / float64(all)
}

func (c *Coverage) count() (all, met int) {
	for i := range c.Rules {
		_, m := c.Rules[i].Goals()
		for _, ok := range m {
			all++
			if ok {
				met++
			}
		}
	}
	return all, met
}

// ruleKey is a rule of a file, whatever the file was called.
type ruleKey struct {
	file string
	line int
	name string
}

// covering gathers a Coverage while tests run.
type covering struct {
	mu    sync.Mutex
	rules map[ruleKey]*RuleCoverage
	of    map[*rules.Rule]*RuleCoverage
}

// add notes the rules of a rule set.
func (c *covering) add(r *runner, set *ruleSet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range set.groups {
		for _, rule := range g.Rules {
			key := ruleKey{g.File, rule.Line, rule.Name()}
			if abs, err := filepath.Abs(g.File); err == nil {
				key.file = abs
				if real, err := filepath.EvalSymlinks(abs); err == nil {
					key.file = real
				}
			}
			known := c.rules[key]
			if known == nil {
				known = &RuleCoverage{File: g.File, Line: rule.Line, Group: g.Name, Alert: rule.Alert, Record: rule.Record}
				for _, arm := range armsOf(r.parser, rule.Expr) {
					known.Arms = append(known.Arms, Arm{Expr: arm})
				}
				c.rules[key] = known
			}
			c.of[rule] = known
		}
	}
}

// armsOf are the operands that Arms are of.
func armsOf(p parser.Parser, expr string) (arms []string) {
	parsed, err := p.ParseExpr(expr)
	if err != nil {
		return nil
	}
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		b, ok := n.(*parser.BinaryExpr)
		switch {
		case ok && b.Op == parser.LOR:
			if inner, ok := b.LHS.(*parser.BinaryExpr); !ok || inner.Op != parser.LOR { // of a or b or c each once
				arms = append(arms, b.LHS.String())
			}
			arms = append(arms, b.RHS.String())
		case ok && b.Op == parser.LUNLESS:
			arms = append(arms, b.RHS.String())
		}
		return nil
	})
	return arms
}

// note changes what is known of a rule.
func (c *covering) note(rule *rules.Rule, change func(*RuleCoverage)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.of[rule]; known != nil {
		change(known)
	}
}

// result is the coverage when all tests have run.
func (c *covering) result() *Coverage {
	out := &Coverage{}
	for _, r := range c.rules {
		out.Rules = append(out.Rules, *r)
	}
	slices.SortFunc(out.Rules, func(a, b RuleCoverage) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Alert, b.Alert), cmp.Compare(a.Record, b.Record))
	})
	return out
}

// reads notes that what records gave was expected, of those that an expression
// or rule reads, and of those that they read.
func (c *covering) reads(set *ruleSet, selectors []query.Selector, had func(*rules.Rule) bool) {
	seen := map[*rules.Rule]bool{}
	var walk func([]query.Selector)
	walk = func(list []query.Selector) {
		for _, g := range set.groups {
			for _, rule := range g.Rules {
				if rule.Record == "" || seen[rule] || !slices.ContainsFunc(list, func(s query.Selector) bool { return s.Name() == rule.Record }) || !had(rule) {
					continue
				}
				seen[rule] = true
				c.note(rule, func(r *RuleCoverage) { r.Read = true })
				walk(rule.Selectors)
			}
		}
	}
	walk(selectors)
}

// cover notes what a test with input_series has shown.
func (u *unit) cover(failures []Failure) {
	c := u.r.coverage
	if c == nil {
		return
	}
	failed := func(p Place) bool {
		return slices.ContainsFunc(failures, func(f Failure) bool { return f.Place == p })
	}
	recorded := func(rule *rules.Rule) bool { return u.gave[rule] }
	for i := range u.t.AlertRuleTests {
		a := &u.t.AlertRuleTests[i]
		if failed(a.Place) || failed(a.Alertname.Place) {
			continue
		}
		for _, rule := range u.set.named(a.Alertname.Value, a.Groupname) {
			h := u.histories[rule]
			eval := u.start.Add(time.Duration(a.EvalTime) / u.every * u.every)
			fires := false
			if h != nil {
				_, fires = spanAt(h.fired, eval)
			}
			starved := rule.Starved(u.matched)
			c.note(rule, func(r *RuleCoverage) {
				r.Fired = r.Fired || fires
				r.Silent = r.Silent || !fires && !starved && len(a.ExpAlerts) == 0
				r.Pending = r.Pending || h != nil && len(h.pending) > 0
				for j := range r.Arms {
					r.Arms[j].Gave = r.Arms[j].Gave || u.arms[r.Arms[j].Expr]
				}
			})
			if fires || !starved {
				c.reads(u.set, rule.Selectors, recorded)
			}
		}
	}
	for i := range u.t.PromqlExprTests {
		e := &u.t.PromqlExprTests[i]
		if failed(e.Place) || len(e.ExpSamples) == 0 {
			continue
		}
		selectors := u.engine.Selectors(e.Expr.Value)
		c.reads(u.set, selectors, recorded)
		for rule := range u.gave {
			if slices.ContainsFunc(selectors, func(s query.Selector) bool { return s.Name() == rule.Record }) {
				c.note(rule, func(r *RuleCoverage) {
					for j := range r.Arms {
						r.Arms[j].Gave = r.Arms[j].Gave || u.arms[r.Arms[j].Expr]
					}
				})
			}
		}
	}
}

// lookAtArms evaluates the operands of or and unless that gave nothing yet.
func (u *unit) lookAtArms(ctx context.Context, at time.Time) {
	for _, g := range u.set.groups {
		for _, rule := range g.Rules {
			if rule.Record != "" && u.outcomes[rule].Series > 0 {
				u.gave[rule] = true
			}
			for _, arm := range u.r.coverage.armsOf(rule) {
				if !u.arms[arm] {
					vec, _, _, err := u.source.Vector(ctx, arm, at.Add(-g.QueryOffset))
					u.arms[arm] = err == nil && len(vec) > 0
				}
			}
		}
	}
}

func (c *covering) armsOf(rule *rules.Rule) (list []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.of[rule]; known != nil {
		for _, a := range known.Arms {
			list = append(list, a.Expr)
		}
	}
	return list
}

// cover notes what a test of a capture has shown: when its expectation was met.
func (c *recording) cover(ctx context.Context, numbers []int, fired bool) {
	if c.r.coverage == nil {
		return
	}
	n := 0
	for _, g := range c.set.groups {
		for _, rule := range g.Rules {
			if slices.Contains(numbers, n) {
				was := &c.res.Rules[n]
				c.lookAtArms(ctx, rule, c.interval(was))
				c.r.coverage.note(rule, func(r *RuleCoverage) {
					r.Fired = r.Fired || fired && was.Verdict == replay.VerdictFiring
					r.Silent = r.Silent || !fired && (was.Verdict == replay.VerdictInactive || was.Verdict == replay.VerdictPending)
					r.Pending = r.Pending || was.Verdict == replay.VerdictPending || slices.ContainsFunc(was.Alerts, wasPending)
				})
				c.r.coverage.reads(c.set, rule.Selectors, func(rec *rules.Rule) bool { return c.recorded(rec) > 0 })
			}
			n++
		}
	}
}

func wasPending(a replay.Alert) bool {
	return slices.ContainsFunc(a.Intervals, func(iv replay.Interval) bool { return iv.State == replay.Pending })
}

// recorded is how many series a recording rule gave at most.
func (c *recording) recorded(rule *rules.Rule) int {
	n := 0
	for _, g := range c.set.groups {
		for _, r := range g.Rules {
			if r == rule {
				return c.res.Rules[n].Recorded
			}
			n++
		}
	}
	return 0
}

// lookAtArms asks the capture for the operands of or and unless.
func (c *recording) lookAtArms(ctx context.Context, rule *rules.Rule, step time.Duration) {
	for _, arm := range c.r.coverage.armsOf(rule) {
		v, err := c.res.Store.Range(ctx, arm, c.res.Start, c.res.End, max(step, time.Millisecond))
		if err == nil && len(v.Series) > 0 {
			c.r.coverage.note(rule, func(r *RuleCoverage) {
				for j := range r.Arms {
					r.Arms[j].Gave = r.Arms[j].Gave || r.Arms[j].Expr == arm
				}
			})
		}
	}
}
