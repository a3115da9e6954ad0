package rulelint_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rulelint"
	"github.com/scrapebook/scrapebook/signals/rules"
)

const file = "groups:\n- name: g\n  labels: {team: a}\n  rules:\n"

// Each row is a list of rules, and the places of those that are said to stand
// twice with the place of the first.
func TestFindDuplicates(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files []string
		want  []string
	}{
		{"one rule", []string{`  - {record: r, expr: up}`}, nil},
		{"the same, another expression", []string{"  - {record: r, expr: up}\n  - {record: r, expr: up == 1}"}, []string{"0.yml:6 0.yml:5"}},
		{"each names the first", []string{"  - {record: r, expr: a}\n  - {record: r, expr: b}\n  - {record: r, expr: c}"}, []string{"0.yml:6 0.yml:5", "0.yml:7 0.yml:5"}},
		{"other labels are another rule", []string{"  - {record: r, expr: up}\n  - {record: r, expr: up, labels: {x: y}}"}, nil},
		{"a rule's label over the group's", []string{"  - {record: r, expr: up, labels: {team: b}}\n  - {record: r, expr: up}"}, nil},
		{"the group's label, said again", []string{"  - {record: r, expr: up, labels: {team: a}}\n  - {record: r, expr: up}"}, []string{"0.yml:6 0.yml:5"}},
		{"an alert of a record's name", []string{"  - {record: r, expr: up}\n  - {alert: r, expr: up}"}, nil},
		{"recording rules of two files", []string{"  - {record: r, expr: up}", "  - {record: q, expr: up}\n  - {record: r, expr: up}"}, []string{"1.yml:6 0.yml:5"}},
		{"alerts of one file", []string{"  - {alert: A, expr: up}\n  - {alert: A, expr: up, for: 1m}"}, []string{"0.yml:6 0.yml:5"}},
		{"alerts of two files", []string{"  - {alert: A, expr: up}", "  - {alert: A, expr: up}"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &rulelint.Result{}
			for i, text := range tt.files {
				r.Add(fmt.Sprint(i, ".yml"), []byte(file+text+"\n"), rules.ParseOptions{})
			}
			r.FindDuplicates()
			var got []string
			for _, f := range r.Files {
				require.True(t, f.Loads())
				for _, d := range f.Findings {
					require.Equal(t, rulelint.DuplicateRule, d.ID)
					require.Equal(t, 5, d.Column)
					got = append(got, fmt.Sprintf("%s:%d %s:%d", d.File, d.Line, d.First.File, d.First.Line))
				}
			}
			require.Equal(t, tt.want, got)
		})
	}
}

func TestAgainst(t *testing.T) {
	store := load(t)
	for _, tt := range []struct {
		name, expr string
		id         string // "" when there is no finding
		want       string // of the message
	}{
		{"it matches", `jobs{queue="mail"}`, "", ""},
		{"a misspelt metric", `jobz`, rulelint.NoSeries, "there is jobs"},
		{"a metric unlike any", `node_cpu_seconds_total`, rulelint.NoSeries, "no name there is like it"},
		{"a label that is not there", `jobs{q="mail"}`, rulelint.NoSeries, "no label q on jobs"},
		{"another job", `jobs{job="web"}`, rulelint.NoSeries, `there is job="app"`},
		{"a value not seen", `jobs{queue="fax"}`, rulelint.ValueNotSeen, `there is queue="mail", queue="sms"`},
		{"no series has both", `jobs{queue="mail",prio="1"}`, rulelint.ValueNotSeen, "no series all of them"},
		{"what absent asks for", `absent(jobz)`, rulelint.AsksAbsence, "its absence"},
		{"in absent and outside", `absent(jobz) or jobz`, rulelint.NoSeries, "there is jobs"},
		{"no name at all", `{zone="a"}`, rulelint.NoSeries, `matches {zone="a"}`},
		{"what this rule records", `r`, "", ""},
		{"what rules record, by a pattern", `{__name__=~"r|s"}`, "", ""},
		{"alerts, where there is none", `ALERTS`, rulelint.NoSeries, "ALERTS"},
		{"no selector", `vector(1)`, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &rulelint.Result{}
			r.Add("a.yml", []byte(file+"  - record: r\n    expr: '"+tt.expr+"'\n"), rules.ParseOptions{})
			r.Against("saved", store)
			list := r.Files[0].Findings
			c := r.Captures[0]
			if tt.id == "" {
				require.Empty(t, list)
				require.Zero(t, c.Nothing+c.NotSeen+c.Absent)
				return
			}
			require.Len(t, list, 1)
			require.Equal(t, tt.id, list[0].ID)
			require.Contains(t, list[0].Message, tt.want)
			require.Equal(t, tt.id == rulelint.NoSeries, r.Count(expfmt.SeverityError) == 1)
			require.Equal(t, 1, c.Nothing+c.NotSeen+c.Absent)
		})
	}
}

func load(t *testing.T) *replay.Store {
	t.Helper()
	c, err := capture.Open(fstest.MapFS{"app/a/1795244469930.prom": {Data: []byte(
		"jobs{queue=\"mail\",prio=\"2\"} 1\njobs{queue=\"sms\",prio=\"1\"} 1\n")}}, "saved", capture.Options{})
	require.NoError(t, err)
	loaded, err := replay.Load(t.Context(), replay.Options{Capture: c})
	require.NoError(t, err)
	return loaded.Store
}

// Text from a file cannot steer a terminal, nor a workflow's commands.
func TestHostileText(t *testing.T) {
	r := &rulelint.Result{}
	r.Add("a\x1b[2J\n::error::b.yml", []byte("groups: [{name: \"g\\e[31m\\n::error::x\", rules: [{record: r, expr: 'up =='}]}]"), rules.ParseOptions{})
	require.Equal(t, 1, r.Count(expfmt.SeverityError))
	for name, write := range map[string]func(*bytes.Buffer) error{
		"text":   func(b *bytes.Buffer) error { return rulelint.Text{}.Report(b, r) },
		"json":   func(b *bytes.Buffer) error { return rulelint.JSON{}.Report(b, r) },
		"github": func(b *bytes.Buffer) error { return rulelint.GitHub{}.Report(b, r) },
		"sarif":  func(b *bytes.Buffer) error { return rulelint.SARIF{}.Report(b, r) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, write(&b))
			require.NotContains(t, b.String(), "\x1b")
			require.NotContains(t, b.String(), "\n::error::")
			require.Contains(t, b.String(), "could not parse expression")
		})
	}
}

// The kinds of findings that SARIF names are all that there are.
func TestIDs(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, rulelint.SARIF{}.Report(&b, &rulelint.Result{}))
	for _, id := range rulelint.IDs() {
		require.Equal(t, 1, strings.Count(b.String(), `"id": "`+id.ID+`"`), id.ID)
	}
}

// Two rules write one series.
func ExampleResult_FindDuplicates() {
	r := &rulelint.Result{}
	r.Add("a.yml", []byte(`groups: [{name: g, rules: [{record: r, expr: up}]}]`), rules.ParseOptions{})
	r.Add("b.yml", []byte(`groups: [{name: g, rules: [{record: r, expr: sum(up)}]}]`), rules.ParseOptions{})
	r.FindDuplicates()
	_ = rulelint.Text{}.Report(os.Stdout, r)
	// Output:
	// a.yml: ok: groups: 1, alerting rules: 0, recording rules: 1
	// b.yml:1:28: group "g", rule "r": warning: a recording rule with this name and these labels stands already at a.yml:1:28: where both give the same series, their samples clash
	// b.yml: ok: groups: 1, alerting rules: 0, recording rules: 1
}
