package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

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
	if len(out) == 0 && t.given == 0 {
		out = t.noInfo()
	}
	return out
}

// infoMetric is where info() takes labels from unless it is told otherwise.
const infoMetric = "target_info"

// noInfo is about info() that must find a label and has no metric to find it
// in.
func (t *trace) noInfo() []Finding {
	for _, n := range t.nodes {
		call, ok := n.expr.(*parser.Call)
		if !ok || call.Func.Name != "info" || t.run.seen.Has(infoMetric) || len(n.kids) < 2 {
			continue
		}
		vs := n.kids[1].selector()
		if vs == nil || metricName(vs) != "" || !slices.ContainsFunc(vs.LabelMatchers, func(m *labels.Matcher) bool { return !m.Matches("") }) {
			continue
		}
		f := n.finding()
		f.Evidence["kind"], f.Evidence["metric"] = "metric", infoMetric
		f.Text = fmt.Sprintf("%s: it has no metric %s, in which info() looks for %s.", t.cannot(), infoMetric, n.kids[1].text)
		return []Finding{f}
	}
	return nil
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
	case len(writers) > 0 && !t.run.seen.Scraped(name):
		t.written(&f, vs, name, writers)
	case name == "":
		f.Evidence["kind"] = "combination"
		f.Text = fmt.Sprintf("%s: no series of this capture passes %s", t.cannot(), f.Expr)
	case !t.run.seen.Has(name):
		t.noMetric(&f, name)
	default:
		t.noValue(&f, name, ms)
	}
	f.Text += beside + "."
	return f
}

// noMetric is about a name that no series has.
func (t *trace) noMetric(f *Finding, name string) {
	f.Evidence["kind"], f.Evidence["metric"] = "metric", name
	f.Text = fmt.Sprintf("%s: it has no metric %s", t.cannot(), name)
	if slices.Contains(byServer, name) {
		f.Text += ", which a server writes of each scrape by itself and saved scrapes do not tell"
		return
	}
	all := t.run.seen.Metrics()
	if base := familyOf(name); base != name && t.run.seen.Has(base) {
		if typ, _ := t.run.seen.Type(base); typ == "histogram" {
			f.Evidence["nearest"], f.Evidence["native"] = []string{base}, true
			f.Text += fmt.Sprintf("; %s is there as a native histogram, which has no series of its parts", base)
			return
		}
	}
	if bucket := name + "_bucket"; t.run.seen.Has(bucket) {
		f.Evidence["nearest"], f.Evidence["native"] = []string{bucket}, false
		f.Text += fmt.Sprintf("; it is there as a classic histogram, by the name %s", bucket)
		return
	}
	if text := t.run.knownVersions().exists(f, name); text != "" {
		f.Text += text
		if renamed, ok := f.Evidence["renamed"].(string); ok && slices.Contains(all, renamed) {
			f.Evidence["nearest"] = []string{renamed} // its unit may be another
		}
		return
	}
	if word := misspelt(name, all); word != "" {
		f.Evidence["likely"], f.Evidence["nearest"] = word, []string{word}
		f.Text += "; probably " + word + " is meant"
		return
	}
	like := alike(name, all, 3, true)
	f.Evidence["nearest"] = like
	switch len(like) {
	case 0:
	case 1:
		f.Text += "; the nearest name is " + like[0]
	default:
		f.Text += "; the nearest names are " + list(like, 3)
	}
}

// byServer are the series that a server makes of a scrape, and that no file
// tells.
var byServer = []string{"scrape_duration_seconds", "scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes"}

// units are what names of metrics end in by custom, and what is forgotten.
var units = []string{"_total", "_seconds", "_seconds_total", "_bytes", "_bytes_total", "_ratio", "_info"}

