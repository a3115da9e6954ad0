package export

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A trial is what a rule does with some series, as promtool would evaluate it.
type trial struct {
	start  time.Time // of the first values and the first evaluation
	alerts [][]rules.Alert
	source query.Source
	failed error // the first evaluation that failed, of any rule
}

// at is what fires at an instant.
func (t *trial) at(n int) (list []rules.Alert) {
	if n < 0 || n >= len(t.alerts) {
		return nil
	}
	return t.alerts[n]
}

// try evaluates the rules over series from their first points on, up to an
// instant; clock is the time of the first.
func (m *maker) try(ctx context.Context, lines []row, clock time.Time, evaluations int) (*trial, error) {
	tl := timeline.New()
	t := &trial{start: clock, source: m.engine.Over(tl)}
	var evals []*rules.Evaluator
	which, in := 0, 0
	for i, g := range m.needed {
		evals = append(evals, rules.NewEvaluator(g, rules.EvalOptions{
			Source: t.source, Appender: writer{tl}, SkipClosest: true,
			ExternalLabels: m.opts.ExternalLabels, ExternalURL: m.opts.ExternalURL,
		}))
		for j, r := range g.Rules {
			if r == m.rule {
				which, in = j, i
			}
		}
	}
	refs := make([]timeline.Ref, len(lines))
	for i, l := range lines {
		refs[i] = tl.Series(l.labels)
	}
	loaded := 0
	for n := range evaluations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		at := clock.Add(time.Duration(n) * m.every)
		for ; time.Duration(loaded)*m.step <= time.Duration(n)*m.every; loaded++ {
			ts := timestamp.FromTime(clock.Add(time.Duration(loaded) * m.step))
			for i, l := range lines {
				if loaded < len(l.points) && l.points[loaded].ok {
					if err := tl.Append(refs[i], ts, l.points[loaded].v); err != nil {
						return nil, err
					}
				}
			}
		}
		for i, e := range evals {
			outs := e.Eval(ctx, at)
			for _, out := range outs {
				if out.Err != nil && t.failed == nil {
					t.failed = out.Err
				}
			}
			if i == in {
				var list []rules.Alert
				for _, a := range outs[which].Alerts {
					if a.State == rules.Firing {
						list = append(list, a)
					}
				}
				t.alerts = append(t.alerts, list)
			}
		}
	}
	return t, nil
}

// writer writes what rules record.
type writer struct{ tl *timeline.Timeline }

func (w writer) Append(ls labels.Labels, ts int64, v float64) error {
	return w.tl.Append(w.tl.Series(ls), ts, v)
}

func (w writer) AppendHistogram(ls labels.Labels, ts int64, h *histogram.FloatHistogram) error {
	return w.tl.AppendHistogram(w.tl.Series(ls), 0, ts, nil, h)
}
