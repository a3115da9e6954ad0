package expfmt

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lineCases are lines with what they look like: name, series, value, time.
var lineCases = []struct {
	name, reason, in string
	kind             Kind
	want             string // "blank", "eof", or the parts between |
}{
	{"nothing", "between expositions", "", 0, "blank"},
	{"blanks", "the end of a line from Windows", " \t\r", 0, "blank"},
	{"a comment", "says nothing of a family", "# by hand", 0, "blank"},
	{"the end", "OpenMetrics", "# EOF", 0, "eof"},
	{"more than the end", "a comment", "# EOF soon", 0, "blank"},
	{"help", "its family", "# HELP a_b of it", KindHelp, "a_b|||"},
	{"help without text", "is one", "# HELP a", KindHelp, "a|||"},
	{"help of nothing", "a comment", "# HELP ", 0, "blank"},
	{"type", "its family", "# TYPE a:b gauge\r", KindType, "a:b|||"},
	{"type without its word", "a comment", "# TYPE a", 0, "blank"},
	{"type of a quoted name", "without the quotes", `# TYPE "a.b" gauge`, KindType, "a.b|||"},
	{"unit", "its family", "#UNIT a_s s", KindUnit, "a_s|||"},
	{"a sample", "the simplest", "up 1", KindSample, "up|up|1|"},
	{"labels", "are the series'", `a{b="}\"",c="2"} 1`, KindSample, `a|a{b="}\"",c="2"}|1|`},
	{"blanks before labels", "a program's habit", "a\t{b=\"1\"}\t2", KindSample, "a|a\t{b=\"1\"}|2|"},
	{"a quoted name", "text 1.0.0", `{"http.requests",a="1"} 2`, KindSample, `http.requests|{"http.requests",a="1"}|2|`},
	{"a time", "in milliseconds", "a 1 1795244469930", KindSample, "a|a|1|1795244469930"},
	{"a time of OpenMetrics", "in seconds", "a 1 1.5e9", KindSample, "a|a|1|1.5e9"},
	{"an exemplar", "is passed over", `a 1 # {t="x"} 1`, KindSample, "a|a|1|"},
	{"a time and an exemplar", "the same", `a 1 -5 # {t="x"} 1`, KindSample, "a|a|1|-5"},
	{"infinity", "in any case, with a sign", "a +inf", KindSample, "a|a|+inf|"},
	{"NaN", "a value", "a NaN", KindSample, "a|a|NaN|"},
	{"no value", "a word", "a", 0, ""},
	{"a word as value", "prose", "the end 1", 0, ""},
	{"two words behind the value", "prose", "step 2 of 3", 0, ""},
	{"braces that stay open", "cut", `a{b="1`, 0, ""},
	{"a long number", "no value has so many digits", "a " + strings.Repeat("1", 65), 0, ""},
	{"a path", "no name begins so", "/metrics 1", 0, ""},
	{"a sign alone as time", "no number", "a 1 -", 0, ""},
}

func TestDetectLine(t *testing.T) {
	for _, tc := range lineCases {
		l := DetectLine([]byte(tc.in))
		got := ""
		switch {
		case l.Blank:
			got = "blank"
		case l.EOF:
			got = "eof"
		case l.Kind != 0:
			got = string(bytes.Join([][]byte{l.Name, l.Series, l.Value, l.Time}, []byte("|")))
		}
		if l.Kind != tc.kind || got != tc.want {
			t.Errorf("%s (%s): %q is %d %q, want %d %q", tc.name, tc.reason, tc.in, l.Kind, got, tc.kind, tc.want)
		}
	}
}

// TestDetectLineOfScrapes holds on real scrapes that a line looks like what a
// Reader reads there.
func TestDetectLineOfScrapes(t *testing.T) {
	read := 0
	holds := func(name string, text []byte) {
		lines := bytes.Split(text, newline)
		for r := NewBytesReader(text, Options{}); r.Next(); {
			var at int
			var what string
			switch r.Kind() {
			case KindSample:
				at, what = r.Sample().Line, r.Sample().Name
			case KindHelp, KindType:
				at, what = r.Metadata().Line, r.Metadata().Name
			default:
				continue
			}
			l := DetectLine(lines[at-1])
			if read++; l.Kind != r.Kind() || string(l.Name) != what {
				t.Fatalf("%s:%d: %q looks like %d of %q, and a Reader reads %d of %q", name, at, lines[at-1], l.Kind, l.Name, r.Kind(), what)
			}
		}
	}
	holds("sized", []byte(sized))
	if read < 5 {
		t.Errorf("%d lines were looked at", read)
	}
	captures(t, func(path string, body []byte, few bool) {
		if few && Detect("", body) == (Content{Format: FormatText}) {
			holds(path, body)
		}
	})
}

// FuzzDetectLine holds that parts stand in the line, in their order.
func FuzzDetectLine(f *testing.F) {
	for _, tc := range lineCases {
		f.Add([]byte(tc.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l := DetectLine(b)
		if l.Kind == KindSample && !bytes.HasPrefix(b, l.Series) || !bytes.Contains(b, l.Name) {
			t.Fatalf("%q: %+v", b, l)
		}
		if rest := b[len(l.Series):]; !bytes.Contains(rest, l.Value) || !bytes.Contains(rest, l.Time) {
			t.Fatalf("%q: %+v", b, l)
		}
		if d := cmp.Diff(l, DetectLine(append(bytes.Clone(b), " \r"...))); d != "" {
			t.Fatalf("%q: blanks behind it change it: %s", b, d)
		}
	})
}
