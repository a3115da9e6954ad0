package terminal

import (
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/expfmt"
)

func TestFold(t *testing.T) {
	for _, tt := range []struct {
		name, line    string
		width, indent int
		want, reason  string
	}{
		{"short", "a b", 10, 2, "a b", "it fits"},
		{"exact", "12345 789", 9, 2, "12345 789", "the width itself is still used"},
		{"one more", "12345 7890", 9, 2, "12345\n  7890", "breaks between words"},
		{"leading blanks", "  ab cd ef", 8, 4, "  ab cd\n    ef", "the first line keeps its own indent"},
		{"long word", "a /very/long/path b", 8, 2, "a\n/very/long/path\n  b", "a path can be copied in one piece"},
		{"long first word", "/very/long/path", 8, 2, "/very/long/path", "no empty first line"},
		{"colour", "\x1b[1m12345 789\x1b[0m", 9, 2, "\x1b[1m12345 789\x1b[0m", "escape sequences have no width"},
		{"empty", "", 8, 2, "", "nothing in, nothing out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Fold(tt.line, tt.width, tt.indent); got != tt.want {
				t.Errorf("fold gives %q, want %q: %s", got, tt.want, tt.reason)
			}
		})
	}
}

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want, reason string }{
		{"plain", "node-a é 日本", "node-a é 日本", "letters of any language stay"},
		{"escape", "\x1b[31mred", `\x1b[31mred`, "colours and cursor moves"},
		{"C1", "\u009b31m", `\u009b31m`, "the 8-bit form of escape ["},
		{"bell", "a\ab", `a\ab`, "it ends a terminal's title"},
		{"line end", "a\nb\rc", `a\nb\rc`, "a value cannot make a line of its own"},
		{"bidi", "a\u202eb", `a\u202eb`, "text that runs backwards"},
		{"invisible", "a\u200bb", `a\u200bb`, "two names must not look the same"},
		{"not UTF-8", "a\xffb", `a\ufffdb`, "a terminal may read lone bytes as controls"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Clean(tt.in)
			if got != tt.want {
				t.Errorf("Clean gives %q, want %q: %s", got, tt.want, tt.reason)
			}
			if strings.ContainsAny(got, "\x1b\n\r\a") {
				t.Errorf("Clean leaves a control character in %q", got)
			}
		})
	}
}

func TestProblemLine(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   expfmt.Problem
		want string
	}{
		{"whole", expfmt.Problem{File: "a\x1b/1.prom", Line: 3, Column: 5, ID: "x", Severity: "error", Message: "bad \x1b"}, `a\x1b/1.prom:3:5: error: bad \x1b [x]`},
		{"of a file", expfmt.Problem{File: "1.prom", ID: "x", Severity: "warning", Message: "m"}, "1.prom: warning: m [x]"},
		{"of the capture", expfmt.Problem{ID: "x", Severity: "info", Message: "m"}, "info: m [x]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ProblemLine(tt.in); got != tt.want {
				t.Errorf("ProblemLine gives %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		columns  int
		want     string
		reason   string
	}{
		{"short", "12345678", 8, "12345678", "it fits"},
		{"long", "123456789", 8, "1234567…", "the mark takes a column"},
		{"wide", "日本語日本", 8, "日本語…", "half a character does not fit"},
		{"of several code points", "1234567e\u0301x8", 8, "1234567…", "an accent stays with its letter"},
		{"too narrow", "123456789", 7, "", "so little says nothing"},
		{"narrow, and it fits", "1234567", 7, "1234567", "nothing is cut"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Cut(tt.in, tt.columns); got != tt.want {
				t.Errorf("Cut gives %q, want %q: %s", got, tt.want, tt.reason)
			}
		})
	}
}
