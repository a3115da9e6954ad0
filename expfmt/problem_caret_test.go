package expfmt

import (
	"strings"
	"testing"
	"unicode"
)

func TestCaret(t *testing.T) {
	x := strings.Repeat("x", 200)
	for _, tc := range []struct {
		name, reason string
		p            Problem
		want         string
	}{
		{"short", "the line as it is", Problem{Column: 3, Text: "a b"}, "a b\n  ^\n"},
		{"first", "column 1", Problem{Column: 1, Text: "a b"}, "a b\n^\n"},
		{"behind", "what is missing at the end", Problem{Column: 4, Text: "a b"}, "a b\n   ^\n"},
		{"beyond", "no such place", Problem{Column: 5, Text: "a b"}, ""},
		{"no text", "nothing to show", Problem{Column: 1}, ""},
		{"tab", "four blanks", Problem{Column: 3, Text: "a\tb"}, "a    b\n     ^\n"},
		{"wide", "two columns each", Problem{Column: 7, Text: "東京b"}, "東京b\n    ^\n"},
		{"combining", "no column of its own", Problem{Column: 4, Text: "e\u0301b"}, "e\u0301b\n ^\n"},
		{"within a character", "the character's column", Problem{Column: 3, Text: "xéb"}, "xéb\n ^\n"},
		{"escapes", "nothing that a terminal obeys", Problem{Column: 3, Text: "\x1b[31mx"}, `\x1b[31mx` + "\n     ^\n"},
		{"bidi", "nothing that turns the line", Problem{Column: 4, Text: "\u202eb"}, `\u202eb` + "\n      ^\n"},
		{"invalid", "bytes that are not UTF-8", Problem{Column: 2, Text: "\xffb"}, `\xffb` + "\n    ^\n"},
		{"newline", "a name may have one", Problem{Column: 3, Text: "a\nb"}, `a\nb` + "\n   ^\n"},
		{"long, first", "cut behind", Problem{Column: 1, Text: x}, x[:74] + "…\n^\n"},
		{"long, last", "cut before", Problem{Column: 200, Text: x}, "…" + x[:74] + "\n" + strings.Repeat(" ", 74) + "^\n"},
		{"long, middle", "cut on both sides", Problem{Column: 100, Text: x}, "…" + x[:74] + "…\n" + strings.Repeat(" ", 38) + "^\n"},
		{"far", "the text begins within the line", Problem{Column: 1003, Text: "abc", TextOffset: 1000}, "…abc\n   ^\n"},
		{"before", "the text begins behind", Problem{Column: 3, Text: "abc", TextOffset: 1000}, ""},
	} {
		if got := tc.p.Caret(); got != tc.want {
			t.Errorf("%s: %s\ngot\n%s\nwant\n%s", tc.name, tc.reason, got, tc.want)
		}
	}
}

// checkCaret holds that what is shown of a problem is two lines that print and
// are no wider than a terminal.
func checkCaret(t *testing.T, p *Problem) {
	t.Helper()
	caret := p.Caret()
	if caret == "" {
		return
	}
	text, under, _ := strings.Cut(caret, "\n")
	width := 0
	for _, c := range text {
		if !unicode.IsPrint(c) {
			t.Errorf("%q has %q", text, c)
		}
		width += runeWidth(c)
	}
	if width > caretWidth || strings.Trim(under, " ") != "^\n" || len(under) > width+3 {
		t.Errorf("%d columns:\n%s", width, caret)
	}
}

// TestCaretFar holds that the place is shown in a line of any length.
func TestCaretFar(t *testing.T) {
	in := "a{x=\"" + strings.Repeat("y", 5000) + "\",z='1'} 1\n"
	p := problems(t, in, Options{})[0]
	if p.Column != 5010 || p.TextOffset == 0 || !strings.Contains(p.Caret(), "z='1'} 1\n") {
		t.Errorf("%+v\n%s", p, p.Caret())
	}
}
