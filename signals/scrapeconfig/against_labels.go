package scrapeconfig

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// written are the series that a server writes of each scrape, with the labels
// of the target and no relabelling.
var written = []string{
	"up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added",
	"scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes",
}

// An asker finds what rules ask for that no series of the jobs can have.
type asker struct {
	r       *Result
	jobs    []*Job
	records map[string]bool // names that rules write
	open    []string        // what may give more than is known
	// tried are the targets that discovery was tried on, by job.
	tried  map[*Job][]labels.Labels
	static map[*Job][]labels.Labels // those of jobs that have no other
	names  map[*Job][]string        // labels that its metric_relabel_configs are about
	left   int                      // labels and rules that may yet be looked at
	known  map[string]answer
}

// maxLooked is how many labels and rules of relabelling are looked at for all
// rules: some seconds of work.
const maxLooked = 15_000_000

// An answer is what the jobs give to a selector.
type answer struct {
	can   bool
	why   string // if they can't
	drops string // the rules that drop the metric by its name, and jobs that do
	all   bool   // these are all
	own   bool   // targets may answer with such a series all the same
}

func (r *Result) newAsker(records map[string]bool, open []string) *asker {
	a := &asker{r: r, jobs: r.Jobs(), records: records, tried: map[*Job][]labels.Labels{}, static: map[*Job][]labels.Labels{}, names: map[*Job][]string{}, left: maxLooked, known: map[string]answer{}}
	for i := range r.Targets {
		if t := &r.Targets[i]; t.Kept() {
			a.tried[t.Job] = append(a.tried[t.Job], t.Public())
		}
	}
	for _, j := range a.jobs {
		names := []string{model.MetricNameLabel}
		for _, rule := range j.MetricRelabel {
			names = append(append(names, rule.reads()...), rule.TargetLabel)
		}
		slices.Sort(names)
		a.names[j] = slices.Compact(names)
		for _, g := range j.Static {
			for _, t := range j.Relabel(g, false) {
				if t.Kept() {
					a.static[j] = append(a.static[j], t.Public())
				}
			}
		}
	}
	for _, name := range open { // jobs whose own name is not fixed are known all the same
		if !slices.ContainsFunc(a.jobs, func(j *Job) bool { return j.Name == name }) {
			a.open = append(a.open, name)
		}
	}
	return a
}

// selector says what a selector asks for in vain.
func (a *asker) selector(file string, rule *rules.Rule, s query.Selector) {
	if a.recorded(s) {
		return
	}
	sure := a.ask(s, false)
	sure.why += unless(sure.own, s.Name()) + a.external(s)
	switch got := a.ask(s, true); {
	case !sure.can && sure.all:
		a.add(file, rule, MetricDropped, false, fmt.Sprintf("%s selects no series that the jobs give: %s", s.String, sure.drops))
	case !sure.can:
		a.add(file, rule, NoSuchLabels, false, fmt.Sprintf("%s selects no series that the jobs give: %s", s.String, sure.why))
	case !got.can:
		a.add(file, rule, NoSuchLabels, true, fmt.Sprintf("%s selects no series of the targets that were tried: %s; others may be discovered", s.String, cmp.Or(got.drops, got.why)))
	case sure.drops != "":
		a.add(file, rule, MetricDropped, true, fmt.Sprintf("%s can be of other jobs alone: %s", s.String, sure.drops))
	}
}

// unless is what must not be for a sentence to be true.
func unless(own bool, name string) string {
	if !own {
		return ""
	}
	return fmt.Sprintf("; a target that answers with %s itself might", name)
}

// end says that not all was looked into.
func (a *asker) end() {
	if a.left < 0 {
		a.r.Findings = append(a.r.Findings, Finding{Place: Place{File: "rules"}, ID: NotTried, Severity: severityOf(NotTried),
			Message: "which labels and metrics the rules ask for in vain was not looked into for all of them: there are too many jobs, targets or rules"})
	}
}

// external tells of labels that are put on what leaves the server alone.
func (a *asker) external(s query.Selector) string {
	for _, f := range a.r.Files {
		for _, m := range s.Matchers {
			if v := f.external.Get(m.Name); v != "" && m.Matches(v) && !m.Matches("") {
				return fmt.Sprintf("; external_labels, which have %s %q, are put on what leaves the server, and rules don't see them", m.Name, v)
			}
		}
	}
	return ""
}

// groupings says by which labels a rule groups, matches or writes in vain.
func (a *asker) groupings(file string, rule *rules.Rule) {
	always := func(query.Selector) bool { return true }
	for _, g := range rule.Groupings() {
		var but string
		if g.Carries(always) && !g.Carries(a.may(g.Label, &but)) {
			to := "that the jobs give to it can"
			if g.Word == "on" {
				to = "that the jobs give to one of its sides can"
			} else if g.Word != "by" {
				to = fmt.Sprintf("that the jobs give to the side of which %s takes it can", g.Word)
			}
			a.add(file, rule, LabelUnset, false, fmt.Sprintf("%s: no series %s have the label %s%s", g.String, to, g.Label, but))
		}
	}
	for _, ref := range rule.References() {
		var but string
		if rule.Carries(ref.Label, always) && !rule.Carries(ref.Label, a.may(ref.Label, &but)) {
			a.add(file, rule, LabelUnset, false, fmt.Sprintf("the %s %s names $labels.%s: no series that the jobs give to the expression can have that label%s", ref.What, ref.Name, ref.Label, but))
		}
	}
}

