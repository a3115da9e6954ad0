package suite

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

const none = "(none)"

// subset tells whether some of an alert's labels or annotations are enough.
func (a *Alert) subset() bool { return a.ExpLabelsSubset != nil || a.ExpAnnotationsSubset != nil }

// rows are the differences of an expected alert to one that fires; none means
// that it is as expected.
func (a *Alert) rows(name string, got *rules.Alert) (rows []Row) {
	want := maps.Clone(a.ExpLabels)
	if want == nil {
		want = map[string]string{}
	}
	want[model.AlertNameLabel] = name
	if a.ExpLabelsSubset != nil {
		rows = append(rows, differences("label", a.ExpLabelsSubset, got.Labels, true)...)
	} else if !a.subset() || a.ExpLabels != nil {
		rows = append(rows, differences("label", want, got.Labels, false)...)
	}
	if a.ExpAnnotationsSubset != nil {
		rows = append(rows, differences("annotation", a.ExpAnnotationsSubset, got.Annotations, true)...)
	} else if !a.subset() || a.ExpAnnotations != nil {
		rows = append(rows, differences("annotation", a.ExpAnnotations, got.Annotations, false)...)
	}
	return rows
}

// differences are the names whose values are not those wanted. With some, names
// that are not wanted do not matter.
func differences(kind string, want map[string]string, got labels.Labels, some bool) (rows []Row) {
	names := map[string]bool{}
	for n := range want {
		names[n] = true
	}
	if !some {
		got.Range(func(l labels.Label) { names[l.Name] = true })
	}
	for _, n := range slices.Sorted(maps.Keys(names)) {
		w, wanted := want[n]
		row := Row{What: kind + " " + n, Expected: none, Got: none}
		if wanted {
			row.Expected = quoteEmpty(w)
		}
		if got.Has(n) {
			row.Got = quoteEmpty(got.Get(n))
		}
		if w != got.Get(n) || !some && wanted != got.Has(n) { // to have none is to have an empty one, but not to promtool
			rows = append(rows, row)
		}
	}
	return rows
}

