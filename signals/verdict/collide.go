package verdict

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A collision is two series of which an evaluation made one.
type collision struct {
	a, b  labels.Labels
	group labels.Labels // what they have in common as far as it counts
	by    []string      // the labels that would tell them apart, and do not count
	node  *node         // where; nil: among the results of the rule
	what  string        // what made them one
	side  int           // of an operator: 0 left, 1 right
}

// collide looks for the two series of a failed evaluation, where the engine
// does not name them.
func (t *trace) collide(l rules.Look) *collision {
	if l.Err == nil || len(t.nodes) == 0 {
		return nil
	}
	w := &walk{t: t, look: l}
	n := w.failing(t.nodes[0])
	if n == nil {
		return nil
	}
	var vec []query.Sample
	var drop []string
	what := "the name of the metric, which is dropped"
	switch e := n.expr.(type) {
	case *parser.BinaryExpr:
		return w.manyToMany(n, e)
	case *parser.Call:
		for _, k := range n.kids {
			switch k.expr.Type() {
			case parser.ValueTypeVector:
				vec = w.vector(k)
			case parser.ValueTypeMatrix:
				if x := k.derive("last", "last_over_time("+k.expr.String()+")"); x != nil {
					vec, _ = l.Ask(x)
				}
			}
		}
		if strings.HasPrefix(e.Func.Name, "label_") {
			return nil // which series become one depends on their values
		}
	case *parser.UnaryExpr:
		vec = w.vector(n.kids[0])
	}
	c := same(vec, append(drop, model.MetricNameLabel))
	if c != nil {
		c.node, c.what = n, what
	}
	return c
}

// failing is the innermost node that can't be evaluated though its operands
// can.
func (w *walk) failing(n *node) *node {
	for _, k := range n.kids {
		if f := w.failing(k); f != nil {
			return f
		}
	}
	if n.ask() == nil {
		return nil
	}
	if _, err := w.look.Ask(n.ask()); err != nil {
		return n
	}
	return nil
}

// same finds two samples that are the same without some labels.
func same(vec []query.Sample, without []string) *collision {
	seen := map[uint64]labels.Labels{}
	for _, s := range vec {
		rest := labels.NewBuilder(s.Labels).Del(without...).Labels()
		hash := rest.Hash()
		other, ok := seen[hash]
		if !ok {
			seen[hash] = s.Labels
			continue
		}
		if labels.Equal(labels.NewBuilder(other).Del(without...).Labels(), rest) {
			return &collision{a: other, b: s.Labels, group: rest, by: changing([]labels.Labels{other, s.Labels})}
		}
	}
	return nil
}

// manyToMany finds two series of a side that an operator can't tell apart.
func (w *walk) manyToMany(n *node, e *parser.BinaryExpr) *collision {
	if e.VectorMatching == nil {
		return nil
	}
	sides := []int{0, 1}
	switch e.VectorMatching.Card {
	case parser.CardManyToOne:
		sides = []int{1}
	case parser.CardOneToMany:
		sides = []int{0}
	}
	for _, side := range sides {
		vec := w.vector(n.kids[side])
		var without []string
		if m := e.VectorMatching; m.On {
			for _, s := range vec {
				s.Labels.Range(func(l labels.Label) {
					if !slices.Contains(m.MatchingLabels, l.Name) && !slices.Contains(without, l.Name) {
						without = append(without, l.Name)
					}
				})
			}
		} else {
			without = append(slices.Clone(m.MatchingLabels), model.MetricNameLabel)
		}
		if c := same(vec, without); c != nil {
			c.node, c.what, c.side = n, "on which the operator does not match", side
			return c
		}
	}
	return nil
}

// collideAfter finds two results that the rule's own labels make one.
func (t *trace) collideAfter(vec []query.Sample) *collision {
	without := []string{model.MetricNameLabel}
	if t.rule.Alert != "" {
		without = append(without, labels.AlertName)
	}
	t.rule.Labels.Range(func(l labels.Label) { without = append(without, l.Name) })
	c := same(vec, without)
	if c != nil {
		c.what = "which the rule sets"
		switch {
		case len(c.by) == 1 && c.by[0] == model.MetricNameLabel:
			c.what = "the name of the metric, which is dropped"
		case len(c.by) == 1 && c.by[0] == labels.AlertName:
			c.what = "which an alert sets"
		}
	}
	return c
}

// duplicates tells whether an error is that two results became one.
func duplicates(err error) bool {
	return errors.Is(err, rules.ErrDuplicateAlerts) || errors.Is(err, rules.ErrDuplicateRecords)
}

func isOperator(n *node) bool {
	_, ok := n.expr.(*parser.BinaryExpr)
	return ok
}

// words say a collision.
func (c *collision) words(f *Finding) string {
	f.Evidence["series"] = []Evidence{{"labels": c.a}, {"labels": c.b}}
	f.Evidence["differ"], f.Evidence["group"] = c.by, c.group
	if c.node != nil && isOperator(c.node) {
		f.Evidence["side"] = [...]string{"left", "right"}[c.side]
	}
	if c.node != nil {
		f.Expr, f.Start, f.End = c.node.text, c.node.start, c.node.end
	}
	var values []string
	for _, name := range c.by {
		values = append(values, fmt.Sprintf("%s (%s, %s)", name, show(c.a.Get(name)), show(c.b.Get(name))))
	}
	return fmt.Sprintf("%s and %s became one series: they differ in %s, %s", series(c.a), series(c.b), list(values, 3), c.what)
}
