package expfmt

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// whole writes down all that a record is.
func whole(kind Kind, s *Sample, h *HistogramSample, m *Metadata, p *Problem) string {
	switch kind {
	case KindSample:
		e := ""
		if s.Exemplar != nil {
			e = fmt.Sprintf("%q %x %d %v", s.Exemplar.Labels, math.Float64bits(s.Exemplar.Value), s.Exemplar.Timestamp, s.Exemplar.HasTimestamp)
		}
		return fmt.Sprintf("%d:%d %q %q %x %d %v %d %q %s %q", s.Line, s.Column, s.Name, s.Labels, math.Float64bits(s.Value),
			s.Timestamp, s.HasTimestamp, s.StartTimestamp, s.Series, s.Type, e)
	case KindHistogram:
		return fmt.Sprintf("%d:%d %q %q %v %v %d %v %d %v %q %s", h.Line, h.Column, h.Name, h.Labels, h.H, h.FH, h.Timestamp, h.HasTimestamp,
			h.StartTimestamp, h.Exemplars, h.Series, h.Type)
	case KindProblem:
		return fmt.Sprintf("%+v", *p)
	}
	return fmt.Sprintf("%d %+v", kind, *m)
}

// A sequence holds a Decoder of successive bodies against a Reader of each.
type sequence struct {
	d     *Decoder
	r     *Reader
	last  []uint32
	known []string // by reference, what New gave
	bufs  [2][]byte
	turn  int
}

func newSequence() *sequence {
	return &sequence{d: NewDecoder(), r: NewBytesReader(nil, Options{})}
}

// check decodes one more body and returns what is wrong. The body's memory is
// that of the one before the last, as Decode allows.
func (q *sequence) check(body []byte, opts Options) error {
	q.turn ^= 1
	buf := append(q.bufs[q.turn][:0], body...)
	q.bufs[q.turn] = buf
	d, r := q.d, q.r
	d.Decode(buf, opts)

	for _, ref := range d.New() {
		for len(q.known) <= int(ref) {
			q.known = append(q.known, "")
		}
		s := d.Series(ref)
		q.known[ref] = fmt.Sprintf("%q %q %q %s", s.Name, s.Labels, s.Series, s.Type)
	}
	if len(d.Values()) != len(d.Refs()) || len(q.known) > d.MaxRefs() {
		return fmt.Errorf("%d values, %d references, %d known of %d", len(d.Values()), len(d.Refs()), len(q.known), d.MaxRefs())
	}
	times, timed := d.Timestamps()
	anyTime := false
	n, problems, hists := 0, 0, 0
	r.Reset(buf, opts)
	for r.Next() {
		want := whole(r.Kind(), r.Sample(), r.Histogram(), r.Metadata(), lastProblem(r))
		if !d.Next() {
			return fmt.Errorf("nothing after %d samples, want %s", n, want)
		}
		var p *Problem
		if d.Kind() == KindProblem {
			p = d.Problem()
		}
		if got := whole(d.Kind(), d.Current(), d.Histogram(), d.Metadata(), p); d.Kind() != r.Kind() || got != want {
			return fmt.Errorf("the record is\n%s, want\n%s", got, want)
		}
		switch r.Kind() {
		case KindProblem:
			if problems == len(d.Problems()) || d.Problems()[problems].Problem != *r.Problem() || d.Problems()[problems].Samples != n {
				return fmt.Errorf("problem %d is not %s after %d samples: %v", problems, want, n, d.Problems())
			}
			problems++
			continue
		case KindSample, KindHistogram:
		default:
			continue
		}
		s := *r.Sample()
		if r.Kind() == KindHistogram {
			h := r.Histogram()
			s = Sample{Name: h.Name, Labels: h.Labels, Timestamp: h.Timestamp, HasTimestamp: h.HasTimestamp, Series: h.Series, Type: h.Type}
			if hists == len(d.Histograms()) || d.Histograms()[hists].Index != n || !cmp.Equal(h.H, d.Histograms()[hists].H) || !cmp.Equal(h.FH, d.Histograms()[hists].FH) {
				return fmt.Errorf("histogram %d is not %s: %v", hists, want, d.Histograms())
			}
			hists++
		}
		if n >= len(d.Refs()) || d.Index() != n {
			return fmt.Errorf("sample %d of %d has the index %d", n, len(d.Refs()), d.Index())
		}
		ref := d.Refs()[n]
		if known := fmt.Sprintf("%q %q %q %s", s.Name, s.Labels, s.Series, s.Type); int(ref) >= len(q.known) || q.known[ref] != known {
			return fmt.Errorf("sample %d has the reference %d, which is not %s", n, ref, known)
		}
		if v := d.Values()[n]; math.Float64bits(v) != math.Float64bits(s.Value) {
			return fmt.Errorf("sample %d has the value %x, want %x", n, math.Float64bits(v), math.Float64bits(s.Value))
		}
		anyTime = anyTime || s.HasTimestamp
		if s.HasTimestamp && timed == nil || timed != nil && (timed[n] != s.HasTimestamp || times[n] != s.Timestamp) {
			return fmt.Errorf("sample %d has the times %v %v, want %d %v", n, times, timed, s.Timestamp, s.HasTimestamp)
		}
		n++
	}
	if d.Next() {
		return fmt.Errorf("a record too many, of kind %d", d.Kind())
	}
	if n != len(d.Refs()) || problems != len(d.Problems()) || hists != len(d.Histograms()) || anyTime != (timed != nil) {
		return fmt.Errorf("%d samples, %d problems, %d histograms, times %v", n, problems, hists, timed)
	}
	if err := q.one(buf, opts); err != nil {
		return err
	}
	return q.differences()
}

