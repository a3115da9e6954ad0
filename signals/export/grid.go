package export

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A row is a series on the grid.
type row struct {
	labels labels.Labels
	points []point
}

// maxPoints bounds what is looked at: the points of all series together.
const maxPoints = 5_000_000

// dependencies are the groups without the rules that a rule does not need: it
// needs those that record what it selects, and what these select. Their
// selectors that no rule records are the data.
func dependencies(groups []*rules.Group, group *rules.Group, rule *rules.Rule) (needed []*rules.Group, data []query.Selector) {
	want := map[*rules.Rule]bool{rule: true}
	known := map[string]bool{}
	work := []*rules.Rule{rule}
	for len(work) > 0 {
		r := work[0]
		work = work[1:]
		for _, s := range r.Selectors {
			if known[s.String] {
				continue
			}
			known[s.String] = true
			data = append(data, s)
			for _, g := range groups {
				for _, other := range g.Rules {
					if !want[other] && writes(other, s) {
						want[other] = true
						work = append(work, other)
					}
				}
			}
		}
	}
	for _, g := range groups {
		c := *g
		c.Rules = slices.DeleteFunc(slices.Clone(g.Rules), func(r *rules.Rule) bool { return !want[r] })
		if len(c.Rules) > 0 {
			needed = append(needed, &c)
		}
	}
	return needed, data
}

// writes tells whether a rule may write what a selector matches.
func writes(r *rules.Rule, s query.Selector) bool {
	for _, m := range s.Matchers {
		if m.Name != model.MetricNameLabel {
			continue
		}
		if r.Record != "" && !m.Matches(r.Record) || r.Alert != "" && !m.Matches("ALERTS") && !m.Matches("ALERTS_FOR_STATE") {
			return false
		}
	}
	return true
}

// written tells whether a series is one that rules write.
func written(groups []*rules.Group, ls labels.Labels) bool {
	name := ls.Get(model.MetricNameLabel)
	if name == "ALERTS" || name == "ALERTS_FOR_STATE" {
		return true
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Record == name {
				return true
			}
		}
	}
	return false
}

// grid puts the series of selectors on points from start on, each step apart:
// a point has the last sample in the step before it, itself included.
func (m *maker) grid(ctx context.Context, data []query.Selector, start, end time.Time) ([]row, error) {
	var lines []row
	at := map[string]bool{}
	n := int(end.Sub(start)/m.step) + 1
	q, err := m.store.Querier(start.Add(-m.step).UnixMilli(), end.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer q.Close()
	for _, s := range data {
		set := q.Select(ctx, true, nil, s.Matchers...)
		for set.Next() {
			ls := set.At().Labels()
			key := string(ls.Bytes(nil))
			if at[key] || written(m.needed, ls) {
				continue
			}
			at[key] = true
			if len(lines)*n > maxPoints {
				return nil, refuse("its series have more than %d points: replay less of the capture, with --from and --to", maxPoints)
			}
			l := row{ls, make([]point, n)}
			if err := m.points(l.points, set.At(), start); err != nil {
				return nil, err
			}
			lines = append(lines, l)
		}
		if err := set.Err(); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

func (m *maker) points(points []point, s storage.Series, start time.Time) error {
	it := s.Iterator(nil)
	first, step := start.UnixMilli(), m.step.Milliseconds()
	for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
		if kind != chunkenc.ValFloat {
			return refuse("%s is a native histogram, which is not written into tests yet", series(s.Labels()))
		}
		ts, v := it.At()
		i := int(math.Ceil(float64(ts-first) / float64(step)))
		if i >= 0 && i < len(points) {
			points[i] = point{v, true}
		}
	}
	return it.Err()
}
