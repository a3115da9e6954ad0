package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/signals/query"
)

// ParseAny reads rules in the forms in which people have them. Beside a rule
// file, which is read as Parse does, these are
//
//   - the answer of the Prometheus API's /api/v1/rules, or its data alone:
//     {"status":"success","data":{"groups":[…]}} or {"groups":[…]}. A group's
//     File is the one that the answer names;
//   - a PrometheusRule of the Prometheus operator, anything else with
//     spec.groups, and a List of them;
//   - several YAML documents of all these in one file, also where Prometheus
//     would read the first alone, which opts.Warn is told.
//
// Within them all is as strict as Parse, but that a name of a group may stand
// once in each document, PrometheusRule or file of an answer. Other Kubernetes
// objects among them are left out, with a warning. The errors are *Error, as
// those of Parse.
func ParseAny(file string, data []byte, opts ParseOptions) ([]*Group, []error) {
	docs, blank, err := rootsOf(data)
	if len(docs) == 0 || len(docs) == 1 && err == nil && isRuleFile(docs[0]) && !blank {
		return Parse(file, data, opts) // its errors are better than ours, too
	}
	s := &documents{file: file, features: opts.Features, locator: newLocator(file, data, query.NewParser(opts.Features), opts.IgnoreUnknownFields), warn: opts.Warn}
	if s.warn == nil {
		s.warn = func(*Error) {}
	}
	if err != nil {
		s.yamlError(err)
		return nil, s.errors()
	}
	for i, doc := range docs {
		if second := i == 1 || i == 0 && blank; second && isRuleFile(docs[0]) {
			s.warning(doc, "a file with several YAML documents: Prometheus reads only the first; here all are read")
		}
		s.document(doc, 0)
	}
	if len(s.units) == 0 && len(s.out) == 0 {
		s.at(docs[0], "no rules in here: wanted is a rule file (groups), a PrometheusRule (spec.groups), or what /api/v1/rules answers (data.groups)")
	}
	var groups []*Group
	for _, u := range s.units {
		groups = append(groups, s.judge(u)...)
	}
	if len(s.out) > 0 {
		return nil, s.errors()
	}
	return groups, nil
}

// rootsOf returns the roots of a file's YAML documents that hold anything,
// and whether one that does not comes before them.
func rootsOf(data []byte) (roots []*yaml.Node, blank bool, err error) {
	dec := yaml.NewDecoder(bytes.NewReader(joinSurrogates(data)))
	for {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return roots, blank, nil
		case err != nil:
			return roots, blank, err
		case len(doc.Content) > 0 && !isNull(doc.Content[0]):
			roots = append(roots, doc.Content[0])
		case len(roots) == 0:
			blank = true
		}
	}
}

// documents finds the groups of a file's documents.
type documents struct {
	*locator
	file     string
	features []string
	warn     func(*Error)
	units    []unit
}

// A unit is what rulefmt judges as one file.
type unit struct {
	file string
	root *yaml.Node // a mapping with groups, its nodes with their places in the file
}

func (s *documents) warning(n *yaml.Node, format string, args ...any) {
	s.warn(&Error{File: s.file, Line: n.Line, Column: n.Column, Text: lineOf(s.src, n.Line), Err: fmt.Errorf(format, args...)})
}

// judge has rulefmt judge a unit and makes its groups, or notes the mistakes.
func (s *documents) judge(u unit) []*Group {
	text, err := yaml.Marshal(u.root)
	if err != nil {
		s.at(u.root, "not readable as YAML: %w", err)
		return nil
	}
	parsed, errs := rulefmt.Parse(text, s.ignoreUnknown, model.UTF8Validation, s.parser, slog.New(slog.DiscardHandler))
	if len(errs) == 0 {
		groups, errs := newGroups(u.file, s.features, parsed, nodePlaces(u.root))
		for _, err := range errs {
			s.at(u.root, "%w", err)
		}
		return groups
	}
	before := len(s.out)
	if !aliasBomb(errs) {
		s.locator.document(u.root)
	}
	if len(s.out) == before { // only rulefmt knows what is wrong
		for _, err := range errs {
			s.at(u.root, "%w", err)
		}
	}
	return nil
}

// nodePlaces is rulePlaces for groups that stand deeper in a file.
func nodePlaces(root *yaml.Node) placeTable {
	groups, _ := find(root, "groups")
	t := make(placeTable, len(items(groups.value)))
	for i, g := range items(groups.value) {
		rules, _ := find(g, "rules")
		for _, r := range items(rules.value) {
			n := resolve(r)
			t[i] = append(t[i], place{n.Line, n.Column})
		}
	}
	return t
}

// items returns the elements of a list; none of what is no list.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || resolve(n).Kind != yaml.SequenceNode {
		return nil
	}
	return resolve(n).Content
}