func lastProblem(r *Reader) *Problem {
	if r.Kind() == KindProblem {
		return r.Problem()
	}
	return nil
}

// one holds Sample for some of the samples.
func (q *sequence) one(body []byte, opts Options) error {
	n := len(q.d.Refs())
	for _, i := range []int{0, n / 2, n - 1} {
		if i < 0 || i >= n {
			continue
		}
		at := -1
		q.r.Reset(body, opts)
		for at < i && q.r.Next() {
			if q.r.Kind() == KindSample || q.r.Kind() == KindHistogram {
				at++
			}
		}
		if q.r.Kind() == KindHistogram {
			if h, s := q.r.Histogram(), q.d.Sample(i); s.Line != h.Line || s.Column != h.Column || s.Name != h.Name || s.StartTimestamp != h.StartTimestamp {
				return fmt.Errorf("Sample(%d) is %+v, want %+v", i, s, h)
			}
			continue
		}
		want := whole(KindSample, q.r.Sample(), nil, nil, nil)
		if got := whole(KindSample, q.d.Sample(i), nil, nil, nil); got != want {
			return fmt.Errorf("Sample(%d) is\n%s, want\n%s", i, got, want)
		}
	}
	return nil
}

// differences holds Same, Gone and Repeated against the two columns.
func (q *sequence) differences() error {
	d := q.d
	refs := d.Refs()
	if same := slices.Equal(q.last, refs); d.Same() != same || same && len(d.New())+len(d.Gone()) > 0 {
		return fmt.Errorf("same %v, new %v, gone %v: %v after %v", d.Same(), d.New(), d.Gone(), refs, q.last)
	}
	seen := map[uint32]bool{}
	var repeated []int
	for i, ref := range refs {
		if seen[ref] {
			repeated = append(repeated, i)
		}
		seen[ref] = true
	}
	var gone []uint32
	for _, ref := range q.last {
		if !seen[ref] {
			gone = append(gone, ref)
		}
		seen[ref] = true
	}
	if !slices.Equal(gone, d.Gone()) || !slices.Equal(repeated, d.Repeated()) {
		return fmt.Errorf("gone %v, want %v; repeated %v, want %v", d.Gone(), gone, d.Repeated(), repeated)
	}
	q.last = append(q.last[:0], refs...)
	return nil
}

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

