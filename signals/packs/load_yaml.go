package packs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// nodes reads what stands at the nodes of a YAML file, and collects the
// mistakes.
type nodes struct {
	file string
	errs []placed
}

type placed struct {
	line, column int
	err          error
}

func (y *nodes) failAt(line, column int, format string, args ...any) {
	line, column = max(line, 1), max(column, 1)
	y.errs = append(y.errs, placed{line, column, &Error{y.file, line, column, fmt.Sprintf(format, args...)}})
}

func (y *nodes) fail(n *yaml.Node, format string, args ...any) {
	y.failAt(n.Line, n.Column, format, args...)
}

// mapping calls f for each key that may stand there.
func (y *nodes) mapping(n *yaml.Node, what string, allowed []string, f func(key string, k, v *yaml.Node)) (seen map[string]bool) {
	seen = map[string]bool{}
	if n.Kind != yaml.MappingNode {
		y.fail(n, "%s must be a mapping of keys to values", what)
		return seen
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			y.fail(k, "a key of %s must be a plain word", what)
			continue
		case seen[k.Value]:
			y.fail(k, "the key %q stands twice in %s", k.Value, what)
		case allowed != nil && !slices.Contains(allowed, k.Value):
			y.fail(k, "unknown key %q in %s%s", k.Value, what, hint(k.Value, allowed))
		default:
			f(k.Value, k, v)
		}
		seen[k.Value] = true
	}
	return seen
}

// hint says what may be meant, or what there is.
func hint(word string, names []string) string {
	if n := similar(word, names); n != "" {
		return ": did you mean " + n + "?"
	}
	if len(names) == 0 {
		return ": there is none"
	}
	return ": there are " + strings.Join(names, ", ")
}

func (y *nodes) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		y.fail(n, "%s must be a text, and not empty", what)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (y *nodes) flag(n *yaml.Node, what string) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		y.fail(n, "%s must be true or false", what)
	}
	return n.Value == "true"
}

func (y *nodes) number(n *yaml.Node, what string) *float64 {
	v, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		y.fail(n, "%s must be a number", what)
		return nil
	}
	return &v
}

func (y *nodes) oneOf(n *yaml.Node, what string, names []string) string {
	if s := y.text(n, what); s == "" || slices.Contains(names, s) {
		return s
	}
	y.fail(n, "unknown %s %q%s", what, n.Value, hint(n.Value, names))
	return ""
}

// list is a text, or a list of texts.
func (y *nodes) list(n *yaml.Node, what string, f func(n *yaml.Node)) (texts []string) {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		if nodes = n.Content; len(nodes) == 0 {
			y.fail(n, "%s must not be empty", what)
		}
	}
	for _, n := range nodes {
		if s := y.text(n, what); s != "" {
			texts = append(texts, s)
			f(n)
		}
	}
	return texts
}
