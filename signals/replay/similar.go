package replay

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/internal/near"
)

// similar says what exists in place of a selector that matched nothing: the
// metric names most like the one it asks for, or, where the name exists, for
// the first matcher that nothing under that name passes the values there are.
func similar(names *ingest.Names, ms []*labels.Matcher) []string {
	var name *labels.Matcher
	for _, m := range ms {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			name = m
		}
	}
	if name == nil {
		return nil
	}
	if !names.Has(name.Value) {
		return alike(name.Value, names.Metrics(), 3, true)
	}
	for _, m := range ms {
		if m == name || names.Any(name.Value, m) {
			continue
		}
		var out []string
		for _, v := range alike(m.Value, first(names.Values(name.Value, m.Name), 100), 5, false) {
			out = append(out, labels.MustNewMatcher(labels.MatchEqual, m.Name, v).String())
		}
		if out == nil {
			out = []string{"no label " + m.Name + " on " + name.Value}
		}
		return out
	}
	return nil // each matcher has its series, no series has them all
}

// unseen tells whether a selector that matched nothing asks for a value that
// the capture could have had: its metric has each of the labels. Targets, and
// the bounds of histograms, do not come by themselves.
func unseen(names *ingest.Names, ms []*labels.Matcher) bool {
	at := slices.IndexFunc(ms, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual })
	if at < 0 || !names.Has(ms[at].Value) {
		return false
	}
	for i, m := range ms {
		if i == at || names.Any(ms[at].Value, m) {
			continue
		}
		switch m.Name {
		case model.MetricNameLabel, model.JobLabel, model.InstanceLabel, model.BucketLabel, model.QuantileLabel:
			return false
		}
		if len(names.Values(ms[at].Value, m.Name)) == 0 {
			return false
		}
	}
	return true
}

func first(list []string, n int) []string { return list[:min(n, len(list))] }

// alike sorts candidates by their distance to want and keeps the first n; close
// leaves out those that differ in more than half of it.
func alike(want string, candidates []string, n int, close bool) []string {
	type scored struct {
		s string
		d int
	}
	var list []scored
	for _, c := range candidates {
		d := near.Distance(want, c)
		if common := commonPrefix(want, c); common >= 6 {
			d -= common / 2 // metrics of one component share a prefix
		}
		if !close || d <= max(len(want), len(c))/2 {
			list = append(list, scored{c, d})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(a.d, b.d), strings.Compare(a.s, b.s)) })
	var out []string
	for _, s := range list[:min(n, len(list))] {
		out = append(out, s.s)
	}
	return out
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
