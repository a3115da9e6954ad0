package verdict

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// changers make the changes that a kind of finding suggests, the likely one
// first. Some findings suggest none: what a longer capture would say of an
// offset or a range can't be tried on this one, no change makes a number of
// 0/0, and a series that another rule of the set did not write is missing for
// the reasons, and with the changes, that are told of that rule.
var changers = map[string]func(*trace, *Finding) []change{
	Failing:           changeFailing,
	Unreachable:       changeUnreachable,
	NoSeries:          changeNoSeries,
	TooOld:            changeTooOld,
	RangeTooShort:     changeRange,
	CaptureTooShort:   changeCapture,
	SilencedByAbsence: changeAbsence,
	Unmatched:         changeMatching,
	BornLate:          changeBornLate,
	IdentityChurn:     changeIdentity,
	NotHeld:           changeFor,
	Undefined:         changeUndefined,
	Quiet:             changeQuiet,
	AlwaysTrue:        changeAlwaysTrue,
	TypeMisuse:        changeType,
}

// changes are those that a finding suggests.
func (t *trace) changes(f *Finding) []change {
	make := changers[f.ID]
	if make == nil || len(t.nodes) == 0 {
		return nil
	}
	list := slices.DeleteFunc(make(t, f), func(c change) bool { return c.rule == nil })
	slices.SortStableFunc(list, func(a, b change) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

func rank(c change) int {
	if c.likely {
		return 0
	}
	return 1
}

// with is a change of the expression; its rule is nil when that does not parse
// or says the same as before.
func (t *trace) with(text, expr string) change {
	c := change{text: text}
	p := query.NewParser(t.run.opts.Features)
	parsed, err := p.ParseExpr(expr)
	if err != nil || parsed.String() == t.nodes[0].expr.String() {
		return c
	}
	if rule, err := t.rule.With(expr, t.run.opts.Features); err == nil {
		c.rule = rule
	}
	return c
}

// asLikely marks a change as what was probably meant.
func (c change) asLikely() change { c.likely = true; return c }

// rewritten is the rule's expression with some sub-expressions written anew:
// those for which write returns a text. It is given copies that it may change,
// outer ones first, and is not asked of what lies in one that it wrote.
func (t *trace) rewritten(write func(copied *node) string) string {
	expr := t.rule.Expr
	nodes := newTree(expr, t.run.opts.Features)
	if nodes == nil {
		return expr
	}
	var out strings.Builder
	at := 0
	var visit func(*node)
	visit = func(n *node) {
		if text := write(n); text != "" && n.start >= at {
			out.WriteString(expr[at:n.start])
			out.WriteString(text)
			at = n.end
			return
		}
		kids := slices.Clone(n.kids)
		slices.SortStableFunc(kids, func(a, b *node) int { return cmp.Compare(a.start, b.start) })
		for _, k := range kids {
			visit(k)
		}
	}
	visit(nodes[0])
	out.WriteString(expr[at:])
	return out.String()
}

// rematched is the expression with the matchers of some selectors changed:
// those for which change returns other ones.
func (t *trace) rematched(change func(n *node, ms []*labels.Matcher) []*labels.Matcher) string {
	return t.rewritten(func(n *node) string {
		vs := n.selector()
		if vs == nil {
			return ""
		}
		ms := change(n, vs.LabelMatchers)
		if ms == nil {
			return ""
		}
		vs.LabelMatchers = ms
		vs.Name, _ = nameOf(ms)
		return n.expr.String()
	})
}

// ranges are the expression with every range of a selector changed for which
// change returns another one.
func (t *trace) ranges(change func(time.Duration) time.Duration) string {
	return t.rewritten(func(n *node) string {
		m, ok := n.expr.(*parser.MatrixSelector)
		if !ok {
			return ""
		}
		if d := change(m.Range); d != m.Range {
			m.Range, m.RangeExpr = d, nil
			return m.String()
		}
		return ""
	})
}

// replaced is the expression with one node written as a text.
func (t *trace) replaced(n *node, text string) string {
	return t.rewritten(func(c *node) string {
		if c.id == n.id {
			return text
		}
		return ""
	})
}

// source is a node as it stands in the rule, without comments that would hide
// what is written behind it.
func (t *trace) source(n *node) string {
	text := t.rule.Expr[n.start:n.end]
	if strings.Contains(text, "#") {
		return n.expr.String()
	}
	return text
}

// of is the node of a finding: the outermost there; nil when it is about the
// rule as a whole.
func (t *trace) of(f *Finding) *node {
	if f.End <= f.Start {
		return nil
	}
	return t.nodeAt(f.Start, f.End)
}

// relabelled is a change of the rule's labels.
func (t *trace) relabelled(text string, ls labels.Labels) change {
	c := *t.rule
	c.Labels = ls
	return change{text: text, rule: &c}
}

// lasting is a change of `for`.
func (t *trace) lasting(text string, d time.Duration) change {
	c := *t.rule
	c.For = d
	return change{text: text, rule: &c}
}
