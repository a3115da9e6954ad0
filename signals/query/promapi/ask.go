package promapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
)

// maxSteps is how many steps of a range Prometheus' API allows
// (web/api/v1: parseQueryRangeParams).
const maxSteps = 11_000

func (c *Client) form(expr string) url.Values {
	form := url.Values{"query": {expr}, "nocache": {"1"}} // without it VictoriaMetrics moves the instants
	if c.opts.Lookback > 0 {
		form.Set("lookback_delta", model.Duration(c.opts.Lookback).String())
	}
	return form
}

// Instant asks what an expression gives at an instant. A vector is in the
// server's order.
func (c *Client) Instant(ctx context.Context, expr string, at time.Time) (*query.Value, error) {
	form := c.form(expr)
	form.Set("time", stamp(at))
	return c.ask(ctx, "query", form)
}

// Range asks what an expression gives at start, start+step, … up to end, both
// included, in as many requests as it takes: none has more than 11,000 steps,
// and what the server says to be too much is asked for in halves. The result is
// a matrix sorted by labels.
func (c *Client) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) (*query.Value, error) {
	if step < time.Millisecond {
		return nil, errors.New("the step of a range query must be at least 1ms")
	}
	if end.Before(start) {
		return nil, errors.New("the end of a range query must not be before its start")
	}
	end = start.Add(end.Sub(start) / step * step)
	var parts []*query.Value
	for from := start; !from.After(end); from = from.Add(maxSteps * step) {
		to := from.Add((maxSteps - 1) * step)
		if to.After(end) {
			to = end
		}
		more, err := c.halves(ctx, expr, from, to, step)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
	return joined(parts), nil
}

// halves asks for a range at once, or in halves where that is too much.
func (c *Client) halves(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]*query.Value, error) {
	form := c.form(expr)
	form.Set("start", stamp(start))
	form.Set("end", stamp(end))
	form.Set("step", fmt.Sprintf("%.3f", step.Seconds()))
	v, err := c.ask(ctx, "query_range", form)
	if err == nil {
		return []*query.Value{v}, onGrid(v, start, end, step)
	}
	var said *Error
	if tooMuch := errors.Is(err, errTooLarge) || errors.As(err, &said) && said.tooMuch(); !tooMuch || !start.Before(end) {
		return nil, err
	}
	middle := start.Add(end.Sub(start) / step / 2 * step)
	first, err := c.halves(ctx, expr, start, middle, step)
	if err != nil {
		return nil, err
	}
	second, err := c.halves(ctx, expr, middle.Add(step), end, step)
	return append(first, second...), err
}

// onGrid checks that the values are at the instants that were asked for: what
// stands before a server may align them to the step.
func onGrid(v *query.Value, start, end time.Time, step time.Duration) error {
	from, to := start.UnixMilli(), end.UnixMilli()
	for _, s := range v.Series {
		for _, p := range s.Floats {
			if p.Time < from || p.Time > to || (p.Time-from)%step.Milliseconds() != 0 {
				return ErrAligned
			}
		}
	}
	return nil
}

// ErrAligned is the error of a server that answers at other instants than those
// it was asked for, as a front that aligns queries to their step does.
var ErrAligned = errors.New("the server answers at other instants than it was asked for, multiples of the step: ask at those")

func (c *Client) ask(ctx context.Context, path string, form url.Values) (*query.Value, error) {
	var data queryData
	warnings, infos, err := c.post(ctx, path, form, &data)
	if err != nil {
		return nil, err
	}
	v, err := data.value()
	if err != nil {
		return nil, err
	}
	slices.Sort(warnings)
	slices.Sort(infos)
	v.Warnings, v.Infos = warnings, infos
	return v, nil
}

// joined puts the parts of a range together.
func joined(parts []*query.Value) *query.Value {
	if len(parts) == 1 {
		sorted(parts[0])
		return parts[0]
	}
	out := &query.Value{Type: query.Matrix}
	at := map[string]int{}
	for _, v := range parts {
		out.Warnings, out.Infos = append(out.Warnings, v.Warnings...), append(out.Infos, v.Infos...)
		for _, s := range v.Series {
			key := string(s.Labels.Bytes(nil))
			i, known := at[key]
			if !known {
				i = len(out.Series)
				at[key] = i
				out.Series = append(out.Series, query.Series{Labels: s.Labels})
			}
			out.Series[i].Floats = append(out.Series[i].Floats, s.Floats...)
		}
	}
	slices.Sort(out.Warnings)
	slices.Sort(out.Infos)
	out.Warnings, out.Infos = slices.Compact(out.Warnings), slices.Compact(out.Infos)
	sorted(out)
	return out
}

// Vector implements query.Source.
func (c *Client) Vector(ctx context.Context, expr string, at time.Time) (vec []query.Sample, warnings, infos []string, err error) {
	v, err := c.Instant(ctx, expr, at)
	if err != nil {
		return nil, nil, nil, err
	}
	switch v.Type {
	case query.Scalar:
		vec = []query.Sample{{Labels: labels.EmptyLabels(), Time: v.Time, Value: v.Number}}
	case query.Vector:
		vec = make([]query.Sample, len(v.Series))
		for i, s := range v.Series {
			if len(s.Floats) != 1 {
				return nil, nil, nil, errPoint
			}
			vec[i] = query.Sample{Labels: s.Labels, Time: s.Floats[0].Time, Value: s.Floats[0].Value}
		}
	default:
		return nil, nil, nil, errors.New("rule result is not a vector or scalar")
	}
	return vec, v.Warnings, v.Infos, nil
}

// Steps implements query.Source. Annotations of the range are those of each of
// its steps: the API does not tell them apart.
func (c *Client) Steps(ctx context.Context, expr string, start, end time.Time, step time.Duration) *query.Steps {
	v, err := c.Range(ctx, expr, start, end, step)
	if err != nil {
		if errors.Is(err, ErrAligned) {
			c.fail(err)
		}
		return nil
	}
	vectors := make([][]query.Sample, end.Sub(start)/step+1)
	from, every := start.UnixMilli(), step.Milliseconds()
	for _, s := range v.Series {
		for _, p := range s.Floats {
			i := (p.Time - from) / every
			vectors[i] = append(vectors[i], query.Sample{Labels: s.Labels, Time: p.Time, Value: p.Value})
		}
	}
	return query.NewSteps(start, step, vectors, v.Warnings, v.Infos)
}