// may tells whether a series of a selector may have a label, and but what must
// not be for that.
func (a *asker) may(label string, but *string) func(query.Selector) bool {
	there := labels.MustNewMatcher(labels.MatchNotEqual, label, "")
	return func(s query.Selector) bool {
		if a.recorded(s) {
			return true
		}
		got := a.ask(query.Selector{String: s.String + "\x00" + label, Matchers: append(slices.Clone(s.Matchers), there)}, false)
		if !got.can && got.own {
			*but = unless(true, s.Name())
		}
		return got.can
	}
}

// recorded tells whether rules may write what a selector asks for.
func (a *asker) recorded(s query.Selector) bool {
	meets := func(name string) bool {
		return !slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && !m.Matches(name) })
	}
	for name := range a.records {
		if name != "" && meets(name) {
			return true
		}
	}
	return meets("ALERTS") || meets("ALERTS_FOR_STATE")
}

func (a *asker) add(file string, rule *rules.Rule, id string, guess bool, message string) {
	found := Finding{Place: Place{file, rule.Line, rule.Column}, ID: id, Severity: severityOf(id), Message: fmt.Sprintf("rule %q: %s", rule.Name(), message)}
	if len(a.open) > 0 {
		guess = true
		found.Message += fmt.Sprintf("; which %s may give is not known", strings.Join(a.open, ", "))
	}
	if guess {
		found.Severity = expfmt.SeverityInfo
	}
	if !slices.Contains(a.r.Findings, found) {
		a.r.Findings = append(a.r.Findings, found)
	}
}

// ask tells whether the jobs can give a series that a selector matches; with
// tried, of the targets that they were tried on where there are some.
func (a *asker) ask(s query.Selector, tried bool) answer {
	key := fmt.Sprint(tried, s.String)
	if got, ok := a.known[key]; ok {
		return got
	}
	out := answer{all: true}
	var why, drops, other []string
	for _, j := range a.jobs {
		if a.left < 0 { // too much: nothing is said
			return answer{can: true}
		}
		if out.can && !j.dropsNames() { // which is all that is left to say
			continue
		}
		reasons, can := a.job(j, s, tried)
		out.can = out.can || can
		for _, r := range reasons {
			if r.job { // it is not the job that is asked
				other = append(other, r.text)
				continue
			}
			if r.drops(s) && !can {
				drops = append(drops, r.text)
			} else {
				out.all = false
			}
			why = append(why, r.text)
			out.own = out.own || r.own
		}
	}
	out.why, out.drops = cmp.Or(list(why), list(other)), list(drops)
	out.all = out.all && len(drops) > 0
	a.known[key] = out
	return out
}

// list joins some of a list, each once.
func list(all []string) string {
	const shown = 3
	slices.Sort(all)
	all = slices.Compact(all)
	if n := len(all); n > shown {
		all = append(all[:shown:shown], fmt.Sprintf("and %d more", n-shown))
	}
	return strings.Join(all, "; ")
}

// A reason is why a target gives nothing to a selector.
type reason struct {
	text string
	job  bool // it is the label job that differs
	own  bool // the series is one that a server writes itself
	rule *Rule
}

// drops tells whether the reason is a rule that drops the selector's metric.
func (r reason) drops(s query.Selector) bool {
	return r.rule != nil && s.Name() != "" && r.rule.Action == relabel.Drop && slices.Contains(r.rule.SourceLabels, model.MetricNameLabel)
}

// dropsNames tells whether a job drops metrics by their names.
func (j *Job) dropsNames() bool {
	return slices.ContainsFunc(j.MetricRelabel, func(r Rule) bool {
		return r.Action == relabel.Drop && slices.Contains(r.SourceLabels, model.MetricNameLabel)
	})
}

