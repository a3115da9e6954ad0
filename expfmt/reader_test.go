package expfmt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func optionsOf(om bool) Options {
	if om {
		return Options{Format: FormatOpenMetrics}
	}
	return Options{}
}

// records writes down what r reads.
func records(r *Reader) []string {
	var out []string
	for r.Next() {
		out = append(out, record(r))
	}
	return out
}

func record(r *Reader) string {
	var b strings.Builder
	switch m := r.Metadata(); r.Kind() {
	case KindProblem:
		p := r.Problem()
		return fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Severity, p.ID)
	case KindHelp:
		return fmt.Sprintf("%d:%d HELP %s %q", m.Line, m.Column, m.Name, m.Text)
	case KindUnit:
		return fmt.Sprintf("%d:%d UNIT %s %q", m.Line, m.Column, m.Name, m.Text)
	case KindType:
		return fmt.Sprintf("%d:%d TYPE %s %s", m.Line, m.Column, m.Name, m.Type)
	}
	s := r.Sample()
	fmt.Fprintf(&b, "%d:%d %s", s.Line, s.Column, s.Name)
	if len(s.Labels) > 0 {
		writeLabels(&b, s.Labels)
	}
	fmt.Fprintf(&b, " %s", formatValue(s.Value))
	if s.HasTimestamp {
		fmt.Fprintf(&b, " @%d", s.Timestamp)
	}
	if e := s.Exemplar; e != nil {
		b.WriteString(" # ")
		writeLabels(&b, e.Labels)
		fmt.Fprintf(&b, " %s", formatValue(e.Value))
		if e.HasTimestamp {
			fmt.Fprintf(&b, " @%d", e.Timestamp)
		}
	}
	return b.String()
}

func writeLabels(b *strings.Builder, ls Labels) {
	b.WriteByte('{')
	for i, l := range ls {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(l.Name + "=")
		if strings.ContainsRune(l.Value, 0) {
			b.WriteString(strconv.QuoteToASCII(l.Value))
		} else {
			fmt.Fprintf(b, "%q", l.Value)
		}
	}
	b.WriteByte('}')
}

