package expfmt

import (
	"slices"
	"strings"
	"testing"
)

// lintTests are also what the oracle test compares with promlint.
var lintTests = []struct {
	name, text string
	want       string // "line:column id" of each finding
	reason     string
}{
	{"clean", "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n", "", "nothing to say"},
	{"no help", "# TYPE a gauge\na 1\n", "1:8 no-help", "where the family is first named"},
	{"empty help", "# HELP a \n# TYPE a gauge\na 1\n", "1:8 no-help", "to Prometheus it is none"},
	{"no metadata", "x 1\na 1\n", "1:1 no-help 2:1 no-help", "each sample's name is a family"},
	{"no samples", "# TYPE a_ms gauge\n", "", "promlint sees no such family"},
	{"milliseconds", "# HELP a_milliseconds A.\n# TYPE a_milliseconds gauge\na_milliseconds 1\n", "1:8 non-base-unit", "a prefix"},
	{"minutes", "# HELP a_minutes A.\na_minutes 1\n", "1:8 non-base-unit", "untyped ones have units as well"},
	{"first unit", "# HELP a_seconds_minutes A.\na_seconds_minutes 1\n", "", "the first unit of the name counts"},
	{"metres", "# HELP a_metres A.\na_metres 1\n", "", "both spellings are base units"},
	{"kilometres", "# HELP a_kilometres A.\na_kilometres 1\n", "1:8 non-base-unit", "of metres"},
	{"kelvins", "# HELP a_kelvins A.\na_kelvins 1\n", "1:8 non-base-unit", "a unit's name has no plural here"},
	{"ms", "# HELP a_ms A.\na_ms 1\n", "1:8 abbreviated-unit", "at the end"},
	{"kb inside", "# HELP a_KB_x_ms A.\na_KB_x_ms 1\n", "1:8 abbreviated-unit", "inside, in capitals, and another at the end: one finding"},
	{"ms first", "# HELP ms_a A.\nms_a 1\n", "", "no underscore before it"},
	{"counter", "# HELP a A.\n# TYPE a counter\na 1\n", "1:8 counter-without-total", "a counter"},
	{"counter of OpenMetrics in text", "# HELP a A.\n# TYPE a counter\na_total 1\n", "3:1 no-help", "in text a_total is another family, and a has no samples"},
	{"gauge total", "# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n", "1:8 total-suffix", "a gauge"},
	{"untyped total", "# HELP a_total A.\na_total 1\n", "", "perhaps a counter"},
	{"bucket", "# HELP a_bucket A.\n# TYPE a_bucket gauge\na_bucket 1\n", "1:8 bucket-suffix", "a gauge"},
	{"bucket of a histogram", "# HELP a_bucket A.\n# TYPE a_bucket histogram\na_bucket_count 1\n", "", "a histogram may"},
	{"count", "# HELP a_count A.\n# TYPE a_count gauge\na_count 1\n", "1:8 count-suffix", "a gauge"},
	{"sum", "# HELP a_sum A.\n# TYPE a_sum gauge\na_sum 1\n", "1:8 sum-suffix", "a gauge"},
	{"sum of a summary", "# HELP a_sum A.\n# TYPE a_sum summary\na_sum_count 1\n", "", "a summary may"},
	{"le", "# HELP a A.\n# TYPE a gauge\na{x=\"le=\", le=\"1\"} 1\na{le=\"2\"} 1\n", "3:12 le-label", "once, at the label"},
	{"quantile", "# HELP a A.\n# TYPE a histogram\na_sum{quantile=\"1\"} 1\n", "3:7 quantile-label", "of a histogram"},
	{"le and quantile in their places", "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 1\n# HELP b B.\n# TYPE b summary\nb{quantile=\"1\"} 1\n", "", "as they should be"},
	{"le untyped", "# HELP a A.\na{le=\"1\",quantile=\"1\"} 1\n", "", "perhaps a histogram"},
	{"type", "# HELP a_gauge A.\n# TYPE a_gauge gauge\na_gauge 1\n# HELP b_Counter_total B.\n# TYPE b_Counter_total counter\nb_Counter_total 1\n", "1:8 type-in-name 4:8 type-in-name", "at the end, and inside in any case"},
	{"another type", "# HELP a_gauge A.\n# TYPE a_gauge summary\na_gauge_sum 1\n", "", "not its own"},
	{"colon", "# HELP a:b A.\na:b 1\n", "1:8 colon-in-name", "for recording rules"},
	{"camelCase", "# HELP aB A.\naB{aB=\"1\",b=\"\"} 1\naB{aB=\"2\"} 1\n", "1:8 camel-case 2:4 camel-case-label", "the name and, once, the label"},
	{"capitals", "# HELP AB_C A.\nAB_C 1\n", "", "no small letter before a capital one"},
	{"duplicate", "# HELP a A.\n# TYPE a gauge\na{b=\"1\"} 1\na{b=\"2\"} 1\na{b=\"1\"} 2\na{b=\"1\"} 3\n", "5:1 duplicate-metric 6:1 duplicate-metric", "each one after the first"},
	{"duplicate, other time", "# HELP a A.\na 1 1\na 1 2\n", "3:1 duplicate-metric", "times are not looked at"},
	{"duplicate bucket", "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"1\"} 1\n", "", "promlint makes one metric of them"},
	{"other places", "  # HELP  a_ms  A.\n  a_ms{ \"x y\" = \"\" , \"aB\" =\"\"} 1\n", "1:11 abbreviated-unit 2:23 camel-case-label", "columns are those of the name"},
}

