package export

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A claim is what a test shows: at an instant the alert fires as it did, or is
// silent with the same closest value.
type claim struct {
	fires bool
	alert rules.Alert
	// With begins the alert does not fire one evaluation before, which is shown
	// as well.
	begins bool
	// Of a silent rule: what its threshold is compared with, the closest sample
	// of it; nil when it had none.
	operand string
	closest *query.Closest
	// Of one without a closest value: how much its selectors matched, those
	// that matched something. With some it is enough that they match anything.
	matched []match
	some    bool
}

type match struct {
	query.Selector
	series int
}

// a picture is the data of a test: series from a point of the grid on, up to
// the instant that is claimed.
type picture struct {
	lines []row
	first int // number of the evaluation that is the first
	last  int // of the one that is claimed
}

// make fills t, or returns a *refusal.
func (m *maker) make(ctx context.Context, t *Test) error {
	if len(m.seen.instants) == 0 {
		return refuse("it was never evaluated")
	}
	m.engine = query.NewEngine(query.Options{EvaluationInterval: m.opts.Interval, Features: m.opts.Features, Lookback: m.opts.Lookback})
	if err := m.pace(); err != nil {
		return err
	}
	m.needed, m.data = dependencies(m.opts.Groups, m.group, m.rule)
	m.before = max(0, int(math.Ceil(float64(m.seen.instants[0].Sub(time.UnixMilli(m.opts.Capture.Start)))/float64(m.every))))
	full, err := m.whole(ctx)
	var why *refusal
	if errors.As(err, &why) && m.before > 0 {
		// What is not there yet before the first instant may be what matters.
		m.before = 0
		full, err = m.whole(ctx)
	}
	if err != nil {
		return err
	}
	c, at, err := m.claim(ctx, full, m.data, m.evaluations)
	if err != nil {
		return err
	}
	m.full, m.claimed = full, c
	return m.testOf(ctx, t, c, picture{lines: m.rows, last: at}, m.start)
}

// whole evaluates the rule over all of its series, and checks that it does what
// it did.
func (m *maker) whole(ctx context.Context) (full *trial, err error) {
	m.start = m.seen.instants[0].Add(-time.Duration(m.before) * m.every)
	last := m.seen.instants[len(m.seen.instants)-1]
	m.evaluations = int(last.Sub(m.start)/m.every) + 1
	if m.rows, err = m.grid(ctx, m.data, m.start, last); err != nil {
		return nil, err
	}
	if m.flips {
		if m.others, err = m.grid(ctx, bare(m.data), m.start, last); err != nil {
			return nil, err
		}
	}
	if full, err = m.try(ctx, m.rows, m.start, m.evaluations); err != nil {
		return nil, err
	}
	return full, m.same(full)
}

// testOf makes the test of a claim.
func (m *maker) testOf(ctx context.Context, t *Test, c *claim, p picture, start time.Time) error {
	t.Fires, t.On = c.fires, c.alert.Labels
	if !c.fires && c.closest != nil {
		t.On = c.closest.Labels
	}
	err := m.shrunk(ctx, t, c, p, start)
	var why *refusal
	if errors.As(err, &why) && len(c.matched) > 0 && !c.some {
		c.some = true
		err = m.shrunk(ctx, t, c, p, start)
	}
	return err
}

// shrunk writes the test of a claim with what it needs.
func (m *maker) shrunk(ctx context.Context, t *Test, c *claim, p picture, start time.Time) error {
	s := &shrinker{maker: m, claim: c, start: start, budget: maxTrials}
	p, err := s.shrink(ctx, p)
	if err != nil {
		return err
	}
	return m.write(ctx, t, c, p, start)
}

// pace finds the time between evaluations and between points of the grid.
func (m *maker) pace() error {
	m.every, m.step = m.group.Interval, m.opts.Capture.Interval
	if m.every <= 0 {
		m.every = m.opts.Interval
	}
	if m.every <= 0 {
		m.every = m.step
	}
	if m.every <= 0 {
		m.every = time.Minute
	}
	if m.step <= 0 || m.every%m.step != 0 {
		m.step = m.every
	}
	if m.step%time.Millisecond != 0 {
		return refuse("its interval of %s is finer than the milliseconds that tests know", m.step)
	}
	if n := len(m.seen.instants); m.seen.instants[n-1].Sub(m.seen.instants[0]) != time.Duration(n-1)*m.every {
		return refuse("its evaluations are not evenly spaced")
	}
	return nil
}

