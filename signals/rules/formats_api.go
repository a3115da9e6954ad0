package rules

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// isRuleFile tells whether a document is to be read as a rule file: all is
// that has no other shape.
func isRuleFile(root *yaml.Node) bool {
	return !has(root, "kind") && !has(root, "spec") && !has(root, "data") && !has(root, "status") && !isAnswer(root)
}

func has(n *yaml.Node, name string) bool {
	_, ok := find(n, name)
	return ok
}

func scalarAt(n *yaml.Node, name string) string {
	if f, ok := find(n, name); ok && resolve(f.value).Kind == yaml.ScalarNode {
		return resolve(f.value).Value
	}
	return ""
}

func valueAt(n *yaml.Node, name string) *yaml.Node {
	f, _ := find(n, name)
	return f.value
}

// isAnswer tells whether the groups below root are those of the API, whose
// rules have a query where those of a file have an expr.
func isAnswer(root *yaml.Node) bool {
	return slices.ContainsFunc(items(valueAt(root, "groups")), func(g *yaml.Node) bool {
		return slices.ContainsFunc(items(valueAt(g, "rules")), func(r *yaml.Node) bool { return has(r, "query") && !has(r, "expr") })
	})
}

// maxLists bounds lists of lists, which aliases can make endless.
const maxLists = 4

// document notes the units of one document, which stands in so many lists.
func (s *documents) document(root *yaml.Node, lists int) {
	kind := scalarAt(root, "kind")
	switch spec, data := valueAt(root, "spec"), valueAt(root, "data"); {
	case scalarAt(root, "status") == "error":
		s.at(root, "the API answered with an error: %s", cmp.Or(scalarAt(root, "error"), scalarAt(root, "errorType")))
	case data != nil && has(data, "groups"):
		s.answer(data)
	case isAnswer(root):
		s.answer(root)
	case spec != nil && has(spec, "groups"):
		s.operator(spec)
	case strings.HasSuffix(kind, "List") && lists < maxLists:
		for _, item := range items(valueAt(root, "items")) {
			s.document(item, lists+1)
		}
	case kind != "":
		s.warning(root, "a %s holds no rules: left out", kind)
	default:
		s.units = append(s.units, unit{s.file, root})
	}
}

// operator takes the spec of a PrometheusRule. Its groups are those of a rule
// file and have partial_response_strategy beside, which is Thanos'.
func (s *documents) operator(spec *yaml.Node) {
	groups, _ := find(spec, "groups")
	list := copyOf(groups.value)
	for i, g := range list.Content {
		g = copyOf(g)
		for j := 0; j+1 < len(g.Content); j += 2 {
			if g.Content[j].Value == "partial_response_strategy" {
				g.Content = slices.Delete(g.Content, j, j+2)
				break
			}
		}
		list.Content[i] = g
	}
	s.units = append(s.units, unit{s.file, mappingOf(spec, groups.key, list)})
}

// answer takes the data of the API, one unit for each file that it names:
// groups of different files may have the same name.
func (s *documents) answer(data *yaml.Node) {
	groups, _ := find(data, "groups")
	at := map[string]*yaml.Node{}
	for _, g := range items(groups.value) {
		file := cmp.Or(scalarAt(g, "file"), s.file)
		list := at[file]
		if list == nil {
			list = &yaml.Node{Kind: yaml.SequenceNode, Line: groups.value.Line, Column: groups.value.Column}
			at[file] = list
			s.units = append(s.units, unit{file, mappingOf(data, groups.key, list)})
		}
		list.Content = append(list.Content, s.answerGroup(g))
	}
	if len(at) == 0 {
		s.units = append(s.units, unit{s.file, mappingOf(data, groups.key, groups.value)})
	}
}

func (s *documents) answerGroup(g *yaml.Node) *yaml.Node {
	out := mappingOf(g)
	for _, f := range fields(g, 0) {
		switch f.key.Value {
		case "name", "limit":
			out.Content = append(out.Content, f.key, f.value)
		case "interval":
			s.seconds(out, f, "interval")
		case "rules":
			list := copyOf(f.value)
			for i, r := range list.Content {
				list.Content[i] = s.answerRule(r)
			}
			out.Content = append(out.Content, f.key, list)
		}
	}
	return out
}

// answerRule spells a rule of the API (web/api/v1: AlertingRule, RecordingRule)
// as in a rule file. A rule without a type is an alert when it has a duration.
func (s *documents) answerRule(r *yaml.Node) *yaml.Node {
	kind := "record"
	if t := scalarAt(r, "type"); t == "alerting" || t == "" && has(r, "duration") {
		kind = "alert"
	}
	out := mappingOf(r)
	for _, f := range fields(r, 0) {
		switch name := f.key.Value; {
		case name == "name":
			out.Content = append(out.Content, renamed(f.key, kind), f.value)
		case name == "query":
			out.Content = append(out.Content, renamed(f.key, "expr"), f.value)
		case name == "labels", name == "annotations" && kind == "alert":
			out.Content = append(out.Content, f.key, f.value)
		case name == "duration" && kind == "alert":
			s.seconds(out, f, "for")
		case name == "keepFiringFor" && kind == "alert":
			s.seconds(out, f, "keep_firing_for")
		}
	}
	return out
}

// seconds adds a duration that the API gives as a number of seconds, unless it
// is 0; what is no number is left for rulefmt to judge.
func (s *documents) seconds(out *yaml.Node, f field, name string) {
	v := copyOf(f.value)
	switch n, err := strconv.ParseFloat(v.Value, 64); {
	case err != nil:
	case n == 0:
		return
	case !(n > 0 && n < math.MaxInt64/1e9):
		s.at(f.value, "%s: %s is no duration in seconds", f.key.Value, v.Value)
		return
	default:
		d := time.Duration(math.Round(n*1000)) * time.Millisecond
		v.Tag, v.Style, v.Value = "!!str", 0, model.Duration(d).String()
	}
	out.Content = append(out.Content, renamed(f.key, name), v)
}

// mappingOf makes a mapping at the place of n.
func mappingOf(n *yaml.Node, content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column, Content: content}
}

func copyOf(n *yaml.Node) *yaml.Node {
	c := *resolve(n)
	c.Content = slices.Clone(c.Content)
	return &c
}

func renamed(key *yaml.Node, name string) *yaml.Node {
	c := copyOf(key)
	c.Value = name
	return c
}

var surrogates = regexp.MustCompile(`\\\\|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})`)

// joinSurrogates spells pairs of UTF-16 escapes, which JSON has and YAML has
// not, as the characters they mean.
func joinSurrogates(data []byte) []byte {
	if trimmed := strings.TrimLeft(string(data[:min(len(data), 100)]), " \t\r\n"); !strings.HasPrefix(trimmed, "{") {
		return data
	}
	return surrogates.ReplaceAllFunc(data, func(m []byte) []byte {
		parts := surrogates.FindSubmatch(m)
		if parts[1] == nil {
			return m
		}
		hi, _ := strconv.ParseUint(string(parts[1]), 16, 16)
		lo, _ := strconv.ParseUint(string(parts[2]), 16, 16)
		return []byte(string(utf16.DecodeRune(rune(hi), rune(lo))))
	})
}
