package rules

import (
	"fmt"
	"strings"
	"text/template/parse"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
)

// Reach tells what a rule of the group can see: which series, and how far back.
// The queries in its templates count.
func (g *Group) Reach(e *query.Engine, r *Rule) query.Reach {
	out := e.Reach(r.expr.String())
	if r.Alert != "" {
		for _, list := range []labels.Labels{r.Labels, r.Annotations} {
			list.Range(func(l labels.Label) { templateReach(e, &out, r, l) })
		}
	}
	out.Back += max(0, g.QueryOffset)
	for i := range out.Selectors {
		out.Selectors[i].Back += max(0, g.QueryOffset)
	}
	out.Ahead = out.Ahead || g.QueryOffset < 0
	return out
}

// templateReach adds what the queries of a template see.
func templateReach(e *query.Engine, out *query.Reach, r *Rule, l labels.Label) {
	if !strings.Contains(l.Value, "{{") {
		return
	}
	exprs, all := queriesOf(templateDefs + l.Value)
	if !all {
		out.Unknown = fmt.Sprintf("the template %s of %s puts together what it queries", l.Name, r.Name())
	}
	for _, expr := range exprs {
		q := e.Reach(expr)
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

// collectQueries adds the expressions that a node queries as they stand there,
// and counts all queries.
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
		if n != nil {
			pipeQueries(n, exprs, named)
		}
	}
}

// pipeQueries is collectQueries for a pipe: query "…" and "…" | query are
// expressions as they stand there.
func pipeQueries(n *parse.PipeNode, exprs *[]string, named *int) {
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
