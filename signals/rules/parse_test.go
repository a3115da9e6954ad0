package rules_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// TestErrorPlaces: each kind of mistake and its place. Every want is
// line:column and a part of the message.
func TestErrorPlaces(t *testing.T) {
	for _, tt := range errorPlaces {
		t.Run(tt.name, func(t *testing.T) {
			groups, errs := rules.Parse("f.yml", []byte(tt.file), rules.ParseOptions{})
			if groups != nil {
				t.Error("groups beside errors")
			}
			for i, err := range errs {
				var e *rules.Error
				if !errors.As(err, &e) || e.File != "f.yml" {
					t.Fatalf("no *Error of f.yml: %#v", err)
				}
				if i >= len(tt.want) {
					t.Errorf("one too many: %v", err)
					continue
				}
				place, part, _ := strings.Cut(tt.want[i], " ")
				if !strings.HasPrefix(err.Error(), "f.yml:"+place+": ") || !strings.Contains(err.Error(), part) {
					t.Errorf("got  %v\nwant f.yml:%s: … %s\n%s", err, place, part, tt.reason)
				}
			}
			if len(errs) < len(tt.want) {
				t.Errorf("missing: %q", tt.want[len(errs):])
			}
		})
	}
}

const head = "groups:\n- name: g\n  rules:\n" // 3 lines