// misspelt is the one metric that was probably meant by a name: it differs in
// two letters at most, and in no digit, or by a unit at its end; "" when none
// does, or several do.
func misspelt(name string, all []string) string {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
	}
	most := 2
	if len(name) < 8 {
		most = 1
	}
	best, at, several := "", most+1, false
	for _, word := range all {
		d := near.Distance(name, word)
		if slices.ContainsFunc(units, func(u string) bool { return word == name+u || name == word+u }) {
			d = 1
		}
		switch {
		case d > most || digits(name) != digits(word):
		case d < at:
			best, at, several = word, d, false
		case d == at:
			several = true
		}
	}
	if several {
		return ""
	}
	return best
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
	case likely != "" && isBound(m.Name) && sameFloat(likely, m.Value):
		f.Evidence["likely"] = pair(m.Name, likely)
		f.Text += fmt.Sprintf("; since Prometheus 3 that is stored as %s", pair(m.Name, likely))
	case likely != "":
		f.Evidence["likely"] = pair(m.Name, likely)
		f.Text += fmt.Sprintf("; probably %s is meant", pair(m.Name, likely))
	case m.Name != model.JobLabel && m.Name != model.InstanceLabel && t.run.seen.Scraped(name): // others are no news
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
	f.Text += t.run.knownVersions().label(f, name, m.Name)
	if word := near.Word(m.Name, all); word != "" && near.Distance(m.Name, word) <= 2 {
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

// written is about a series that rules of the set alone write: none of them
// could have written it, or those that could did not.
func (t *trace) written(f *Finding, vs *parser.VectorSelector, name string, writers []*trace) {
	var able []*trace
	for _, w := range writers {
		if w.writes(vs.LabelMatchers) {
			able = append(able, w)
		}
	}
	f.Evidence["metric"] = name
	_, ms := nameOf(vs.LabelMatchers)
	switch {
	case len(able) == 0 && t.run.seen.Has(name):
		t.noValue(f, name, ms)
		f.Text += "; no rule of the set writes it"
	case len(able) == 0:
		f.Evidence["kind"] = "combination"
		f.Text = fmt.Sprintf("%s: no rule of the set writes %s", t.cannot(), f.Expr)
	case len(able) == 1 && able[0] == t:
		f.Evidence["kind"] = "combination"
		f.Text = fmt.Sprintf("%s: of the set it would write %s by itself alone, which it never began to", t.cannot(), f.Expr)
	case len(able) == 1 && able[0].wrote() == "", !t.run.seen.Has(name):
		t.recorded(f, name, able[0], "was never pending or firing")
	case len(able) == 1 && able[0].wrote() == "pending" && asksFor(ms, "alertstate", "firing"):
		t.recorded(f, name, able[0], "was pending at most and never fired")
	default:
		t.noValue(f, name, ms)
	}
}

// wrote tells whether a rule wrote anything: "" when not, "pending" when it was
// an alert that never fired.
func (t *trace) wrote() string {
	switch {
	case t.result == nil || t.rule.Record != "" && t.result.Recorded == 0 || t.rule.Alert != "" && len(t.result.Alerts) == 0:
		return ""
	case t.rule.Alert != "" && !t.fired():
		return "pending"
	}
	return "all"
}

// asksFor tells whether matchers ask a label for one value.
func asksFor(ms []*labels.Matcher, name, value string) bool {
	return slices.ContainsFunc(ms, func(m *labels.Matcher) bool {
		return m.Name == name && m.Type == labels.MatchEqual && m.Value == value
	})
}

// recorded is about a series that a rule of the set would have written.
func (t *trace) recorded(f *Finding, name string, w *trace, alertWas string) {
	f.Evidence["kind"], f.Evidence["metric"] = "recorded", name
	f.Evidence["rule"] = w.name()
	if w.rule.Alert != "" {
		f.Text = fmt.Sprintf("%s: the alert %s, of which %s would be, %s", t.cannot(), w.name(), f.Expr, alertWas)
	} else {
		what := name
		if len(t.run.names[name]) > 1 {
			what = f.Expr // others record some of it
		}
		f.Text = fmt.Sprintf("%s: the rule that records %s never gave any", t.cannot(), what)
	}
	if why := t.run.of(w); len(why) > 0 {
		f.Evidence["because"] = why[0].ID
		f.Text += ": " + strings.TrimSuffix(why[0].Text, ".")
	}
}

// alike sorts candidates by their distance to want and keeps the first n; close
// leaves out those that differ in more than a third of it.
func alike(want string, candidates []string, n int, close bool) []string {
	type scored struct {
		s string
		d int
	}
	var list []scored
	for _, c := range candidates {
		d := near.Distance(want, c)
		if !close || d <= max(len(want), len(c))/3 {
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