// TestDecoderCaptures decodes the real captures, target by target, and then
// all of them by one Decoder.
func TestDecoderCaptures(t *testing.T) {
	root := "../../shared/captures"
	if _, err := os.Stat(root); err != nil {
		t.Skip("../shared is absent: no real captures to read")
	}
	targets, all := map[string]*sequence{}, newSequence()
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

// mutated draws what may become of a text until the next scrape.
func mutated(t *rapid.T, in string, more *rapid.Generator[string]) string {
	lines := strings.SplitAfter(in, "\n")
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		j := rapid.IntRange(0, len(lines)-1).Draw(t, "other")
		switch rapid.IntRange(0, 10).Draw(t, "change") {
		case 0:
			lines = slices.Insert(lines, i, strings.SplitAfter(more.Draw(t, "more"), "\n")...)
		case 1:
			lines = slices.Delete(lines, min(i, j), max(i, j))
		case 2:
			lines[i], lines[j] = lines[j], lines[i]
		case 3:
			lines = slices.Insert(lines, j, lines[i])
		case 4:
			at := rapid.IntRange(0, len(lines[i])).Draw(t, "at")
			what := rapid.SampledFrom([]string{"\"", "\\", "\n", "\x00", "\xff", " ", "#", "}", "{", "9", "\r"}).Draw(t, "what")
			lines[i] = lines[i][:at] + what + lines[i][at:]
		case 5:
			lines[i] = "# TYPE a " + rapid.SampledFrom([]string{"histogram", "summary", "gauge", "x"}).Draw(t, "type") + "\n"
		case 6:
			lines[i] = rapid.SampledFrom([]string{"# EOF\n", "# HELP a b\n", "#\n", "\n", "\xef\xbb\xbfa 1\n", "a{b=\"x\n", "y\"} 2\n", "a 1 # {t=\"1\"} 2\n", "a 1\r\n"}).Draw(t, "special")
		case 7:
			lines[i] = lines[i][:rapid.IntRange(0, len(lines[i])).Draw(t, "cut")]
		case 8:
			lines = lines[:i+1]
			lines[i] = strings.TrimSuffix(lines[i], "\n")
		default:
			head, _, ok := cutLast(lines[i], " ")
			if ok {
				lines[i] = head + " " + rapid.SampledFrom([]string{"0", "17", "0.1", "NaN", "0.11051893900000001", "1e400", "x", "1 5", "1 1.5", "\t1", "1 ", ""}).Draw(t, "value") + "\n"
			}
		}
		if len(lines) == 0 {
			lines = []string{""}
		}
	}
	return strings.Join(lines, "")
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// TestDecoderMutations holds the Decoder over drawn sequences.
func TestDecoderMutations(t *testing.T) {
	for _, om := range []bool{false, true} {
		for _, maxLine := range []int{0, 30} {
			rapid.Check(t, func(rt *rapid.T) {
				opts := optionsOf(om)
				opts.MaxLine = maxLine
				q := newSequence()
				in := body(om).Draw(rt, "body") + body(om).Draw(rt, "second")
				var texts []string
				for range rapid.IntRange(2, 6).Draw(rt, "scrapes") {
					texts = append(texts, in)
					if err := q.check([]byte(in), opts); err != nil {
						rt.Fatalf("%q: %v", texts, err)
					}
					in = mutated(rt, in, body(om))
				}
			})
		}
	}
}

// FuzzDecoder holds the Decoder over a text, a second one, and the first with
// a part of the second in its middle.
func FuzzDecoder(f *testing.F) {
	for i, tc := range textCases {
		f.Add([]byte(tc.in), []byte(textCases[(i+1)%len(textCases)].in), uint16(len(tc.in)/2), uint16(len(tc.in)), tc.om)
	}
	f.Add(madeUpBody(20), []byte("# TYPE a gauge\na 1\n"), uint16(100), uint16(200), false)
	f.Fuzz(func(t *testing.T, a, b []byte, from, to uint16, om bool) {
		lo, hi := min(int(from), len(a)), min(int(to), len(a))
		lo, hi = min(lo, hi), max(lo, hi)
		part := b[:min(int(to), len(b))]
		for _, maxLine := range []int{0, 10} {
			opts := optionsOf(om)
			opts.MaxLine = maxLine
			q := newSequence()
			for _, in := range [][]byte{a, a, slices.Concat(a[:lo], part, a[lo:]), a, slices.Concat(a[:lo], part, a[hi:]), b, a, slices.Concat(a[:lo], a[hi:]), a[:lo]} {
				if err := q.check(in, opts); err != nil {
					t.Fatalf("%q: %v", in, err)
				}
			}
		}
	})
}
