package rules

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
)

// record gives the result of a recording rule its name and labels
// (rules/recording.go). An empty label value removes the label.
func record(r *Rule, limit int, vec []query.Sample) ([]query.Sample, error) {
	lb := labels.NewBuilder(labels.EmptyLabels())
	for i := range vec {
		lb.Reset(vec[i].Labels)
		lb.Set(model.MetricNameLabel, r.Record)
		r.Labels.Range(func(l labels.Label) { lb.Set(l.Name, l.Value) })
		vec[i].Labels = lb.Labels()
	}
	if sameLabels(vec) {
		return nil, ErrDuplicateRecords
	}
	if limit > 0 && len(vec) > limit {
		return nil, &LimitError{Limit: limit, Got: len(vec)}
	}
	if r.expr.Unordered {
		slices.SortFunc(vec, func(a, b query.Sample) int { return labels.Compare(a.Labels, b.Labels) })
	}
	return vec, nil
}

// sameLabels reports whether two samples have the same labels, by their hashes
// as upstream (promql.Vector.ContainsSameLabelset).
func sameLabels(vec []query.Sample) bool {
	if len(vec) < 2 {
		return false
	}
	seen := make(map[uint64]struct{}, len(vec))
	for _, s := range vec {
		seen[s.Labels.Hash()] = struct{}{}
	}
	return len(seen) < len(vec)
}
