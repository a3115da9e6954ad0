package rules

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// A locator finds the places of a refused file's mistakes. It walks the YAML
// nodes with the same schema as rulefmt and asks rulefmt about each rule, so
// that one mistake does not hide the next.
type locator struct {
	file   string
	src    string
	lines  []string
	parser parser.Parser
	out    []*Error

	ignoreUnknown bool // fields

	group, rule string // where the walk is
}

// locate returns the mistakes of a file that rulefmt has judged, in the order
// of the file; it never returns none.
func locate(file string, data []byte, p parser.Parser, ignoreUnknown bool, judged []error) []error {
	l := newLocator(file, data, p, ignoreUnknown)
	var doc yaml.Node
	switch err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc); {
	case err != nil:
		l.yamlError(err)
	case aliasBomb(judged):
		// Walking what the YAML reader refused to expand would take as long.
	case len(doc.Content) > 0:
		l.document(doc.Content[0])
	}
	if len(l.out) == 0 {
		for _, err := range judged {
			l.yamlError(err)
		}
	}
	return l.errors()
}

func newLocator(file string, data []byte, p parser.Parser, ignoreUnknown bool) *locator {
	return &locator{
		file: file, src: string(data), lines: strings.Split(string(data), "\n"), parser: p, ignoreUnknown: ignoreUnknown,
	}
}

// errors returns what was noted in the order of the file, each once.
func (l *locator) errors() []error {
	slices.SortStableFunc(l.out, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Err.Error(), b.Err.Error()))
	})
	l.out = slices.CompactFunc(l.out, func(a, b *Error) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Err.Error() == b.Err.Error()
	})
	errs := make([]error, len(l.out))
	for i, e := range l.out {
		errs[i] = e
	}
	return errs
}

func aliasBomb(judged []error) bool {
	return slices.ContainsFunc(judged, func(err error) bool {
		return strings.Contains(err.Error(), "excessive aliasing")
	})
}

// add notes a mistake; a place outside of the file is moved to its nearest
// line.
func (l *locator) add(line, column int, err error) {
	line = max(1, min(line, len(l.lines)))
	l.out = append(l.out, &Error{
		File: l.file, Line: line, Column: max(1, column), Group: l.group, Rule: l.rule,
		Err: err, Text: strings.TrimSuffix(l.lines[line-1], "\r"),
	})
}

func (l *locator) at(n *yaml.Node, format string, args ...any) {
	l.add(n.Line, n.Column, fmt.Errorf(format, args...))
}

// document walks the document.
func (l *locator) document(root *yaml.Node) {
	l.mapping(root, "a rule file", map[string]func(field){
		"groups": func(f field) {
			names := map[string]bool{}
			for _, n := range l.list(f.value, "groups") {
				l.groupNode(n, names)
			}
		},
	})
}

func (l *locator) groupNode(n *yaml.Node, names map[string]bool) {
	l.group, l.rule = "", ""
	defer func() { l.group, l.rule = "", "" }()
	var g struct {
		name     string
		interval model.Duration
		limit    int
	}
	nameAt, bad := n, len(l.out)
	if f, ok := find(n, "name"); ok {
		// Ahead of the rest, for the rest's messages.
		_ = f.value.Decode(&l.group)
	}
	var rules []*yaml.Node
	l.mapping(n, "a group", map[string]func(field){
		"name":         func(f field) { nameAt = f.value; l.decode(f, &g.name) },
		"interval":     func(f field) { l.decode(f, &g.interval) },
		"query_offset": func(f field) { l.decode(f, &g.interval) },
		"limit":        func(f field) { l.decode(f, &g.limit) },
		"rules":        func(f field) { rules = l.list(f.value, "rules") },
		"labels": func(f field) {
			for _, label := range l.strings(f, "labels") {
				name, text := label.key.Value, label.text
				if !model.UTF8Validation.IsValidLabelName(name) || name == model.MetricNameLabel {
					l.at(label.key, "invalid label name: %s", name)
				}
				if !model.LabelValue(text).IsValid() {
					l.at(label.value, "invalid label value: %s", text)
				}
			}
		},
	})
	switch {
	case g.name == "" && len(l.out) == bad:
		l.at(nameAt, "a group must have a name")
	case names[g.name] && g.name != "":
		l.at(nameAt, "a group with this name stands in this file already")
	}
	names[g.name] = true
	for _, r := range rules {
		l.ruleNode(r)
	}
}