var errorPlaces = []struct {
	name, reason, file string
	want               []string
}{
	{"plain expression", "points at the operator", head + "  - record: r\n    expr: up + * 2\n", []string{"5:16 unexpected <op:*>"}},
	{"end of a plain expression", "just after the last character", head + "  - record: r\n    expr: up ==   # same\n", []string{"5:16 unexpected end of input"}},
	{"plain expression over lines", "folded lines keep their places", head + "  - record: r\n    expr: sum(up)\n      + foo(up)\n", []string{`6:9 unknown function with name "foo"`}},
	{"single quotes", "a doubled quote is one character of the value", head + "  - record: r\n    expr: 'up{a=''b''} + * 2'\n", []string{"5:26 unexpected <op:*>"}},
	{"double quotes", "escapes are passed", head + "  - record: r\n    expr: \"up{a=\\\"b\\\"} + * 2\"\n", []string{"5:26 unexpected <op:*>"}},
	{"double quotes, numeric escape", "not mapped: the scalar's start", head + "  - record: r\n    expr: \"\\x75p + * 2\"\n", []string{"5:11 unexpected <op:*>"}},
	{"literal block", "line and column within the block", head + "  - record: r\n    expr: |\n      sum(up)\n        / foo(up)\n", []string{`7:11 unknown function`}},
	{"literal block with a comment line", "PromQL comments count", head + "  - record: r\n    expr: |2-  # yaml\n       # promql\n      up + * 2\n", []string{"7:12 unexpected <op:*>"}},
	{"folded block", "as if it stood there", head + "  - record: r\n    expr: >-\n      sum(up)\n\n        / foo(up)\n      + 1\n", []string{`8:11 unknown function`}},
	{"end of a block", "just after the last character", head + "  - record: r\n    expr: |\n      up >\n\n    labels: {a: b}\n", []string{"6:11 unexpected end of input"}},
	{"anchored", "the anchor is passed", head + "  - record: r\n    expr: &e up + * 2\n", []string{"5:19 unexpected <op:*>"}},
	{"alias", "the place of use", head + "  - record: &e up + * 2\n    expr: *e\n", []string{"5:11 unexpected <op:*>"}},
	{"beyond ASCII", "columns count characters", head + "  - record: r\n    expr: up{a=\"äöü\"} + * 2\n", []string{"5:25 unexpected <op:*>"}},
	{"crlf", "line ends are no columns", strings.ReplaceAll(head+"  - record: r\n    expr: |\n      up +\n       * 2\n", "\n", "\r\n"), []string{"7:8 unexpected <op:*>"}},
	{"two type errors", "all of an expression's errors", head + "  - record: r\n    expr: rate(up) + rate(down)\n", []string{"5:16 expected type range vector", "5:27 expected type range vector"}},

	{"empty expr", "the empty value", head + "  - record: r\n    expr: ''\n", []string{"5:11 field 'expr' must be set"}},
	{"no expr", "the rule", head + "  - record: r\n", []string{"4:5 field 'expr' must be set"}},
	{"neither record nor alert", "the rule", head + "  - expr: up\n", []string{"4:5 one of 'record' or 'alert' must be set"}},
	{"both record and alert", "the later one", head + "  - record: r\n    expr: up\n    alert: a\n", []string{"6:5 only one of 'record' and 'alert'"}},
	{"fields of alerts on a record", "each field", head + "  - record: r\n    expr: up\n    for: 1m\n    keep_firing_for: 1m\n    annotations: {a: b}\n",
		[]string{"6:5 invalid field 'for'", "7:5 invalid field 'keep_firing_for'", "8:5 invalid field 'annotations'"}},
	{"braces in a record", "the value", head + "  - record: r{}\n    expr: up\n", []string{"4:13 braces present"}},

	{"label name", "the key", head + "  - alert: a\n    expr: up\n    labels:\n      ok: x\n      __name__: y\n", []string{"8:7 invalid label name: __name__"}},
	{"annotation name", "the key", head + "  - alert: a\n    expr: up\n    annotations:\n      '': y\n", []string{"7:7 invalid annotation name"}},
	{"label value", "a list is no text", head + "  - alert: a\n    expr: up\n    labels: {a: [1]}\n", []string{"6:17 a: cannot unmarshal !!seq"}},
	{"labels", "a list is no mapping", head + "  - alert: a\n    expr: up\n    labels: [a]\n", []string{"6:13 labels must be a mapping"}},
	{"group label", "the key", "groups:\n- name: g\n  labels: {__name__: x}\n", []string{"3:12 invalid label name"}},
	{"template in a label", "the first character of the text", head + "  - alert: a\n    expr: up\n    labels: {x: '{{ $y }}'}\n", []string{`6:18 undefined variable "$y"`}},
	{"template in a block", "the line within the block", head + "  - alert: a\n    expr: up\n    annotations:\n      d: |\n        one\n        {{ end }}\n", []string{"9:9 unexpected {{end}}"}},

	{"duration", "the value", head + "  - alert: a\n    expr: up\n    for: 5 minutes\n", []string{`6:10 for: unknown unit " minutes"`}},
	{"number", "the value", "groups:\n- name: g\n  limit: many\n", []string{"3:10 cannot unmarshal !!str `many` into int"}},
	{"unknown field of a rule", "the key; the rest is judged as well", head + "  - record: r\n    exprs: up\n    labels: {__name__: x}\n", []string{`5:5 unknown field "exprs"`, "6:14 invalid label name"}},
	{"unknown field of a group", "the key", "groups:\n- name: g\n  rulez: []\n", []string{`3:3 unknown field "rulez" in a group (known: interval, labels, limit, name, query_offset, rules)`}},
	{"unknown field of a file", "the key", "group:\n- name: g\n", []string{`1:1 unknown field "group" in a rule file (known: groups)`}},
	{"repeated field", "the second", "groups:\n- name: g\n  name: h\n", []string{`3:3 field "name" stands here twice, first in line 2`}},
	{"repeated group", "the second name", "groups:\n- name: g\n- name: g\n", []string{"3:9 a group with this name"}},
	{"nameless group", "the group", "groups:\n- rules: []\n", []string{"2:3 a group must have a name"}},
	{"empty name", "the value", "groups:\n- name: ''\n", []string{"2:9 a group must have a name"}},
	{"groups is a mapping", "the value", "groups:\n  name: g\n", []string{"2:3 groups must be a list, found a mapping"}},
	{"a list of groups", "the document", "- name: g\n", []string{`1:1 expected a rule file (a mapping), found a list`}},
	{"text", "the document", "hello\n", []string{`1:1 expected a rule file (a mapping), found "hello"`}},

	{"tab", "the tab, where the YAML reader names the line before", "groups:\n  - name: g\n\tx: 1\n", []string{"3:1 not readable as YAML: found a tab"}},
	{"no YAML", "the line that the YAML reader names, its first character", "groups:\n  - name: g: h\n", []string{"2:3 not readable as YAML: mapping values"}},
	{"unknown anchor", "the reference", "groups:\n- name: *nope\n", []string{"2:9 unknown anchor 'nope'"}},
	{"control character", "the byte", "groups:\n- name: \"a\x01b\"\n", []string{"2:11 control characters"}},
	{"binary", "the byte", "gr\xff\xfe", []string{"1:3 not readable as YAML"}},
	{"many mistakes", "in the order of the file", "groups:\n- name: g\n  interval: x\n  rules:\n  - record: r\n    expr: +\n  - alert: a\n    expr: up\n    for: y\n- name: g\n",
		[]string{"3:13 interval", "6:12 unexpected end of input", "9:10 for", "10:9 a group with this name"}},
}

