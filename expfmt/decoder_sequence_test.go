package expfmt

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A sequence holds a Decoder of successive bodies against a Reader of each.
type sequence struct {
	d     *Decoder
	r     *Reader
	last  []uint32
	known []DecodedSeries // by reference, what New gave
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
			q.known = append(q.known, DecodedSeries{})
		}
		q.known[ref] = *d.Series(ref)
	}
	if len(d.Values()) != len(d.Refs()) || len(q.known) > d.MaxRefs() || d.Series(uint32(d.MaxRefs())) != nil {
		return fmt.Errorf("%d values, %d references, %d known of %d", len(d.Values()), len(d.Refs()), len(q.known), d.MaxRefs())
	}
	var c columns
	r.Reset(buf, opts)
	for r.Next() {
		if !d.Next() || d.Kind() != r.Kind() {
			return fmt.Errorf("the record has the kind %d, want %s", d.Kind(), record(r))
		}
		if err := q.sameRecord(); err != nil {
			return err
		}
		if err := c.next(q); err != nil {
			return fmt.Errorf("%s: %w", record(r), err)
		}
	}
	_, timed := d.Timestamps()
	if d.Next() || c.samples != len(d.Refs()) || c.problems != len(d.Problems()) || c.histograms != len(d.Histograms()) || c.timed != (timed != nil) {
		return fmt.Errorf("too many or too few: %+v, but %d samples, %d problems, %d histograms, times %v",
			c, len(d.Refs()), len(d.Problems()), len(d.Histograms()), timed)
	}
	if err := q.randomAccess(buf, opts); err != nil {
		return err
	}
	return q.differences()
}

// sameRecord compares what Next found with what the Reader found.
func (q *sequence) sameRecord() error {
	switch q.r.Kind() {
	case KindSample:
		return sameSample(q.d.Current(), q.r.Sample())
	case KindHistogram:
		if diff := cmp.Diff(q.r.Histogram(), q.d.Histogram(), cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			return fmt.Errorf("another histogram: %s", diff)
		}
	case KindProblem:
		if *q.d.Problem() != *q.r.Problem() {
			return fmt.Errorf("the problem is\n%+v, want\n%+v", q.d.Problem(), q.r.Problem())
		}
	default:
		if *q.d.Metadata() != *q.r.Metadata() {
			return fmt.Errorf("the metadata is\n%+v, want\n%+v", q.d.Metadata(), q.r.Metadata())
		}
	}
	return nil
}

func sameSample(got, want *Sample) error {
	same := got.Name == want.Name && slices.Equal(got.Labels, want.Labels) && sameBits(got.Value, want.Value) &&
		got.Timestamp == want.Timestamp && got.HasTimestamp == want.HasTimestamp && got.StartTimestamp == want.StartTimestamp &&
		bytes.Equal(got.Series, want.Series) && got.Type == want.Type && got.Line == want.Line && got.Column == want.Column
	if g, w := got.Exemplar, want.Exemplar; g == nil || w == nil {
		same = same && g == w
	} else {
		same = same && slices.Equal(g.Labels, w.Labels) && sameBits(g.Value, w.Value) && g.Timestamp == w.Timestamp && g.HasTimestamp == w.HasTimestamp
	}
	if !same {
		return fmt.Errorf("the sample is\n%+v, want\n%+v", got, want)
	}
	return nil
}

func sameBits(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// columns are how far the columns were compared.
type columns struct {
	samples, problems, histograms int
	timed                         bool
}

// next compares the Reader's record with the columns.
func (c *columns) next(q *sequence) error {
	d, s := q.d, *q.r.Sample()
	switch q.r.Kind() {
	case KindProblem:
		if c.problems == len(d.Problems()) || d.Problems()[c.problems].Problem != *q.r.Problem() || d.Problems()[c.problems].Samples != c.samples {
			return fmt.Errorf("problem %d after %d samples: %v", c.problems, c.samples, d.Problems())
		}
		c.problems++
		return nil
	case KindHistogram:
		h := q.r.Histogram()
		s = Sample{Name: h.Name, Labels: h.Labels, Timestamp: h.Timestamp, HasTimestamp: h.HasTimestamp, Series: h.Series, Type: h.Type}
		if c.histograms == len(d.Histograms()) || !cmp.Equal(d.Histograms()[c.histograms], DecodedHistogram{c.samples, h.H, h.FH}, cmpopts.EquateNaNs()) {
			return fmt.Errorf("histogram %d: %v", c.histograms, d.Histograms())
		}
		c.histograms++
	case KindSample:
	default:
		return nil
	}
	n := c.samples
	if n >= len(d.Refs()) || d.Index() != n {
		return fmt.Errorf("sample %d of %d has the index %d", n, len(d.Refs()), d.Index())
	}
	ref := d.Refs()[n]
	if int(ref) >= len(q.known) {
		return fmt.Errorf("sample %d has the reference %d, which was never new", n, ref)
	}
	known := &q.known[ref]
	if known.Name != s.Name || !slices.Equal(known.Labels, s.Labels) || !bytes.Equal(known.Series, s.Series) || known.Type != s.Type {
		return fmt.Errorf("sample %d has the reference %d, which is %+v", n, ref, known)
	}
	if v := d.Values()[n]; !sameBits(v, s.Value) {
		return fmt.Errorf("sample %d has the value %x", n, math.Float64bits(v))
	}
	times, timed := d.Timestamps()
	if s.HasTimestamp && timed == nil || timed != nil && (timed[n] != s.HasTimestamp || times[n] != s.Timestamp) {
		return fmt.Errorf("sample %d has the times %v %v", n, times, timed)
	}
	c.timed = c.timed || s.HasTimestamp
	c.samples++
	return nil
}

// randomAccess holds Sample for some of the samples.
func (q *sequence) randomAccess(body []byte, opts Options) error {
	n := len(q.d.Refs())
	for _, i := range []int{n / 2, 0, n - 1} {
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
		want := *q.r.Sample()
		if h := q.r.Histogram(); q.r.Kind() == KindHistogram {
			want = Sample{Name: h.Name, Labels: h.Labels, Timestamp: h.Timestamp, HasTimestamp: h.HasTimestamp,
				StartTimestamp: h.StartTimestamp, Series: h.Series, Type: h.Type, Line: h.Line, Column: h.Column}
		}
		if err := sameSample(q.d.Sample(i), &want); err != nil {
			return fmt.Errorf("Sample(%d): %w", i, err)
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
