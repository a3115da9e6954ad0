package scrapeconfig

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/signals/internal/near"
)

// The bounds of what a document expands to: nodes with aliases followed, and
// levels; and what a mapping merges.
const (
	maxNodes  = 1 << 17
	maxDepth  = 200
	maxMerged = 100 // mappings that one merges
)

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// parseYAML reads the documents of a text. The error has the line at which the
// parser stopped, from 1.
func parseYAML(text string) (docs []*yaml.Node, line int, err error) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		var n yaml.Node
		err := dec.Decode(&n)
		switch {
		case err == nil && len(n.Content) == 1:
			docs = append(docs, n.Content[0])
			continue
		case err == nil:
			continue
		case err.Error() == "EOF":
			return docs, 0, nil
		}
		line = 1
		msg := strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
			msg = strings.TrimPrefix(err.Error(), m[0])
		}
		return docs, line, errors.New(msg)
	}
}

// shift moves the places of nodes that were parsed from a text inside of
// another. Without exact they all stand where the text does.
func shift(n *yaml.Node, line, column int, exact bool) {
	if exact {
		n.Line, n.Column = n.Line+line, n.Column+column
	} else {
		n.Line, n.Column = line, column
	}
	for _, c := range n.Content { // not the target of an alias: it is in Content elsewhere
		shift(c, line, column, exact)
	}
}

// real is the node that an alias stands for.
func real(n *yaml.Node) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.AliasNode && i < maxDepth; i++ {
		n = n.Alias
	}
	return n
}

// isNull tells whether a node is null, or nothing is there.
func isNull(n *yaml.Node) bool {
	n = real(n)
	return n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// pair is a key and its value.
type pair struct{ key, value *yaml.Node }

// pairs are those of a mapping, what it merges included, in the order in which
// yaml.v2, and so Prometheus, sets them: the last of a name counts.
func pairs(n *yaml.Node) []pair {
	left := maxMerged
	return mergedPairs(n, &left)
}

func mergedPairs(n *yaml.Node, left *int) (out []pair) {
	n = real(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || k.Value != "<<" || k.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			out = append(out, pair{k, v})
			continue
		}
		if *left--; *left < 0 {
			return out // reading it by yaml.v2 tells of it
		}
		from := []*yaml.Node{v}
		if r := real(v); r != nil && r.Kind == yaml.SequenceNode {
			from = nil
			for _, one := range r.Content {
				from = append([]*yaml.Node{one}, from...) // the first counts
			}
		}
		for _, one := range from {
			out = append(out, mergedPairs(one, left)...)
		}
	}
	return out
}

// find is the value of a key, nil if there is none.
func find(n *yaml.Node, key string) (k, v *yaml.Node) {
	for _, p := range pairs(n) {
		if p.key.Value == key {
			k, v = p.key, p.value
		}
	}
	return k, v
}

// text is the scalar value of a key, or "".
func text(n *yaml.Node, key string) string {
	if _, v := find(n, key); v != nil && real(v).Kind == yaml.ScalarNode {
		return real(v).Value
	}
	return ""
}

// emitter writes a node as a text for yaml.v2 in which every key stands on a
// line of its own, so that the line of an error names a node.
type emitter struct {
	b     strings.Builder
	at    []pair // by line: the key, nil in a list, and the value
	nodes int
	err   error
}

// line ends a line that holds key and value.
func (e *emitter) line(key, value *yaml.Node) {
	e.b.WriteByte('\n')
	e.at = append(e.at, pair{key, value})
}

// fail keeps the first error.
func (e *emitter) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *emitter) node(key, n *yaml.Node, depth int, skip map[string]bool) {
	n = real(n)
	e.nodes++
	switch {
	case n == nil || depth > maxDepth:
		e.fail(fmt.Errorf("it is nested deeper than %d levels, or contains itself", maxDepth))
	case e.nodes > maxNodes:
		e.fail(fmt.Errorf("it expands to more than %d values", maxNodes))
	case e.err != nil:
	case n.Kind == yaml.ScalarNode:
		e.b.WriteString(" " + scalar(n))
		e.line(key, n)
	case len(n.Content) == 0:
		e.b.WriteString(map[yaml.Kind]string{yaml.MappingNode: " {}"}[n.Kind])
		if n.Kind == yaml.SequenceNode {
			e.b.WriteString(" []")
		}
		e.line(key, n)
	default:
		if depth > 0 {
			e.line(key, n)
		}
		e.content(n, depth, skip)
	}
}

