package rules

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template/parse"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"
)

// Bounds of one template's expansion, which upstream does not have.
const (
	maxTemplateOutput = 1 << 20
	maxTemplateSteps  = 100_000 // loop bodies begun and templates called
	maxTemplateValue  = 16 << 20
)

var (
	errTemplateOutput = fmt.Errorf("the text is longer than %d bytes", maxTemplateOutput)
	errTemplateSteps  = fmt.Errorf("more than %d loop steps", maxTemplateSteps)
)

// A guard keeps a template that can loop or multiply its input within bounds.
//
// Upstream's expander writes to memory of its own and cannot be stopped. Such a
// template is therefore run twice: first a copy whose tree was extended by
// calls that count and measure, then, when those had no objection, the
// original, whose result and errors are upstream's to the letter. Most
// templates are plainly bounded and run once.
type guard struct {
	trial string // the extended text; "" when the template is plainly bounded
}

// growing are the functions whose result can be many times their input.
var growing = map[string]bool{"print": true, "printf": true, "println": true, "html": true, "js": true, "urlquery": true, "reReplaceAll": true, "urlQueryEscape": true, "args": true}

// wide finds what may be a width or precision that prints long texts.
var wide = regexp.MustCompile(`\d{4}|\*`)

func newGuard(name, text string) guard {
	w := &walker{out: mustAction("{{0 | __out}}"), bound: mustAction("{{0 | __bound}}"), step: mustAction("{{__step}}")}
	trees := map[string]*parse.Tree{}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return guard{} // upstream says what is wrong with it
	}
	var b strings.Builder
	for defined, t := range trees {
		if defined != name {
			w.loops = true
			w.body(t.Root)
			fmt.Fprintf(&b, "{{define %q}}%s{{end}}", defined, t.Root)
		}
	}
	w.list(tree.Root)
	if !w.loops && w.grows <= 2 && len(text) <= 4096 && !(w.grows > 0 && wide.MatchString(text)) {
		return guard{}
	}
	b.WriteString(tree.Root.String())
	return guard{trial: b.String()}
}

// mustAction parses one action of our own.
func mustAction(text string) *parse.ActionNode {
	t := parse.New("t")
	t.Mode = parse.SkipFuncCheck
	if _, err := t.Parse(text, "", "", map[string]*parse.Tree{}); err != nil {
		panic(err)
	}
	return t.Root.Nodes[0].(*parse.ActionNode)
}

// walker extends a tree: __step at the head of each loop body and template,
// __bound after each command of a pipeline, __out after what is printed.
type walker struct {
	out, bound, step *parse.ActionNode
	loops            bool
	grows            int
}

func (w *walker) body(l *parse.ListNode) {
	if l == nil {
		return
	}
	w.list(l)
	l.Nodes = append([]parse.Node{w.step}, l.Nodes...)
}

func (w *walker) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			w.pipe(n.Pipe)
			if len(n.Pipe.Decl) == 0 {
				n.Pipe.Cmds = append(n.Pipe.Cmds, w.out.Pipe.Cmds[1])
			}
		case *parse.IfNode:
			w.branch(&n.BranchNode)
		case *parse.WithNode:
			w.branch(&n.BranchNode)
		case *parse.RangeNode:
			w.loops = true
			w.pipe(n.Pipe)
			w.body(n.List)
			w.list(n.ElseList)
		case *parse.TemplateNode:
			w.loops = true
			w.pipe(n.Pipe)
		}
	}
}

func (w *walker) branch(n *parse.BranchNode) {
	w.pipe(n.Pipe)
	w.list(n.List)
	w.list(n.ElseList)
}

func (w *walker) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	var cmds []*parse.CommandNode
	for _, c := range p.Cmds {
		for _, arg := range c.Args {
			switch arg := arg.(type) {
			case *parse.PipeNode:
				w.pipe(arg)
			case *parse.ChainNode:
				if inner, ok := arg.Node.(*parse.PipeNode); ok {
					w.pipe(inner)
				}
			case *parse.IdentifierNode:
				if growing[arg.Ident] {
					w.grows++
				}
			}
		}
		cmds = append(cmds, c, w.bound.Pipe.Cmds[1])
	}
	p.Cmds = cmds
}

