package query

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// A Far is where other series are than those at hand: a server. It evaluates
// expressions by itself.
type Far interface {
	Source
	storage.Queryable
	// Instant and Range evaluate as an Engine does; a vector is in an order of
	// the Far's choice.
	Instant(ctx context.Context, expr string, at time.Time) (*Value, error)
	Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) (*Value, error)
}

// A Beside is the Source of what is in two places: series at hand, which rules
// wrote, and all others far away. An expression that selects nothing at hand is
// evaluated there. Of one that selects both, each largest part that selects
// nothing at hand is; the rest is evaluated here, over what the parts gave.
// Inside of subqueries, and where it can't be told what is selected, the
// samples themselves are fetched.
type Beside struct {
	engine *Engine
	far    Far
	here   storage.Queryable
	local  func(Selector) bool

	mu     sync.Mutex
	splits map[string]*split
	coming []coming
	ahead  map[string]*ahead
}

// NewBeside makes a Beside. Local tells of a selector whether it may select
// series at hand: series of far that such a
// selector with their name alone selects are taken for copies of those at hand,
// and left out.
func (e *Engine) NewBeside(here storage.Queryable, far Far, local func(Selector) bool) *Beside {
	return &Beside{engine: e, far: far, here: here, local: local, splits: map[string]*split{}, ahead: map[string]*ahead{}}
}

// A split is an expression as it is evaluated.
type split struct {
	farAlone, hereAlone bool
	safe                bool   // a range query would do, see rangeSafe
	text                string // with the parts replaced by selectors of partLabel
	parts               []string
	partSafe            []bool
}

// partLabel stands in selectors for the part of its number.
const partLabel = "__scrapebook_part__"

func (b *Beside) split(expr string) (*split, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.splits[expr]; s != nil {
		return s, nil
	}
	tree, err := b.engine.tree(expr)
	if err != nil {
		return nil, err
	}
	s := &split{safe: rangeSafe(tree)}
	here, far := b.selects(tree)
	switch {
	case !here && far:
		s.farAlone = true
	case !far:
		s.hereAlone = true // or nowhere, as time()
	default:
		s.text = expr
		if !contains(tree, func(n parser.Node) bool { c, ok := n.(*parser.Call); return ok && c.Func.Name == "info" }) {
			s.text = b.cut(tree, s).String()
		}
	}
	b.splits[expr] = s
	return s, nil
}

// selects tells what the selectors below an expression select.
func (b *Beside) selects(expr parser.Expr) (here, far bool) {
	for _, sel := range selectorsOf(expr) {
		if b.local(sel) {
			here = true
			far = far || sel.Name() == ""
		} else {
			far = true
		}
	}
	return here, far
}

// cut replaces the largest parts of a tree that select nothing at hand.
func (b *Beside) cut(expr parser.Expr, s *split) parser.Expr {
	here, far := b.selects(expr)
	if !far {
		return expr
	}
	if typ := expr.Type(); !here && (typ == parser.ValueTypeVector || typ == parser.ValueTypeScalar) {
		part := parser.Expr(&parser.VectorSelector{LabelMatchers: []*labels.Matcher{
			labels.MustNewMatcher(labels.MatchEqual, partLabel, fmt.Sprint(len(s.parts))),
		}})
		s.parts = append(s.parts, expr.String())
		s.partSafe = append(s.partSafe, rangeSafe(expr))
		if typ == parser.ValueTypeScalar {
			part = &parser.Call{Func: parser.Functions["scalar"], Args: parser.Expressions{part}}
		}
		return part
	}
	switch e := expr.(type) {
	case *parser.ParenExpr:
		e.Expr = b.cut(e.Expr, s)
	case *parser.UnaryExpr:
		e.Expr = b.cut(e.Expr, s)
	case *parser.BinaryExpr:
		e.LHS, e.RHS = b.cut(e.LHS, s), b.cut(e.RHS, s)
	case *parser.AggregateExpr:
		e.Expr = b.cut(e.Expr, s)
		if e.Param != nil {
			e.Param = b.cut(e.Param, s)
		}
	case *parser.Call:
		for i, a := range e.Args {
			e.Args[i] = b.cut(a, s)
		}
	}
	return expr
}

// places are where an annotation of a cut expression says to stand, which is
// not where it stands in the rule.
var places = regexp.MustCompile(` \(\d+:\d+\)$`)

// Vector implements Source.
func (b *Beside) Vector(ctx context.Context, expr string, at time.Time) (vec []Sample, warnings, infos []string, err error) {
	s, err := b.split(expr)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case s.farAlone:
		return b.ask(ctx, expr, s.safe, at)
	case s.hereAlone:
		return b.engine.Over(b.here).Vector(ctx, expr, at)
	}
	q := &both{b: b, parts: make([][]Sample, len(s.parts))}
	for i, part := range s.parts {
		vec, w, n, err := b.ask(ctx, part, s.partSafe[i], at)
		if err != nil {
			return nil, w, n, err
		}
		q.parts[i] = vec
		warnings, infos = append(warnings, w...), append(infos, n...)
	}
	vec, w, n, err := b.engine.Over(q).Vector(ctx, s.text, at)
	warnings, infos = append(warnings, w...), append(infos, n...)
	for _, list := range []*[]string{&warnings, &infos} {
		for i, text := range *list {
			(*list)[i] = places.ReplaceAllString(text, "")
		}
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return vec, warnings, infos, err
}

// Steps implements Source: what needs series at hand has none.
func (b *Beside) Steps(ctx context.Context, expr string, start, end time.Time, step time.Duration) *Steps {
	if s, err := b.split(expr); err != nil || !s.farAlone || !s.safe {
		return nil
	}
	return b.far.Steps(ctx, expr, start, end, step)
}

// Instant evaluates as Engine.Instant does.
func (b *Beside) Instant(ctx context.Context, expr string, at time.Time) (*Value, error) {
	parsed, err := b.engine.parse(expr)
	if err != nil {
		return nil, err
	}
	if s, err := b.split(expr); err == nil && s.farAlone {
		v, err := b.far.Instant(ctx, expr, at)
		if err == nil && v.Type == Vector && !orders(parsed) {
			slices.SortStableFunc(v.Series, func(a, b Series) int { return labels.Compare(a.Labels, b.Labels) })
		}
		return v, err
	}
	return b.engine.Instant(ctx, b.Over(), expr, at)
}

// Range evaluates as Engine.Range does.
func (b *Beside) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) (*Value, error) {
	if _, err := b.engine.parse(expr); err != nil {
		return nil, err
	}
	if s, err := b.split(expr); err == nil && s.farAlone {
		return b.far.Range(ctx, expr, start, end, step)
	}
	return b.engine.Range(ctx, b.Over(), expr, start, end, step)
}

// Over is the Queryable of both places: what selectors may select at hand is
// taken from there, all else from far.
func (b *Beside) Over() storage.Queryable { return &both{b: b} }
