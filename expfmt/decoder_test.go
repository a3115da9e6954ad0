package expfmt

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDecoderTable decodes every row after every other of its format, twice.
func TestDecoderTable(t *testing.T) {
	for _, first := range textCases {
		q := newSequence()
		for _, tc := range textCases {
			for _, in := range []string{first.in, tc.in, tc.in, first.in + tc.in, tc.in + first.in} {
				if err := q.check([]byte(in), optionsOf(tc.om)); err != nil {
					t.Fatalf("%s, %s: %q: %v", first.name, tc.name, in, err)
				}
			}
		}
	}
}

// TestDecoderCaptures decodes the real captures, target by target, and some
// of all targets by one Decoder, also as OpenMetrics.
func TestDecoderCaptures(t *testing.T) {
	root := "../../shared/captures"
	if _, err := os.Stat(root); err != nil {
		t.Skip("../shared/captures is absent: no real captures to read")
	}
	targets, all, om := map[string]*sequence{}, newSequence(), newSequence()
	files := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		opts := Options{File: path}
		switch {
		case err != nil || e.IsDir():
			return err
		case strings.HasSuffix(path, ".pb"):
			opts.Format = FormatProtobuf
		case !strings.HasSuffix(path, ".prom") && !strings.HasSuffix(path, ".prom.gz"):
			return nil
		}
		body, err := readCapture(path)
		if err != nil {
			return err
		}
		files++
		q := targets[filepath.Dir(path)]
		if q == nil {
			q = newSequence()
			targets[filepath.Dir(path)] = q
		}
		if err := q.check(body, opts); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if files%10 == 0 {
			if err := all.check(body, opts); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			opts.Format = FormatOpenMetrics
			if err := om.check(append(body, "# EOF\n"...), opts); err != nil {
				t.Fatalf("%s as OpenMetrics: %v", path, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 900 {
		t.Errorf("only %d bodies were decoded", files)
	}
}

// surprises are two successive texts and how many records of the second the
// Reader has to read. How the text ends counts as one.
var surprises = []struct {
	name, reason  string
	om            bool
	first, second string
	reads         int
}{
	{"same", "an equal text is compared", false, family("a", "1", "2"), family("a", "1", "2"), 1},
	{"values", "values are read without their series", false, family("a", "1", "2"), family("a", "17.25", "+Inf"), 1},
	{"times", "timestamps of text too", false, family("a", "1 5", "2 5"), family("a", "1 1795244469930", "2"), 1},
	{"inserted", "one line, and the next is the predicted one", false, "a 1\nc 1\nd 1\n", "a 1\nb 1\nc 2\nd 1\n", 2},
	{"removed", "the line behind the gap is found by its series", false, "a 1\nb 1\nc 1\nd 1\ne 1\n", "a 1\nd 2\ne 2\n", 2},
	{"removed far", "behind a gap that is longer than what is looked at first", false, numbered(0, 100), numbered(0, 10) + numbered(50, 100), 2},
	{"moved", "a line from the end to the front costs itself and the way back", false, numbered(0, 100), numbered(99, 100) + numbered(0, 99), 3},
	{"reordered", "two halves change places", false, numbered(0, 100), numbered(50, 100) + numbered(0, 50), 3},
	{"duplicated", "a line stands twice", false, numbered(0, 10), numbered(0, 5) + numbered(4, 10), 2},
	{"inserted family", "HELP, TYPE and two samples", false, family("a", "1", "2") + family("c", "1", "2"),
		family("a", "1", "2") + family("b", "1", "2") + family("c", "3", "4"), 5},
	{"removed family", "HELP and TYPE are read until a series is known", false,
		family("a", "1", "2") + family("b", "1", "2") + family("c", "3", "4"), family("a", "1", "2") + family("c", "1", "2"), 4},
	{"other type", "the series of the family are others", false, "# TYPE h gauge\nh{le=\"1\"} 1\nh{le=\"2\"} 1\n# TYPE g gauge\ng 1\n",
		"# TYPE h histogram\nh{le=\"1\"} 1\nh{le=\"2\"} 1\n# TYPE g gauge\ng 1\n", 6},
	{"type removed", "what follows is of the type before", false, "# TYPE h histogram\nh{le=\"1\"} 1\n# TYPE g gauge\ng{le=\"1\"} 1\n# TYPE x gauge\nx 1\n",
		"# TYPE h histogram\nh{le=\"1\"} 1\ng{le=\"1\"} 1\n# TYPE x gauge\nx 1\n", 4},
	{"damaged", "a line that cannot be read", false, numbered(0, 10), numbered(0, 5) + "? 1\n" + numbered(6, 10), 3},
	{"damaged as before", "the damaged line is read each time", false, "a 1\n? 1\nb 1\n", "a 2\n? 1\nb 2\n", 2},
	{"damaged value", "the line is known by its series", false, "a 1\nb 1\nc 1\n", "a 1\nb x\nc 2\n", 2},
	{"repaired", "and known again when it is good", false, "a 1\nb x\nc 1\n", "a 1\nb 1\nc 2\n", 3},
	{"value too long", "MaxLine holds for a line whose value grows", false, "a{b=\"1234567890123\"} 1\nc 1\n", "a{b=\"1234567890123\"} 0.1234567890123\nc 1\n", 2},
	{"strange value", "a number that Prometheus refuses is a problem", false, "a 1\nb 1\n", "a 0x1\nb 2\n", 2},
	{"carriage return", "where lines end otherwise they are read", false, "a 1\nb 1\n", "a 1\r\nb 1\r\n", 3},
	{"carriage returns", "a context in which lines may be predicted", false, "a 1\r\nb 1\r\nc 1\r\n", "a 1\r\nb 1\r\nc 2\r\n", 3},
	{"byte order mark", "it is read each time", false, "\xef\xbb\xbfa 1\nb 1\n", "\xef\xbb\xbfa 1\nb 2\n", 2},
	{"newline in quotes", "a record of two lines is read each time", false, "a{b=\"\n\"} 1\nc 1\n", "a{b=\"\n\"} 1\nc 2\n", 2},
	{"quote opened", "a string that begins takes in lines that were predicted", false, "a 1\nb{c=\"1\"} 1\nd 1\n", "a{x=\"\nb{c=\"1\"} 1\nd 1\n", 3},
	{"cut", "the last line has no end", false, numbered(0, 10), strings.TrimSuffix(numbered(0, 5), "1\n"), 2},
	{"cut as before", "it is read each time", false, "a 1\nb 1", "a 1\nb 1", 2},
	{"thorough", "lines that fast does not take are predicted as well", false, "{\"a.b\",c=\"\\\\\"} 1\nü 1\n", "{\"a.b\",c=\"\\\\\"} 2\nü 1\n", 2},
	{"no blank", "the value must begin behind one", false, "a{b=\"1\"}31\nb\t1\n", "a{b=\"1\"}35\nb\t2\n", 3},
	{"blanks before braces", "the column is kept", false, "  {\"a\" } 5\nb 1\n", "  {\"a\" } 5\nb 2\n", 1},
	{"comment", "comments are predicted, but are known by nothing", false, "a 1\n# x\nb 1\nc 1\n", "a 1\n# y\nb 2\nc 2\n", 3},
	{"openmetrics", "predicted as text is", true, family("a", "1", "2") + "# EOF\n", family("a", "3", "4") + "# EOF\n", 1},
	{"openmetrics times", "seconds are read by the Reader", true, "a 1 5\nb 1\n# EOF\n", "a 1 6\nb 2\n# EOF\n", 2},
	{"exemplar", "an equal one is compared, another is read", true, "a 1 # {t=\"1\"} 1\nb 1 # {t=\"1\"} 1\n# EOF\n", "a 1 # {t=\"1\"} 1\nb 1 # {t=\"2\"} 1\n# EOF\n", 2},
	{"early EOF", "what follows # EOF is another context, told of once", true, "a 1\nb 1\nc 1\n# EOF\n", "a 1\n# EOF\nb 1\nc 1\n", 4},
	{"late lines", "behind # EOF lines are predicted too", true, "a 1\n# EOF\nb 1\nc 1\n", "a 1\n# EOF\nb 1\nc 2\n", 2},
}

func family(name string, values ...string) string {
	out := "# HELP " + name + " help\n# TYPE " + name + " counter\n"
	for i, v := range values {
		out += fmt.Sprintf("%s{n=\"%d\"} %s\n", name, i, v)
	}
	return out
}

func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "a%d 1\n", i)
	}
	return b.String()
}

