package rules

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// Defaults of a Prometheus server (cmd/prometheus/main.go, config/config.go).
const (
	DefaultLookback           = 5 * time.Minute
	DefaultMaxSamples         = 50_000_000
	DefaultTimeout            = 2 * time.Minute
	DefaultEvaluationInterval = time.Minute
)

// EngineOptions are the settings of an Engine; 0 stands for the server's
// default of each.
type EngineOptions struct {
	Lookback   time.Duration // how long a sample without successor stays visible
	MaxSamples int           // samples that one query may hold in memory
	Timeout    time.Duration // of one query, in real time
	// EvaluationInterval is the global one, which is also the step of the
	// subqueries that name none. Below a millisecond it counts as one.
	EvaluationInterval time.Duration
	Features           []string // names of --enable-feature, see Features
}

// An Engine runs PromQL with a server's settings: @ and negative offsets are
// allowed, experimental functions and the like where EngineOptions.Features
// names them. It may be used from several goroutines.
type Engine struct {
	engine   *promql.Engine
	parser   parser.Parser
	lookback time.Duration
}

// NewEngine makes an Engine.
func NewEngine(opts EngineOptions) *Engine {
	if opts.Lookback <= 0 {
		opts.Lookback = DefaultLookback
	}
	if opts.MaxSamples <= 0 {
		opts.MaxSamples = DefaultMaxSamples
	}
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.EvaluationInterval <= 0 {
		opts.EvaluationInterval = DefaultEvaluationInterval
	}
	step := max(1, opts.EvaluationInterval.Milliseconds())
	p := newParser(opts.Features)
	return &Engine{
		parser:   p,
		lookback: opts.Lookback,
		engine: promql.NewEngine(promql.EngineOpts{
			MaxSamples:               opts.MaxSamples,
			Timeout:                  opts.Timeout,
			LookbackDelta:            opts.Lookback,
			NoStepSubqueryIntervalFn: func(int64) int64 { return step },
			EnableAtModifier:         true,
			EnableNegativeOffset:     true,
			EnableDelayedNameRemoval: slices.Contains(opts.Features, FeatureDelayedNameRemoval),
			UseStartTimestamps:       slices.Contains(opts.Features, FeatureUseStartTimestamps),
			Parser:                   p,
		}),
	}
}

// Selectors returns the distinct vector selectors of an expression in its
// order; none where it does not parse.
func (e *Engine) Selectors(expr string) []Selector {
	parsed, err := e.parser.ParseExpr(expr)
	if err != nil {
		return nil
	}
	return selectorsOf(parsed)
}

// Instant evaluates expr at ts. A vector comes sorted by labels, unless the
// expression holds a function or aggregation that orders (sort, topk, …):
// then in the engine's order.
//
// The error is an *Error when the expression does not parse, else the engine's.
func (e *Engine) Instant(ctx context.Context, q storage.Queryable, expr string, ts time.Time) (*Value, error) {
	parsed, err := e.parse(expr)
	if err != nil {
		return nil, err
	}
	query, err := e.engine.NewInstantQuery(ctx, q, nil, expr, ts)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	return newValue(query.Exec(ctx), expr, !orders(parsed))
}

// Range evaluates expr at start, start+step, … up to end, both included. The
// result is a matrix sorted by labels.
//
// It is an error when step is not at least a millisecond, when end lies before
// start, or when expr is neither scalar nor instant vector.
func (e *Engine) Range(ctx context.Context, q storage.Queryable, expr string, start, end time.Time, step time.Duration) (*Value, error) {
	if step < time.Millisecond {
		return nil, errors.New("the step of a range query must be at least 1ms")
	}
	if end.Before(start) {
		return nil, errors.New("the end of a range query must not be before its start")
	}
	if _, err := e.parse(expr); err != nil {
		return nil, err
	}
	query, err := e.engine.NewRangeQuery(ctx, q, nil, expr, start, end, step)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	return newValue(query.Exec(ctx), expr, false)
}

func (e *Engine) parse(expr string) (parser.Expr, error) {
	parsed, err := e.parser.ParseExpr(expr)
	if err != nil {
		return nil, exprError("", expr, err)[0]
	}
	return parsed, nil
}

// vector is upstream's EngineQueryFunc (rules/manager.go): a scalar becomes a
// vector of one sample without labels.
func (e *Engine) vector(ctx context.Context, q storage.Queryable, expr string, ts time.Time) (vec promql.Vector, warnings, infos []string, err error) {
	query, err := e.engine.NewInstantQuery(ctx, q, nil, expr, ts)
	if err != nil {
		return nil, nil, nil, err
	}
	defer query.Close()
	res := query.Exec(ctx)
	warnings, infos = annotationsOf(res, expr)
	if res.Err != nil {
		return nil, warnings, infos, res.Err
	}
	switch v := res.Value.(type) {
	case promql.Vector:
		for i := range v {
			if v[i].H != nil { // Close hands the histogram to the next query
				v[i].H = v[i].H.Copy()
			}
		}
		return v, warnings, infos, nil
	case promql.Scalar:
		return promql.Vector{{T: v.T, F: v.V, Metric: labels.EmptyLabels()}}, warnings, infos, nil
	}
	return nil, warnings, infos, errors.New("rule result is not a vector or scalar")
}

// annotationsOf returns a result's warnings and infos, sorted.
func annotationsOf(res *promql.Result, expr string) (warnings, infos []string) {
	if len(res.Warnings) == 0 {
		return nil, nil
	}
	warnings, infos = res.Warnings.AsStrings(expr, 0, 0)
	slices.Sort(warnings)
	slices.Sort(infos)
	return warnings, infos
}

// orders reports whether the order of expr's result may mean something.
func orders(expr parser.Expr) bool {
	return contains(expr, func(node parser.Node) bool {
		switch n := node.(type) {
		case *parser.Call:
			switch n.Func.Name {
			case "sort", "sort_desc", "sort_by_label", "sort_by_label_desc":
				return true
			}
		case *parser.AggregateExpr:
			return n.Op == parser.TOPK || n.Op == parser.BOTTOMK
		}
		return false
	})
}

// countsValues reports whether expr holds count_values, whose result the engine
// takes from a map.
func countsValues(expr parser.Expr) bool {
	return contains(expr, func(node parser.Node) bool {
		n, ok := node.(*parser.AggregateExpr)
		return ok && n.Op == parser.COUNT_VALUES
	})
}

func contains(expr parser.Expr, is func(parser.Node) bool) bool {
	found := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		found = found || node != nil && is(node)
		return nil
	})
	return found
}
