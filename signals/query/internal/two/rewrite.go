package two

import (
	"math"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// A Kind says what is another in Prometheus 2.
type Kind uint8

// The kinds of changes.
const (
	Range  Kind = iota + 1 // a range or a subquery: closed on the left
	Regex                  // a selector or label_replace with `.` in a regular expression
	Rounds                 // avg, avg_over_time, deg, rad: the last bits
)

// A Change is a place of an expression that is rewritten.
type Change struct {
	Kind  Kind
	Place posrange.PositionRange
}

// Closed is what a range or a look-back gets more, to be closed on the left.
const Closed = time.Millisecond

// A Rewriter changes trees in place. The zero value makes all changes.
type Rewriter struct {
	// Only makes none but this one.
	Only *Change
	// Hooks keep the length of ranges for those who extrapolate; nil where a
	// tree is looked at and not evaluated.
	Hooks *Hooks
	// Made are the changes, in the order of the tree.
	Made []Change
	// Kept are averages that have the last bits of Prometheus 3.
	Kept []posrange.PositionRange

	copied int
	sub    bool // in a subquery
	below  bool // an aggregation in it
}

// maxCopied bounds how many nodes averages may copy: each doubles what is
// below it.
const maxCopied = 10_000

func (w *Rewriter) change(k Kind, n parser.Node) bool {
	c := Change{k, n.PositionRange()}
	if w.Only != nil && *w.Only != c {
		return false
	}
	w.Made = append(w.Made, c)
	return true
}

// Rewrite returns the tree that stands for an expression, which it changes. The
// expression may have gone through promql.PreprocessExpr or not.
func (w *Rewriter) Rewrite(expr parser.Expr) parser.Expr {
	switch e := expr.(type) {
	case *parser.StepInvariantExpr:
		e.Expr = w.Rewrite(e.Expr)
	case *parser.ParenExpr:
		e.Expr = w.Rewrite(e.Expr)
	case *parser.UnaryExpr:
		e.Expr = w.Rewrite(e.Expr)
	case *parser.BinaryExpr:
		e.LHS, e.RHS = w.Rewrite(e.LHS), w.Rewrite(e.RHS)
	case *parser.VectorSelector:
		w.selector(e)
	case *parser.MatrixSelector:
		w.cut(&e.Range)
		if w.change(Range, e) {
			e.Range = longer(e.Range)
		}
		w.Rewrite(e.VectorSelector)
	case *parser.SubqueryExpr:
		w.cut(&e.Range, &e.Step, &e.OriginalOffset)
		if w.change(Range, e) {
			e.Range = longer(e.Range)
		}
		was := *w
		w.sub, w.below = true, false
		e.Expr = w.Rewrite(e.Expr)
		w.sub, w.below = was.sub, was.below
	case *parser.AggregateExpr:
		return w.aggregate(e)
	case *parser.Call:
		return w.call(e)
	}
	return expr
}

// cut takes durations as 2.55 reads them: from seconds, by a product that is
// cut to whole milliseconds, so that 1001ms is a second.
func (w *Rewriter) cut(list ...*time.Duration) {
	if w.Only != nil {
		return
	}
	for _, d := range list {
		*d = time.Duration(d.Seconds()*1000) * time.Millisecond
	}
}

func longer(d time.Duration) time.Duration {
	if d > math.MaxInt64-Closed {
		return d
	}
	return d + Closed
}

// selector takes the line feed out of what `.` matches.
func (w *Rewriter) selector(vs *parser.VectorSelector) {
	w.cut(&vs.OriginalOffset)
	var list []*labels.Matcher
	for i, m := range vs.LabelMatchers {
		if m.Type != labels.MatchRegexp && m.Type != labels.MatchNotRegexp || !strings.Contains(m.Value, ".") {
			continue
		}
		changed, err := labels.NewMatcher(m.Type, m.Name, noLineFeed(m.Value))
		if err != nil {
			continue // it was compiled before
		}
		if list == nil {
			if !w.change(Regex, vs) {
				return
			}
			list = append(list, vs.LabelMatchers...)
		}
		list[i] = changed
	}
	if list != nil {
		vs.LabelMatchers = list
	}
}

func noLineFeed(regex string) string { return "(?-s:" + regex + ")" }

func (w *Rewriter) aggregate(e *parser.AggregateExpr) parser.Expr {
	ordered := w.ordered()
	below := w.below
	w.below = true
	e.Expr = w.Rewrite(e.Expr)
	if e.Param != nil {
		e.Param = w.Rewrite(e.Param)
	}
	w.below = below
	if e.Op != parser.AVG {
		return e
	}
	if !ordered || keepsName(e) || !w.mayCopy(e) {
		w.Kept = append(w.Kept, e.PositionRange())
		return e
	}
	if !w.change(Rounds, e) {
		return e
	}
	count := w.clone(e).(*parser.AggregateExpr)
	e.Op, count.Op = parser.SUM, parser.COUNT
	return quotient(e, count)
}

// ordered tells whether an operator may stand here: of one in a subquery no
// order of the series is certain, and the bits of a sum hang on it.
func (w *Rewriter) ordered() bool { return !w.sub || !w.below }

// keepsName tells whether an aggregation has the name of metrics in its result,
// which an operator drops.
func keepsName(e *parser.AggregateExpr) bool {
	if e.Without {
		return false
	}
	for _, name := range e.Grouping {
		if strings.HasPrefix(name, "__") {
			return true
		}
	}
	return false
}

func quotient(a, b parser.Expr) parser.Expr {
	return &parser.ParenExpr{
		Expr: &parser.BinaryExpr{
			Op: parser.DIV, LHS: a, RHS: b,
			VectorMatching: &parser.VectorMatching{Card: parser.CardOneToOne},
		},
		PosRange: a.PositionRange(),
	}
}

func (w *Rewriter) call(e *parser.Call) parser.Expr {
	made := len(w.Made)
	for i := range e.Args {
		e.Args[i] = w.Rewrite(e.Args[i])
	}
	switch e.Func.Name {
	case "rate", "increase", "delta":
		if len(w.Made) > made && w.Made[made].Kind == Range { // of the argument itself: it comes first
			w.Hooks.keepRange(e)
		}
	case "label_replace":
		if s := stringOf(e.Args[4]); s != nil && strings.Contains(s.Val, ".") && w.change(Regex, e) {
			s.Val = noLineFeed(s.Val)
		}
	case "avg_over_time":
		if !w.ordered() || !w.mayCopy(e) {
			w.Kept = append(w.Kept, e.PositionRange())
			return e
		}
		if !w.change(Rounds, e) {
			return e
		}
		count := w.clone(e).(*parser.Call)
		e.Func, count.Func = parser.Functions["sum_over_time"], parser.Functions["count_over_time"]
		return quotient(e, count)
	case "deg":
		if w.change(Rounds, e) {
			return scaled(e, 180, math.Pi)
		}
	case "rad":
		if w.change(Rounds, e) {
			return scaled(e, math.Pi, 180)
		}
	}
	return e
}

// scaled is v * by / over.
func scaled(e *parser.Call, by, over float64) parser.Expr {
	product := &parser.BinaryExpr{Op: parser.MUL, LHS: e.Args[0], RHS: &parser.NumberLiteral{Val: by, PosRange: e.PosRange}}
	return &parser.ParenExpr{
		Expr:     &parser.BinaryExpr{Op: parser.DIV, LHS: product, RHS: &parser.NumberLiteral{Val: over, PosRange: e.PosRange}},
		PosRange: e.PosRange,
	}
}

func stringOf(e parser.Expr) *parser.StringLiteral {
	for {
		switch s := e.(type) {
		case *parser.StringLiteral:
			return s
		case *parser.ParenExpr:
			e = s.Expr
		default:
			return nil
		}
	}
}
