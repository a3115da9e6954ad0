package query

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/query/internal/two"
)

// Defaults of a Prometheus server (cmd/prometheus/main.go, config/config.go).
const (
	DefaultLookback = 5 * time.Minute
	MaxSamples      = 50_000_000
	defaultTimeout  = 2 * time.Minute
	defaultInterval = time.Minute
)

// Options are the settings of an Engine; 0 stands for the server's
// default of each.
type Options struct {
	Lookback   time.Duration // how long a sample without successor stays visible
	MaxSamples int           // samples that one query may hold in memory
	Timeout    time.Duration // of one query, in real time
	// EvaluationInterval is the global one, which is also the step of the
	// subqueries that name none. Below a millisecond it counts as one.
	EvaluationInterval time.Duration
	Features           []string // names of --enable-feature, see Features
	// Prometheus2 makes the Engine say what that of Prometheus 2.55.1 would
	// have said, as far as Earlier has no Doubts.
	Prometheus2 bool
	// Only makes of what Prometheus2 changes this one alone.
	Only *Change
}

// An Engine runs PromQL with a server's settings: @ and negative offsets are
// allowed, experimental functions and the like where Options.Features
// names them. It may be used from several goroutines.
type Engine struct {
	engine   *promql.Engine
	parser   parser.Parser
	lookback time.Duration
	interval time.Duration // step of subqueries that name none
	earlier  bool          // Options.Prometheus2
	late     bool          // names are dropped late
	closed   func(time.Duration) time.Duration
	only     *Change
	judged   sync.Map     // from the text of an expression to judged
	texts    atomic.Int64 // how many were judged
}

// NewEngine makes an Engine.
func NewEngine(opts Options) *Engine {
	if opts.Lookback <= 0 {
		opts.Lookback = DefaultLookback
	}
	if opts.MaxSamples <= 0 {
		opts.MaxSamples = MaxSamples
	}
	if opts.Timeout <= 0 {
		opts.Timeout = defaultTimeout
	}
	if opts.EvaluationInterval <= 0 {
		opts.EvaluationInterval = defaultInterval
	}
	opts.EvaluationInterval = time.Duration(max(1, opts.EvaluationInterval.Milliseconds())) * time.Millisecond
	opts.Lookback = opts.closed(opts.Lookback)
	upstream := opts.upstream()
	return &Engine{
		parser:   upstream.Parser,
		earlier:  opts.Prometheus2,
		late:     upstream.EnableDelayedNameRemoval,
		closed:   opts.closed,
		only:     opts.Only,
		lookback: opts.Lookback,
		interval: opts.EvaluationInterval,
		engine:   promql.NewEngine(upstream),
	}
}

// upstream are the settings of upstream's engine.
func (o Options) upstream() promql.EngineOpts {
	step := o.EvaluationInterval.Milliseconds()
	return promql.EngineOpts{
		MaxSamples:               o.MaxSamples,
		Timeout:                  o.Timeout,
		LookbackDelta:            o.Lookback,
		NoStepSubqueryIntervalFn: func(int64) int64 { return step },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		EnableDelayedNameRemoval: slices.Contains(o.Features, FeatureDelayedNameRemoval),
		UseStartTimestamps:       !o.Prometheus2 && slices.Contains(o.Features, FeatureUseStartTimestamps),
		Parser:                   o.parser(),
	}
}

// closed is a look-back with which the engine sees what is meant by it.
func (o Options) closed(lookback time.Duration) time.Duration {
	if o.Prometheus2 && o.Only.includes(ChangeLookback) {
		lookback += two.Closed
	}
	return lookback
}

// Instant evaluates expr at ts. A vector comes sorted by labels, unless the
// expression holds a function or aggregation that orders (sort, topk, …):
// then in the engine's order.
//
// The error is an *Error when the expression does not parse, a *LimitError when
// it asks for more than is computed here, else the engine's.
func (e *Engine) Instant(ctx context.Context, q storage.Queryable, expr string, ts time.Time) (*Value, error) {
	parsed, err := e.parse(expr)
	if err != nil {
		return nil, err
	}
	if err := e.bound(ctx, q, expr, ts, ts, 0); err != nil {
		return nil, err
	}
	query, err := e.instant(ctx, q, nil, expr, ts)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	return newValue(query.Exec(ctx), expr, !orders(parsed))
}

var (
	errStep = errors.New("the step of a range query must be at least 1ms")
	errEnd  = errors.New("the end of a range query must not be before its start")
)

// Range evaluates expr at start, start+step, … up to end, both included. The
// result is a matrix sorted by labels.
//
// It is an error when step is not at least a millisecond, when end lies before
// start, or when expr is neither scalar nor instant vector.
func (e *Engine) Range(ctx context.Context, q storage.Queryable, expr string, start, end time.Time, step time.Duration) (*Value, error) {
	if step < time.Millisecond {
		return nil, errStep
	}
	if end.Before(start) {
		return nil, errEnd
	}
	if _, err := e.parse(expr); err != nil {
		return nil, err
	}
	if err := e.bound(ctx, q, expr, start, end, step); err != nil {
		return nil, err
	}
	query, err := e.between(ctx, q, nil, expr, start, end, step)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	return newValue(query.Exec(ctx), expr, false)
}

func (e *Engine) parse(expr string) (parser.Expr, error) {
	parsed, err := e.parser.ParseExpr(expr)
	if err != nil {
		return nil, newError("", expr, err)
	}
	return parsed, nil
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