func TestLint(t *testing.T) {
	for _, tt := range lintTests {
		t.Run(tt.name, func(t *testing.T) {
			if got := lintText(t, tt.text, FormatText, LintOptions{}); got != tt.want {
				t.Errorf("got %q, want %q: %s", got, tt.want, tt.reason)
			}
		})
	}
}

// lintText returns "line:column id" of each finding.
func lintText(t *testing.T, text string, f Format, opts LintOptions) string {
	t.Helper()
	s, err := Read(strings.NewReader(text), Options{Format: f})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range Lint(s, opts) {
		place, _, _ := strings.Cut(p.String(), ": ")
		got = append(got, place+" "+p.ID)
		if p.Severity != SeverityWarning || p.Done != kept || p.Caret() != "" {
			t.Errorf("%+v: not a warning, or a caret", p)
		}
	}
	return strings.Join(got, " ")
}

func TestLintFormats(t *testing.T) {
	for _, tt := range []struct {
		name, text, want, reason string
	}{
		{"counter", "# TYPE a counter\n# HELP a A.\na_total 1\na_created 1\n# EOF\n", "", "the suffix stands in the samples"},
		{"counter without", "# TYPE a counter\n# HELP a A.\na 1\n# EOF\n", "1:8 counter-without-total", "here it does not"},
		{"points", "# TYPE a gauge\n# HELP a A.\na 1 1\na 1 2\na 1 2\n# EOF\n", "5:1 duplicate-metric", "OpenMetrics allows points of several times"},
		{"info", "# TYPE a info\n# HELP a A.\na_info{le=\"1\"} 1\n# EOF\n", "3:8 le-label", "a type of OpenMetrics"},
		{"gauge histogram", "# TYPE a_gauge_histogram gaugehistogram\n# HELP a_gauge_histogram A.\na_gauge_histogram_bucket{le=\"+Inf\"} 1\n# EOF\n", "1:8 type-in-name", "in both spellings; le is its own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := lintText(t, tt.text, FormatOpenMetrics, LintOptions{}); got != tt.want {
				t.Errorf("got %q, want %q: %s", got, tt.want, tt.reason)
			}
		})
	}
}

func TestLintOptions(t *testing.T) {
	const text = "# TYPE a_ms gauge\na_ms 1\nb_ms 1\n"
	for _, tt := range []struct {
		name   string
		opts   LintOptions
		want   string
		reason string
	}{
		{"all", LintOptions{}, "1:8 no-help 1:8 abbreviated-unit 3:1 no-help 3:1 abbreviated-unit", "nothing is off"},
		{"disable", LintOptions{Disable: []string{"no-help", "unknown"}}, "1:8 abbreviated-unit 3:1 abbreviated-unit", "one rule"},
		{"allow", LintOptions{Allow: []Exception{{"no-help", "a_*"}, {"*", "b_ms"}}}, "1:8 abbreviated-unit", "one rule for one metric, every rule for the other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := lintText(t, text, FormatText, tt.opts); got != tt.want {
				t.Errorf("got %q, want %q: %s", got, tt.want, tt.reason)
			}
		})
	}
	s := &Snapshot{Families: []*Family{{Name: strings.Repeat("é", 200), Samples: []Sample{{Name: "x"}}}}}
	p := Lint(s, LintOptions{File: "f"})
	if len(p) != 1 || p[0].File != "f" || p[0].Line != 0 || p[0].Column != 0 || len(p[0].Text) > maxProblemText {
		t.Errorf("a Snapshot that was made gave %+v", p)
	}
}

// TestLintIDs keeps the ids of rules and problems apart, as one flag takes
// both.
func TestLintIDs(t *testing.T) {
	for i, r := range lintRules {
		if ids[r.ID] != nil {
			t.Errorf("%s is a rule of lint and a problem", r.ID)
		}
		if i > 0 && lintRules[i-1].ID >= r.ID {
			t.Errorf("%s is not in order", r.ID)
		}
	}
	all := ProblemIDs()
	if len(all) != len(ids)+len(lintRules) || !slices.IsSortedFunc(all, func(a, b ProblemID) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("ProblemIDs has %d ids, or they are not in order", len(all))
	}
}