func (e *emitter) content(n *yaml.Node, depth int, skip map[string]bool) {
	indent := strings.Repeat("  ", depth)
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			e.b.WriteString(indent + "-")
			e.node(nil, c, depth+1, nil)
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := real(n.Content[i]), n.Content[i+1]
		if k == nil || k.Kind != yaml.ScalarNode {
			e.fail(errors.New("a key is no word"))
			return
		}
		e.b.WriteString(indent + scalar(k) + ":")
		if skip[k.Value] { // its place is kept, so that one that stands twice is found
			e.line(k, v)
			continue
		}
		e.node(k, v, depth+1, nil)
	}
}

// scalar spells a scalar so that yaml.v2 takes it for what it was.
func scalar(n *yaml.Node) string {
	tag := ""
	if n.Style&yaml.TaggedStyle != 0 {
		tag = n.ShortTag() + " "
	}
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&quoted == 0 && !strings.ContainsAny(n.Value, "\n\u0085\u2028\u2029") {
		return tag + n.Value
	}
	return tag + strconv.QuoteToASCII(n.Value)
}

// fault is an error at a node.
type fault struct {
	at  *yaml.Node
	err error
}

// decode reads a node into out as Prometheus reads YAML: strictly, by yaml.v2.
// Keys in skip are left out.
func decode(n *yaml.Node, out any, skip map[string]bool) []fault {
	var e emitter
	e.node(nil, n, 0, skip)
	if e.err != nil {
		return []fault{{n, e.err}}
	}
	err := yamlv2.UnmarshalStrict([]byte(e.b.String()), out)
	te := (*yamlv2.TypeError)(nil)
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &te):
		return []fault{{e.meant(n, err.Error()), err}}
	}
	var faults []fault
	for _, msg := range te.Errors {
		faults = append(faults, e.typeError(n, msg, out))
	}
	return faults
}

var (
	atLine   = regexp.MustCompile(`^line (\d+): `)
	notFound = regexp.MustCompile(`^field (.+) not found in type `)
	setTwice = regexp.MustCompile(`^(?:field (.+) already set in type .*|key (.+) already set in map)$`)
)

// typeError is one line of yaml.v2's errors at its node, in words of ours.
func (e *emitter) typeError(n *yaml.Node, msg string, out any) fault {
	m := atLine.FindStringSubmatch(msg)
	if m == nil {
		return fault{n, errors.New(msg)}
	}
	msg = msg[len(m[0]):]
	line, _ := strconv.Atoi(m[1])
	if line < 1 || line > len(e.at) {
		return fault{n, errors.New(msg)}
	}
	at := e.at[line-1]
	key := at.key
	if key == nil {
		key = at.value
	}
	if m := notFound.FindStringSubmatch(msg); m != nil {
		return fault{key, unknownKey(m[1], keysOf(reflect.TypeOf(out)))}
	}
	if m := setTwice.FindStringSubmatch(msg); m != nil {
		return fault{key, fmt.Errorf("the key %s stands twice", m[1]+m[2])}
	}
	return fault{at.value, errors.New(strings.ReplaceAll(msg, "into []*yaml.MapSlice", "into a list"))}
}

func unknownKey(key string, known []string) error {
	err := fmt.Errorf("unknown key %q", key)
	if s := near.Word(key, known); s != "" {
		err = fmt.Errorf("%w: is %s meant?", err, s)
	}
	return err
}

// keysOf are the keys that a type has in YAML, those below it included.
func keysOf(t reflect.Type) (keys []string) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" && name != "-" {
				keys = append(keys, name)
			}
			if f.Tag.Get("yaml") != "" {
				walk(f.Type)
			}
		}
	}
	walk(t)
	return keys
}

var quotedWord = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'[^']*'|\x60[^\x60]*\x60`)

// meant is the node that an error without a line speaks of: the value that it
// quotes, what a regular expression stands in, or the key that it names; else
// n.
func (e *emitter) meant(n *yaml.Node, msg string) *yaml.Node {
	for _, q := range quotedWord.FindAllString(msg, -1) {
		word, err := strconv.Unquote(q)
		if err != nil {
			word = q[1 : len(q)-1]
		}
		for _, at := range e.at {
			if v := real(at.value); v != nil && v.Kind == yaml.ScalarNode && v.Value != "" && v.Value == word {
				return at.value
			}
		}
	}
	for _, at := range e.at {
		if at.key != nil && (strings.Contains(msg, at.key.Value) || at.key.Value == "regex" && strings.Contains(msg, "regexp")) && at.key.Value != "" {
			return at.value
		}
	}
	return n
}
