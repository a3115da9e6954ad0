package rules

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"go.yaml.in/yaml/v3"
)

// ruleNode reads one rule field by field, asks rulefmt what is wrong with what
// could be read, and places each answer.
func (l *locator) ruleNode(n *yaml.Node) {
	l.rule = ""
	var r rulefmt.Rule
	at := map[string]field{}
	before := len(l.out)
	text := func(into *string) func(field) {
		return func(f field) { at[f.key.Value] = f; l.decode(f, into) }
	}
	duration := func(into *model.Duration) func(field) {
		return func(f field) { at[f.key.Value] = f; l.decode(f, into) }
	}
	texts := func(into *map[string]string) func(field) {
		return func(f field) {
			at[f.key.Value] = f
			*into = map[string]string{}
			for _, s := range l.strings(f, f.key.Value) {
				(*into)[s.key.Value] = s.text
			}
		}
	}
	for _, name := range []string{"record", "alert"} {
		if f, ok := find(n, name); ok {
			_ = f.value.Decode(&l.rule)
		}
	}
	l.mapping(n, "a rule", map[string]func(field){
		"record": text(&r.Record), "alert": text(&r.Alert), "expr": text(&r.Expr),
		"for": duration(&r.For), "keep_firing_for": duration(&r.KeepFiringFor),
		"labels": texts(&r.Labels), "annotations": texts(&r.Annotations),
	})
	broken := len(l.out) > before
	for _, we := range r.Validate(rulefmt.RuleNode{}, model.UTF8Validation, l.parser) {
		err := we.Unwrap()
		if broken && strings.Contains(err.Error(), "must be set") {
			continue // the field may be the one that could not be read
		}
		l.ruleError(n, at, err)
	}
}

var (
	badField    = regexp.MustCompile(`^invalid field '(\w+)' in recording rule$`)
	badTemplate = regexp.MustCompile(`(?s)^(label|annotation) ("(?:[^"\\]|\\.)*"): template: .*?:(\d+): `)
)

// ruleError places one answer of rulefmt.Rule.Validate by its words; the rule's
// first field is the place of what it does not know.
func (l *locator) ruleError(n *yaml.Node, at map[string]field, err error) {
	msg := err.Error()
	var list parser.ParseErrors
	switch {
	case errors.As(err, &list):
		value := at["expr"].value
		for _, pe := range list {
			line, column := l.inScalar(value, int(pe.PositionRange.Start))
			l.add(line, column, fmt.Errorf("could not parse expression: %w", pe.Err))
		}
		return
	case strings.HasPrefix(msg, "only one of"):
		key := at["record"].key
		if a := at["alert"].key; a.Line > key.Line || a.Line == key.Line && a.Column > key.Column {
			key = a
		}
		n = key
	case strings.HasPrefix(msg, "field 'expr'"), errors.As(err, new(*query.LimitError)):
		if f, ok := at["expr"]; ok {
			n = f.value
		}
	case strings.HasPrefix(msg, "invalid recording rule name"), strings.HasPrefix(msg, "braces present"):
		n = at["record"].value
	}
	if m := badField.FindStringSubmatch(msg); m != nil {
		n = at[m[1]].key
	}
	if m := badTemplate.FindStringSubmatch(msg); m != nil {
		if name, unquoteErr := strconv.Unquote(m[2]); unquoteErr == nil {
			if f, ok := find(at[m[1]+"s"].value, name); ok {
				templateLine, _ := strconv.Atoi(m[3])
				line, column := l.inScalar(f.value, lineStart(resolve(f.value).Value, templateLine))
				l.add(line, column, err)
				return
			}
		}
	}
	if bad := badLabel(at, msg); bad != nil {
		n = bad
	}
	l.add(n.Line, n.Column, err)
}

// badLabel is the name or value that a message refuses, nil when it is about
// none.
func badLabel(at map[string]field, msg string) (n *yaml.Node) {
	for _, known := range []struct {
		prefix, where string
		key           bool
	}{
		{"invalid label name: ", "labels", true},
		{"invalid label value: ", "labels", false},
		{"invalid annotation name: ", "annotations", true},
	} {
		bad, ok := strings.CutPrefix(msg, known.prefix)
		if !ok {
			continue
		}
		for _, f := range fields(at[known.where].value, 0) {
			if known.key && f.key.Value == bad {
				n = f.key
			} else if !known.key && resolve(f.value).Value == bad {
				n = f.value
			}
		}
	}
	return n
}

// lineStart returns the offset at which a line, counted from 1, begins.
func lineStart(s string, line int) int {
	offset := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(s[offset:], '\n')
		if i < 0 {
			break
		}
		offset += i + 1
	}
	return offset
}
