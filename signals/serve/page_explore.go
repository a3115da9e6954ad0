package serve

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/report/html"
)

// exploreView evaluates an expression, and draws what came of it.
func (h *Handler) exploreView(r *request) (html.Document, *failure) {
	e := h.exploring(r)
	doc := html.Document{Title: "Explore", Scripts: []string{"/explore.js"}}
	result := html.Section{ID: "result", Title: "Result"}
	switch {
	case len(e.Wrong) > 0:
		result.Body = section("", "", "wrong.tmpl", e).Body
	case e.Expr == "":
		result = section("result", "For a start", "start.tmpl", r.starts())
	default:
		result = h.result(r, e)
	}
	doc.Sections = []html.Section{section("ask", "Expression", "explore.tmpl", e), result}
	return doc, nil
}

// result evaluates, and tells what came of it.
func (h *Handler) result(r *request, e *exploring) html.Section {
	ask := query.Request{Expr: e.Expr, Start: r.toCapture(e.to)}
	if !e.Table {
		ask.Start, ask.End, ask.Step = r.toCapture(e.from), r.toCapture(e.to), e.step
	}
	got, leave, err := h.value(r, ask)
	defer leave()
	if err != nil {
		e.wrong("expr", err)
		return html.Section{ID: "result", Title: "Result", Body: section("", "", "wrong.tmpl", e).Body}
	}
	if e.Table {
		return r.table(e, got)
	}
	return r.graph(e, got)
}

// value evaluates an expression. Of what is wrong with it the error is a
// *query.Error, which has the place. Leave is never nil, and called when the
// value is not used any more.
func (h *Handler) value(r *request, ask query.Request) (v *query.Value, leave func(), err error) {
	parsed, err := h.parser.ParseExpr(ask.Expr)
	if err == nil { // else the engine says where
		ask.Expr = atCapture(parsed, ask.Expr, r.shift)
		if kind := parsed.Type(); ask.Step > 0 && kind != parser.ValueTypeVector && kind != parser.ValueTypeScalar {
			return nil, func() {}, fmt.Errorf("a graph is of an instant vector or a scalar, and this is a %s: the table shows it", parser.DocumentedType(kind))
		}
	}
	got, leave, err := h.evaluate(r.Context(), r, ask)
	if err != nil {
		return nil, leave, err
	}
	return got.Value, leave, nil
}

// wrong notes an error of the evaluation, with its place where there is one.
func (e *exploring) wrong(field string, err error) {
	var at *query.Error
	if errors.As(err, &at) {
		e.Place = query.Snippet(at.Text, at.Column)
		err = fmt.Errorf("line %d, column %d: %w", at.Line, at.Column, at.Err)
	}
	e.Wrong[field] = err.Error()
}

// starts are expressions to begin with.
func (r *request) starts() []link {
	var list []link
	for _, expr := range []string{
		"up", "sum by (job) (up)", `ALERTS{alertstate="firing"}`, "scrape_samples_scraped",
		`topk(10, count by (__name__) ({__name__=~".+"}))`,
	} {
		list = append(list, link{"/explore?" + url.Values{"expr": {expr}}.Encode(), expr})
	}
	return list
}
