package rules

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
)

// record gives the result of a recording rule its name and labels
// (rules/recording.go). An empty label value removes the label.
func record(r *Rule, limit int, vec promql.Vector) (promql.Vector, error) {
	lb := labels.NewBuilder(labels.EmptyLabels())
	for i := range vec {
		lb.Reset(vec[i].Metric)
		lb.Set(model.MetricNameLabel, r.Record)
		r.Labels.Range(func(l labels.Label) { lb.Set(l.Name, l.Value) })
		vec[i].Metric = lb.Labels()
	}
	if vec.ContainsSameLabelset() {
		return nil, ErrDuplicateRecords
	}
	if limit > 0 && len(vec) > limit {
		return nil, &LimitError{Limit: limit, Got: len(vec)}
	}
	if r.unordered {
		slices.SortFunc(vec, func(a, b promql.Sample) int { return labels.Compare(a.Metric, b.Metric) })
	}
	return vec, nil
}
