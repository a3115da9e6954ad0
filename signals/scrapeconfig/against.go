package scrapeconfig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// fixedJob tells whether all series of a job have its name as the label job:
// neither rules, nor labels of discovery, nor targets can set another.
func (j *Job) fixedJob() bool {
	if j.settings.HonorLabels || len(j.Files)+len(j.Others) > 0 {
		return false
	}
	for _, g := range j.Static {
		if _, ok := g.Labels[model.JobLabel]; ok {
			return false
		}
	}
	for _, r := range slices.Concat(j.Relabelling, j.MetricRelabel) {
		switch r.Action {
		case relabel.Keep, relabel.Drop, relabel.KeepEqual, relabel.DropEqual:
		case relabel.LabelMap:
			return false
		case relabel.LabelDrop, relabel.LabelKeep:
			if r.Regex.MatchString(model.JobLabel) == (r.Action == relabel.LabelDrop) {
				return false
			}
		default:
			if r.TargetLabel == model.JobLabel || strings.Contains(r.TargetLabel, "$") {
				return false
			}
		}
	}
	return true
}

// AddRules says which selectors of rules ask for a job that no job of the
// files gives, which ask for labels or metrics that none can give, by which
// labels rules group that no series can have, which jobs no selector matches,
// and which match[] of federations no recording rule meets.
func (r *Result) AddRules(groups []*rules.Group) {
	written := map[string]bool{}
	var all []*rules.Rule
	for _, g := range groups {
		for _, rule := range g.Rules {
			all = append(all, rule)
			written[rule.Record] = rule.Record != ""
		}
	}
	jobs := r.Jobs()
	var names, open []string
	for _, j := range jobs {
		names = append(names, j.Name)
		if !j.fixedJob() {
			open = append(open, j.Name)
		}
	}
	for _, f := range r.Files { // may have jobs that are not known
		if len(f.ScrapeConfigFiles) > 0 || slices.ContainsFunc(f.Findings, func(p Finding) bool { return p.ID == DoesNotLoad || p.ID == NoYAML && f.Repaired == "" }) {
			open = append(open, f.Name)
		}
	}
	for i := range r.Targets {
		if t := &r.Targets[i]; t.Kept() {
			names = append(names, t.Labels.Get(model.JobLabel))
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	asked := map[string]bool{}
	ask := r.newAsker(written, open)
	for _, g := range groups {
		for _, rule := range g.Rules {
			for _, s := range rule.Selectors {
				if written[s.Name()] {
					continue
				}
				meets := jobsOf(s.Matchers, names)
				for _, n := range meets {
					asked[n] = true
				}
				if len(meets) == 0 {
					r.asksForNoJob(g.File, rule, s.String, names, open)
					continue
				}
				ask.selector(g.File, rule, s)
			}
			ask.groupings(g.File, rule)
		}
	}
	ask.end()
	for _, f := range r.Files {
		for _, j := range f.Jobs {
			if len(all) > 0 && j.fixedJob() && !asked[j.Name] {
				f.trap(j, nil, JobUnasked, "", "no selector of the rules matches this job")
			}
			f.federated(j, all)
		}
		f.sort()
	}
}

// jobsOf are the names that the matchers of job let pass.
func jobsOf(matchers []*labels.Matcher, names []string) (out []string) {
	for _, n := range names {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.Name == model.JobLabel && !m.Matches(n) }) {
			out = append(out, n)
		}
	}
	return out
}

func (r *Result) asksForNoJob(file string, rule *rules.Rule, selector string, names, open []string) {
	found := Finding{Place: Place{file, rule.Line, rule.Column}, ID: NoSuchJob, Severity: severityOf(NoSuchJob),
		Message: fmt.Sprintf("rule %q: %s asks for another job than there are: %s", rule.Name(), selector, strings.Join(names, ", "))}
	if len(names) == 0 {
		return // nothing loads
	}
	if len(open) > 0 {
		found.Severity = expfmt.SeverityInfo
		found.Message += fmt.Sprintf("; which %s may give is not known", strings.Join(open, ", "))
	}
	if !slices.Contains(r.Findings, found) {
		r.Findings = append(r.Findings, found)
	}
}

// federated says of each match[] of a job whether a recording rule meets it by
// its name and the labels that it sets.
func (f *File) federated(j *Job, all []*rules.Rule) {
	if !j.federates() {
		return
	}
	for _, matchers := range f.selectors(j) {
		sure, records := 0, 0
		for _, rule := range all {
			if rule.Record == "" {
				continue
			}
			records++
			ls := labels.NewBuilder(rule.Labels).Set(model.MetricNameLabel, rule.Record).Labels()
			if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(ls.Get(m.Name)) }) {
				sure++
			}
		}
		if sure > 0 {
			continue
		}
		var spelt []string
		for _, m := range matchers {
			spelt = append(spelt, m.String())
		}
		_, params := find(j.node, "params")
		k, _ := find(params, "match[]")
		f.trap(j, k, MatchesNothing, selectorOf(all), fmt.Sprintf("no recording rule has a name and labels that {%s} matches, of %d: only series that get such labels otherwise are handed over", strings.Join(spelt, ","), records))
	}
}

// selectorOf spells the match[] that most recording rules meet by a label which
// they set; "" when none sets one. It is tried on each of them.
func selectorOf(all []*rules.Rule) string {
	best, most := "", 0
	tried := map[string]bool{}
	for _, rule := range all {
		if rule.Record == "" {
			continue
		}
		rule.Labels.Range(func(l labels.Label) {
			m := labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value)
			if tried[m.String()] {
				return
			}
			tried[m.String()] = true
			met := 0
			for _, other := range all {
				if other.Record != "" && m.Matches(other.Labels.Get(l.Name)) {
					met++
				}
			}
			if met > most {
				best, most = m.String(), met
			}
		})
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("match[]:\n- '{%s}'\n", strings.ReplaceAll(best, "'", "''"))
}

// AddCapture says which targets of a capture no kept target explains, by job
// and instance, which kept targets are not in it, and which of its series
// become one where a job takes labels away.
func (r *Result) AddCapture(c *capture.Capture) {
	if c == nil {
		return
	}
	kept := map[[2]string]bool{}
	for i := range r.Targets {
		if t := &r.Targets[i]; t.Kept() {
			kept[[2]string{t.Labels.Get(model.JobLabel), t.Labels.Get(model.InstanceLabel)}] = true
		}
	}
	note := func(message string) {
		r.Findings = append(r.Findings, Finding{Place: Place{File: c.Name}, ID: NotExplained, Severity: severityOf(NotExplained), Message: message})
	}
	list := func(what string, names []string) {
		if n := len(names); n > shownTargets {
			names = append(names[:shownTargets:shownTargets], fmt.Sprintf("and %d more", n-shownTargets))
		}
		if len(names) > 0 {
			note(what + ": " + strings.Join(names, ", "))
		}
	}
	var strange, absent []string
	there := map[[2]string]bool{}
	for _, t := range c.Targets {
		key := [2]string{t.Job, t.Instance}
		if there[key] = true; !kept[key] {
			strange = append(strange, t.Job+" "+t.Instance)
		}
	}
	for key := range kept {
		if !there[key] {
			absent = append(absent, key[0]+" "+key[1])
		}
	}
	r.merges(c)
	slices.Sort(absent)
	note(fmt.Sprintf("%d of its %d targets are targets that the jobs keep", len(c.Targets)-len(strange), len(c.Targets)))
	list("no kept target has job and instance of", strange)
	list("kept, and not in the capture", absent)
}

// shownTargets is how many targets one finding names.
const shownTargets = 20