// TestDecoderSurprises holds what is read and that no more is than must be.
func TestDecoderSurprises(t *testing.T) {
	for _, tc := range surprises {
		opts := optionsOf(tc.om)
		opts.MaxLine = 30
		q := newSequence()
		for i, in := range []string{tc.first, tc.second, tc.second, tc.first} {
			if err := q.check([]byte(in), opts); err != nil {
				t.Errorf("%s: %q: %v", tc.name, in, err)
			}
			if i == 1 && q.d.reads != tc.reads {
				t.Errorf("%s (%s): %d records were read, want %d", tc.name, tc.reason, q.d.reads, tc.reads)
			}
		}
	}
}

// TestDecoderOptions changes the options between scrapes: what was learned of
// lines by others does not hold.
func TestDecoderOptions(t *testing.T) {
	q := newSequence()
	in := "# HELP a b\n\na 1 5\nb{c=\"123456789\"} 1\n# EOF\n"
	for _, opts := range []Options{{}, {Format: FormatOpenMetrics}, {MaxLine: 12}, {Format: FormatProtobuf}, {Format: FormatText}, {File: "x", MaxLine: 12}, {File: "y", MaxLine: 12}} {
		if err := q.check([]byte(in), opts); err != nil {
			t.Errorf("%+v: %v", opts, err)
		}
	}
}

