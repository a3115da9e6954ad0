package rules

import (
	"fmt"
	"strings"
	"text/template/parse"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// Reach is what a rule, or an expression, can see: which series, and how far
// around the instant at which it is evaluated.
type Reach struct {
	Selectors []Selector // of the expression and of queries in templates
	// Back is how far before the instant samples can matter, look-back, offsets
	// and the group's query offset included.
	Back time.Duration
	// Everything says why all samples of the selected series matter, whatever
	// their age, as for @ with a fixed time; "" when Back bounds them.
	Everything string
	// Unknown says why it cannot be told which series are selected; "" when
	// Selectors are all.
	Unknown string
	// Ahead is set when samples after the instant could matter.
	Ahead bool
	// Steady is set when a range query gives at each step what an instant
	// query gives there, up to order, unless it has an error or annotations.
	Steady bool
}

// Reach tells what a rule of the group can see.
func (e *Engine) Reach(g *Group, r *Rule) Reach {
	out := e.ReachOf(r.query)
	if r.Alert != "" {
		for _, list := range []labels.Labels{r.Labels, r.Annotations} {
			list.Range(func(l labels.Label) { e.templateReach(&out, r, l) })
		}
	}
	out.Back += max(0, g.QueryOffset)
	out.Ahead = out.Ahead || g.QueryOffset < 0
	return out
}

// ReachOf tells what an expression can see. One that does not parse sees
// nothing.
func (e *Engine) ReachOf(expr string) Reach {
	parsed, err := e.parser.ParseExpr(expr)
	if err != nil {
		return Reach{}
	}
	out := Reach{Selectors: selectorsOf(parsed), Steady: steady(parsed)}
	if contains(parsed, func(n parser.Node) bool { c, ok := n.(*parser.Call); return ok && c.Func.Name == "info" }) {
		out.Unknown = "info() selects series that it does not name"
	}
	if len(out.Selectors) == 0 {
		return out
	}
	// Two instants tell what is relative to them and what is not.
	var back [2]time.Duration
	for i, at := range []time.Time{time.UnixMilli(0), time.UnixMilli(1)} {
		again, err := e.parser.ParseExpr(expr)
		if err == nil {
			again, err = promql.PreprocessExpr(again, at, at, 0)
		}
		if err != nil {
			out.Everything = err.Error()
			return out
		}
		mint, maxt := promql.FindMinMaxTime(&parser.EvalStmt{Expr: again, Start: at, End: at, LookbackDelta: e.lookback})
		back[i] = time.Duration(at.UnixMilli()-mint) * time.Millisecond
		out.Ahead = out.Ahead || maxt > at.UnixMilli()
	}
	if out.Back = max(back[0], 0); back[0] != back[1] || hasTimestamp(parsed) {
		out.Everything, out.Ahead = "it looks at a fixed time (@)", true
	}
	return out
}

func hasTimestamp(expr parser.Expr) bool {
	return contains(expr, func(n parser.Node) bool {
		switch n := n.(type) {
		case *parser.VectorSelector:
			return n.Timestamp != nil
		case *parser.SubqueryExpr:
			return n.Timestamp != nil
		}
		return false
	})
}

// templateReach adds what the queries of a template see.
func (e *Engine) templateReach(out *Reach, r *Rule, l labels.Label) {
	if !strings.Contains(l.Value, "{{") {
		return
	}
	exprs, all := queriesOf(templateDefs + l.Value)
	if !all {
		out.Unknown = fmt.Sprintf("the template %s of %s puts together what it queries", l.Name, r.Name())
	}
	for _, expr := range exprs {
		q := e.ReachOf(expr)
		out.Selectors = append(out.Selectors, q.Selectors...)
		out.Back = max(out.Back, q.Back)
		out.Ahead = out.Ahead || q.Ahead
		if q.Everything != "" {
			out.Everything = q.Everything
		}
		if q.Unknown != "" {
			out.Unknown = q.Unknown
		}
	}
}

// queriesOf finds the expressions that a template queries; all is false when
// there are others than those that stand there as they are.
func queriesOf(text string) (exprs []string, all bool) {
	if !strings.Contains(text, "query") {
		return nil, true
	}
	trees := map[string]*parse.Tree{}
	tree := parse.New("__alert")
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return nil, true // it never runs
	}
	named := 0
	collectQueries(tree.Root, &exprs, &named)
	for _, t := range trees {
		if t != tree {
			collectQueries(t.Root, &exprs, &named)
		}
	}
	return exprs, named == len(exprs)
}

func collectQueries(n parse.Node, exprs *[]string, named *int) {
	list := func(nodes ...*parse.ListNode) {
		for _, l := range nodes {
			if l != nil {
				for _, n := range l.Nodes {
					collectQueries(n, exprs, named)
				}
			}
		}
	}
	branch := func(b *parse.BranchNode) {
		collectQueries(b.Pipe, exprs, named)
		list(b.List, b.ElseList)
	}
	switch n := n.(type) {
	case *parse.ListNode:
		list(n)
	case *parse.ActionNode:
		collectQueries(n.Pipe, exprs, named)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			collectQueries(n.Pipe, exprs, named)
		}
	case *parse.ChainNode:
		collectQueries(n.Node, exprs, named)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for i, c := range n.Cmds {
			for j, arg := range c.Args {
				id, ok := arg.(*parse.IdentifierNode)
				if !ok {
					collectQueries(arg, exprs, named)
					continue
				}
				if id.Ident != "query" {
					continue
				}
				*named++
				switch {
				case j == 0 && len(c.Args) == 2:
					if s, ok := c.Args[1].(*parse.StringNode); ok {
						*exprs = append(*exprs, s.Text)
					}
				case j == 0 && len(c.Args) == 1 && i > 0 && len(n.Cmds[i-1].Args) == 1:
					if s, ok := n.Cmds[i-1].Args[0].(*parse.StringNode); ok {
						*exprs = append(*exprs, s.Text)
					}
				}
			}
		}
	}
}

// Name returns the metric name that a selector asks for; "" when it names none
// or several.
func (s Selector) Name() string {
	for _, m := range s.Matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}