// same checks that the rule fires over the grid on what it fired over the
// capture.
func (m *maker) same(full *trial) error {
	if full.failed != nil {
		return refuse("promtool fails a test in which a rule fails: %v", full.failed)
	}
	was, is := map[string]labels.Labels{}, map[string]labels.Labels{}
	for _, list := range m.seen.firing {
		for _, ls := range list {
			was[ls.String()] = ls
		}
	}
	for _, list := range full.alerts {
		for _, a := range list {
			is[a.Labels.String()] = a.Labels
		}
	}
	for key := range was {
		if _, ok := is[key]; !ok {
			return refuse("once scrapes are put on a grid of %s it no longer fires on %s", model.Duration(m.step), key)
		}
	}
	for key := range is {
		if _, ok := was[key]; !ok {
			return refuse("once scrapes are put on a grid of %s it fires on %s, where it did not", model.Duration(m.step), key)
		}
	}
	return nil
}

// claim chooses what the test shows, and at which evaluation.
func (m *maker) claim(ctx context.Context, full *trial, data []query.Selector, n int) (*claim, int, error) {
	for i, list := range full.alerts {
		if len(list) > 0 && i >= m.before {
			before := slices.ContainsFunc(full.at(i-1), func(a rules.Alert) bool { return labels.Equal(a.Labels, list[0].Labels) })
			return &claim{fires: true, alert: list[0], begins: !before && i > 0}, i, nil
		}
	}
	c := &claim{}
	at := n - 1
	if pending := m.longestPending(full.start); pending >= 0 {
		at = pending
	}
	if th := m.rule.Threshold; th != nil {
		c.operand = th.Operand
		for i := m.before; i < n; i++ {
			if m.result.Verdict == "pending" && i != at {
				continue
			}
			vec, _, _, err := full.source.Vector(ctx, th.Operand, full.start.Add(time.Duration(i)*m.every-m.group.QueryOffset))
			if err != nil {
				return nil, 0, err
			}
			if got := th.Closest(vec); got != nil && (c.closest == nil || th.Closest([]query.Sample{{Labels: c.closest.Labels, Value: c.closest.Value}, {Labels: got.Labels, Value: got.Value}}).Value != c.closest.Value) {
				c.closest, at = got, i
			}
		}
	}
	if c.closest != nil {
		return c, at, nil
	}
	for _, s := range data {
		vec, _, _, err := full.source.Vector(ctx, s.String, full.start.Add(time.Duration(at)*m.every))
		if err == nil && len(vec) > 0 {
			c.matched = append(c.matched, match{s, len(vec)})
		}
	}
	return c, at, nil
}

// longestPending is the evaluation at the end of the longest time in which the
// alert was pending; -1 when it never was.
func (m *maker) longestPending(start time.Time) int {
	var longest time.Duration
	at := -1
	for _, a := range m.result.Alerts {
		for _, iv := range a.Intervals {
			if d := iv.End.Sub(iv.Start); d > longest {
				longest = d
				end := iv.End
				if !iv.Open {
					end = end.Add(-m.every)
				}
				at = int(end.Sub(start) / m.every)
			}
		}
	}
	return at
}

// holds tells whether a claim is so in a picture. The clock is the time of the
// picture's first evaluation.
func (m *maker) holds(ctx context.Context, c *claim, p picture, clock time.Time) (bool, *trial, error) {
	t, err := m.try(ctx, p.lines, clock, p.last-p.first+1)
	if err != nil {
		return false, nil, err
	}
	if t.failed != nil {
		return false, t, nil
	}
	n := p.last - p.first
	fires := func(i int) bool {
		return slices.ContainsFunc(t.at(i), func(a rules.Alert) bool {
			return labels.Equal(a.Labels, c.alert.Labels) && math.Float64bits(a.Value) == math.Float64bits(c.alert.Value)
		})
	}
	if c.fires {
		before := slices.ContainsFunc(t.at(n-1), func(a rules.Alert) bool { return labels.Equal(a.Labels, c.alert.Labels) })
		return fires(n) && (!c.begins || n > 0 && !before), t, nil
	}
	for i := range n + 1 {
		if len(t.at(i)) > 0 {
			return false, t, nil
		}
	}
	at := clock.Add(time.Duration(n) * m.every)
	if c.closest != nil {
		vec, _, _, err := t.source.Vector(ctx, c.operand, at.Add(-m.group.QueryOffset))
		return err == nil && slices.ContainsFunc(vec, func(s query.Sample) bool {
			return labels.Equal(s.Labels, c.closest.Labels) && s.Value == c.closest.Value
		}), t, nil
	}
	for _, s := range c.matched {
		if vec, _, _, err := t.source.Vector(ctx, s.String, at); err != nil || len(vec) == 0 || !c.some && len(vec) != s.series {
			return false, t, nil
		}
	}
	return true, t, nil
}