// job tells what a job can give to a selector, and if nothing, why.
func (a *asker) job(j *Job, s query.Selector, tried bool) (reasons []reason, can bool) {
	names := slices.Clone(a.names[j])
	for _, m := range s.Matchers {
		if _, there := slices.BinarySearch(a.names[j], m.Name); !there {
			names = append(names, m.Name)
		}
	}
	targets, discovered := a.static[j], j.discovers()
	if tried && len(a.tried[j]) > 0 {
		targets, discovered = a.tried[j], nil
	}
	look := func(of func(string) values) bool {
		if a.left -= len(names) + len(j.MetricRelabel) + 1; a.left < 0 {
			return true
		}
		r, ok := j.gives(s, names, of)
		if !ok {
			reasons = append(reasons, r)
		}
		return ok
	}
	for _, d := range discovered {
		if of, ok := d(j, names); ok && look(of) {
			return nil, true
		}
	}
	seen := map[string]bool{}
	for _, t := range targets {
		if a.left -= len(names); a.left < 0 {
			return nil, true
		}
		var key strings.Builder
		for _, n := range names {
			key.WriteString(t.Get(n) + "\xff")
		}
		if seen[key.String()] {
			continue
		}
		seen[key.String()] = true
		if look(func(name string) values { return only(t.Get(name)) }) {
			return nil, true
		}
	}
	if len(reasons) == 0 {
		reasons = []reason{{text: fmt.Sprintf("job %q keeps no target", j.Name)}}
	}
	return reasons, false
}

// discovers are the ways in which the job finds other targets than those of
// static_configs. Each says what labels of such a target can be, and whether
// there can be one.
func (j *Job) discovers() (ways []func(*Job, []string) (func(string) values, bool)) {
	if len(j.Files)+len(j.Others) > 0 || len(j.Static)+len(j.Kubernetes) == 0 { // a fragment's are somewhere else
		ways = append(ways, func(j *Job, names []string) (func(string) values, bool) {
			return j.relabelled(names, func(string) values { return anything })
		})
	}
	for _, k := range j.Kubernetes {
		ways = append(ways, func(j *Job, names []string) (func(string) values, bool) {
			return j.relabelled(names, func(name string) values {
				switch {
				case strings.HasPrefix(name, model.ReservedLabelPrefix), name == model.InstanceLabel && k.Role == "node":
					return anything
				case name == model.JobLabel:
					return only(j.Name)
				}
				return only("")
			})
		})
	}
	return ways
}

// relabelled are the labels of a target after relabelling.
func (j *Job) relabelled(names []string, of func(string) values) (func(string) values, bool) {
	names = append(slices.Clone(names), model.InstanceLabel)
	for _, r := range j.Relabelling {
		names = append(append(names, r.reads()...), r.TargetLabel)
	}
	o := newOutlook(names, of)
	return o.public, o.relabel(j.Relabelling)
}

// gives tells whether a series of a target can meet a selector, and if not,
// why. Of tells what the labels of the target can be.
func (j *Job) gives(s query.Selector, names []string, of func(string) values) (reason, bool) {
	name := only(written...).matching(model.MetricNameLabel, s.Matchers)
	var why reason
	if len(name.list) > 0 {
		o := newOutlook(names, of)
		o.values[model.MetricNameLabel] = name
		label, ok := o.meets(s)
		if ok {
			return reason{}, true
		}
		why = reason{job: label == model.JobLabel, own: true,
			text: fmt.Sprintf("%s has the labels of targets, and those of job %q %s", name.list[0], j.Name, o.spell(label))}
		if slices.Contains(written, s.Name()) && !j.settings.HonorLabels && !j.federates() {
			return why, false
		}
	}
	o := newOutlook(names, func(name string) values {
		if j.settings.HonorLabels || name == model.MetricNameLabel {
			return anything
		}
		if v := of(name); !v.any && !slices.Contains(v.list, "") {
			return v
		}
		return anything // the target's answer may have it
	})
	for _, n := range names {
		if !leaves(j.MetricRelabel, n) {
			continue
		}
		left := o.values[n].matching(n, s.Matchers)
		if !left.any && len(left.list) == 0 {
			return cmp.Or(why, reason{job: n == model.JobLabel, text: fmt.Sprintf("series of job %q %s", j.Name, o.spell(n))}), false
		}
		o.values[n] = left
	}
	if !o.relabel(j.MetricRelabel) {
		return cmp.Or(why, reason{text: fmt.Sprintf("job %q drops it (%s)", j.Name, o.dropped.spell()), rule: o.dropped}), false
	}
	label, ok := o.meets(s)
	if !ok {
		return cmp.Or(why, reason{job: label == model.JobLabel, text: fmt.Sprintf("series of job %q %s", j.Name, o.spell(label))}), false
	}
	return reason{}, true
}

// meets tells whether labels can be such as a selector asks for, or the first
// one that cannot.
func (o *outlook) meets(s query.Selector) (label string, ok bool) {
	for _, m := range s.Matchers {
		if v := o.values[m.Name]; !v.any && len(v.matching(m.Name, s.Matchers).list) == 0 {
			return m.Name, false
		}
	}
	return "", true
}

// spell says what a label is.
func (o *outlook) spell(name string) string {
	v := o.values[name]
	var there []string
	for _, one := range v.list {
		if one != "" {
			there = append(there, fmt.Sprintf("%q", one))
		}
	}
	switch by := o.by[name]; {
	case len(there) > 0:
		return fmt.Sprintf("have %s %s", name, strings.Join(there, " or "))
	case by != nil:
		return fmt.Sprintf("have no %s, which is taken away (%s)", name, by.spell())
	}
	return fmt.Sprintf("have no %s", name)
}
