package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A field is one entry of a YAML mapping; value is never an alias's target.
type field struct{ key, value *yaml.Node }

// fields returns the entries of a mapping, those merged with << last.
func fields(n *yaml.Node, depth int) []field {
	if n == nil || depth > 10 || resolve(n).Kind != yaml.MappingNode {
		return nil
	}
	n = resolve(n)
	var own, merged []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag != "!!merge" {
			own = append(own, field{key, value})
			continue
		}
		if v := resolve(value); v.Kind == yaml.SequenceNode {
			for _, from := range v.Content {
				merged = append(merged, fields(from, depth+1)...)
			}
		} else {
			merged = append(merged, fields(v, depth+1)...)
		}
	}
	for _, f := range merged {
		if !slices.ContainsFunc(own, func(o field) bool { return o.key.Value == f.key.Value }) {
			own = append(own, f)
		}
	}
	return own
}

func find(n *yaml.Node, name string) (field, bool) {
	for _, f := range fields(n, 0) {
		if f.key.Value == name {
			return f, true
		}
	}
	return field{}, false
}

func resolve(n *yaml.Node) *yaml.Node {
	for i := 0; n.Kind == yaml.AliasNode && i < 10; i++ {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return resolve(n).ShortTag() == "!!null" }

// mapping hands each known field of n to its function and notes unknown and
// repeated ones.
func (l *locator) mapping(n *yaml.Node, what string, known map[string]func(field)) {
	if isNull(n) {
		return
	}
	if resolve(n).Kind != yaml.MappingNode {
		l.at(n, "expected %s (a mapping), found %s", what, kindOf(n))
		return
	}
	seen := map[string]int{}
	for _, f := range fields(n, 0) {
		if line, twice := seen[f.key.Value]; twice {
			l.at(f.key, "field %q stands here twice, first in line %d", f.key.Value, line)
			continue
		}
		seen[f.key.Value] = f.key.Line
		if fn, ok := known[f.key.Value]; ok {
			fn(f)
			continue
		}
		if l.ignoreUnknown {
			continue
		}
		names := make([]string, 0, len(known))
		for name := range known {
			names = append(names, name)
		}
		slices.Sort(names)
		l.at(f.key, "unknown field %q in %s (known: %s)", f.key.Value, what, strings.Join(names, ", "))
	}
}

func (l *locator) list(n *yaml.Node, what string) []*yaml.Node {
	v := resolve(n)
	if v.Kind != yaml.SequenceNode {
		if !isNull(v) {
			l.at(n, "%s must be a list, found %s", what, kindOf(n))
		}
		return nil
	}
	return v.Content
}

type stringField struct {
	field
	text string
}

// strings reads labels or annotations and returns the readable ones.
func (l *locator) strings(f field, what string) []stringField {
	v := resolve(f.value)
	if v.Kind != yaml.MappingNode {
		if !isNull(v) {
			l.at(f.value, "%s must be a mapping of names to texts, found %s", what, kindOf(v))
		}
		return nil
	}
	var out []stringField
	seen := map[string]int{}
	for _, entry := range fields(v, 0) {
		if line, twice := seen[entry.key.Value]; twice {
			l.at(entry.key, "%q stands here twice, first in line %d", entry.key.Value, line)
			continue
		}
		seen[entry.key.Value] = entry.key.Line
		s := stringField{field: entry}
		if l.decode(entry, &s.text) {
			out = append(out, s)
		}
	}
	return out
}

// decode reads one value as rulefmt's YAML reader does.
func (l *locator) decode(f field, into any) bool {
	err := f.value.Decode(into)
	if err == nil {
		return true
	}
	msg := err.Error()
	if te := new(yaml.TypeError); errors.As(err, &te) && len(te.Errors) > 0 {
		msg = linePrefix.ReplaceAllString(te.Errors[0], "")
	}
	l.at(f.value, "%s: %s", f.key.Value, msg)
	return false
}

func kindOf(n *yaml.Node) string {
	switch n = resolve(n); n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", n.Value)
}
