package two

import (
	"context"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// Hooks let rate, increase and delta see a longer range than the one that they
// extrapolate to, and divide by.
//
// The engine takes the samples of a call's first argument that is a range, and
// hands the function the arguments as they stand then; the function reads the
// length and the offset from the first of all. So the range moves to the second
// place, and the first is a scalar of a selector that nothing matches. When the
// engine asks for its series, it has read the arguments before and calls the
// function later: then the first place gets the range as it was written. A call
// is evaluated once in a query, which the engine counts on, too.
//
// Hooks serve one query: they are the storage that it is evaluated over.
type Hooks struct {
	storage.Queryable
	calls map[*labels.Matcher]*parser.Call // by the matcher of the selector in the first place
}

// keepRange moves the range of a call, which was made longer, and takes care
// that the function finds it as it was.
func (h *Hooks) keepRange(call *parser.Call) {
	if h == nil || len(call.Args) != 1 {
		return
	}
	m, err := labels.NewMatcher(labels.MatchEqual, model.MetricNameLabel, "")
	if err != nil {
		return // there is nothing in it to fail
	}
	if h.calls == nil {
		h.calls = map[*labels.Matcher]*parser.Call{}
	}
	h.calls[m] = call
	call.Args = parser.Expressions{
		&parser.Call{
			Func:     parser.Functions["scalar"],
			Args:     parser.Expressions{&parser.VectorSelector{LabelMatchers: []*labels.Matcher{m}, PosRange: call.PosRange}},
			PosRange: call.PosRange,
		},
		call.Args[0],
	}
}

// unhook takes the arguments of a copied call apart again; false: it has no
// hook.
func (h *Hooks) unhook(call *parser.Call) bool {
	if h == nil || len(call.Args) != 2 {
		return false
	}
	scalar, ok := call.Args[0].(*parser.Call)
	if !ok || len(scalar.Args) != 1 {
		return false
	}
	vs, ok := scalar.Args[0].(*parser.VectorSelector)
	if !ok || len(vs.LabelMatchers) != 1 || h.calls[vs.LabelMatchers[0]] == nil {
		return false
	}
	call.Args = parser.Expressions{call.Args[1]}
	return true
}

// asked puts the range of a call into the first place.
func asked(call *parser.Call) {
	if ms, ok := call.Args[1].(*parser.MatrixSelector); ok { // a subquery has become one
		c := *ms
		c.Range -= Closed
		call.Args[0] = &c
	}
}

// Querier implements storage.Queryable.
func (h *Hooks) Querier(mint, maxt int64) (storage.Querier, error) {
	q, err := h.Queryable.Querier(mint, maxt)
	if err != nil {
		return nil, err
	}
	return querier{q, h}, nil
}

type querier struct {
	storage.Querier
	hooks *Hooks
}

func (q querier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	if len(ms) == 1 {
		if call := q.hooks.calls[ms[0]]; call != nil {
			return nothing{storage.EmptySeriesSet(), call}
		}
	}
	return q.Querier.Select(ctx, sorted, hints, ms...)
}

// nothing is what the selector in the first place matches.
type nothing struct {
	storage.SeriesSet
	call *parser.Call
}

func (n nothing) Next() bool {
	asked(n.call)
	return false
}