// formatValue tells apart what differs in bits: a NaN that is not the normal
// one is written with its bits.
func formatValue(v float64) string {
	if v != v && math.Float64bits(v) != 0x7ff8000000000001 {
		return fmt.Sprintf("%x", math.Float64bits(v))
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e9 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// withoutEOF leaves out what the table says for people to see: the Reader
// makes no record of # EOF.
func withoutEOF(want []string) []string {
	var out []string
	for _, w := range want {
		if !strings.HasSuffix(w, " EOF") {
			out = append(out, w)
		}
	}
	return out
}

func TestReader(t *testing.T) {
	for _, tc := range textCases {
		t.Run(tc.name, func(t *testing.T) {
			got := records(NewBytesReader([]byte(tc.in), optionsOf(tc.om)))
			if diff := cmp.Diff(withoutEOF(tc.want), got); diff != "" {
				t.Errorf("%s\n%q\n(-want +got)\n%s", tc.reason, tc.in, diff)
			}
		})
	}
}

// TestReaderStreams reads every row through buffers that are too small.
func TestReaderStreams(t *testing.T) {
	for _, tc := range textCases {
		t.Run(tc.name, func(t *testing.T) { checkStream(t, []byte(tc.in), optionsOf(tc.om)) })
	}
}

// checkStream holds the streaming Reader against the one of bytes.
func checkStream(t *testing.T, in []byte, opts Options) {
	t.Helper()
	want := records(NewBytesReader(in, opts))
	sources := map[string]io.Reader{
		"whole":     bytes.NewReader(in),
		"bytewise":  iotest.OneByteReader(bytes.NewReader(in)),
		"with data": iotest.DataErrReader(bytes.NewReader(in)),
	}
	for name, src := range sources {
		r := NewReader(src, opts)
		r.w.buf = make([]byte, 3)
		if diff := cmp.Diff(want, records(r)); diff != "" || r.Err() != nil {
			t.Errorf("%s: %v (-bytes +stream)\n%s", name, r.Err(), diff)
		}
	}
}

// TestThoroughIsFast reads every row by the thorough reading alone.
func TestThoroughIsFast(t *testing.T) {
	for _, tc := range textCases {
		checkThorough(t, []byte(tc.in), optionsOf(tc.om))
	}
}

// checkThorough holds the reading of whole lines by fast and record against
// that by record alone.
func checkThorough(t *testing.T, in []byte, opts Options) {
	t.Helper()
	r := NewBytesReader(in, opts)
	r.slow = true
	if diff := cmp.Diff(records(r), records(NewBytesReader(in, opts))); diff != "" {
		t.Errorf("%q (-thorough +fast)\n%s", in, diff)
	}
}

func TestProblemTable(t *testing.T) {
	seen := map[string]bool{"line-too-long": true, "too-large": true, "too-long": true} // tests of their own
	check := func(name string, r *Reader) {
		for r.Next() {
			if r.Kind() == KindProblem {
				p := r.Problem()
				seen[p.ID] = true
				if p.Severity == "" || p.Message == "" {
					t.Errorf("%s: a problem without severity or message: %+v", name, p)
				}
			}
		}
	}
	for _, tc := range slices.Concat(textCases, headCases) {
		check(tc.name, NewBytesReader([]byte(tc.in), optionsOf(tc.om)))
	}
	for _, tc := range strictCases {
		check(tc.name, NewBytesReader([]byte(tc.in), Options{Format: FormatOpenMetrics, Strict: true}))
	}
	for _, tc := range checkCases {
		opts := optionsOf(tc.om)
		opts.Check = true
		check(tc.name, NewBytesReader([]byte(tc.in), opts))
	}
	for _, tc := range protoCases {
		tc.opts.Format = FormatProtobuf
		check(tc.name, NewBytesReader(protoText(t, tc.in), tc.opts))
	}
	for _, tc := range rawProtoCases {
		tc.opts.Format = FormatProtobuf
		check(tc.name, NewBytesReader([]byte(tc.in), tc.opts))
	}
	for id := range ids {
		if !seen[id] {
			t.Errorf("no row has the problem %s", id)
		}
	}
}

func TestProblemString(t *testing.T) {
	r := NewBytesReader([]byte("a 1\nb{c=\"d\"} x\n"), Options{File: "dir/x.prom"})
	for r.Next() && r.Kind() != KindProblem {
	}
	want := `dir/x.prom:2:10: error: "x" is not a number [bad-value]`
	if got := r.Problem().String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := r.Problem().Text; got != `b{c="d"} x` {
		t.Errorf("the text is %q", got)
	}
	if got := (Problem{Line: 1, Column: 2, ID: "x", Severity: SeverityInfo, Message: "m"}).String(); got != "1:2: info: m [x]" {
		t.Errorf("without a file: %s", got)
	}
	if got := (Problem{File: "f", ID: "x", Severity: SeverityInfo, Message: "m"}).String(); got != "f: info: m [x]" {
		t.Errorf("without a line: %s", got)
	}
	if got := (Problem{ID: "x", Severity: SeverityInfo, Message: "m"}).String(); got != "info: m [x]" {
		t.Errorf("without a place: %s", got)
	}
}

func TestMaxLine(t *testing.T) {
	long := "long{a=\"" + strings.Repeat("x", 1000) + "\"} 1"
	in := "a 1\n" + long + "\nb 2\n" + long
	want := []string{"1:1 a 1", "2:1 error line-too-long", "3:1 b 2", "4:1 error line-too-long", "4:201 info no-final-newline"}
	opts := Options{MaxLine: 500}
	if diff := cmp.Diff(want, records(NewBytesReader([]byte(in), opts))); diff != "" {
		t.Error(diff)
	}
	checkStream(t, []byte(in), opts)
	opts.MaxLine = len(long)
	if got := records(NewBytesReader([]byte(in), opts)); len(got) != 5 || !strings.HasPrefix(got[1], "2:1 long") {
		t.Errorf("a line of exactly MaxLine bytes is read: %q", got)
	}
	checkStream(t, []byte(in), opts)
	// A string over lines is a record that the limit bounds too.
	in = "a{b=\"" + strings.Repeat("x\n", 400) + "\"} 1\nc 2\n"
	got := records(NewBytesReader([]byte(in), Options{MaxLine: 500}))
	if got[0] != "1:5 error unterminated-quote" || got[len(got)-1] != "402:1 c 2" {
		t.Errorf("%q … %q", got[0], got[len(got)-1])
	}
	checkStream(t, []byte(in), Options{MaxLine: 500})
}

// TestErr holds that an error of the source ends the stream, and the line
// that it cuts is not read.
func TestErr(t *testing.T) {
	cause := errors.New("cut")
	r := NewReader(io.MultiReader(strings.NewReader("a 1\nb 2\nc 1"), iotest.ErrReader(cause)), Options{})
	if diff := cmp.Diff([]string{"1:1 a 1", "2:1 b 2"}, records(r)); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(r.Err(), cause) {
		t.Errorf("Err is %v", r.Err())
	}
	if r.Next() {
		t.Error("Next goes on after the end")
	}
	r = NewReader(zeroReader{}, Options{})
	if r.Next() || !errors.Is(r.Err(), io.ErrNoProgress) {
		t.Errorf("a source that gives nothing: %v", r.Err())
	}
}

type zeroReader struct{}

func (zeroReader) Read([]byte) (int, error) { return 0, nil }

func TestReset(t *testing.T) {
	r := NewReader(strings.NewReader("# TYPE a histogram\na{le=\"1\"} 1\nx"), Options{Format: FormatOpenMetrics, File: "f"})
	records(r)
	r.Reset([]byte("a{le=\"1\"} 2\n"), Options{})
	if diff := cmp.Diff([]string{`1:1 a{le="1"} 2`}, records(r)); diff != "" {
		t.Errorf("something of the former text is left: %s", diff)
	}
}

// TestBytesAreNotTouched holds that the caller's bytes stay as they are.
func TestBytesAreNotTouched(t *testing.T) {
	for _, tc := range textCases {
		in := append([]byte(tc.in), "spare"...)
		records(NewBytesReader(in[:len(tc.in)], optionsOf(tc.om)))
		if string(in) != tc.in+"spare" {
			t.Errorf("%s: the bytes have changed", tc.name)
		}
	}
}

// TestSampleMayBeChanged holds that what a caller does to a sample does not
// reach the next one, which is read from where it parts from the last.
func TestSampleMayBeChanged(t *testing.T) {
	r := NewBytesReader([]byte("a{z=\"1\",b=\"2\",c=\"3\"} 1\na{z=\"1\",b=\"2\",c=\"4\"} 1\na{z=\"1\",b=\"2\",c=\"4\"} 2\n"), Options{})
	want := []string{`1:1 a{z="1",b="2",c="3"} 1`, `2:1 a{z="1",b="2",c="4"} 1`, `3:1 a{z="1",b="2",c="4"} 2`}
	for i := 0; r.Next(); i++ {
		if got := record(r); got != want[i] {
			t.Errorf("%s, want %s", got, want[i])
		}
		s := r.Sample()
		slices.SortFunc(s.Labels, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
		s.Labels = append(s.Labels[:1], Label{"x", "y"})
		s.Name = "changed"
	}
}

func TestClone(t *testing.T) {
	in := []byte("a{b=\"x\\n\",le=\"1\"} 1 5 # {t=\"y\"} 2\n# EOF\n")
	r := NewBytesReader(in, Options{Format: FormatOpenMetrics})
	r.Next()
	want := record(r)
	s := r.Sample().Clone()
	for i := range in {
		in[i] = 'z'
	}
	r.Reset([]byte("q{w=\"e\\n\"} 2 # {r=\"u\"} 3\n"), Options{Format: FormatOpenMetrics})
	r.Next()
	r.sample = *s
	if got := record(r); got != want || string(s.Series) != `a{b="x\n",le="1"}` {
		t.Errorf("the copy has changed: %s, series %s, was %s", got, s.Series, want)
	}
	if v, ok := s.Labels.Get("le"); !ok || v != "1" {
		t.Errorf("Get: %q %v", v, ok)
	}
	if v, ok := s.Labels.Get("nope"); ok || v != "" {
		t.Errorf("Get of what is not there: %q %v", v, ok)
	}
	if c := s.Labels.Clone(); !cmp.Equal(c, s.Labels) || Labels(nil).Clone() != nil {
		t.Errorf("Labels.Clone: %v", c)
	}
}
