package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// maxSteps is how many steps a range query may have (web/api/v1: queryRange).
const maxSteps = 11_000

func (h *Handler) query(r *request) (answer, *failure) {
	limit, fail := r.limit()
	if fail != nil {
		return answer{}, fail
	}
	at, fail := r.time("time", h.present(r))
	if fail != nil {
		return answer{}, fail
	}
	return h.ask(r, query.Request{Start: at}, limit)
}

func (h *Handler) queryRange(r *request) (answer, *failure) {
	limit, fail := r.limit()
	if fail != nil {
		return answer{}, fail
	}
	start, err := parseTime(r.FormValue("start"))
	if err != nil {
		return answer{}, invalid("start", err)
	}
	end, err := parseTime(r.FormValue("end"))
	if err != nil {
		return answer{}, invalid("end", err)
	}
	if end.Before(start) {
		return answer{}, invalid("end", errors.New("end timestamp must not be before start time"))
	}
	step, err := parseDuration(r.FormValue("step"))
	switch {
	case err != nil:
		return answer{}, invalid("step", err)
	case step <= 0:
		return answer{}, invalid("step", errors.New("zero or negative query resolution step widths are not accepted. Try a positive integer"))
	case end.Sub(start)/step > maxSteps:
		return answer{}, &failure{badData, errors.New("exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)")}
	case step < time.Millisecond: // a server divides by zero
		return answer{}, invalid("step", errors.New("a step below a millisecond is not evaluated"))
	}
	return h.ask(r, query.Request{Start: r.toCapture(start), End: r.toCapture(end), Step: step}, limit)
}

// ask evaluates the expression of a request.
func (h *Handler) ask(r *request, ask query.Request, limit int) (answer, *failure) {
	ctx := r.Context()
	if text := r.FormValue("timeout"); text != "" {
		timeout, err := parseDuration(text)
		if err == nil && timeout <= 0 {
			err = fmt.Errorf("timeout must be positive, got %s", timeout)
		}
		if err != nil {
			return answer{}, invalid("timeout", err)
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	if text := r.FormValue("lookback_delta"); text != "" {
		var err error
		if ask.Lookback, err = parseDuration(text); err != nil {
			return answer{}, &failure{badData, fmt.Errorf("error parsing lookback delta duration: %w", err)}
		}
	}
	parsed, err := h.parser.ParseExpr(r.FormValue("query"))
	if err != nil {
		return answer{}, invalid("query", err)
	}
	if ask.Step > 0 && parsed.Type() != parser.ValueTypeVector && parsed.Type() != parser.ValueTypeScalar {
		return answer{}, invalid("query", fmt.Errorf("invalid expression type %q for range query, must be Scalar or instant Vector", parser.DocumentedType(parsed.Type())))
	}
	ask.Expr = atCapture(parsed, r.FormValue("query"), r.shift)
	got, leave, err := h.evaluate(ctx, r, ask)
	if err != nil {
		leave()
		return answer{}, evaluating(err)
	}
	a := valueAnswer(r, got, limit)
	a.close = leave
	return a, nil
}

// evaluate evaluates what may be evaluated beside others, and what needs more
// memory than that when nothing else is evaluated that does. The answer goes on
// to take memory until leave is called, which is never nil.
func (h *Handler) evaluate(ctx context.Context, r *request, ask query.Request) (got *query.Answer, leave func(), err error) {
	leave = func() {}
	b := r.book
	var sets [][]*labels.Matcher
	for _, s := range b.engine.Selectors(ask.Expr) {
		sets = append(sets, s.Matchers)
	}
	from, err := r.lend(ctx, sets)
	if err != nil {
		return nil, leave, err
	}
	defer from.Close()
	got, err = b.beside.Ask(ctx, from, ask)
	if b.beside == b.engine || !errors.As(err, new(promql.ErrTooManySamples)) {
		return got, leave, err
	}
	select {
	case h.alone <- struct{}{}:
		leave = func() { <-h.alone }
	case <-ctx.Done():
		return nil, leave, ctx.Err()
	}
	got, err = b.engine.Ask(ctx, from, ask)
	if errors.As(err, new(promql.ErrTooManySamples)) {
		err = fmt.Errorf("%w: %d are the most with this --max-memory", err, h.maxSamples())
	}
	return got, leave, err
}

// atCapture is an expression in which what @ names is the capture's time. It is
// the text itself where there is nothing to change, so that what the engine
// says of a place in it is right.
func atCapture(expr parser.Expr, text string, shift time.Duration) string {
	changed := false
	by := func(at *int64) {
		if at != nil {
			*at -= shift.Milliseconds()
			changed = changed || shift != 0
		}
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			by(n.Timestamp)
		case *parser.SubqueryExpr:
			by(n.Timestamp)
		}
		return nil
	})
	if !changed {
		return text
	}
	return expr.String()
}

// valueAnswer is the answer with a value, its times the client's.
func valueAnswer(r *request, got *query.Answer, limit int) answer {
	v := got.Value
	a := answer{warnings: v.Warnings, infos: v.Infos}
	if v.Type == query.Vector || v.Type == query.Matrix {
		var warning []string
		v.Series, warning = cut(v.Series, limit)
		a.warnings = append(a.warnings, warning...)
	}
	if shift := r.shift.Milliseconds(); shift != 0 {
		v.Time += shift
		for _, s := range v.Series {
			for i := range s.Floats {
				s.Floats[i].Time += shift
			}
			for i := range s.Histograms {
				s.Histograms[i].Time += shift
			}
		}
	}
	a.value = &valueJSON{Value: v}
	if word := r.FormValue("stats"); word != "" {
		if word != "true" && word != "all" {
			a.warnings = append(a.warnings, fmt.Sprintf("value %q for parameter \"stats\" is deprecated and will be rejected in the next major release, use %q or %q", word, "true", "all"))
		}
		stats, err := json.Marshal(got.Stats)
		if err != nil { // numbers of seconds and samples are finite
			panic(err)
		}
		a.value.stats = stats
	}
	return a
}

func (h *Handler) formatQuery(r *request) (answer, *failure) {
	expr, err := h.parser.ParseExpr(r.FormValue("query"))
	if err != nil {
		return answer{}, invalid("query", err)
	}
	return answer{data: expr.Pretty(0)}, nil
}

func (h *Handler) parseQuery(r *request) (answer, *failure) {
	expr, err := h.parser.ParseExpr(r.FormValue("query"))
	if err != nil {
		return answer{}, invalid("query", err)
	}
	return answer{data: tree(expr)}, nil
}

// oneOf tells whether a set of words, which may be empty for "any", has one.
func oneOf(set []string, word string) bool {
	for _, s := range set {
		if s == word {
			return true
		}
	}
	return len(set) == 0
}

// lower is the value of a parameter of the address alone, in small letters.
func (r *request) lower(name string) string { return strings.ToLower(r.URL.Query().Get(name)) }
