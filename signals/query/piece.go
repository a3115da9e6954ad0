package query

import (
	"slices"
	"strconv"

	"github.com/prometheus/prometheus/promql/parser"
)

// A piece is an expression that Sheets compute, or one below it.
type piece struct {
	text      string
	expr      parser.Expr
	below     []*piece
	selectors []Selector
	// steady: where no selector matches anything the result is always the same.
	steady bool
	blank  bool // that it has no result then, and no errors and annotations, was seen
	// sorted: what stands around it needs the order of an instant query, which
	// a range query does not give.
	sorted bool
	order  *order
	// whole: what stands around it must see it as it is.
	whole bool
}

// newPiece takes an expression apart; nil when it cannot be computed so.
func newPiece(p parser.Parser, text string) *piece {
	parsed, err := p.ParseExpr(text)
	if err != nil || !sheetSafe(parsed) {
		return nil
	}
	return pieceOf(pulled(parsed))
}

func pieceOf(expr parser.Expr) *piece {
	p := &piece{text: expr.String(), expr: expr, selectors: selectorsOf(expr), steady: !contains(expr, tellsTime)}
	if _, ok := expr.(*parser.MatrixSelector); ok {
		return p
	}
	call, _ := expr.(*parser.Call)
	agg, _ := expr.(*parser.AggregateExpr)
	for child := range parser.ChildrenIter(expr) {
		e, ok := child.(parser.Expr)
		if !ok || e == nil {
			continue
		}
		b := pieceOf(e)
		if call != nil && slices.Contains(asTheyAre, call.Func.Name) {
			b.whole = true
		}
		if agg != nil && e == agg.Expr && needsOrder(agg.Op) && !inOrder(e) {
			b.sorted, b.order = true, orderOf(e)
		}
		p.below = append(p.below, b)
	}
	return p
}

// asTheyAre are functions that look at how their arguments are written.
var asTheyAre = []string{"timestamp", "absent", "absent_over_time", "info"}

// tellsTime tells of a function that has another value at another time.
func tellsTime(n parser.Node) bool {
	c, ok := n.(*parser.Call)
	if !ok {
		return false
	}
	switch c.Func.Name {
	case "time", "minute", "hour", "day_of_month", "day_of_week", "day_of_year", "days_in_month", "month", "year", "start", "end":
		return true
	}
	return false
}

// count notes where a piece and those below it stand.
func (p *piece) count(around string, uses map[string]*use) {
	switch u := uses[p.text]; {
	case u == nil:
		uses[p.text] = &use{first: around}
	case u.first != around:
		u.several = true
	}
	for i, b := range p.below {
		b.count(strconv.Itoa(i)+p.text, uses)
	}
}

// cuts are the pieces below one that are computed by themselves: those that
// must be, and those that others share.
func (p *piece) cuts(uses map[string]*use) (list []*piece) {
	for _, b := range p.below {
		if b.sorted || b.shareable() && uses[b.text].several {
			list = append(list, b)
			continue
		}
		list = append(list, b.cuts(uses)...)
	}
	return list
}

// shareable tells whether a selector of its results may stand for a piece, and
// saves something.
func (p *piece) shareable() bool {
	if p.whole || p.expr.Type() != parser.ValueTypeVector {
		return false
	}
	switch p.expr.(type) {
	case *parser.AggregateExpr, *parser.BinaryExpr, *parser.Call:
		return len(p.selectors) > 0
	}
	return false
}

// without is the text of a piece in which selectors stand for cuts.
func (p *piece) without(cuts []*piece) string {
	if len(cuts) == 0 {
		return p.text
	}
	return replaced(p.expr, cuts).String()
}

// replaced is an expression with selectors in place of pieces.
func replaced(expr parser.Expr, cuts []*piece) parser.Expr {
	if i := slices.IndexFunc(cuts, func(c *piece) bool { return c.expr == expr }); i >= 0 {
		return cutSelector(i)
	}
	switch e := expr.(type) {
	case *parser.ParenExpr:
		c := *e
		c.Expr = replaced(e.Expr, cuts)
		return &c
	case *parser.UnaryExpr:
		c := *e
		c.Expr = replaced(e.Expr, cuts)
		return &c
	case *parser.BinaryExpr:
		c := *e
		c.LHS, c.RHS = replaced(e.LHS, cuts), replaced(e.RHS, cuts)
		return &c
	case *parser.AggregateExpr:
		c := *e
		if c.Expr = replaced(e.Expr, cuts); e.Param != nil {
			c.Param = replaced(e.Param, cuts)
		}
		return &c
	case *parser.Call:
		c := *e
		c.Args = make(parser.Expressions, len(e.Args))
		for i, a := range e.Args {
			c.Args[i] = replaced(a, cuts)
		}
		return &c
	}
	return expr
}
