package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/internal/near"
)

// noSeries: a selector without which there is no result matched nothing in the
// whole capture.
func noSeries(t *trace) []Finding {
	if len(t.nodes) == 0 {
		return nil
	}
	var out []Finding
	for _, n := range t.nodes[0].missing(func(s *node) bool { return s.selection.any() }) {
		out = append(out, t.noSeries(n))
	}
	return out
}

// noSeries says what there is in place of a selector's series.
func (t *trace) noSeries(n *node) Finding {
	vs := n.selector()
	f := n.finding()
	f.Expr, f.End = selectorText(vs), n.start+len(n.text)
	if f.End > n.end {
		f.End = n.end
	}
	name, ms := nameOf(vs.LabelMatchers)
	f.Evidence["selector"] = f.Expr
	var beside string
	if y := t.absent(n); y != nil {
		beside = t.beside(&f, y)
	}
	writers := t.run.names[name]
	switch {
	case len(writers) > 0 && !t.run.seen.Has(name):
		t.recorded(&f, name, writers)
	case name == "":
		f.Evidence["kind"] = "combination"
		f.Text = fmt.Sprintf("%s: no series of this capture passes %s", t.cannot(), f.Expr)
	case !t.run.seen.Has(name):
		f.Evidence["kind"], f.Evidence["metric"] = "metric", name
		f.Text = fmt.Sprintf("%s: it has no metric %s", t.cannot(), name)
		all := t.run.seen.Metrics()
		like := alike(name, all, 3, true)
		f.Evidence["nearest"] = like
		if word := near.Word(name, all); word != "" && near.Distance(name, word) <= max(2, len(name)/6) {
			f.Evidence["likely"] = word
			f.Text += "; probably " + word + " is meant"
		} else if len(like) > 0 {
			f.Text += "; the nearest names are " + list(like, 3)
		}
	default:
		t.noValue(&f, name, ms)
	}
	f.Text += beside + "."
	return f
}

// cannot begins the sentences about what is missing.
func (t *trace) cannot() string {
	if t.rule.Record != "" {
		return t.name() + " records nothing on this capture"
	}
	return t.name() + " cannot fire on this capture"
}

// absent is the tally of a selector that gave nothing, if it came up.
func (t *trace) absent(n *node) *tally {
	for ; n != nil; n = n.parent {
		if y := t.causes[causeKey{n.id, causeAbsent}]; y != nil {
			return y
		}
		if n.selector() == nil {
			break
		}
	}
	return nil
}

// nameOf takes the metric's name out of matchers; "" when they name none.
func nameOf(ms []*labels.Matcher) (string, []*labels.Matcher) {
	i := slices.IndexFunc(ms, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual })
	if i < 0 {
		return "", ms
	}
	return ms[i].Value, slices.Delete(slices.Clone(ms), i, i+1)
}

// noValue is about a metric that is there, and a matcher that nothing under its
// name passes.
func (t *trace) noValue(f *Finding, name string, ms []*labels.Matcher) {
	seen := t.run.seen
	f.Evidence["metric"] = name
	i := slices.IndexFunc(ms, func(m *labels.Matcher) bool { return !seen.Any(name, m) })
	if i < 0 {
		f.Evidence["kind"] = "combination"
		f.Text = fmt.Sprintf("%s: each matcher of %s lets series of %s pass, and none passes all of them", t.cannot(), f.Expr, name)
		return
	}
	m := ms[i]
	values := seen.Values(name, m.Name)
	f.Evidence["matcher"], f.Evidence["label"] = m.String(), m.Name
	if len(values) == 0 {
		t.noLabel(f, name, m)
		return
	}
	f.Evidence["kind"] = "value"
	sorted := alike(m.Value, values, 10, false)
	quoted := pairs(m.Name, sorted)
	f.Evidence["values"] = quoted
	if n := len(values) - len(sorted); n > 0 {
		f.Evidence["more_values"] = n
	}
	f.Text = fmt.Sprintf("%s: no %s passes %s (there: %s)", t.cannot(), name, m, list(quoted, 5))
	switch likely := likelyValue(m, values); {
	case likely != "" && (m.Name == "le" || m.Name == "quantile") && sameFloat(likely, m.Value):
		f.Evidence["likely"] = pair(m.Name, likely)
		f.Text += fmt.Sprintf("; since Prometheus 3 that is stored as %s", pair(m.Name, likely))
	case likely != "":
		f.Evidence["likely"] = pair(m.Name, likely)
		f.Text += fmt.Sprintf("; probably %s is meant", pair(m.Name, likely))
	case m.Name != model.JobLabel && m.Name != model.InstanceLabel: // these are no news
		f.Text += "; that it was not seen in this capture may be good news"
	}
}

