package rules

import (
	"context"
	"time"

	"github.com/scrapebook/scrapebook/signals/query"
)

// Prepare returns pieces of work that compute the results of rules at coming
// instants ahead of time. It leaves out the rules for which a range query might
// give something else than instant queries, and those of which may is false:
// may has to tell whether nothing that will be written until then can change
// the rule's result. The pieces may run at the same time as one another and as
// readers of the storage, and all must be done before the next call of Eval.
// Eval uses what was computed; what was not, or came with errors or
// annotations, it queries itself.
//
// The instants must be those of the coming calls of Eval, and evenly spaced.
func (e *Evaluator) Prepare(ctx context.Context, instants []time.Time, may func(*Rule) bool) []func() {
	for i := range e.rules {
		e.rules[i].steps, e.rules[i].operand = nil, nil
		e.rules[i].asked.forget()
	}
	step, ok := evenly(instants)
	if !ok {
		return nil
	}
	start, end := instants[0].Add(-e.group.QueryOffset), instants[len(instants)-1].Add(-e.group.QueryOffset)
	var work []func()
	for i, r := range e.group.Rules {
		st := &e.rules[i]
		if !may(r) {
			continue
		}
		if e.opts.Observe != nil {
			work = append(work, st.asked.prepare(ctx, e, span{start, end, step})...)
		}
		if st.failed || !e.safe(r.expr) {
			continue
		}
		work = append(work, func() {
			if st.steps = e.opts.Source.Steps(ctx, r.expr.String(), start, end, step); st.steps == nil {
				st.failed = true // it is likely to fail again
				return
			}
			if e.nears(r) {
				from, to, ok := st.steps.Empty()
				if e.shared != nil { // what they share is computed at all instants
					from, to = start, end
				}
				if ok {
					st.operand = e.opts.Source.Steps(ctx, r.Threshold.Operand, from, to, step)
				}
			}
		})
	}
	return work
}

// nears tells whether it is wanted how close a rule comes to its threshold.
func (e *Evaluator) nears(r *Rule) bool {
	return r.Alert != "" && r.Threshold != nil && !e.opts.SkipClosest
}

// safe tells whether Steps may stand for instant queries.
func (e *Evaluator) safe(x *query.Expr) bool {
	if e.shared != nil {
		return e.shared.Safe(x)
	}
	return x.RangeSafe
}

// evenly returns the distance of instants, in whole milliseconds as they are.
func evenly(instants []time.Time) (step time.Duration, ok bool) {
	if len(instants) < 2 {
		return 0, false
	}
	step = instants[1].Sub(instants[0])
	for i, at := range instants {
		if at.Sub(instants[0]) != time.Duration(i)*step || at.Nanosecond()%int(time.Millisecond) != 0 {
			return 0, false
		}
	}
	return step, step >= time.Millisecond && step%time.Millisecond == 0
}
