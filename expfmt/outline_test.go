package expfmt

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// sameOutline wants of the outline of a text the problems and lint that
// a Snapshot of it has, and reports whether its series are distinct.
func sameOutline(t *testing.T, text string, r *Reader) bool {
	t.Helper()
	opts := Options{Check: true, File: "x"}
	whole, err := Read(strings.NewReader(text), opts)
	if err != nil {
		t.Fatal(err)
	}
	r.Reset([]byte(text), opts)
	s, samples, distinct := r.Outline()
	n := 0
	for i, f := range whole.Families {
		n += len(f.Samples)
		if g := s.Families[i]; g.Name != f.Name || g.Type != f.Type || g.Help != f.Help || g.line != f.line || g.column != f.column {
			t.Fatalf("family %d: got %+v, want %+v\n%s", i, g, f, text)
		}
	}
	if n != samples || len(s.Families) != len(whole.Families) || !slices.Equal(s.Problems, whole.Problems) {
		t.Fatalf("%d samples of %d families, want %d of %d\n%v\n%v\n%s", samples, len(s.Families), n, len(whole.Families), s.Problems, whole.Problems, text)
	}
	if got, want := Lint(s, LintOptions{}), Lint(whole, LintOptions{}); distinct && !slices.Equal(got, want) {
		t.Fatalf("got  %v\nwant %v\n%s", got, want, text)
	}
	return distinct
}

func TestOutline(t *testing.T) {
	r := NewBytesReader(nil, Options{})
	for _, tt := range lintTests {
		sameOutline(t, tt.text, r)
	}
	for _, tt := range []struct {
		text     string
		distinct bool
		reason   string
	}{
		{"# TYPE a gauge\na{b=\"1\"} 1\na{b=\"2\"} 1\n", true, "two series"},
		{"# TYPE a gauge\na{b=\"1\"} 1\na{b=\"1\"} 1\n", false, "one twice"},
		{"# TYPE a gauge\na{b=\"1\"} 1 1\na{b=\"1\"} 1 2\n", false, "one at two times"},
		{"# TYPE a gauge\na{b=\"1\",c=\"\"} 1\na{b=\"1\"} 1\n", false, "one, as an empty label is none"},
		{"# TYPE h gaugehistogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 1\n", false, "told as a bound"},
		{"# TYPE h histogram\nh_created 1\nh_created 1\n", false, "lint has it of no histogram"},
	} {
		if got := sameOutline(t, tt.text, r); got != tt.distinct {
			t.Errorf("%q: %t: %s", tt.text, got, tt.reason)
		}
	}
	r.Reset([]byte("a 1\n"), Options{})
	if _, _, distinct := r.Outline(); distinct {
		t.Error("distinct without a check")
	}
}

// Lines in any order, with what lint and the checks look at.
func TestOutlineOfAny(t *testing.T) {
	lines := strings.Split(`# HELP a A.
# TYPE a counter
# TYPE a histogram
# TYPE a gauge
# HELP a_b B.
# TYPE a_b summary
a 1
a{x="1"} 1
a{x="2"} 1
a{xY="2"} 1
a{x="2",xY="2"} 1
a{xY="2",x="2"} 1
a{z="1"} 1
a{le="1"} 1
a{quantile="1"} 1
a_total{x="1"} 1
a_total{xY="1"} 1
a_created{x="1",le="1"} 1
a_bucket{x="1",le="1"} 1
a_bucket{xY="1",le="+Inf"} 1
a_sum{x="1"} 1
a_count{x="1"} 1
a_count 1 1795244469930
a_b{quantile="0.5"} 1
a_b_sum{x="1"} 1
a_b_created{aB="1"} 1
{"a"} 1
x`, "\n")
	r, rand, distinct := NewBytesReader(nil, Options{}), rand.New(rand.NewPCG(5, 6)), 0
	for range 5000 {
		var b strings.Builder
		for range rand.IntN(14) {
			fmt.Fprintln(&b, lines[rand.IntN(len(lines))])
		}
		if sameOutline(t, b.String(), r) {
			distinct++
		}
	}
	if distinct < 1000 {
		t.Errorf("%d of 5000 have distinct series", distinct)
	}
}

// Parts of a text name lines as the text does.
func TestFirstLine(t *testing.T) {
	const head, tail = "# TYPE a gauge\na 1\n", "# TYPE b gauge\nb 1\nb 1\nb x\n"
	whole, err := Read(strings.NewReader(head+tail), Options{Check: true})
	if err != nil {
		t.Fatal(err)
	}
	part, err := Read(strings.NewReader(tail), Options{Check: true, FirstLine: 3})
	if err != nil || len(part.Problems) != 2 || !slices.Equal(part.Problems, whole.Problems) {
		t.Errorf("%v, %v, want %v", err, part.Problems, whole.Problems)
	}
	for _, tt := range []struct {
		text   string
		line   int
		reason string
	}{
		{"\xef\xbb\xbfa 1\n", 7, "a byte order mark"},
		{"HTTP/1.1 200 OK\r\nA: b\r\n\r\na 1\n", 10, "response headers"},
	} {
		s, err := Read(strings.NewReader(tt.text), Options{FirstLine: 7})
		if err != nil || len(s.Problems) != 1 || s.Problems[0].Line != 7 || s.Families[0].Samples[0].Line != tt.line {
			t.Errorf("%q: %v, %+v: %s", tt.text, err, s, tt.reason)
		}
	}
	d := NewDecoder()
	if d.Decode([]byte("x\n"), Options{FirstLine: 7}); len(d.Problems()) != 1 || d.Problems()[0].Line != 1 {
		t.Errorf("a Decoder: %v", d.Problems())
	}
}
