package rules_test

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"

	"github.com/scrapebook/scrapebook/signals/rules"
)

func TestTemplates(t *testing.T) {
	for _, tt := range []struct {
		name, reason, expr, text, want string
	}{
		{"text", "text without braces is left alone", "m", "a } b", "a } b"},
		{"value", "of the sample", "m * 1.5", "{{ $value }}", "3"},
		{"labels", "of the expression's result, with its name", "m", "{{ $labels.a }} {{ .Labels.__name__ }}", "x m"},
		{"missing label", "missingkey=zero", "m", "[{{ $labels.none }}]", "[]"},
		{"external", "labels and URL", "m", "{{ $externalLabels.cluster }} {{ $externalURL }} {{ externalURL }} {{ pathPrefix }}", "c1 http://h:9/p http://h:9/p /p"},
		{"query", "at the instant, over the same data", "m", `{{ with query "sum(m)" }}{{ . | first | value }}{{ end }}`, "2"},
		{"query at T", "not at T - query_offset, where now is 0", "m offset 0s", `{{ now }} {{ query "m" | first | value }}`, "10 2"},
		{"query fails", "the error is the text", "m", `{{ query "m +" }}`, `<error expanding template: error executing template __alert_A: template: __alert_A:1:115: executing "__alert_A" at <query "m +">: error calling query: 1:4: parse error: unexpected end of input>`},
		{"first of nothing", "the error is the text", "m", `{{ query "none" | first }}`, `<error expanding template: error executing template __alert_A: template: __alert_A:1:130: executing "__alert_A" at <first>: error calling first: first() called on vector with no elements>`},
		{"loop", "an innocent loop is upstream's", "m", `{{ range query "m" }}{{ .Labels.a }}={{ .Value }};{{ end }}`, "x=2;"},
		{"loop with break", "control flow survives the trial", "m", `{{ range $i, $x := query "m or n" }}{{ if eq $i 1 }}{{ break }}{{ end }}{{ $i }}{{ else }}none{{ end }}`, "0"},
		{"loop that fails", "the error is upstream's, of the text as written", "m", `{{ range query "m" }}{{ .Nope }}{{ end }}`, `<error expanding template: error executing template __alert_A: template: __alert_A:1:136: executing "__alert_A" at <.Nope>: can't evaluate field Nope in type *template.sample>`},
		{"definitions", "templates that call templates", "m", `{{ define "x" }}<{{ . }}>{{ end }}{{ template "x" $value }}{{ template "x" "b" }}`, "<2><b>"},
		{"printf", "one that is bounded", "m", `{{ printf "%.2f%%" $value }}`, "2.00%"},
		{"histogram value", "a native histogram prints itself", "h", "{{ $value }}", "{count:4, sum:5, (0.5,1]:1, (1,2]:2, (2,4]:1}"},

		{"endless loop", "bounded in steps", "m", `{{ range 1000000000000 }}{{ end }}`, `<error expanding template: more than 100000 loop steps>`},
		{"long text", "bounded in size", "m", `{{ range 90000 }}0123456789abcdef{{ printf "%016d" . }}{{ end }}`, `<error expanding template: the text is longer than 1048576 bytes>`},
		{"doubling", "bounded in every value", "m", `{{ $x := "0123456789abcdef" }}` + strings.Repeat(`{{ $x = printf "%s%s" $x $x }}`, 40) + `{{ len $x }}`, `<error expanding template: the text is longer than 1048576 bytes>`},
		{"wide", "widths count", "m", strings.Repeat(`{{ printf "%999999d" 1 }}`, 40), `<error expanding template: the text is longer than 1048576 bytes>`},
		{"nested arguments", "maps that hold each other print exponentially", "m", `{{ $x := args 1 2 }}` + strings.Repeat(`{{ $x = args $x $x }}`, 60) + `{{ $x }}`, `<error expanding template: the text is longer than 1048576 bytes>`},
		{"replacement", "growth by a regular expression", "m", `{{ $x := printf "%09999d" 1 }}{{ reReplaceAll "0" $x $x }}`, `<error expanding template: the text is longer than 1048576 bytes>`},
		{"recursion", "upstream itself stops at this depth", "m", `{{ define "x" }}{{ template "x" }}{{ template "x" }}{{ end }}{{ template "x" }}`, `<error expanding template: error executing template __alert_A: template: __alert_A:1:140: executing "x" at <{{template "x"}}>: exceeded maximum template depth (100000)>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStore().load(t, 10*time.Second, `m{a="x"} 0 2`, `n{a="y"} 0 3`, `h _ {{schema:0 sum:5 count:4 buckets:[1 2 1]}}`)
			ev := evaluator(t, st, group("", "- alert: A\n  expr: "+tt.expr+"\n  annotations: {d: "+strconv.Quote(tt.text)+"}\n  labels: {d: "+strconv.Quote(tt.text)+"}"),
				func(o *rules.EvalOptions) {
					o.ExternalLabels = labels.FromStrings("cluster", "c1")
					o.ExternalURL = &url.URL{Scheme: "http", Host: "h:9", Path: "/p"}
				})
			began := time.Now()
			out := ev.Eval(context.Background(), seconds(10))[0]
			if out.Err != nil || len(out.Alerts) != 1 {
				t.Fatalf("%+v", out)
			}
			for _, ls := range []labels.Labels{out.Alerts[0].Annotations, out.Alerts[0].Labels} {
				if got := ls.Get("d"); got != tt.want {
					t.Errorf("got  %.300s\nwant %s\n%s", got, tt.want, tt.reason)
				}
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestTemplateQueryOffset: the expression looks back, templates do not.
func TestTemplateQueryOffset(t *testing.T) {
	st := newStore().load(t, 10*time.Second, `m 1 2`)
	ev := evaluator(t, st, group("query_offset: 10s", "- alert: A\n  expr: m\n  annotations: {d: '{{ $value }} {{ query \"m\" | first | value }} {{ now }}'}"))
	if got := ev.Eval(context.Background(), seconds(10))[0].Alerts[0].Annotations.Get("d"); got != "1 2 10" {
		t.Errorf("got %q", got)
	}
}

// TestNilURL: without an external URL the functions give nothing, no panic.
func TestNilURL(t *testing.T) {
	st := newStore().load(t, 10*time.Second, `m 1`)
	ev := evaluator(t, st, group("", "- alert: A\n  expr: m\n  annotations: {d: '[{{ externalURL }}{{ pathPrefix }}{{ $externalURL }}]'}"))
	if got := ev.Eval(context.Background(), seconds(0))[0].Alerts[0].Annotations.Get("d"); got != "[]" {
		t.Errorf("got %q", got)
	}
}

// FuzzTemplate: whatever the text, the result is upstream's or a refusal, and
// comes soon.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{
		"{{ $value }}", "{{ range query `m` }}{{ .Value }}{{ else }}x{{ end }}", `{{ define "x" }}{{ . }}{{ end }}{{ template "x" 1 }}`,
		`{{ with $x := $labels.a }}{{ $x | toUpper | printf "%q" }}{{ else with 1 }}y{{ end }}`, `{{ if and (eq 1 1) .Labels }}a{{ else if 0 }}b{{ end }}`,
		`{{- /* c */ -}} {{ range $i, $e := args 1 2 }}{{ if eq $i "arg0" }}{{ continue }}{{ end }}{{ break }}{{ end }}`, `{{ block "b" . }}{{ (index .Labels "a").X }}{{ end }}`,
		`{{ reReplaceAll "(" "" "x" }}`, `{{ print nil (print 1 | print) .Nope }}`, `{{ (query "m" | first).Value }}`, "{{ $x := 0 }}{{ range 3 }}{{ $x = . }}{{ end }}{{ $x }}",
	} {
		f.Add(text)
	}
	ls := labels.FromStrings("__name__", "m", "a", "x")
	query := func(_ context.Context, _ string, _ time.Time) (promql.Vector, error) {
		return promql.Vector{{F: 2, Metric: ls}}, nil
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 300 || !utf8.ValidString(text) {
			return
		}
		st := newStore()
		_ = st.Append(ls, 0, 2)
		ev := evaluator(t, st, group("", "- alert: A\n  expr: m"))
		rules.SetAnnotation(ev, "d", text)
		began := time.Now()
		out := ev.Eval(context.Background(), seconds(0))[0]
		if took := time.Since(began); took > 10*time.Second {
			t.Fatalf("took %v", took)
		}
		got := out.Alerts[0].Annotations.Get("d")
		if strings.Contains(got, "more than 100000 loop steps>") || strings.Contains(got, "longer than 1048576 bytes>") || strings.Contains(text, "query") {
			return
		}
		defs := "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"
		want, err := template.NewTemplateExpander(context.Background(), defs+text, "__alert_A",
			template.AlertTemplateData(ls.Map(), map[string]string{}, "", promql.Sample{F: 2}), 0, query, &url.URL{}, nil).Expand()
		if err != nil {
			want = "<error expanding template: " + err.Error() + ">"
		}
		if got != want && !strings.Contains(want, "0x") { // functions print their addresses
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
}

// As in promtool's unit tests: $externalURL is a text, the functions of the URL
// have none, and annotations are made for the rules that are asked for alone.
func TestTemplateURLAndAnnotate(t *testing.T) {
	for _, tt := range []struct {
		name     string
		annotate func(*rules.Rule) bool
		want     string
	}{
		{"all, without being asked", nil, "a%zz"},
		{"asked for", func(r *rules.Rule) bool { return r.Alert == "A" }, "a%zz"},
		{"not asked for", func(r *rules.Rule) bool { return r.Alert != "A" }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := "a%zz"
			st := newStore().load(t, 10*time.Second, `m{a="x"} 1`)
			ev := evaluator(t, st, group("", "- alert: A\n  expr: m\n  annotations: {u: '{{ $externalURL }}'}\n  labels: {f: '{{ pathPrefix }}'}"),
				func(o *rules.EvalOptions) { o.TemplateURL, o.Annotate = &url, tt.annotate })
			alert := ev.Eval(context.Background(), time.UnixMilli(0))[0].Alerts[0]
			if got := alert.Annotations.Get("u"); got != tt.want {
				t.Errorf("annotation %q, want %q", got, tt.want)
			}
			if got := alert.Labels.Get("f"); !strings.Contains(got, "error calling pathPrefix") {
				t.Errorf("label %q", got)
			}
		})
	}
}

// What is expanded later is what is expanded at once.
func TestLater(t *testing.T) {
	for text, later := range map[string]bool{
		"plain": true, "{{ $value }} of {{ $labels.a }}, {{$labels.none}}": true, `{{ .Labels.a }} {{ .Value | humanize }}`: true,
		`{{ $value | humanizePercentage }} {{ humanizeDuration $value }} {{ humanize1024 $value }}`: true,
		`{{ printf "%.2f%%" $value }} {{ $value | printf "%e" }}`:                                   true,
		`{{ query "v" | len }}`: false, `{{ $labels.a | humanize }}`: false, `{{ printf "%d" $value }}`: false,
		`{{ printf "%99999999f" $value }}`: false, `{{ with $labels.a }}{{ . }}{{ end }}`: false, `{{ now }}`: false,
		`{{ humanizeTimestamp $value }}`: false, `{{ $labels.a.b }}`: false, `{{ $externalLabels.x }}`: false, `{{ $x := $value }}`: false,
		`{{ define "x" }}{{ end }}{{ $value }}`: false, `{{ $value | humanize | humanize }}`: false, `{{ $value`: false,
		`{{ $labels.a }}` + strings.Repeat("x", 10_001): false, `{{ "x" }}`: false, `{{ .Labels }}`: false,
	} {
		alert := func(late bool) rules.Alert {
			st := newStore().load(t, 10*time.Second, `v{a="1"} 0.125`)
			g := group("", "- alert: A\n  expr: v\n  annotations: {d: x}")
			ev := evaluator(t, st, g, func(o *rules.EvalOptions) { o.Later = late })
			rules.SetAnnotation(ev, "d", text)
			return ev.Eval(context.Background(), seconds(0))[0].Alerts[0]
		}
		now, then := alert(false), alert(true)
		if then.Annotations.IsEmpty() != later {
			t.Errorf("%s: %s", text, then.Annotations)
		}
		for range 2 {
			if then.Annotate(); !labels.Equal(now.Annotations, then.Annotations) {
				t.Errorf("%s: %s, and later %s", text, now.Annotations, then.Annotations)
			}
		}
	}
}
