package expfmt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadExceptions(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []Exception
		err        string
		reason     string
	}{
		{"empty", "", nil, "", "no exceptions"},
		{"comments", "# a\n\n \t# b\r\n", nil, "", "and blank lines"},
		{"one", "no-help a_total\n", []Exception{{"no-help", "a_total"}}, "", "the plain form"},
		{"blanks and comment", " *\t a_*  # why\r\n", []Exception{{"*", "a_*"}}, "", "around and behind"},
		{"no final newline", "no-help a#why", []Exception{{"no-help", "a"}}, "", "a comment needs no blank"},
		{"quoted", `no-help "a \" b#" # c`, []Exception{{"no-help", `a " b#`}}, "", "names in UTF-8"},
		{"unknown", "\n no-halp a\nno-help b\n", []Exception{{"no-help", "b"}},
			`f:2:2: "no-halp" is no rule of lint: write one of *, abbreviated-unit, `, "a slip; the rest is read"},
		{"not a rule", "bad-value a\n", nil, `f:1:1: "bad-value" is no rule of lint`, "a problem's id is none of a rule"},
		{"no metric", "no-help\n", nil, "f:1:8: a metric's name expected after no-help, * for every one", "half a line"},
		{"comment for a metric", "no-help # a\n", nil, "f:1:9: a metric's name expected", "half a line"},
		{"open quote", "no-help \"a\n", nil, "f:1:9: a quoted name that does not end", "half a name"},
		{"more", "no-help a b\n", nil, "f:1:11: more than an id and a metric", "a list is none"},
		{"two errors", "x a\ny b\n", nil, "f:2:1: \"y\" is no rule", "all are told"},
		{"long line", "#" + strings.Repeat("x", 1<<17), nil, "f:1:1: ", "bounded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadExceptions(strings.NewReader(tt.text), "f")
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q: %s", got, tt.want, tt.reason)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q: %s", err, tt.err, tt.reason)
			}
		})
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
		reason     string
	}{
		{"", "", true, "nothing is nothing"},
		{"", "a", false, "and no more"},
		{"a", "a", true, "itself"},
		{"a", "ab", false, "the whole"},
		{"*", "", true, "also nothing"},
		{"*", "ab", true, "anything"},
		{"a*", "ab", true, "at the end"},
		{"*_total", "a_total_total", true, "the last one counts"},
		{"a*b*c", "a1b2b3c", true, "several"},
		{"a*b*c", "a1b2b3", false, "the end is missing"},
		{"a?c", "abc", true, "one"},
		{"a?c", "aéc", true, "one character, not one byte"},
		{"a?c", "ac", false, "not none"},
		{"[a]", "a", false, "no more signs than these two"},
		{strings.Repeat("*a", 20) + "b", strings.Repeat("a", 5000), false, "in no time"},
	} {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %.20q) is %v: %s", tt.pattern, tt.s, got, tt.reason)
		}
	}
}

// TestKubernetesExceptions wants that the list has what real scrapes of
// Kubernetes break, and nothing that they do not.
func TestKubernetesExceptions(t *testing.T) {
	files, _ := filepath.Glob("../../shared/captures/singles/kube-*.prom")
	if len(files) == 0 {
		t.Skip("../shared/captures is absent: its scrapes are not linted")
	}
	used := map[Exception]bool{}
	for _, file := range files {
		if strings.Contains(file, "unauthenticated") {
			continue // a Status object
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := Read(strings.NewReader(string(text)), Options{})
		if left := Lint(s, LintOptions{Allow: KubernetesExceptions()}); len(left) > 0 {
			t.Errorf("%s: %v", file, left)
		}
		for _, p := range Lint(s, LintOptions{}) {
			for _, e := range KubernetesExceptions() {
				used[e] = used[e] || e.allows(p.ID, p.Text)
			}
		}
	}
	for _, e := range KubernetesExceptions() {
		if !used[e] {
			t.Errorf("no scrape needs %v", e)
		}
	}
}
