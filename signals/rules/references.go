package rules

import (
	"slices"
	"strings"
	"text/template/parse"

	"github.com/prometheus/prometheus/model/labels"
)

// A Reference is a label of the result that a template of an alert names.
type Reference struct {
	What, Name string // "label" or "annotation", and which
	Label      string
}

// References are the labels of the result that the rule's templates name, those
// left out that a template asks for before it uses them.
func (r *Rule) References() (list []Reference) {
	if r.Alert == "" {
		return nil
	}
	take := func(what string) func(labels.Label) {
		return func(l labels.Label) {
			for _, name := range referred(l.Value) {
				list = append(list, Reference{what, l.Name, name})
			}
		}
	}
	r.Labels.Range(take("label"))
	r.Annotations.Range(take("annotation"))
	return list
}

// referred lists the labels that a template names.
func referred(text string) []string {
	if !strings.Contains(text, "{{") {
		return nil
	}
	tree := parse.New("t")
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(templateDefs+text, "", "", map[string]*parse.Tree{}); err != nil {
		return nil // it could not have been loaded
	}
	w := refWalk{asked: map[string]bool{}}
	w.node(tree.Root, true)
	var out []string
	for _, name := range w.names {
		if !w.asked[name] && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// refWalk goes through a template; dot tells whether . is the alert.
type refWalk struct {
	names []string
	asked map[string]bool // names that a condition asks for
}

func (w *refWalk) node(n parse.Node, dot bool) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, k := range n.Nodes {
			w.node(k, dot)
		}
	case *parse.ActionNode:
		w.node(n.Pipe, dot)
	case *parse.IfNode:
		w.branch(&n.BranchNode, dot, dot)
	case *parse.WithNode:
		w.branch(&n.BranchNode, dot, false)
	case *parse.RangeNode:
		w.branch(&n.BranchNode, dot, false)
	case *parse.TemplateNode:
		w.node(n.Pipe, dot)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, c := range n.Cmds {
			w.command(c, dot)
		}
	case *parse.FieldNode:
		if dot && len(n.Ident) == 2 && n.Ident[0] == "Labels" {
			w.names = append(w.names, n.Ident[1])
		}
	case *parse.VariableNode:
		if len(n.Ident) == 2 && n.Ident[0] == "$labels" || len(n.Ident) == 3 && n.Ident[0] == "$" && n.Ident[1] == "Labels" {
			w.names = append(w.names, n.Ident[len(n.Ident)-1])
		}
	}
}

func (w *refWalk) command(c *parse.CommandNode, dot bool) {
	if id, ok := c.Args[0].(*parse.IdentifierNode); ok {
		switch id.Ident {
		case "or", "and":
			w.condition(func(x *refWalk) {
				for _, arg := range c.Args[1:] {
					x.node(arg, dot)
				}
			})
			return
		case "index":
			if len(c.Args) == 3 {
				v, isVar := c.Args[1].(*parse.VariableNode)
				s, isText := c.Args[2].(*parse.StringNode)
				if isVar && isText && slices.Equal(v.Ident, []string{"$labels"}) {
					w.names = append(w.names, s.Text)
				}
			}
		}
	}
	for _, arg := range c.Args {
		w.node(arg, dot)
	}
}

func (w *refWalk) branch(n *parse.BranchNode, dot, inner bool) {
	w.condition(func(x *refWalk) { x.node(n.Pipe, dot) })
	w.node(n.List, inner)
	w.node(n.ElseList, dot)
}

// condition notes the names in what may well be empty.
func (w *refWalk) condition(walk func(*refWalk)) {
	x := refWalk{asked: w.asked}
	walk(&x)
	for _, name := range x.names {
		w.asked[name] = true
	}
}