// try runs the extended template. Errors of the template itself are left for
// the run that counts.
func (g guard) try(ctx context.Context, newExpander func(text string) *template.Expander) error {
	t := &trial{ctx: ctx}
	x := newExpander(g.trial)
	x.Funcs(map[string]any{
		"__step": t.step, "__bound": t.bound, "__out": t.out,
		"print": t.print, "println": t.println, "printf": t.printf, "args": t.args, "reReplaceAll": t.reReplaceAll,
	})
	if _, err := x.Expand(); err != nil && t.refused == nil && !errors.Is(err, context.Canceled) {
		return nil
	}
	return t.refused
}

// A trial counts and measures what the extended template does, and has the
// functions that could make too much of it.
type trial struct {
	ctx         context.Context
	steps, size int
	refused     error // why it was ended
}

func (t *trial) refuse(err error) error {
	t.refused = err
	return err
}

func (t *trial) step() (string, error) {
	if t.steps++; t.steps > maxTemplateSteps {
		return "", t.refuse(errTemplateSteps)
	}
	if err := t.ctx.Err(); err != nil {
		return "", t.refuse(err)
	}
	return "", nil
}

func (t *trial) bound(v any) (any, error) {
	if s, ok := v.(string); ok && len(s) > maxTemplateOutput {
		return nil, t.refuse(errTemplateOutput)
	}
	return v, nil
}

func (t *trial) out(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		s = fmt.Sprint(v)
	}
	if t.size += len(s); t.size > maxTemplateOutput {
		return nil, t.refuse(errTemplateOutput)
	}
	return "", nil
}

func (t *trial) print(args ...any) (string, error) {
	return t.limited(sizeOf(args), func() string { return fmt.Sprint(args...) })
}

func (t *trial) println(args ...any) (string, error) {
	return t.limited(sizeOf(args), func() string { return fmt.Sprintln(args...) })
}

func (t *trial) printf(format string, args ...any) (string, error) {
	largest := 32
	for _, a := range args {
		largest = max(largest, 8*sizeOf([]any{a})) // %q, %x
	}
	if wide.MatchString(format) {
		largest = max(largest, 1_000_000) // the widest that fmt accepts
	}
	n := len(format) + strings.Count(format, "%")*largest
	return t.limited(n, func() string { return fmt.Sprintf(format, args...) })
}

func (t *trial) args(args ...any) (map[string]any, error) {
	if sizeOf(args) > maxTemplateOutput {
		return nil, t.refuse(errTemplateOutput)
	}
	m := make(map[string]any, len(args))
	for i, a := range args {
		m[fmt.Sprintf("arg%d", i)] = a
	}
	return m, nil
}

func (t *trial) reReplaceAll(pattern, repl, text string) (string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", err
	}
	n := (len(text)+1)*len(repl) + (strings.Count(repl, "$")+1)*len(text)
	return t.limited(n, func() string { return re.ReplaceAllString(text, repl) })
}

// limited computes a text whose size was estimated from above.
func (t *trial) limited(estimate int, f func() string) (string, error) {
	if estimate > maxTemplateValue {
		return "", t.refuse(errTemplateOutput)
	}
	return f(), nil
}

// sizeOf bounds the printed size of values. Maps of args hold no more than
// maxTemplateOutput; what is neither text nor such a map comes from the data.
func sizeOf(args []any) int {
	n := 0
	for _, a := range args {
		n += 32
		switch a := a.(type) {
		case string:
			n += len(a)
		case map[string]any:
			for _, v := range a {
				n += sizeOf([]any{v})
			}
		}
	}
	return n
}

// memo remembers a template's queries from the trial to the run that counts.
func memo(query template.QueryFunc) template.QueryFunc {
	type answer struct {
		vec promql.Vector
		err error
	}
	known := map[string]answer{}
	return func(ctx context.Context, expr string, ts time.Time) (promql.Vector, error) {
		a, ok := known[expr]
		if !ok {
			a.vec, a.err = query(ctx, expr, ts)
			known[expr] = a
		}
		return a.vec, a.err
	}
}
