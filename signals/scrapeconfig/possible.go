package scrapeconfig

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
)

// values are those that a label can have, "" that it is not there.
type values struct {
	any  bool     // nothing is known of them
	list []string // if any is false
}

func only(list ...string) values { return values{list: list} }

var anything = values{any: true}

// maxValues is how many values of a label are told apart.
const maxValues = 64

func (v values) or(o values) values {
	if v.any || o.any {
		return anything
	}
	list := slices.Concat(v.list, o.list)
	slices.Sort(list)
	if list = slices.Compact(list); len(list) > maxValues {
		return anything
	}
	return only(list...)
}

// matching are the values that matchers of the label let pass.
func (v values) matching(name string, matchers []*labels.Matcher) values {
	list := v.list
	if v.any {
		i := slices.IndexFunc(matchers, func(m *labels.Matcher) bool { return m.Name == name && sets(m) != nil })
		if i < 0 {
			return v
		}
		list = sets(matchers[i])
	}
	out := only()
	for _, one := range list {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.Name == name && !m.Matches(one) }) {
			out.list = append(out.list, one)
		}
	}
	return out
}

// sets are the values that a matcher asks for, nil if they cannot be counted.
func sets(m *labels.Matcher) []string {
	switch m.Type {
	case labels.MatchEqual:
		return []string{m.Value}
	case labels.MatchRegexp:
		return m.SetMatches()
	}
	return nil
}

// An outlook is what the labels of a target or a series can be, of all labels
// that somebody asks for.
type outlook struct {
	values map[string]values
	// by is the rule that took a label away, by its name, or the one that drops
	// all.
	by      map[string]*Rule
	dropped *Rule
}

func newOutlook(names []string, of func(name string) values) *outlook {
	o := &outlook{values: map[string]values{}, by: map[string]*Rule{}}
	for _, n := range names {
		o.values[n] = of(n)
	}
	return o
}

// relabel runs rules. It tells whether something can be left of it.
func (o *outlook) relabel(rules []Rule) bool {
	for i := range rules {
		if !o.step(&rules[i]) {
			o.dropped = &rules[i]
			return false
		}
	}
	return true
}

func (o *outlook) set(name string, v values, by *Rule) {
	if _, asked := o.values[name]; asked {
		o.values[name] = v
		delete(o.by, name)
		if !v.any && !slices.ContainsFunc(v.list, func(s string) bool { return s != "" }) {
			o.by[name] = by
		}
	}
}

func (o *outlook) step(r *Rule) bool {
	switch r.Action {
	case relabel.LabelDrop, relabel.LabelKeep:
		for name := range o.values {
			if r.takes(name) {
				o.set(name, only(""), r)
			}
		}
		return true
	case relabel.LabelMap:
		o.forget()
		return true
	case relabel.Replace:
		if strings.Contains(r.TargetLabel, "$") {
			o.forget()
			return true
		}
	}
	names := r.reads()
	cases, known := o.cases(names)
	if !known {
		o.guess(r)
		return true
	}
	return o.try(r, names, cases)
}

// forget is what a rule leaves that may write any label.
func (o *outlook) forget() {
	for name := range o.values {
		o.set(name, anything, nil)
	}
}

// guess is what a rule may make of labels of which nothing is known.
func (o *outlook) guess(r *Rule) {
	if !r.writes() {
		return
	}
	old := o.values[r.TargetLabel]
	fixed := r.Action == relabel.Replace && !strings.Contains(r.Replacement, "$")
	switch re := r.Regex.String(); {
	case fixed && (re == "(.*)" || re == ".*"): // matches all there is
		o.set(r.TargetLabel, only(r.Replacement), r)
	case fixed:
		o.set(r.TargetLabel, old.or(only(r.Replacement)), r)
	default:
		o.set(r.TargetLabel, anything, r)
	}
}

// cases are all values that some labels can have together, as far as they can
// be counted.
func (o *outlook) cases(names []string) (list [][]string, known bool) {
	list = [][]string{nil}
	for _, n := range names {
		v, asked := o.values[n]
		if v.any || !asked {
			return nil, false
		}
		var more [][]string
		for _, c := range list {
			for _, one := range v.list {
				more = append(more, append(slices.Clone(c), one))
			}
		}
		if list = more; len(list) > maxValues {
			return nil, false
		}
	}
	return list, true
}

// try runs a rule on each case. It tells whether it keeps one of them.
func (o *outlook) try(r *Rule, names []string, cases [][]string) bool {
	var kept, written []string
	alive := false
	for _, c := range cases {
		b := labels.NewBuilder(labels.EmptyLabels())
		for i, n := range names {
			b.Set(n, c[i])
		}
		if !relabel.ProcessBuilder(b, &r.Config) {
			continue
		}
		alive = true
		written = append(written, b.Get(r.TargetLabel))
		if len(names) == 1 {
			kept = append(kept, c[0])
		}
	}
	switch {
	case alive && r.writes():
		o.set(r.TargetLabel, only().or(only(written...)), r)
	case alive && len(names) == 1: // what a label must be to be kept
		o.values[names[0]] = only().or(only(kept...))
	}
	return alive
}

// reads are the labels by whose values it is told what a rule does.
func (r *Rule) reads() (names []string) {
	for _, n := range r.SourceLabels {
		names = append(names, string(n))
	}
	if r.writes() || r.Action == relabel.KeepEqual || r.Action == relabel.DropEqual {
		names = append(names, r.TargetLabel)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// writes tells whether a rule sets its target label.
func (r *Rule) writes() bool {
	switch r.Action {
	case relabel.Replace, relabel.Lowercase, relabel.Uppercase, relabel.HashMod:
		return true
	}
	return false
}

// takes tells whether a rule takes a label away by its name.
func (r *Rule) takes(name string) bool {
	return r.Action == relabel.LabelDrop && r.Regex.MatchString(name) || r.Action == relabel.LabelKeep && !r.Regex.MatchString(name)
}

// leaves tells whether rules surely leave a label as it is.
func leaves(rules []Rule, name string) bool {
	return !slices.ContainsFunc(rules, func(r Rule) bool {
		return r.takes(name) || r.Action == relabel.LabelMap || r.writes() && (r.TargetLabel == name || strings.Contains(r.TargetLabel, "$"))
	})
}

// public is what a label of a target can be that its series get.
func (o *outlook) public(name string) values {
	v, asked := o.values[name]
	switch {
	case strings.HasPrefix(name, model.ReservedLabelPrefix):
		return only("")
	case !asked:
		return anything
	case name == model.InstanceLabel && !v.any && slices.Contains(v.list, ""): // the address then
		return anything
	}
	return v
}
