package verdict

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// changeNoSeries takes what exists in place of what was asked for.
func changeNoSeries(t *trace, f *Finding) []change {
	e := f.Evidence
	metric, _ := e["metric"].(string)
	switch e["kind"] {
	case "metric":
		near, _ := e["nearest"].([]string)
		likely, _ := e["likely"].(string)
		return t.otherMetrics(metric, near, likely)
	case "label":
		return t.otherLabels(f, metric)
	case "value":
		return t.otherValues(f, metric)
	case "combination":
		return t.fewerMatchers(f)
	}
	return nil
}

// otherMetrics puts names that exist in place of one that does not.
func (t *trace) otherMetrics(metric string, names []string, likely string) []change {
	var out []change
	for _, name := range names {
		c := t.with("with "+name, t.rematched(func(_ *node, ms []*labels.Matcher) []*labels.Matcher {
			if was, _ := nameOf(ms); was != metric {
				return nil
			}
			return swapped(ms, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, metric), labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name))
		}))
		c.likely = name == likely
		out = append(out, c)
	}
	return out
}

// same is the matcher of the selector that a finding is about.
func (t *trace) matcher(f *Finding) *labels.Matcher {
	text, _ := f.Evidence["matcher"].(string)
	for _, n := range t.nodes {
		if vs := n.selector(); vs != nil && selectorText(vs) == f.Expr {
			for _, m := range vs.LabelMatchers {
				if m.String() == text {
					return m
				}
			}
		}
	}
	return nil
}

// matched is the expression with a matcher changed in every selector that has
// it and matched nothing.
func (t *trace) matchedBy(was, by *labels.Matcher) string {
	return t.rematched(func(n *node, ms []*labels.Matcher) []*labels.Matcher {
		if t.run.series.of(n.selector()).any() {
			return nil
		}
		return swapped(ms, was, by)
	})
}

// swapped are matchers with one in place of another; nil when it is not there.
// A nil one leaves it out.
func swapped(ms []*labels.Matcher, was, by *labels.Matcher) []*labels.Matcher {
	i := slices.IndexFunc(ms, func(m *labels.Matcher) bool { return m.String() == was.String() })
	if i < 0 {
		return nil
	}
	ms = slices.Clone(ms)
	if by == nil {
		return slices.Delete(ms, i, i+1)
	}
	ms[i] = by
	return ms
}

// otherLabels asks other labels for the value.
func (t *trace) otherLabels(f *Finding, metric string) []change {
	was := t.matcher(f)
	if was == nil {
		return nil
	}
	likely, _ := f.Evidence["likely_label"].(string)
	var names []string
	if likely != "" {
		names = append(names, likely)
	}
	passing, _ := f.Evidence["passing"].([]string)
	for _, p := range passing {
		if name, _, _ := strings.Cut(p, "="); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var out []change
	for _, name := range names {
		by := labels.MustNewMatcher(was.Type, name, was.Value)
		c := t.with("with "+by.String(), t.matchedBy(was, by))
		c.likely = name == likely
		out = append(out, c)
	}
	return append(out, t.with("without "+was.String(), t.matchedBy(was, nil)))
}

// otherValues asks for each value that there is; a regular expression gets it
// as one more alternative.
func (t *trace) otherValues(f *Finding, metric string) []change {
	was := t.matcher(f)
	if was == nil || was.Type == labels.MatchNotEqual || was.Type == labels.MatchNotRegexp {
		return nil
	}
	likely, _ := f.Evidence["likely"].(string)
	var out []change
	for _, v := range alike(was.Value, t.run.seen.Values(metric, was.Name), maxValues, false) {
		if isBound(was.Name) && likely != "" && likely != pair(was.Name, v) {
			continue // other bounds are other questions
		}
		by := labels.MustNewMatcher(labels.MatchEqual, was.Name, v)
		if was.Type == labels.MatchRegexp {
			wider, err := labels.NewMatcher(labels.MatchRegexp, was.Name, was.Value+"|"+regexp.QuoteMeta(v))
			if err != nil {
				continue
			}
			by = wider
		}
		c := t.with("with "+by.String(), t.matchedBy(was, by))
		c.likely = likely == pair(was.Name, v)
		out = append(out, c)
	}
	return out
}

// isBound tells whether the values of a label are numbers, not names.
func isBound(label string) bool { return label == labels.BucketLabel || label == model.QuantileLabel }

// maxValues is how many of the values that there are get tried.
const maxValues = 10

// fewerMatchers leaves out one matcher at a time.
func (t *trace) fewerMatchers(f *Finding) []change {
	var out []change
	for _, n := range t.nodes {
		vs := n.selector()
		if vs == nil || selectorText(vs) != f.Expr {
			continue
		}
		_, ms := nameOf(vs.LabelMatchers)
		for _, m := range ms {
			out = append(out, t.with(fmt.Sprintf("without %s", m), t.matchedBy(m, nil)))
		}
		break
	}
	return out
}