// TestDecoderProtobuf decodes protobuf by all settings, and text in between.
func TestDecoderProtobuf(t *testing.T) {
	bodies := [][]byte{clientBody(t)}
	for _, tc := range protoCases {
		bodies = append(bodies, protoText(t, tc.in))
	}
	for _, tc := range rawProtoCases {
		bodies = append(bodies, []byte(tc.in))
	}
	for _, opts := range protoOptions {
		q := newSequence()
		for i, body := range bodies {
			for _, opts := range []Options{opts, opts, {}} {
				in := body
				if opts.Format != FormatProtobuf {
					in = []byte("# TYPE a counter\na 1\n# TYPE b gauge\nb 1\n")
				}
				if err := q.check(in, opts); err != nil {
					t.Fatalf("body %d, %+v: %v", i, opts, err)
				}
			}
		}
	}
}

// TestDecoderReferences holds how long a reference is kept.
func TestDecoderReferences(t *testing.T) {
	q := newSequence()
	check := func(in string) {
		t.Helper()
		if err := q.check([]byte(in), Options{}); err != nil {
			t.Fatal(err)
		}
	}
	check("a 1\nb 1\n")
	b := q.d.Refs()[1]
	check("a 1\n")
	check("a 1\nb 1\n")
	if q.d.Refs()[1] != b || len(q.d.New()) != 0 {
		t.Errorf("a series that comes back has the reference %d, had %d", q.d.Refs()[1], b)
	}
	for i := range 100 {
		check(numbered(100*i, 100*i+100))
	}
	if most := 2*100 + 1000 + 100; q.d.MaxRefs() > most {
		t.Errorf("%d references for 100 series that come and go, want at most %d", q.d.MaxRefs(), most)
	}
	check(numbered(0, 10_000))
	big := cap(q.d.cur.lines)
	for range 3 {
		check("a 1\n")
	}
	if kept := cap(q.d.cur.lines) + cap(q.d.old.lines); kept > 2*4096+8 || big < 10_000 {
		t.Errorf("there is room for %d lines of %d after a large text", kept, big)
	}
	if live := len(q.d.series) - len(q.d.free); live > 1000+2 {
		t.Errorf("%d series are kept of a large text", live)
	}
}

// TestDecoderAllocs holds that the steady state makes no garbage.
func TestDecoderAllocs(t *testing.T) {
	body := madeUpBody(200)
	without := slices.Delete(strings.SplitAfter(string(body), "\n"), 20, 22)
	for _, tc := range []struct {
		name, reason string
		om           bool
		bodies       []string
	}{
		{"same", "a scrape that is the same", false, []string{string(body), string(body)}},
		{"values", "values that change, also to what strconv reads", false, []string{string(body), strings.ReplaceAll(string(body), "0\n", "0.11051893900000001\n")}},
		{"gone", "series that come and go", false, []string{string(body), strings.Join(without, "")}},
		{"times", "timestamps", false, []string{"a 1 5\nb 2\n", "a 1 6\nb 2 6\n"}},
		{"exemplars", "lines that are read again", true, []string{"a 1 # {b=\"c\"} 1 5\n# EOF\n", "a 2 # {b=\"d\"} 1 6\n# EOF\n"}},
	} {
		d := NewDecoder()
		opts := optionsOf(tc.om)
		i := 0
		decode := func() {
			d.Decode(bytesOf(tc.bodies[i%len(tc.bodies)]), opts)
			for d.Next() {
				sinkBytes += int(d.Kind())
			}
			i++
		}
		for range 4 {
			decode()
			if len(d.Problems()) > 0 {
				t.Errorf("%s: %v", tc.name, d.Problems())
			}
		}
		if allocs := testing.AllocsPerRun(10, decode); allocs != 0 {
			t.Errorf("%s (%s): %v allocations", tc.name, tc.reason, allocs)
		}
	}
}