func pair(name, value string) string { return fmt.Sprintf("%s=%q", name, value) }

func pairs(name string, values []string) []string {
	var out []string
	for _, v := range values {
		out = append(out, pair(name, v))
	}
	return out
}

// noLabel is about a metric none of whose series has a label.
func (t *trace) noLabel(f *Finding, name string, m *labels.Matcher) {
	f.Evidence["kind"] = "label"
	all, _ := t.run.seen.Labels(name)
	f.Evidence["labels"] = all
	f.Text = fmt.Sprintf("%s: no %s has a label %s, which %s asks for (there: %s)", t.cannot(), name, m.Name, m, list(all, 6))
	// Another label whose values the matcher lets pass, of which there is but
	// one.
	var passing []string
	for _, label := range all {
		for _, v := range t.run.seen.Values(name, label) {
			if m.Matches(v) && v != "" && m.Type != labels.MatchNotEqual && m.Type != labels.MatchNotRegexp {
				passing = append(passing, pair(label, v))
				break
			}
		}
	}
	if len(passing) > 0 {
		f.Evidence["passing"] = passing
		f.Text += fmt.Sprintf("; %s would pass", list(passing, 2))
	}
	if word := near.Word(m.Name, all); word != "" && near.Distance(m.Name, word) <= max(2, len(m.Name)/6) {
		f.Evidence["likely_label"] = word
		f.Text += fmt.Sprintf("; probably %s is meant", word)
	} else if len(passing) == 1 {
		f.Evidence["likely_label"], _, _ = strings.Cut(passing[0], "=")
	}
}

// likelyValue is the one value that was probably meant by a matcher; "" when
// none or several could be. A regular expression asks for many.
func likelyValue(m *labels.Matcher, values []string) string {
	if m.Type != labels.MatchEqual || m.Value == "" {
		return ""
	}
	var near1, part []string
	for _, v := range values {
		switch {
		case sameFloat(v, m.Value):
			return v
		case strings.EqualFold(v, m.Value), near.Distance(v, m.Value) <= len(m.Value)/6:
			near1 = append(near1, v)
		case len(m.Value) >= 4 && (strings.Contains(v, m.Value) || len(v) >= 4 && strings.Contains(m.Value, v)):
			part = append(part, v)
		}
	}
	for _, list := range [][]string{near1, part} {
		if len(list) == 1 {
			return list[0]
		}
	}
	return ""
}

// sameFloat tells whether two texts are one number.
func sameFloat(a, b string) bool {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && x == y
}

// recorded is about a series that rules of the set would have written.
func (t *trace) recorded(f *Finding, name string, writers []*trace) {
	f.Evidence["kind"], f.Evidence["metric"] = "recorded", name
	w := writers[0]
	f.Evidence["rule"] = w.name()
	verb := "records"
	if w.rule.Alert != "" {
		verb = "writes"
	}
	f.Text = fmt.Sprintf("%s: the rule that %s %s never gave any", t.cannot(), verb, name)
	if why := t.run.of(w); len(why) > 0 {
		f.Evidence["because"] = why[0].ID
		f.Text += ": " + strings.TrimSuffix(why[0].Text, ".")
	}
}

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
