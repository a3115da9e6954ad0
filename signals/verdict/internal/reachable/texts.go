package reachable

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// texts is a set of values that a label can have; "" is a label that is not
// there. Either list holds all of them, or any text can come that passes all
// matchers.
type texts struct {
	any      bool
	list     []string // sorted, when not any
	matchers []*labels.Matcher
	cause    Cause // why it is no larger
}

var anyText = texts{any: true}

func oneOf(cause Cause, list ...string) texts {
	list = slices.Clone(list)
	slices.Sort(list)
	return texts{list: slices.Compact(list), cause: cause}
}

func (t texts) empty() bool { return !t.any && len(t.list) == 0 }

// absent tells whether the label is never there.
func (t texts) absent() bool { return !t.any && len(t.list) == 1 && t.list[0] == "" }

// has tells whether the label can have the value.
func (t texts) has(s string) bool {
	if !t.any {
		return slices.Contains(t.list, s)
	}
	return passes(t.matchers, s)
}

func passes(matchers []*labels.Matcher, s string) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s) })
}

// and keeps what is in both.
func (t texts) and(o texts) texts {
	switch {
	case t.any && o.any:
		out := texts{any: true, matchers: slices.Concat(t.matchers, o.matchers), cause: t.cause}
		if len(t.matchers) == 0 {
			out.cause = o.cause
		}
		return out
	case t.any:
		return o.and(t)
	}
	out := texts{cause: t.cause}
	for _, s := range t.list {
		if o.has(s) {
			out.list = append(out.list, s)
		}
	}
	if len(out.list) < len(t.list) && t.cause.Text == "" {
		out.cause = o.cause
	}
	out.cause.Shape = t.cause.Shape || o.cause.Shape
	return out
}

// or keeps what is in either.
func (t texts) or(o texts) texts {
	switch {
	case t.empty() && !t.any:
		return o
	case o.empty() && !o.any:
		return t
	case t.any || o.any:
		if t.any && o.any && slices.EqualFunc(t.matchers, o.matchers, func(a, b *labels.Matcher) bool { return a.String() == b.String() }) {
			return t
		}
		return anyText
	}
	out := oneOf(t.cause, slices.Concat(t.list, o.list)...)
	out.cause.Shape = t.cause.Shape || o.cause.Shape
	return out
}

// matched narrows t to what a matcher lets through.
func (t texts) matched(m *labels.Matcher, cause Cause) texts {
	switch {
	case m.Type == labels.MatchEqual:
		return t.and(oneOf(cause, m.Value))
	case m.Type == labels.MatchRegexp && len(m.SetMatches()) > 0:
		return t.and(oneOf(cause, m.SetMatches()...))
	}
	out := t.and(texts{any: true, matchers: []*labels.Matcher{m}, cause: cause})
	return out
}

// String is for sentences: the values that can come.
func (t texts) String() string {
	switch {
	case t.absent():
		return "no such label"
	case t.any && len(t.matchers) == 0:
		return "any value"
	case t.any:
		var parts []string
		for _, m := range t.matchers {
			parts = append(parts, m.String())
		}
		return strings.Join(parts, ", ")
	}
	var parts []string
	for _, s := range t.list {
		parts = append(parts, quoted(s))
	}
	return strings.Join(parts, ", ")
}