// TestDecoderSeriesInto holds that what a series is needs no memory but that
// of its text, escapes aside, and that it stays when that of the body does not.
func TestDecoderSeriesInto(t *testing.T) {
	for _, whole := range []bool{false, true} {
		body := []byte("a{b=\"x\",c=\"1\"} 1\nd 2\ne{f=\"\\\"\\n\",g=\"y\"} 3\n{\"h.i\",\"j k\"=\"z\"} 4\n")
		d := NewDecoder()
		d.Decode(body, Options{Check: whole})
		clear(body)
		var s DecodedSeries
		var got []string
		for _, ref := range d.New() {
			if !d.SeriesInto(ref, &s) || fmt.Sprint(*d.Series(ref)) != fmt.Sprint(s) {
				t.Errorf("%s is another one than Series says", s.Series)
			}
			got = append(got, fmt.Sprint(s.Name, s.Labels, string(s.Series)))
		}
		want := []string{
			"a[{b x} {c 1}]a{b=\"x\",c=\"1\"}", "d[]d",
			"e[{f \"\n} {g y}]e{f=\"\\\"\\n\",g=\"y\"}", "h.i[{j k z}]{\"h.i\",\"j k\"=\"z\"}",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if d.SeriesInto(99, &s) {
			t.Error("a reference that is none means something")
		}
		if allocs := testing.AllocsPerRun(10, func() { d.SeriesInto(d.Refs()[0], &s) }); allocs != 0 {
			t.Errorf("%v allocations for a series", allocs)
		}
	}
}

// TestDecoderTimeIsLinear decodes pairs of texts that predict each other as
// badly as they can, of one and of ten sizes, as TestTimeIsLinear does.
func TestDecoderTimeIsLinear(t *testing.T) {
	for name, pair := range map[string]func(n int) (string, string){
		"reversed": func(n int) (string, string) {
			all := strings.SplitAfter(numbered(0, n), "\n")
			slices.Reverse(all)
			return numbered(0, n), strings.Join(all, "")
		},
		"every third changes": func(n int) (string, string) {
			return strings.Repeat("a 1\nb 1\nc 1\n", n), strings.Repeat("a 1\nb 1\nc 2\n", n)
		},
		"comments in between": func(n int) (string, string) {
			return "a 1\n" + strings.Repeat("#\n", n) + "b 1\n", strings.Repeat("b 1\na 1\n", n)
		},
		"damaged":             func(n int) (string, string) { return strings.Repeat("? 1\n", n), strings.Repeat("? 2\n", n) },
		"nothing in common":   func(n int) (string, string) { return numbered(0, n), numbered(n, 2*n) },
		"one line many times": func(n int) (string, string) { return strings.Repeat("a 1\n", n), strings.Repeat("a 1\na 1\nb 1\n", n) },
		"types that alternate": func(n int) (string, string) {
			return strings.Repeat("# TYPE a gauge\na 1\n", n), strings.Repeat("# TYPE a counter\na 1\n", n)
		},
	} {
		took := func(n int) time.Duration {
			a, b := pair(n)
			best := time.Hour
			for range 3 {
				d := NewDecoder()
				d.Decode([]byte(a), Options{})
				start := time.Now()
				d.Decode([]byte(b), Options{})
				best = min(best, time.Since(start))
			}
			return best
		}
		if one, ten := took(3000), took(30_000); ten > 50*one+100*time.Millisecond {
			t.Errorf("%s: %v for one size, %v for ten", name, one, ten)
		}
	}
}

// TestDecoderAlike wants a text alike that differs in numbers alone.
func TestDecoderAlike(t *testing.T) {
	const old = "# HELP a A.\n# TYPE a counter\na{b=\"1\"} 1\n# note\na{b=\"2\"} 2 17\n"
	for _, tt := range []struct {
		name, next string
		alike      bool
	}{
		{"the same", old, true},
		{"other numbers", strings.NewReplacer("} 1", "} 1.5", "2 17", "NaN 18").Replace(old), true},
		{"a time less", strings.Replace(old, "2 17", "2", 1), true},
		{"another help text", strings.Replace(old, "A.", "B.", 1), false},
		{"another comment", strings.Replace(old, "note", "word", 1), false},
		{"a line less", strings.TrimSuffix(old, "a{b=\"2\"} 2 17\n"), false},
		{"a line more", old + "\n", false},
		{"another series", strings.Replace(old, "\"1\"", "\"3\"", 1), false},
		{"no number", strings.Replace(old, "} 1", "} x", 1), false},
		{"no end of the line", strings.TrimSuffix(old, "\n"), false},
	} {
		d := NewDecoder()
		d.Decode([]byte(old), Options{})
		if d.Alike() {
			t.Fatal("the first text is like none")
		}
		if d.Decode([]byte(tt.next), Options{}); d.Alike() != tt.alike {
			t.Errorf("%s: %t", tt.name, d.Alike())
		}
	}
}
