package export

import (
	"regexp/syntax"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// meet changes labels as little as it can until they pass matchers. It returns
// false where no value was found.
func meet(ls labels.Labels, matchers []*labels.Matcher) (labels.Labels, bool) {
	b := labels.NewBuilder(ls)
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel || m.Matches(ls.Get(m.Name)) {
			continue
		}
		found := false
		for _, v := range candidates(m) {
			if m.Matches(v) {
				b.Set(m.Name, v)
				found = true
				break
			}
		}
		if !found {
			return ls, false
		}
	}
	out := b.Labels()
	for _, m := range matchers { // two of one label may ask for different things
		if !m.Matches(out.Get(m.Name)) {
			return ls, false
		}
	}
	return out, true
}

// candidates are values that may pass a matcher.
func candidates(m *labels.Matcher) []string {
	switch m.Type {
	case labels.MatchEqual:
		return []string{m.Value}
	case labels.MatchRegexp:
		if re, err := syntax.Parse(m.Value, syntax.Perl); err == nil {
			return []string{sample(re, false), sample(re, true)}
		}
	}
	return []string{"", "other"}
}

// sample is a text that an expression matches, mostly: a short one, or with
// more a longer one.
func sample(re *syntax.Regexp, more bool) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			for _, r := range "0a" {
				if re.Rune[i] <= r && r <= re.Rune[i+1] {
					return string(r)
				}
			}
		}
		if len(re.Rune) > 0 {
			return string(re.Rune[0])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "0"
	case syntax.OpCapture, syntax.OpPlus:
		return sample(re.Sub[0], more)
	case syntax.OpStar, syntax.OpQuest:
		if more {
			return sample(re.Sub[0], more)
		}
	case syntax.OpRepeat:
		n := min(re.Min, 100)
		if n == 0 && more && re.Max != 0 {
			n = 1
		}
		return strings.Repeat(sample(re.Sub[0], more), n)
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(sample(sub, more))
		}
		return b.String()
	case syntax.OpAlternate:
		return sample(re.Sub[0], more)
	}
	return ""
}
