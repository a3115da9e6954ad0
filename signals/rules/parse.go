package rules

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"maps"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/signals/query"
)

// ParseOptions are the settings of Parse and ParseExpr.
type ParseOptions struct {
	// Warn is told what upstream accepts with a warning: a second YAML
	// document, which is not read. nil ignores warnings.
	Warn func(*Error)
	// Features are names of --enable-feature, see query.Features.
	Features []string
	// IgnoreUnknownFields reads files with fields that Prometheus does not know
	// and refuses, as promtool's flag of that name does: those of Thanos, Mimir
	// or vmalert. They mean nothing here.
	IgnoreUnknownFields bool
}

// Parse reads a rule file. It is accepted exactly when Prometheus v0.316.0
// accepts it (model/rulefmt.Parse, unknown fields are errors unless opts says
// otherwise); an empty file has no groups. file is the name for messages and
// for Group.File.
//
// On mistakes all of them are returned, each an *Error with line and column,
// and no group. A file that is no YAML has one error, since upstream's YAML
// reader stops there.
func Parse(file string, data []byte, opts ParseOptions) ([]*Group, []error) {
	p := query.NewParser(opts.Features)
	parsed, errs := rulefmt.Parse(data, opts.IgnoreUnknownFields, model.UTF8Validation, p, slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		return nil, locate(file, data, p, opts.IgnoreUnknownFields, errs)
	}
	if opts.Warn != nil {
		warnSecondDocument(file, data, opts.Warn)
	}
	return newGroups(file, opts.Features, parsed, rulePlaces(data))
}

// newGroups makes our groups of those that rulefmt has accepted.
func newGroups(file string, features []string, parsed *rulefmt.RuleGroups, places placeTable) ([]*Group, []error) {
	groups := make([]*Group, 0, len(parsed.Groups))
	for i, g := range parsed.Groups {
		group := &Group{Name: g.Name, File: file, Interval: time.Duration(g.Interval), Limit: g.Limit, Labelled: len(g.Labels) > 0}
		if g.QueryOffset != nil {
			group.QueryOffset = time.Duration(*g.QueryOffset)
		}
		for j, r := range g.Rules {
			expr, err := query.Parse("", r.Expr, features)
			if err != nil { // rulefmt has parsed it before
				return nil, []error{&Error{File: file, Line: 1, Column: 1, Group: g.Name, Err: err}}
			}
			rule := newRule(expr, r, g.Labels)
			at := places.at(i, j)
			rule.Line, rule.Column = at.line, at.column
			group.Rules = append(group.Rules, rule)
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// ParseExpr makes a group of one alerting rule, called name and without `for`,
// from an expression alone. On a mistake the error is a *query.Error (the first
// of them) whose text shows the expression with a caret.
func ParseExpr(name, expr string, opts ParseOptions) (*Group, error) {
	parsed, err := query.Parse(name, expr, opts.Features)
	if err != nil {
		return nil, err
	}
	rule := newRule(parsed, rulefmt.Rule{Alert: name, Expr: expr}, nil)
	rule.Line, rule.Column = 1, 1
	return &Group{Name: name, Rules: []*Rule{rule}}, nil
}

// newRule is the counterpart of rules.Manager.LoadGroups.
func newRule(expr *query.Expr, r rulefmt.Rule, groupLabels map[string]string) *Rule {
	merged := make(map[string]string, len(groupLabels)+len(r.Labels))
	maps.Copy(merged, groupLabels)
	maps.Copy(merged, r.Labels)
	return &Rule{
		Alert:         r.Alert,
		Record:        r.Record,
		Expr:          r.Expr,
		For:           time.Duration(r.For),
		KeepFiringFor: time.Duration(r.KeepFiringFor),
		Labels:        labels.FromMap(merged),
		Annotations:   labels.FromMap(r.Annotations),
		Selectors:     expr.Selectors,
		Threshold:     expr.Threshold,
		expr:          expr,
	}
}

// warnSecondDocument warns when anything but the end follows the first YAML
// document, readable or not.
func warnSecondDocument(file string, data []byte, warn func(*Error)) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := dec.Decode(&first); err != nil {
		return
	}
	err := dec.Decode(&second)
	if errors.Is(err, io.EOF) {
		return
	}
	line, column := second.Line, second.Column
	if err != nil || line < 1 {
		line, column = position(string(data), bytes.Index(data, []byte("\n---"))+1)
	}
	warn(&Error{
		File: file, Line: line, Column: column, Text: lineOf(string(data), line),
		Err: errors.New("a file with several YAML documents: Prometheus reads only the first"),
	})
}

// A place in a file, both from 1.
type place struct{ line, column int }

// placeTable holds the places of an accepted file's rules by group and rule.
type placeTable [][]place

func (t placeTable) at(group, rule int) place {
	if group < len(t) && rule < len(t[group]) {
		return t[group][rule]
	}
	return place{1, 1}
}

func rulePlaces(data []byte) placeTable {
	var f struct {
		Groups []struct {
			Rules []yaml.Node `yaml:"rules"`
		} `yaml:"groups"`
	}
	if yaml.Unmarshal(data, &f) != nil {
		return nil
	}
	t := make(placeTable, len(f.Groups))
	for i, g := range f.Groups {
		for _, r := range g.Rules {
			t[i] = append(t[i], place{r.Line, r.Column})
		}
	}
	return t
}
