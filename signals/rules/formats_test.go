package rules

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const asFile = `groups:
- name: g
  interval: 30s
  limit: 3
  rules:
  - alert: A
    expr: up == 0
    for: 1m30s
    keep_firing_for: 500ms
    labels: {severity: page}
    annotations: {summary: "{{ $labels.instance }} is down"}
  - record: r
    expr: sum(up)
    labels: {x: "y"}
`

const asAnswer = `{"status":"success","data":{"groups":[{"name":"g","file":"/etc/g.yml","interval":30,"limit":3,
"rules":[
 {"state":"inactive","name":"A","query":"up == 0","duration":90,"keepFiringFor":0.5,"labels":{"severity":"page"},
  "annotations":{"summary":"{{ $labels.instance }} is down"},"alerts":[],"health":"ok","evaluationTime":1e-4,"type":"alerting"},
 {"name":"r","query":"sum(up)","labels":{"x":"y"},"health":"ok","type":"recording"}],
"evaluationTime":0.1,"lastEvaluation":"2026-11-21T07:10:00Z"}]}}`

func operatorOf(rules string) string {
	return "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: x}\nspec:\n" + indent(rules, "  ")
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}

// told spells groups without their files and lines.
func told(groups []*Group) string {
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "%s %s %d %s\n", g.Name, g.Interval, g.Limit, g.QueryOffset)
		for _, r := range g.Rules {
			fmt.Fprintf(&b, "  %s%s: %s for %s keep %s %s %s\n", r.Alert, r.Record, r.Expr, r.For, r.KeepFiringFor, r.Labels, r.Annotations)
		}
	}
	return b.String()
}

