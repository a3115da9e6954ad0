package packs

import (
	"errors"
	"strings"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// Rules returns the pack's rules as a Prometheus rule file, with the parameters
// in set, which must be its and numbers, in place of their defaults. Its lines
// are numbered as in the pack; it is empty when the pack has no rules.
func (p *Pack) Rules(set map[string]string) ([]byte, error) {
	if err := checkSet([]*Pack{p}, set, (*Pack).ruleParameters); err != nil {
		return nil, err
	}
	return []byte(p.rules(set).text), nil
}

func (p *Pack) rules(set map[string]string) expansion {
	return expand(p.ruleText(), p.values(set))
}

// ruleText is the file with empty lines for those that are no rules, which
// keeps the numbering.
func (p *Pack) ruleText() string {
	if p.from == 0 {
		return ""
	}
	var b strings.Builder
	n := 0
	for line := range strings.Lines(string(p.text)) {
		if n++; n < p.from {
			line = "\n"
		} else if n > p.upTo {
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// groups returns the rules of several packs, in the packs' order. A name in set
// counts for every pack whose rules have such a parameter; it is an error if
// none has.
func groups(list []*Pack, set map[string]string) ([]*rules.Group, error) {
	if err := checkSet(list, set, (*Pack).ruleParameters); err != nil {
		return nil, err
	}
	var out []*rules.Group
	for _, p := range list {
		gs, errs := rules.Parse(p.File, []byte(p.rules(set).text), rules.ParseOptions{})
		if len(errs) > 0 {
			return nil, errors.Join(errs...)
		}
		out = append(out, gs...)
	}
	return out, nil
}
