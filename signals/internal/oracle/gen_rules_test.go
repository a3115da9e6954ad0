package oracle

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
)

func (w *world) drawRules() {
	for i := range pick(w.drawer, "rule files", 1, 1, 1, 0, 2) {
		var groups []any
		for g := range w.number("groups", 1, 3) {
			groups = append(groups, w.drawGroup(fmt.Sprintf("group%d.%d", i, g)))
		}
		w.pair.Rules = append(w.pair.Rules, string(mustYAML(map[string]any{"groups": groups})))
	}
}

func (w *world) span(what string, from ...float64) string {
	k := pick(w.drawer, what, from...)
	return model.Duration(time.Duration(k*float64(w.interval)) * time.Millisecond).String()
}

func (w *world) drawGroup(name string) any {
	g := map[string]any{"name": name}
	if w.oneIn(3, "interval") {
		g["interval"] = w.span("interval of the group", 1, 2, 0.5, 3)
	}
	if w.oneIn(5, "limit") {
		g["limit"] = w.number("limit", 0, 3)
	}
	if w.oneIn(5, "query offset") {
		g["query_offset"] = w.span("offset", 1, 0.25, 0, 2, 0.4)
	}
	if w.oneIn(5, "labels of the group") {
		g["labels"] = map[string]string{"team": pick(w.drawer, "team", "a", "", "{{ $value }}"), "severity": "group"}
	}
	var list []any
	for range w.number("rules", 1, 4) {
		list = append(list, w.drawRule())
	}
	g["rules"] = list
	return g
}

func (w *world) drawRule() any {
	x := w.exprs()
	if w.oneIn(3, "recording") {
		r := map[string]any{"record": pick(w.drawer, "record", "r:one", "r:two", "r:three"), "expr": x.parsable(x.vector(3))}
		w.recorded = append(w.recorded, r["record"].(string))
		if w.oneIn(3, "labels") {
			r["labels"] = pick(w.drawer, "labels", map[string]string{"src": "r"}, map[string]string{"job": ""}, map[string]string{"instance": "one"}, map[string]string{"code": "", "job": "j"})
		}
		if !w.valid(r) {
			delete(r, "labels")
		}
		return r
	}
	r := map[string]any{"alert": pick(w.drawer, "alert", "A", "B", "C"), "expr": x.parsable(x.condition())}
	if !slices.Contains(w.recorded, "ALERTS") {
		w.recorded = append(w.recorded, "ALERTS")
	}
	if w.oneIn(2, "for") {
		r["for"] = w.span("for", 1, 0, 0.5, 2, 3, 2.5)
	}
	if w.oneIn(3, "keep_firing_for") {
		r["keep_firing_for"] = w.span("keep", 1, 2, 0.5, 3)
	}
	for _, field := range []string{"labels", "annotations"} {
		if w.oneIn(2, field) {
			set := map[string]string{}
			for range w.number("number", 1, 2) {
				text := pick(w.drawer, "text", templates...)
				if field == "labels" && strings.Contains(text, "{{ $labels }}") {
					text = "all" // a rule that sees its own alerts would double their labels each time
				}
				set[pick(w.drawer, "name", "severity", "code", "summary", "job", "alertstate")] = text
			}
			r[field] = set
			if !w.valid(r) {
				delete(r, field)
			}
		}
	}
	return r
}

var templates = []string{
	"page", "", "{{ $value }}", "{{ $labels.instance }}", "{{ $labels.nope }}", "{{ $value | humanize }} {{ $labels }}", "{{ printf \"%.1f\" $value }}",
	`{{ with query "sum(up)" }}{{ . | first | value }}{{ end }}`, `{{ range query "g" | sortByLabel "instance" }}{{ .Labels.instance }}={{ .Value }};{{ end }}`,
	"{{ $externalLabels.cluster }} {{ $externalURL }} {{ externalURL }} {{ pathPrefix }}", "{{ .Nope }}", `{{ template "x" }}`, `{{ define "x" }}{{ . }}{{ end }}{{ template "x" 3 }}`,
	"{{ humanizeDuration $value }}", "{{ $value | humanizePercentage }}", "{{ $value | humanizeTimestamp }}", `{{ query "bad(" | first }}`, `{{ query "nope_total" | first | value }}`,
	`{{ if gt $value 1.0 }}high{{ else }}low{{ end }}`, "{{ $labels.code | toUpper | title }}", `{{ reReplaceAll "node-(.)" "n$1" $labels.instance }}`, "{{ graphLink \"up\" }} {{ tableLink \"up\" }}",
	`{{ "12.5" | parseDuration }}`, `{{ query "count(ALERTS)" | first | value }}`, "{{ $value | toTime }}", "{{ strvalue $labels }}", "{{ args 1 2 }}", "{{ stripPort $labels.instance }}{{ stripDomain $labels.instance }}",
	"{{ undefined }}", "{{", "{{ $labels.instance | match \"node.*\" }}", `{{ printf "%d" 1.5 }}`, `{{ 1 | humanize1024 }}`, `{{ slice $labels.instance 90 }}`,
}

// valid tells whether rulefmt takes a file of this rule alone.
func (w *world) valid(rule map[string]any) bool {
	file := mustYAML(map[string]any{"groups": []any{map[string]any{"name": "g", "rules": []any{rule}}}})
	_, errs := rulefmt.Parse(file, false, model.UTF8Validation, w.parser, slog.New(slog.DiscardHandler))
	return len(errs) == 0
}

// parsable lets one in 200 expressions that upstream does not parse through.
func (x *exprs) parsable(expr string) string {
	if _, err := x.parser.ParseExpr(expr); err != nil && !x.oneIn(200, "leave the mistake") {
		return "up"
	}
	return expr
}

func (w *world) drawQueries() {
	w.recorded = nil
	x := w.exprs()
	for range w.number("queries", 1, 3) {
		q := pairQuery{Expr: pick(w.drawer, "query of", x.vector, x.vector, x.vector, x.topLevel)(3)}
		q.Start = epoch - w.interval + int64(w.number("start", 0, 12))*w.interval/4
		if w.oneIn(2, "range") {
			q.Step = pick(w.drawer, "step", w.interval, w.interval/3, 2*w.interval, 60_000)
			q.End = q.Start + int64(w.number("length", 0, 20))*w.interval
		} else {
			q.End = q.Start
		}
		w.pair.Queries = append(w.pair.Queries, q)
	}
}

// topLevel is what a query can be and a rule cannot.
func (x *exprs) topLevel(depth int) string {
	switch x.number("top", 0, 2) {
	case 0:
		return x.scalar()
	case 1:
		return x.matrix(depth)
	default:
		return `"text"`
	}
}