func TestParseAnyReadsTheSameRules(t *testing.T) {
	plain, errs := Parse("x", []byte(asFile), ParseOptions{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	other := strings.Replace(asFile, "name: g", "name: h", 1)
	list := "kind: List\nitems:\n- " + strings.TrimPrefix(indent(operatorOf(asFile), "  "), "  ")
	for _, tt := range []struct {
		name, in string
		copies   int
		reason   string
	}{
		{"rule file", asFile, 1, "the shape of Prometheus itself"},
		{"answer", asAnswer, 1, "curl /api/v1/rules"},
		{"bare answer", strings.TrimSuffix(strings.TrimPrefix(asAnswer, `{"status":"success","data":`), "}"), 1, "jq .data"},
		{"answer without types", strings.NewReplacer(`,"type":"alerting"`, "", `,"type":"recording"`, "").Replace(asAnswer), 1, "a duration tells"},
		{"operator", operatorOf(asFile), 1, "kubectl get prometheusrule -o yaml"},
		{"spec alone", strings.TrimPrefix(operatorOf(asFile), "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n"), 1, "cut out of one"},
		{"Thanos' field", operatorOf(strings.Replace(asFile, "  limit: 3\n", "  partial_response_strategy: warn\n  limit: 3\n", 1)), 1, "the operator drops it for Prometheus"},
		{"list", list, 1, "kubectl get prometheusrules -o yaml"},
		{"documents", asFile + "---\n" + other, 2, "all are used"},
		{"the same group in two documents", operatorOf(asFile) + "---\n" + operatorOf(asFile), 2, "each has its own file in a server"},
		{"the same group in two files", strings.Replace(asAnswer, `"groups":[{"name"`, `"groups":[{"name":"g","file":"other.yml","interval":30,"limit":3,"rules":[`+
			`{"name":"A","query":"up == 0","duration":90,"keepFiringFor":0.5,"labels":{"severity":"page"},"annotations":{"summary":"{{ $labels.instance }} is down"},"type":"alerting"},`+
			`{"name":"r","query":"sum(up)","labels":{"x":"y"},"type":"recording"}]},{"name"`, 1), 2, "a server allows that"},
		{"empty documents", "---\n---\n" + asFile + "---\n# nothing\n", 1, "as helm template writes"},
		{"other objects", "kind: Service\nspec: {ports: []}\n---\n" + operatorOf(asFile), 1, "a manifest holds more than rules"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			groups, errs := ParseAny("x", []byte(tt.in), ParseOptions{})
			if len(errs) > 0 {
				t.Fatalf("%v: %s", errors.Join(errs...), tt.reason)
			}
			want := strings.Repeat(told(plain), tt.copies)
			if got := strings.Replace(told(groups), "h 30s", "g 30s", 1); got != want {
				t.Errorf("%s\n got %s\nwant %s", tt.reason, got, want)
			}
		})
	}
}

func TestParseAnyPlaces(t *testing.T) {
	groups, errs := ParseAny("rules.json", []byte(asAnswer), ParseOptions{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if g := groups[0]; g.File != "/etc/g.yml" || g.Rules[0].Line != 3 || g.Rules[1].Line != 5 {
		t.Errorf("file %s, lines %d and %d: want the answer's file, and 3 and 5", g.File, g.Rules[0].Line, g.Rules[1].Line)
	}
	groups, _ = ParseAny("x", []byte(operatorOf(asFile)), ParseOptions{})
	if g := groups[0]; g.File != "x" || g.Rules[0].Line != 10 {
		t.Errorf("file %s, line %d: want x and 10", g.File, g.Rules[0].Line)
	}
}

func TestParseAnyErrors(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"expression of an answer", strings.Replace(asAnswer, `"up == 0"`, `"up =="`, 1),
			`x:3:47: group "g", rule "A": could not parse expression: unexpected end of input`},
		{"negative duration", strings.Replace(asAnswer, `"duration":90`, `"duration":-1`, 1), "x:3:62: duration: -1 is no duration in seconds"},
		{"duration that is a text", strings.Replace(asAnswer, `"duration":90`, `"duration":"5x"`, 1), `x:3:62: group "g", rule "A": for: unknown unit "x" in duration "5x"`},
		{"field of a PrometheusRule", operatorOf(strings.Replace(asFile, "expr: up == 0", "exprr: up == 0", 1)), `x:11:7: group "g", rule "A": unknown field "exprr" in a rule`},
		{"second document", asFile + "---\ngroups:\n- name: h\n  rules:\n  - alert: B\n    expr: 1 +\n", `x:20:14: group "h", rule "B": could not parse expression`},
		{"broken second document", asFile + "---\n[\n", "x:16:"},
		{"error of the API", `{"status":"error","errorType":"bad_data","error":"no"}`, "x:1:1: the API answered with an error: no"},
		{"other answer", `{"status":"success","data":{"alerts":[]}}`, `x:1:2: unknown field "status" in a rule file`},
		{"other object", "kind: Pod\n", "x:1:1: no rules in here: wanted is a rule file (groups), a PrometheusRule"},
		{"the same name twice", operatorOf("groups: [{name: g}, {name: g}]"), `x:5:30: group "g": a group with this name stands in this file already`},
		{"groups that are no list", operatorOf("groups: 5"), "x:5:11: groups must be a list"},
		{"groups of an answer that are none", `{"data":{"groups":5}}`, "x:1:19: groups must be a list"},
		{"a list of itself", "&a {kind: List, items: [*a]}", "x:1:1: no rules in here"},
		{"no YAML", "\x00", "x:1:1: not readable as YAML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			groups, errs := ParseAny("x", []byte(tt.in), ParseOptions{})
			if len(errs) == 0 || groups != nil {
				t.Fatalf("%d groups and %d errors, want errors alone", len(groups), len(errs))
			}
			for _, err := range errs {
				if e := new(Error); !errors.As(err, &e) || e.Line < 1 || e.Column < 1 {
					t.Errorf("%v has no place", err)
				}
			}
			if got := errs[0].Error(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestParseAnyWarns(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"one rule file", asFile, ""},
		{"two rule files", asFile + "---\n" + asFile, "x:16:1: a file with several YAML documents: Prometheus reads only the first; here all are read"},
		{"an empty document first", "---\n---\n" + asFile, "x:3:1: a file with several YAML documents: Prometheus reads only the first; here all are read"},
		{"an empty document last", asFile + "---\n", "x:15:1: a file with several YAML documents: Prometheus reads only the first"},
		{"two PrometheusRules", operatorOf(asFile) + "---\n" + operatorOf(asFile), ""},
		{"another object", operatorOf(asFile) + "---\nkind: Pod\n", "x:20:1: a Pod holds no rules: left out"},
	} {
		var got []string
		if _, errs := ParseAny("x", []byte(tt.in), ParseOptions{Warn: func(e *Error) { got = append(got, e.Error()) }}); len(errs) > 0 {
			t.Errorf("%s: %v", tt.name, errs)
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func TestJoinSurrogates(t *testing.T) {
	for _, tt := range []struct{ in, want, reason string }{
		{`{"a":"\ud83d\ude00"}`, `{"a":"😀"}`, "what Python writes"},
		{`{"a":"\\ud83d\\ude00"}`, `{"a":"\\ud83d\\ude00"}`, "escaped backslashes"},
		{`{"a":"\ud83d"}`, `{"a":"\ud83d"}`, "a half one stays"},
		{`a: '\ud83d\ude00'`, `a: '\ud83d\ude00'`, "YAML in single quotes has no escapes"},
	} {
		if got := string(joinSurrogates([]byte(tt.in))); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.reason, got, tt.want)
		}
	}
}

func FuzzParseAny(f *testing.F) {
	for _, seed := range []string{asFile, asAnswer, operatorOf(asFile), asFile + "---\n" + asFile, "kind: List\nitems: [{spec: {groups: [&a {name: g}, *a]}}]",
		`{"groups":[{"rules":[{"query":1}]}]}`, "data: {groups: [5, {rules: 3}, {rules: [5]}]}", "spec: {groups: [null]}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		groups, errs := ParseAny("x", []byte(in), ParseOptions{Warn: func(e *Error) { _ = e.Error() }})
		if len(errs) > 0 && groups != nil {
			t.Fatal("both groups and errors")
		}
		if strict, bad := Parse("x", []byte(in), ParseOptions{}); len(bad) == 0 && len(strict) > 0 && len(errs) > 0 && !strings.Contains(in, "---") {
			t.Fatalf("Parse accepts what ParseAny does not: %v", errs)
		}
	})
}
