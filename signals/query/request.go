package query

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/features"
	"github.com/prometheus/prometheus/util/stats"
)

// A Request is a query as a client of the Prometheus API puts it.
type Request struct {
	Expr     string
	Start    time.Time
	End      time.Time     // not before Start; means nothing when Step is 0
	Step     time.Duration // at least 1ms; 0: one instant, Start
	Lookback time.Duration // in place of the engine's; 0 (or less): the engine's
}

// An Answer is the value of a Request, and what it took.
type Answer struct {
	*Value
	Stats stats.QueryStats // the field stats of the API's answer
}

// Ask evaluates a Request, as Instant and Range do. The error is an *Error for
// all that upstream finds wrong with the expression before it is evaluated,
// with a *LimitError in it when it is too long or too deep; a *LimitError when
// the evaluation would need too much; else the evaluation's.
func (e *Engine) Ask(ctx context.Context, q storage.Queryable, r Request) (*Answer, error) {
	switch {
	case r.Step == 0:
		r.End = r.Start
	case r.Step < time.Millisecond:
		return nil, errStep
	case r.End.Before(r.Start):
		return nil, errEnd
	}
	parsed, err := e.parse(r.Expr)
	if err != nil {
		return nil, err
	}
	if err := e.bound(ctx, q, r.Expr, r.Start, r.End, r.Step); err != nil {
		return nil, err
	}
	if r.Lookback > 0 {
		r.Lookback = e.closed(r.Lookback)
	}
	opts := promql.NewPrometheusQueryOpts(false, r.Lookback, nil)
	var query promql.Query
	if r.Step == 0 {
		query, err = e.instant(ctx, q, opts, r.Expr, r.Start)
	} else {
		query, err = e.between(ctx, q, opts, r.Expr, r.Start, r.End, r.Step)
	}
	if err != nil {
		return nil, newError("", r.Expr, err)
	}
	defer query.Close()
	value, err := newValue(query.Exec(ctx), r.Expr, r.Step == 0 && !orders(parsed))
	if err != nil {
		return nil, err
	}
	return &Answer{Value: value, Stats: stats.NewQueryStats(query.Stats())}, nil
}

// Supported tells what an engine with these options can do, by the categories
// and names of the API's endpoint features.
func Supported(opts Options) map[string]map[string]bool {
	registry := features.NewRegistry()
	upstream := opts.upstream()
	upstream.FeatureRegistry = registry
	promql.NewEngine(upstream)
	return registry.Get()
}
