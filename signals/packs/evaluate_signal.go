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

	"github.com/scrapebook/scrapebook/signals/query"
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
	if q.asked != nil {
		return q.asked.series(q, expr, start, end)
	}
	return q.series(expr, start, end)
}

func (q *question) series(expr string, start, end time.Time) ([]Series, error) {
	step := max(q.step, time.Millisecond)
	v, err := q.rangeOf(q.ctx, expr, start, end, step)
	if err != nil {
		return nil, err
	}
	var certain map[string]*certainties
	if x := quantile(expr); x != nil {
		of, err := q.rangeOf(q.ctx, x.of, start, end, step)
		if err != nil {
			return nil, err
		}
		certain = q.signal.certainties(x, of, start, end, step)
	}
	var list []Series
	for _, vs := range v.Series {
		s := newSeries(expr, vs.Labels)
		s.Points = appendPoints(nil, vs.Floats, certain[bare(vs.Labels)])
		if len(s.Points) > 0 {
			list = append(list, s)
		}
	}
	return list, nil
}

// newSeries is one without points.
func newSeries(expr string, ls labels.Labels) Series {
	s := Series{Target: Target{ls.Get("job"), ls.Get("instance")}, Labels: map[string]string{}, Expr: expr}
	ls.Range(func(l labels.Label) {
		if l.Name != "job" && l.Name != "instance" && l.Name != model.MetricNameLabel {
			s.Labels[l.Name] = l.Value
		}
	})
	return s
}

// appendPoints adds points with their certainties.
func appendPoints(list []Point, floats []query.Point, sure *certainties) []Point {
	var bounds []float64
	if sure != nil {
		bounds = make([]float64, 2*len(floats)) // of all points, at once
	}
	list = slices.Grow(list, len(floats))
	for _, f := range floats {
		// Of 0 and -0 the engine takes either as the larger, by the order
		// of a map: adding 0 makes both 0.
		p := Point{Time: time.UnixMilli(f.Time).UTC(), Value: f.Value + 0}
		if c := sure.of(f.Time); c.known {
			bounds[0], bounds[1] = c.estimate.Lower, c.estimate.Upper
			p.Lower, p.Upper, bounds = &bounds[0], &bounds[1], bounds[2:]
			if c.estimate.Flags != 0 {
				p.Flags = c.estimate.Flags.String()
			}
		}
		list = append(list, p)
	}
	return list
}
