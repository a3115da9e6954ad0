package packs

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// What expressions leave open besides the pack's parameters.
const (
	windowName = "window" // how far rates look back
	backName   = "back"   // the offset of the first instant that they see
	byName     = "by"     // further labels to group by, each after a comma
)

var placeholder = regexp.MustCompile(`\$\{([^{}\n]*)\}`)

// number is what a parameter may be set to: NaN, for one, would silence its
// rules.
var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// expansion is a text with its placeholders filled in.
type expansion struct {
	text  string
	parts []part
}

// part is one filled placeholder: offsets in the text before and after.
type part struct{ from, fromEnd, to, toEnd int }

// expand fills in the placeholders. One without a value stays.
func expand(text string, values map[string]string) expansion {
	var e expansion
	var b strings.Builder
	last := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		v, ok := values[text[m[2]:m[3]]]
		if !ok {
			continue
		}
		b.WriteString(text[last:m[0]])
		p := part{from: m[0], fromEnd: m[1], to: b.Len()}
		b.WriteString(v)
		p.toEnd = b.Len()
		e.parts = append(e.parts, p)
		last = m[1]
	}
	b.WriteString(text[last:])
	e.text = b.String()
	return e
}

// source is the offset in the text before that an offset in the text after
// comes from; within a value, where its placeholder begins.
func (e expansion) source(off int) int {
	moved := 0
	for _, p := range e.parts {
		if off < p.to {
			break
		}
		if off < p.toEnd {
			return p.from
		}
		moved = p.fromEnd - p.toEnd
	}
	return off + moved
}

// SetError is the error of a parameter that packs do not have, or that is no
// number.
type SetError struct{ message string }

// Error says which parameter it is, and what there is instead.
func (e *SetError) Error() string { return e.message }

// checkSet tells whether every name in set is a parameter of one of the packs,
// as names has them, and every value a number.
func checkSet(list []*Pack, set map[string]string, names func(*Pack) []string) error {
	bad := func(format string, args ...any) error { return &SetError{fmt.Sprintf(format, args...)} }
	var all []string
	of := map[string]string{}
	for _, p := range list {
		for _, n := range names(p) {
			all = append(all, n)
			of[n] = p.Name
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		who, what := "the packs have", "there are"
		if len(list) == 1 {
			who, what = "pack "+list[0].Name+" has", "it has"
		}
		switch {
		case of[name] != "" && number.MatchString(set[name]):
		case of[name] != "":
			return bad("parameter %s of pack %s must be a decimal number, not %q", name, of[name], set[name])
		case len(all) == 0:
			return bad("%s no parameter %q, nor any other", who, name)
		default:
			return bad("%s no parameter %q: %s %s", who, name, what, strings.Join(all, ", "))
		}
	}
	return nil
}

func (p *Pack) parameterNames() []string { return slices.Sorted(maps.Keys(p.Parameters)) }

// ruleParameters are those that the pack's rules use.
func (p *Pack) ruleParameters() (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(p.ruleText(), -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// values are the parameters, those in set instead of their defaults.
func (p *Pack) values(set map[string]string) map[string]string {
	values := map[string]string{}
	for name, param := range p.Parameters {
		values[name] = param.Default
		if v, ok := set[name]; ok {
			values[name] = v
		}
	}
	return values
}