// TestVerdict: accepted exactly when rulefmt accepts it, on all files at hand.
func TestVerdict(t *testing.T) {
	files := map[string]string{
		"empty": "", "null": "~", "comment": "# nothing\n", "no groups": "groups:\n", "merge": "groups:\n- &a {name: a}\n- <<: *a\n  name: b\n",
		"merged twice": "groups:\n- &a {name: a}\n- <<: *a\n", "two documents": "groups: []\n---\n[\n", "self": "groups: &a [*a]\n",
		"null rule": "groups:\n- name: g\n  rules: [~]\n", "null expr": head + "  - record: r\n    expr: ~\n", "number as label": head + "  - alert: a\n    expr: 1\n    labels: {a: 1, b: true}\n",
		"number as name": "groups:\n- name: 1\n", "binary tag": head + "  - record: r\n    expr: !!binary dXA=\n", "tagged": head + "  - record: r\n    expr: !!str &x up + *\n",
		"bomb": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\ngroups: *g\n",
	}
	for _, tt := range errorPlaces {
		files[tt.name] = tt.file
	}
	found, _ := filepath.Glob("testdata/*.yml")
	for _, name := range found {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) { sameVerdict(t, []byte(file)) })
	}
}

func sameVerdict(t *testing.T, data []byte) {
	t.Helper()
	_, judged := rulefmt.Parse(data, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	_, errs := rules.Parse("f", data, rules.ParseOptions{Warn: func(*rules.Error) {}})
	if (len(judged) == 0) != (len(errs) == 0) {
		t.Fatalf("rulefmt: %v\nrules: %v", judged, errs)
	}
	lines := strings.Count(string(data), "\n") + 1
	for _, err := range errs {
		var e *rules.Error
		if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Line > lines {
			t.Fatalf("a mistake without a place: %v", err)
		}
		if e.Text != "" && !strings.Contains(string(data), e.Text) {
			t.Fatalf("the line %q is not in the file", e.Text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range errorPlaces {
		f.Add([]byte(tt.file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<14 {
			sameVerdict(t, data)
		}
	})
}

func TestParse(t *testing.T) {
	groups, errs := rules.Parse("f.yml", []byte(`
groups:
- name: g
  interval: 30s
  query_offset: 1m
  limit: 7
  labels: {team: x, tier: y}
  rules:
  - alert: A
    expr: sum by (job) (rate(up{a="1"}[5m] offset 1m)) / up{a='1'} > 0.5
    for: 5m
    keep_firing_for: 1m
    labels: {team: z}
    annotations: {summary: "{{ $value }}"}
  - record: r
    expr: up
- name: h
`), rules.ParseOptions{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	g := groups[0]
	if len(groups) != 2 || groups[1].Name != "h" || g.Name != "g" || g.File != "f.yml" || g.Interval != 30*time.Second || g.QueryOffset != time.Minute || g.Limit != 7 || len(g.Rules) != 2 {
		t.Errorf("group: %+v", g)
	}
	a := g.Rules[0]
	if a.Name() != "A" || a.For != 5*time.Minute || a.KeepFiringFor != time.Minute || a.Line != 9 ||
		a.Labels.String() != `{team="z", tier="y"}` || a.Annotations.Get("summary") != "{{ $value }}" {
		t.Errorf("alert: %+v", a)
	}
	var selectors []string
	for _, s := range a.Selectors {
		selectors = append(selectors, s.String)
	}
	if diff := cmp.Diff([]string{`up{a="1"}`}, selectors); diff != "" {
		t.Errorf("selectors, each once and bare (-want +got):\n%s", diff)
	}
	if r := g.Rules[1]; r.Name() != "r" || r.Line != 15 || r.Labels.String() != `{team="x", tier="y"}` || r.Threshold != nil {
		t.Errorf("record: %+v", r)
	}
}

func TestSecondDocument(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"none", "groups: []\n", ""},
		{"one more", "groups: []\n---\ngroups: []\n", "f.yml:2:1: "},
		{"unreadable", "groups: []\n---\n[\n", "f.yml:2:1: "},
		{"empty", "groups: []\n---\n", "f.yml:2:1: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			_, errs := rules.Parse("f.yml", []byte(tt.file), rules.ParseOptions{Warn: func(e *rules.Error) { got += e.Error() }})
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if !strings.HasPrefix(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParseExpr(t *testing.T) {
	g, err := rules.ParseExpr("adhoc", "up == 0", rules.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := g.Rules[0]; r.Alert != "adhoc" || r.For != 0 || r.Expr != "up == 0" || g.Interval != 0 || r.Threshold == nil {
		t.Errorf("got %+v", r)
	}
	for _, tt := range []struct{ name, expr, want string }{
		{"operator", "up = 0", "-e:1:4: parse error: unexpected \"=\"\n  up = 0\n     ^"},
		{"second line", "up >\n\tfoo(1)", "-e:2:2: parse error: unknown function with name \"foo\"\n  \tfoo(1)\n  \t^"},
		{"end", "up >", "-e:1:5: parse error: unexpected end of input\n  up >\n      ^"},
		{"empty", "", "-e:1:1: parse error: no expression found in input"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rules.ParseExpr("-e", tt.expr, rules.ParseOptions{})
			if got := strings.TrimSuffix(fmt.Sprint(err), "\n"); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestDeep: nesting that no person writes must not break anything.
func TestDeep(t *testing.T) {
	for name, expr := range map[string]string{
		"parentheses": strings.Repeat("(", 5_000) + "up" + strings.Repeat(")", 5_000),
		"open":        strings.Repeat("(", 5_000),
		"minus":       strings.Repeat("-", 5_000) + "up",
		"sum":         "up" + strings.Repeat("+up", 5_000),
		"comparison":  "up" + strings.Repeat(" and up > 1", 5_000),
	} {
		t.Run(name, func(t *testing.T) {
			g, err := rules.ParseExpr("x", expr, rules.ParseOptions{})
			if (err != nil) == (g != nil) {
				t.Errorf("a group and an error, or neither: %v", err)
			}
		})
	}
	for name, file := range map[string]string{
		"lists":    strings.Repeat("[", 5_000),
		"mappings": strings.Repeat("{a: ", 5_000),
		"template": head + "  - alert: a\n    expr: up\n    annotations: {a: '{{ " + strings.Repeat("(", 50_000) + "'}\n",
	} {
		t.Run(name, func(t *testing.T) { sameVerdict(t, []byte(file)) })
	}
}
