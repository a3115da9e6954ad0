package rules

import (
	"regexp"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
)

// sure tells whether the annotations of a rule can neither fail nor hang on
// anything but the labels and the value of an alert, so that it does not matter
// when they are expanded: plain texts, with $labels.NAME and a $value that is
// written in one of the usual ways between them.
func sure(annotations labels.Labels) bool {
	all := true
	annotations.Range(func(l labels.Label) { all = all && sureText(l.Value) })
	return all
}

// maxSure bounds what is left to be expanded later, in bytes: far below it no
// text comes to maxTemplateOutput.
const maxSure = 10_000

func sureText(text string) bool {
	if !strings.Contains(text, "{{") {
		return true
	}
	if len(text) > maxSure {
		return false
	}
	tree := parse.New("t")
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(templateDefs+text, "", "", trees); err != nil || len(trees) != 1 {
		return false
	}
	defs := strings.Count(templateDefs, "{{")
	for _, n := range tree.Root.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
		case *parse.ActionNode:
			if defs--; defs < 0 && !surePipe(n.Pipe) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// surePipe tells of one that writes a label, or the value.
func surePipe(p *parse.PipeNode) bool {
	if len(p.Decl) > 0 || len(p.Cmds) > 2 {
		return false
	}
	first := p.Cmds[0].Args
	if len(p.Cmds) == 1 && len(first) == 1 {
		return isLabel(first[0]) || isValue(first[0])
	}
	if len(p.Cmds) == 1 { // humanize $value, printf "%.2f" $value
		last := len(first) - 1
		return isValue(first[last]) && writesFloat(first[:last])
	}
	return len(first) == 1 && isValue(first[0]) && writesFloat(p.Cmds[1].Args)
}

func isLabel(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.VariableNode:
		return len(n.Ident) == 2 && n.Ident[0] == "$labels"
	case *parse.FieldNode:
		return len(n.Ident) == 2 && n.Ident[0] == "Labels"
	}
	return false
}

func isValue(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.VariableNode:
		return len(n.Ident) == 1 && n.Ident[0] == "$value"
	case *parse.FieldNode:
		return len(n.Ident) == 1 && n.Ident[0] == "Value"
	}
	return false
}

// ofFloats are functions that fail on no float.
var ofFloats = []string{"humanize", "humanize1024", "humanizeDuration", "humanizePercentage"}

// oneFloat is a format of one number that is not made wide.
var oneFloat = regexp.MustCompile(`^(?:[^%]|%%)*%(?:\.\d)?[feg](?:[^%]|%%)*$`)

// writesFloat tells of a call, its last argument left out, that writes a float.
func writesFloat(args []parse.Node) bool {
	id, ok := args[0].(*parse.IdentifierNode)
	switch {
	case !ok:
		return false
	case len(args) == 1:
		return slices.Contains(ofFloats, id.Ident)
	case len(args) == 2 && id.Ident == "printf":
		s, ok := args[1].(*parse.StringNode)
		return ok && oneFloat.MatchString(s.Text)
	}
	return false
}

// later leaves annotations to Alert.Annotate, where that changes nothing.
func (e *Evaluator) later(st *ruleState, r *Rule, s query.Sample) bool {
	if !e.opts.Later || s.Histogram != nil {
		return false
	}
	if st.sure == nil {
		is := sure(r.Annotations)
		st.sure = &is
	}
	size := 0
	s.Labels.Range(func(l labels.Label) { size += len(l.Value) })
	return *st.sure && size <= maxSure
}

// Annotate expands the annotations of an alert that were left for later, see
// EvalOptions.Later.
func (a *Alert) Annotate() {
	if a.later != nil {
		a.Annotations, a.later = a.later(), nil
	}
}
