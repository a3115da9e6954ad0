package expfmt

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// promlintTexts are how promlint words each rule: its beginning, as some go on
// with the unit or type.
var promlintTexts = map[string]string{
	"no-help":               "no help text",
	"non-base-unit":         "use base unit ",
	"abbreviated-unit":      "metric names should not contain abbreviated units",
	"counter-without-total": `counter metrics should have "_total" suffix`,
	"total-suffix":          `non-counter metrics should not have "_total" suffix`,
	"bucket-suffix":         `non-histogram metrics should not have "_bucket" suffix`,
	"count-suffix":          `non-histogram and non-summary metrics should not have "_count" suffix`,
	"sum-suffix":            `non-histogram and non-summary metrics should not have "_sum" suffix`,
	"le-label":              `non-histogram metrics should not have "le" label`,
	"quantile-label":        `non-summary metrics should not have "quantile" label`,
	"type-in-name":          "metric name should not include type ",
	"colon-in-name":         "metric names should not contain ':'",
	"camel-case":            "metric names should be written in 'snake_case'",
	"camel-case-label":      "label names should be written in 'snake_case'",
	"duplicate-metric":      "metric not unique",
}

// comparePromlint wants the same rules of the same metrics, and duplicates as
// often. It returns how many findings there are, -1 for a text that
// common/expfmt refuses.
func comparePromlint(t *testing.T, text string) int {
	t.Helper()
	s, err := Read(strings.NewReader(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		return -1
	}
	var want, got []string
	for _, p := range theirs {
		id := ""
		for i, beginning := range promlintTexts {
			if strings.HasPrefix(p.Text, beginning) {
				id = i
			}
		}
		want = append(want, p.Metric+" "+id)
	}
	for _, p := range Lint(s, LintOptions{}) {
		got = append(got, p.Text+" "+p.ID)
	}
	for _, list := range []*[]string{&want, &got} {
		slices.Sort(*list)
		*list = slices.CompactFunc(*list, func(a, b string) bool { return a == b && !strings.HasSuffix(a, " duplicate-metric") })
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q\nof\n%s", got, want, text[:min(len(text), 2000)])
	}
	return len(want)
}

func TestLintLikePromlintTable(t *testing.T) {
	compared := 0
	for _, tt := range lintTests {
		if comparePromlint(t, tt.text) >= 0 {
			compared++
		}
	}
	if compared < len(lintTests)-2 {
		t.Errorf("promlint read only %d of %d texts", compared, len(lintTests))
	}
}

func TestLintLikePromlintReal(t *testing.T) {
	files, _ := filepath.Glob("../../shared/captures/singles/*.prom")
	scrapes, _ := filepath.Glob("../../shared/captures/*/*/*/*.prom")
	for i := 0; i < len(scrapes); i += 200 {
		files = append(files, scrapes[i])
	}
	if len(files) == 0 {
		t.Skip("../shared/captures is absent: its scrapes are not linted")
	}
	findings := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		findings += max(comparePromlint(t, string(text)), 0)
	}
	if findings < 200 {
		t.Errorf("only %d findings in %d files", findings, len(files))
	}
}

// TestLintLikePromlintMade puts names together from the words that rules know.
func TestLintLikePromlintMade(t *testing.T) {
	words := []string{"a", "b", "http", "seconds", "milliseconds", "kilometres", "minutes", "bits", "kelvins", "ms", "S", "kb", "d",
		"total", "bucket", "count", "sum", "counter", "gauge", "Histogram", "summary", "untyped", "camelCase", "x:y", "created", "Bytes"}
	labels := []string{"le", "quantile", "code", "podName", "Zone"}
	types := []string{"counter", "gauge", "histogram", "summary", "untyped"}
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(list []string) string { return list[rnd.IntN(len(list))] }
	findings, refused := map[string]int{}, 0
	for range 3000 {
		var b, samples strings.Builder // metadata first: of what comes late promlint knows nothing
		for range 1 + rnd.IntN(3) {
			name := pick(words)
			for range rnd.IntN(4) {
				name += "_" + pick(words)
			}
			if rnd.IntN(4) > 0 {
				fmt.Fprintf(&b, "# HELP %s %s\n", name, pick([]string{"", "Text."}))
			}
			if rnd.IntN(4) > 0 {
				fmt.Fprintf(&b, "# TYPE %s %s\n", name, pick(types))
			}
			for range rnd.IntN(4) {
				suffix := pick([]string{"", "", "", "_total", "_bucket", "_sum", "_count", "_created"})
				var ls []string
				for _, l := range labels { // in one order, which promlint minds
					if rnd.IntN(5) == 0 {
						ls = append(ls, fmt.Sprintf("%s=%q", l, pick([]string{"1", "2"})))
					}
				}
				fmt.Fprintf(&samples, "%s%s{%s} 1\n", name, suffix, strings.Join(ls, ","))
			}
		}
		b.WriteString(samples.String())
		if n := comparePromlint(t, b.String()); n < 0 {
			refused++
		}
		if t.Failed() {
			return
		}
		s, _ := Read(strings.NewReader(b.String()), Options{})
		for _, p := range Lint(s, LintOptions{}) {
			findings[p.ID]++
		}
	}
	for _, r := range lintRules {
		if findings[r.ID] < 10 {
			t.Errorf("%s was found %d times", r.ID, findings[r.ID])
		}
	}
	if refused > 1000 {
		t.Errorf("%d of 3000 texts were refused", refused)
	}
}

// TestLintProtobuf wants of protobuf the findings that the text of the same
// target has. They are two scrapes, but of the same program.
func TestLintProtobuf(t *testing.T) {
	files, _ := filepath.Glob("../../shared/captures/singles/*.pb")
	if len(files) == 0 {
		t.Skip("../shared/captures is absent: its scrapes are not linted")
	}
	findings := 0
	for _, file := range files {
		lint := func(file string, f Format) (list []string) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := Read(strings.NewReader(string(body)), Options{Format: f})
			for _, p := range Lint(s, LintOptions{}) {
				list = append(list, p.Text+" "+p.ID)
				if p.Line == 0 || p.Column == 0 {
					t.Errorf("%s: %+v has no place", file, p)
				}
			}
			slices.Sort(list)
			return list
		}
		got, want := lint(file, FormatProtobuf), lint(strings.TrimSuffix(file, ".pb")+".prom", FormatText)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, its text has %q", file, got, want)
		}
		findings += len(got)
	}
	if findings < 50 {
		t.Errorf("only %d findings", findings)
	}
}
