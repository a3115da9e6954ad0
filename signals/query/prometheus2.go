package query

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/query/internal/two"
)

// ChangeKind says what has another meaning in Prometheus 2.
type ChangeKind string

// The kinds of changes.
const (
	ChangeLookback ChangeKind = "look-back" // of instant selectors: a sample as old as it is, to the millisecond, was seen
	ChangeRange    ChangeKind = "range"     // a sample on the left edge of a range or subquery was in it
	ChangeRegex    ChangeKind = "regex"     // `.` did not match a line feed
	ChangeRounding ChangeKind = "rounding"  // the last bits of avg, avg_over_time, deg and rad
)

// A Change is a piece of an expression that means something else in
// Prometheus 2.
type Change struct {
	Kind         ChangeKind
	Line, Column int    // of the piece in the expression, from 1; 0 for the look-back
	Text         string // the piece as it is written; "" for the look-back

	at two.Change
}

func (c *Change) includes(k ChangeKind) bool { return c == nil || c.Kind == k }

var kinds = map[two.Kind]ChangeKind{two.Range: ChangeRange, two.Regex: ChangeRegex, two.Rounds: ChangeRounding}

// Earlier is what is known of an expression in Prometheus 2.55.1.
type Earlier struct {
	// Refused says why it does not read the expression; nil when it does.
	Refused error
	// Changes are made to the expression, in the order in which they stand
	// there, by an Engine with Options.Prometheus2.
	Changes []Change
	// Doubts say where such an Engine may be wrong all the same.
	Doubts []Doubt
}

// A Doubt says why the value of an expression in Prometheus 2 is not known.
type Doubt struct {
	Why   string // without a capital and a full stop
	Piece string // of the expression, that it is about
	// When is an expression with a result, or that fails, where there is doubt;
	// "": there always is.
	When string
}

// InPrometheus2 tells what is known of an expression in Prometheus 2, with the
// features and the evaluation interval of opts. The error is that of Parse.
func InPrometheus2(expr string, opts Options) (*Earlier, error) {
	parsed, err := NewParser(opts.Features).ParseExpr(expr)
	if err != nil {
		return nil, newError("", expr, err)
	}
	out := &Earlier{}
	opts.Prometheus2 = true
	for _, d := range two.Doubts(parsed, cmp.Or(opts.EvaluationInterval, defaultInterval)) {
		out.Doubts = append(out.Doubts, Doubt{Why: d.Why, Piece: d.Piece, When: d.When})
	}
	if _, err := opts.parser().ParseExpr(expr); err != nil {
		out.Refused = newError("", expr, err)
		return out, nil
	}
	if contains(parsed, func(n parser.Node) bool { _, ok := n.(*parser.VectorSelector); return ok }) {
		out.Changes = append(out.Changes, Change{Kind: ChangeLookback})
	}
	w := two.Rewriter{}
	w.Rewrite(parsed)
	for _, kept := range w.Kept {
		out.Doubts = append(out.Doubts, Doubt{Why: "its last bits are those of Prometheus 3", Piece: textAt(expr, kept)})
	}
	for _, c := range w.Made {
		line, column := placeIn(expr, min(max(0, int(c.Place.Start)), len(expr)))
		out.Changes = append(out.Changes, Change{Kind: kinds[c.Kind], Line: line, Column: column, Text: textAt(expr, c.Place), at: c})
	}
	return out, nil
}

// textAt is a piece of an expression.
func textAt(expr string, at posrange.PositionRange) string {
	if at.Start < 0 || int(at.End) > len(expr) || at.Start > at.End {
		return expr
	}
	return expr[at.Start:at.End]
}

func (o Options) parser() parser.Parser {
	if !o.Prometheus2 {
		return NewParser(o.Features)
	}
	return two.Parser{
		Parser:       NewParser(append(slices.Clip(o.Features), FeatureExperimentalFunctions)),
		Experimental: slices.Contains(o.Features, FeatureExperimentalFunctions),
	}
}

// rewriter makes the engine's changes; nil where there are none.
func (e *Engine) rewriter(hooks *two.Hooks) *two.Rewriter {
	if !e.earlier {
		return nil
	}
	w := &two.Rewriter{Hooks: hooks}
	if e.only != nil {
		w.Only = &e.only.at // of the look-back no place, and so no change
	}
	return w
}

// tree is what stands for an expression, to be looked at.
func (e *Engine) tree(expr string) (parser.Expr, error) {
	parsed, err := e.parser.ParseExpr(expr)
	if err != nil {
		return nil, err
	}
	if w := e.rewriter(nil); w != nil {
		parsed = w.Rewrite(parsed)
	}
	return parsed, nil
}

// bothSelectors are those of what stands for an expression, and those of the
// expression itself: who compares versions asks for either.
func (e *Engine) bothSelectors(parsed parser.Expr, expr string) []Selector {
	list := selectorsOf(parsed)
	if !e.earlier {
		return list
	}
	as, err := e.parser.ParseExpr(expr)
	if err != nil {
		return list
	}
	for _, s := range selectorsOf(as) {
		if !slices.ContainsFunc(list, func(o Selector) bool { return o.String == s.String }) {
			list = append(list, s)
		}
	}
	return list
}

// steady tells whether a range query may stand for instant queries: what stands
// for an expression may be less fit for it than the expression, which the
// caller knows to be.
func (e *Engine) steady(expr string) bool {
	if !e.earlier {
		return true
	}
	parsed, err := e.tree(expr)
	return err == nil && rangeSafe(parsed)
}

// instant is upstream's query at an instant, of what stands for an expression.
func (e *Engine) instant(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, expr string, at time.Time) (promql.Query, error) {
	if !e.earlier {
		return e.engine.NewInstantQuery(ctx, q, opts, expr, at)
	}
	hooks := &two.Hooks{Queryable: q}
	query, err := e.engine.NewInstantQuery(ctx, hooks, opts, expr, at)
	return e.rewritten(query, hooks, err)
}

// between is upstream's range query of what stands for an expression.
func (e *Engine) between(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, expr string, start, end time.Time, step time.Duration) (promql.Query, error) {
	if !e.earlier {
		return e.engine.NewRangeQuery(ctx, q, opts, expr, start, end, step)
	}
	hooks := &two.Hooks{Queryable: q}
	query, err := e.engine.NewRangeQuery(ctx, hooks, opts, expr, start, end, step)
	return e.rewritten(query, hooks, err)
}

func (e *Engine) rewritten(query promql.Query, hooks *two.Hooks, err error) (promql.Query, error) {
	if err != nil {
		return nil, err
	}
	if w := e.rewriter(hooks); w != nil {
		if stmt, ok := query.Statement().(*parser.EvalStmt); ok {
			stmt.Expr = w.Rewrite(stmt.Expr)
		}
	}
	return query, nil
}
