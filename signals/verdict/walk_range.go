package verdict

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// window says why a function of a range gave nothing.
func (w *walk) window(n, arg *node, r rest) {
	counted := arg.derive("count", "count_over_time("+arg.expr.String()+")")
	if counted == nil {
		w.note(n, causeOther, r)
		return
	}
	vec, _ := w.look.Ask(counted)
	most := 0
	for _, s := range vec {
		most = max(most, int(s.Value))
	}
	switch {
	case most == 0 && arg.selector() != nil:
		w.absent(arg, r)
	case most == 0:
		w.subquery(n, arg, r)
	case most < needs(n.expr.(*parser.Call).Func.Name):
		y := w.note(n, causeFew, r)
		y.samples = max(y.samples, most)
		w.few(y, arg, vec, needs(n.expr.(*parser.Call).Func.Name))
	default:
		w.note(n, causeOther, r)
	}
}

// subquery says why one had no step with a value.
func (w *walk) subquery(n, arg *node, r rest) {
	if vec := w.vector(arg.kids[0]); len(vec) == 0 {
		w.empty(arg.kids[0], r)
		return
	}
	// It has a value now, and had none at the steps of the subquery.
	back, _ := arg.window(0)
	switch to, start := w.t.looksAt(arg, w.look.At), w.t.run.opts.Capture.Start; {
	case to < start:
		w.note(arg, causeAbsent, r).absence.before++
	case to-back.Milliseconds() < start:
		w.note(n, causeFew, r).early++
	default:
		w.note(n, causeOther, r)
	}
}

// few says what is to blame: the range, which is shorter than so many scrapes
// are apart, the beginning of the capture, or a scrape that is missing.
func (w *walk) few(y *tally, arg *node, counted []query.Sample, need int) {
	m, ok := arg.expr.(*parser.MatrixSelector)
	if !ok {
		return
	}
	run := w.t.run
	every := run.opts.Capture.Interval
	target := run.scrapes.target(counted[0].Labels.Get("job"), counted[0].Labels.Get("instance"))
	if target != nil && target.Interval > 0 {
		every = target.Interval
	}
	to := w.t.looksAt(arg, w.look.At)
	from := to - m.Range.Milliseconds()
	switch missing, ok := run.scrapes.missing(target, from, to); {
	case every > 0 && m.Range < time.Duration(need)*every:
		y.short++
		y.every, y.need = every, time.Duration(2*need)*every
		y.left = counted[0]
	case from < run.opts.Capture.Start:
		y.early++
	case ok:
		if y.missed++; y.missed == 1 {
			y.missing, y.every, y.left = msTime(missing), every, counted[0]
			y.need = m.Range + every
		}
	}
}

// needs is how many samples a function of a range needs for a result.
func needs(function string) int {
	switch function {
	case "rate", "increase", "delta", "irate", "idelta", "deriv", "predict_linear", "double_exponential_smoothing":
		return 2
	}
	return 1
}
