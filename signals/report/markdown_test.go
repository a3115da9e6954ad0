package report

import (
	"strings"
	"testing"
)

// TestMarkdownEscapes: what a file says is text and nothing else.
func TestMarkdownEscapes(t *testing.T) {
	for _, tt := range []struct{ name, in, want, code string }{
		{"quotes stay", `a="b"`, `a="b"`, `<code>a="b"</code>`},
		{"no cell ends", "a|b", `a\|b`, `<code>a\|b</code>`},
		{"no row ends", "a\nb", `a\\nb`, `<code>a\\nb</code>`},
		{"no code ends", "a`b", "a\\`b", "<code>a\\`b</code>"},
		{"no HTML", "<img src=x>&amp;", "&lt;img src=x&gt;&amp;amp;", "<code>&lt;img src=x&gt;&amp;amp;</code>"},
		{"nobody is called", "@everyone", "&#64;<!-- -->everyone", "<code>&#64;<!-- -->everyone</code>"},
		{"no issue is named", "#1", `\#1`, `<code>\#1</code>`},
		{"no link", "[a](javascript:x)", `\[a\](javascript:x)`, `<code>\[a\](javascript:x)</code>`},
		{"no picture", "job:up:sum", "job:<!-- -->up:sum", "<code>job:up:sum</code>"},
		{"times stay", "07:12:55", "07:12:55", "<code>07:12:55</code>"},
		{"no mathematics", "$a$", `\$a\$`, `<code>\$a\$</code>`},
		{"nothing turns the line round", "a\u202eb", `a\\u202eb`, `<code>a\\u202eb</code>`},
		{"a long name is cut", strings.Repeat("x", MaxText+2), strings.Repeat("x", MaxText) + "… (2 characters more)", "<code>" + strings.Repeat("x", MaxText) + "… (2 characters more)</code>"},
		{"nothing", "", "", ""},
	} {
		if got := markdown(tt.in); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if got := markdownCode(tt.in); got != tt.code {
			t.Errorf("%s: as code %s, want %s", tt.name, got, tt.code)
		}
	}
}

// TestFenced: no line of a block of code ends it.
func TestFenced(t *testing.T) {
	got := fenced("text", "a\n```\n</pre>\n````\x1b\n")
	if want := "`````text\na\n```\n</pre>\n````\\x1b\n`````\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if n := strings.Count(fenced("", "a"), "```"); n != 2 {
		t.Errorf("%d fences", n)
	}
}