func quoteEmpty(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// pairUp gives each expected one a different one of what came, where same
// allows it, so that as many as possible have one (Kuhn's algorithm). -1 is
// none.
func pairUp(want, got int, same func(want, got int) bool) []int {
	of := slices.Repeat([]int{-1}, got) // the expected one of each that came
	var try func(w int, seen []bool) bool
	try = func(w int, seen []bool) bool {
		for g := range got {
			if seen[g] || !same(w, g) {
				continue
			}
			seen[g] = true
			if of[g] < 0 || try(of[g], seen) {
				of[g] = w
				return true
			}
		}
		return false
	}
	for w := range want {
		try(w, make([]bool, got))
	}
	pairs := slices.Repeat([]int{-1}, want)
	for g, w := range of {
		if w >= 0 {
			pairs[w] = g
		}
	}
	return pairs
}

// compareAlerts returns what differs between the alerts that a test expects and
// those that fire; nil when nothing does.
func compareAlerts(name string, want []Alert, got []rules.Alert) (rows []Row, missing int) {
	pairs := pairUp(len(want), len(got), func(w, g int) bool { return len(want[w].rows(name, &got[g])) == 0 })
	left := map[int]bool{}
	for g := range got {
		left[g] = !slices.Contains(pairs, g)
	}
	for w := range want {
		if pairs[w] >= 0 {
			continue
		}
		best := -1
		var least []Row
		for g := range got {
			if !left[g] {
				continue
			}
			if r := want[w].rows(name, &got[g]); best < 0 || len(r) < len(least) {
				best, least = g, r
			}
		}
		if best < 0 || len(least) > 0 && !alike(&want[w], &got[best]) {
			missing++
			rows = append(rows, Row{Of: name + wantedLabels(&want[w]), Expected: "fires", Got: none})
			continue
		}
		left[best] = false
		for _, r := range least {
			r.Of = name + shown(got[best].Labels)
			rows = append(rows, r)
		}
	}
	for g := range got {
		if left[g] {
			rows = append(rows, Row{Of: name + shown(got[g].Labels), Expected: none, Got: "fires"})
		}
	}
	return rows, missing
}

// alike tells whether an alert is probably the one that was expected: what
// differs is less than what is the same.
func alike(want *Alert, got *rules.Alert) bool {
	same, other := 0, 0
	for _, list := range []map[string]string{want.ExpLabels, want.ExpLabelsSubset} {
		for n, v := range list {
			if n == model.AlertNameLabel {
				continue
			}
			if got.Labels.Get(n) == v {
				same++
			} else {
				other++
			}
		}
	}
	return same >= other
}

// wantedLabels are those that an expected alert names.
func wantedLabels(a *Alert) string {
	if a.ExpLabelsSubset != nil {
		text := shown(labels.FromMap(a.ExpLabelsSubset))
		if text == "" {
			return "{…}"
		}
		return strings.TrimSuffix(text, "}") + ", …}"
	}
	return shown(labels.FromMap(a.ExpLabels))
}

// shown are labels without alertname; nothing when there are no others.
func shown(ls labels.Labels) string {
	if ls = labels.NewBuilder(ls).Del(model.AlertNameLabel).Labels(); ls.IsEmpty() {
		return ""
	}
	return ls.String()
}

// seriesText spells a series as PromQL does.
func seriesText(ls labels.Labels) string {
	name := ls.Get(model.MetricNameLabel)
	if name == "" || !model.LegacyValidation.IsValidMetricName(name) {
		return ls.String()
	}
	rest := labels.NewBuilder(ls).Del(model.MetricNameLabel).Labels()
	if rest.IsEmpty() {
		return name
	}
	return name + rest.String()
}

// expected is a sample of a test, its texts parsed.
type expected struct {
	labels labels.Labels
	value  float64
	hist   string
}

// expectSamples parses what a test expects of an expression.
func (r *runner) expectSamples(e *ExprTest) (list []expected, err error) {
	for _, s := range e.ExpSamples {
		want := expected{value: s.Value}
		if want.labels, err = r.parser.ParseMetric(s.Labels.Value); err != nil {
			return nil, fmt.Errorf("labels %q: %w", s.Labels.Value, err)
		}
		if s.Histogram.Value != "" {
			if want.hist, err = r.histogram(s.Histogram.Value); err != nil {
				return nil, fmt.Errorf("histogram %q: %w", s.Histogram.Value, err)
			}
		}
		list = append(list, want)
	}
	return list, nil
}

func (r *runner) histogram(text string) (string, error) {
	if n := countValues("{} " + text); n > maxQuerySamples || n > 0 && len(text) > maxHistograms/n {
		return "", fmt.Errorf("expected 1 value, got %d", n)
	}
	_, values, err := r.parser.ParseSeriesDesc("{} " + text)
	switch {
	case err != nil:
		return "", err
	case len(values) != 1:
		return "", fmt.Errorf("expected 1 value, got %d", len(values))
	case values[0].Histogram == nil:
		return "", fmt.Errorf("expected a histogram, got %v", values[0])
	}
	return histogramText(values[0].Histogram)
}

// histogramText spells a histogram as a test does. Upstream panics where it
// cannot.
func histogramText(h *histogram.FloatHistogram) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return h.TestExpression(), nil
}

// compareSamples returns what differs between the samples that a test expects
// and those that came.
func compareSamples(want []expected, got []query.Sample, fuzzy bool, tolerance float64) (rows []Row, err error) {
	taken := make([]bool, len(got))
	for _, w := range want {
		i := -1
		for j := range got {
			if !taken[j] && labels.Equal(w.labels, got[j].Labels) {
				i = j
				break
			}
		}
		row := Row{Of: seriesText(w.labels), Expected: number(w.value), Got: none}
		if w.hist != "" {
			row.Expected = w.hist
		}
		same := false
		if i >= 0 {
			taken[i] = true
			if h := got[i].Histogram; h == nil {
				row.Got = number(got[i].Value)
				same = w.hist == "" && sameFloat(w.value, got[i].Value, fuzzy, tolerance)
			} else {
				if row.Got, err = histogramText(h); err != nil {
					return nil, err
				}
				same = w.hist == row.Got && w.value == got[i].Value // which is 0
				if w.hist == row.Got {
					row.Expected, row.Got = "value "+number(w.value), "a histogram, whose value is 0"
				}
			}
		}
		if !same {
			rows = append(rows, row)
		}
	}
	for j, s := range got {
		if taken[j] {
			continue
		}
		row := Row{Of: seriesText(s.Labels), Expected: none, Got: number(s.Value)}
		if s.Histogram != nil {
			if row.Got, err = histogramText(s.Histogram); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
