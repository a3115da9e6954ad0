package compat

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// Versions reads what versions are meant: 1.18..1.36, 1.24.., ..1.30 or 1.36,
// with a v and a patch number if need be. It is an error when they are outside
// of the catalogue: of these nothing is known.
func Versions(c *catalogue.Catalogue, span string) ([]string, error) {
	if c == nil {
		return nil, errors.New("compat: there is no catalogue")
	}
	from, to, isRange := strings.Cut(span, "..")
	if !isRange {
		to = from
	}
	first, last := 0, len(c.Versions)-1
	for _, end := range []struct {
		version string
		index   *int
	}{{from, &first}, {to, &last}} {
		if end.version == "" && isRange {
			continue
		}
		v, ok := c.Version(end.version)
		if !ok {
			return nil, fmt.Errorf("version %q of %s: the catalogue knows %s to %s, and of others nothing", end.version, c.Software, c.Versions[0], c.Versions[len(c.Versions)-1])
		}
		*end.index = slices.Index(c.Versions, v)
	}
	if last < first {
		return nil, fmt.Errorf("versions %q: %s is older than %s", span, to, from)
	}
	return slices.Clone(c.Versions[first : last+1]), nil
}

// Check tells how the rules of groups fare on versions of the catalogue, as
// [Versions] returns them. The features are those that the groups were parsed
// with.
func Check(c *catalogue.Catalogue, versions []string, groups []*rules.Group, features []string) (*Result, error) {
	k := &checker{catalogue: c, families: map[string]*family{}, recorded: map[string][]*checked{}}
	for _, v := range versions {
		i := slices.Index(c.Versions, v)
		if i < 0 {
			return nil, fmt.Errorf("%q is no version of the catalogue of %s", v, c.Software)
		}
		k.versions = append(k.versions, i)
	}
	p := query.NewParser(features)
	var all []*checked
	for _, g := range groups {
		for _, r := range g.Rules {
			expr, err := p.ParseExpr(r.Expr)
			if err != nil {
				return nil, fmt.Errorf("%s: rule %q: %w", g.File, r.Name(), err)
			}
			x := &checked{checker: k, rule: r, group: g, expr: expr, breaks: map[int]bool{}}
			all = append(all, x)
			if r.Record != "" {
				k.recorded[r.Record] = append(k.recorded[r.Record], x)
			}
		}
	}
	result := &Result{Software: c.Software, Versions: slices.Clone(versions), Rules: []Rule{}}
	for _, x := range all {
		result.Rules = append(result.Rules, x.result())
	}
	return result, nil
}

// checker is what all rules share.
type checker struct {
	catalogue *catalogue.Catalogue
	versions  []int // that are looked at, as indexes of the catalogue's
	families  map[string]*family
	recorded  map[string][]*checked
}

// family is what is known of one.
type family struct {
	name    string // "" when the catalogue does not have it
	history catalogue.History
	at      []catalogue.Period // by the index of the version
	labels  map[string]catalogue.Knowledge
}

// label is what is known of a label of the family.
func (f *family) label(name string) catalogue.Knowledge {
	k, ok := f.labels[name]
	if !ok {
		k = f.history.Label(name)
		f.labels[name] = k
	}
	return k
}

// family returns that of a series' name.
func (k *checker) family(series string) *family {
	name := k.catalogue.Family(series)
	f := k.families[name]
	if f == nil {
		f = &family{name: name, history: k.catalogue.History(name), labels: map[string]catalogue.Knowledge{}}
		for _, p := range f.history.Periods {
			for i := slices.Index(k.catalogue.Versions, p.From); len(f.at) <= slices.Index(k.catalogue.Versions, p.To); i++ {
				f.at = append(f.at, p)
			}
		}
		k.families[name] = f
	}
	return f
}

// checked is a rule on its way.
type checked struct {
	*checker
	rule   *rules.Rule
	group  *rules.Group
	expr   parser.Expr
	breaks map[int]bool // by version, once it is known
	found  []*finding
}

// finding is a Finding by versions.
type finding struct {
	Finding
	at []int
}

// at is the name of a version.
func (k *checker) at(v int) string { return k.catalogue.Versions[v] }

// note adds a finding on a version. What is said already, of this or another
// part of the expression, holds on one version more.
func (x *checked) note(v int, id string, verdict Verdict, metric string, node parser.Node, text string) {
	pos := node.PositionRange()
	f := Finding{ID: id, Verdict: verdict, Metric: metric, Start: int(pos.Start), End: min(int(pos.End), len(x.rule.Expr)), Text: text}
	f.Expr = x.rule.Expr[min(f.Start, f.End):f.End]
	i := slices.IndexFunc(x.found, func(o *finding) bool {
		return o.ID == id && o.Verdict == verdict && o.Metric == metric && o.Text == text
	})
	if i < 0 {
		i = len(x.found)
		x.found = append(x.found, &finding{Finding: f})
	}
	if !slices.Contains(x.found[i].at, v) {
		x.found[i].at = append(x.found[i].at, v)
	}
}

func (x *checked) result() Rule {
	r := Rule{File: x.group.File, Line: x.rule.Line, Group: x.group.Name, Name: x.rule.Name(), Alert: x.rule.Alert != "", Expr: x.rule.Expr, Findings: []Finding{}}
	verdicts := make([]Verdict, len(x.versions))
	for i, v := range x.versions {
		x.look(v)
		verdicts[i] = x.verdict(v)
	}
	for i, v := range x.versions {
		name := x.catalogue.Versions[v]
		if n := len(r.Verdicts); i > 0 && r.Verdicts[n-1].Verdict == verdicts[i] {
			r.Verdicts[n-1].To = name
		} else {
			r.Verdicts = append(r.Verdicts, Run{Span{name, name}, verdicts[i]})
		}
	}
	slices.SortStableFunc(x.found, func(a, b *finding) int {
		if a.Verdict != b.Verdict {
			return rank[a.Verdict] - rank[b.Verdict]
		}
		return a.Start - b.Start
	})
	for _, f := range x.found {
		f.Spans = x.spans(f.at)
		r.Findings = append(r.Findings, f.Finding)
	}
	return r
}

// verdict is the rule's on a version, once look has looked.
func (x *checked) verdict(v int) Verdict {
	if x.broken(v) {
		return Breaks
	}
	worst := OK
	for _, f := range x.found {
		if f.Verdict == Note || !slices.Contains(f.at, v) {
			continue
		}
		verdict := f.Verdict
		if verdict == Breaks { // a part that the result does not need
			verdict = Changes
		}
		if rank[verdict] < rank[worst] {
			worst = verdict
		}
	}
	return worst
}

// spans joins successive versions.
func (k *checker) spans(at []int) []Span {
	var list []Span
	for i, v := range at {
		name := k.catalogue.Versions[v]
		if i > 0 && at[i-1] == v-1 {
			list[len(list)-1].To = name
		} else {
			list = append(list, Span{name, name})
		}
	}
	return list
}
