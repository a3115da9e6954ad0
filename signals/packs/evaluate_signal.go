package packs

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// question is a signal that is asked of the targets of a pack.
type question struct {
	*evaluation
	pack   *Pack
	signal *Signal
	window time.Duration
}

// ask fills in the series of a result, and who has none.
func (q *question) ask(targets []Target, r *SignalResult) error {
	byExpr := map[int][]Target{} // which of the expressions is whose
	for _, t := range targets {
		i, lacked, err := q.choose(t)
		if err != nil {
			return err
		}
		if i < 0 {
			r.Absent = append(r.Absent, Absence{t, lacked, "it has no " + strings.Join(lacked, ", no ")})
			continue
		}
		byExpr[i] = append(byExpr[i], t)
	}
	for _, i := range slices.Sorted(maps.Keys(byExpr)) {
		if err := q.expression(q.signal.Exprs[i], byExpr[i], r); err != nil {
			return err
		}
	}
	sort.SliceStable(r.Absent, func(i, j int) bool {
		a, b := r.Absent[i], r.Absent[j]
		return compareTargets(a.Target, b.Target) < 0
	})
	sort.SliceStable(r.Series, func(i, j int) bool {
		a, b := r.Series[i], r.Series[j]
		return cmp.Or(compareTargets(a.Target, b.Target), cmp.Compare(spell(a.Labels), spell(b.Labels))) < 0
	})
	return nil
}

func spell(ls map[string]string) string { return labels.FromMap(ls).String() }

// choose is the first expression that a target can be asked, or -1 and what
// the target lacks for each.
func (q *question) choose(t Target) (int, []string, error) {
	var lacked []string
	for i, e := range q.signal.Exprs {
		all := true
		for _, sel := range e.If {
			had, err := q.presence.of(sel, false)
			if err != nil {
				return 0, nil, err
			}
			if _, ok := had[t]; !ok {
				all = false
				if !slices.Contains(lacked, sel) {
					lacked = append(lacked, sel)
				}
			}
		}
		if all {
			return i, nil, nil
		}
	}
	return -1, lacked, nil
}

// expression asks one expression of the targets it is for.
func (q *question) expression(e Expr, targets []Target, r *SignalResult) error {
	if q.mode == OverTime {
		series, err := q.query(e.Expr, q.window, q.start, q.end)
		if err != nil {
			return err
		}
		q.keep(series, targets, r)
		return nil
	}
	for _, t := range targets {
		times := q.scrapes[t]
		if len(times) == 0 {
			r.Absent = append(r.Absent, Absence{t, []string{}, "it was never scraped"})
			continue
		}
		at, window, text := times[len(times)-1], time.Duration(0), e.Life
		if q.mode == Between && len(times) > 1 {
			// The range is open to the left.
			window = time.Duration(at-times[len(times)-2]+1) * time.Millisecond
			text = e.Expr
		} else if text == "" {
			text = e.Expr
			if parsed, err := parsePromQL(q.fill(text, time.Minute)); err != nil || hasRange(parsed) {
				r.Absent = append(r.Absent, Absence{t, []string{}, "a single scrape cannot tell: it takes two"})
				continue
			}
		}
		if q.opts.TimeUnknown && window == 0 && strings.Contains(text, "time()") {
			r.Absent = append(r.Absent, Absence{t, []string{}, "it needs the time of the scrape, which is not known"})
			continue
		}
		series, err := q.query(text, cmp.Or(window, time.Minute), time.UnixMilli(at).UTC(), time.UnixMilli(at).UTC())
		if err != nil {
			return err
		}
		q.keep(series, []Target{t}, r)
	}
	return nil
}

// keep takes the series of the given targets into the result.
func (q *question) keep(series []Series, targets []Target, r *SignalResult) {
	with := map[Target]bool{}
	for _, s := range series {
		if slices.Contains(targets, s.Target) {
			with[s.Target] = true
			r.Series = append(r.Series, s)
		}
	}
	for _, t := range targets {
		if !with[t] {
			r.Absent = append(r.Absent, Absence{t, []string{}, "it has the metric, which came to no value"})
		}
	}
}

func (q *question) fill(text string, window time.Duration) string {
	values := q.pack.values(q.opts.Set)
	fillIn(values, window, q.by)
	return expand(text, values).text
}

// query evaluates an expression, and beside a quantile its certainty.
func (q *question) query(text string, window time.Duration, start, end time.Time) ([]Series, error) {
	expr := strings.TrimSpace(q.fill(text, window))
	step := max(q.step, time.Millisecond)
	v, err := q.in.Range(q.ctx, expr, start, end, step)
	if err != nil {
		return nil, err
	}
	certain, err := q.estimates(expr, start, end, step)
	if err != nil {
		return nil, err
	}
	var list []Series
	for _, vs := range v.Series {
		s := Series{Target: Target{vs.Labels.Get("job"), vs.Labels.Get("instance")}, Labels: map[string]string{}, Expr: expr, Points: []Point{}}
		vs.Labels.Range(func(l labels.Label) {
			if l.Name != "job" && l.Name != "instance" && l.Name != model.MetricNameLabel {
				s.Labels[l.Name] = l.Value
			}
		})
		sure := certain[bare(vs.Labels)]
		for _, pt := range vs.Floats {
			// Of 0 and -0 the engine takes either as the larger, by the order
			// of a map: adding 0 makes both 0.
			p := Point{Time: time.UnixMilli(pt.Time).UTC(), Value: pt.Value + 0}
			sure.of(pt.Time).into(&p)
			s.Points = append(s.Points, p)
		}
		if len(s.Points) > 0 {
			list = append(list, s)
		}
	}
	return list, nil
}
