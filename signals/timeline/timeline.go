// Package timeline holds series × time in memory: what a replay has ingested
// so far, served to the PromQL engine as a [storage.Queryable].
//
// A [Timeline] keeps floats, native histograms (integer and float), staleness
// markers and start timestamps, each series in columns, and answers as the
// head of Prometheus v0.316.0 would have answered had it ingested the same
// samples in the same order: the rules for what is out of order and what is a
// duplicate are those of tsdb/head_append.go, the selection of series that of
// tsdb/querier.go. Samples are never encoded into chunks, and only rise in
// time within a series; there is no window for late ones.
//
// A Timeline need not keep everything: see NewKeeping and Trim.
package timeline

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// Errors of the Append methods, for callers to branch on with errors.Is. The
// sample is not stored.
var (
	// ErrOutOfOrder: the series' newest sample is younger than this one.
	ErrOutOfOrder = errors.New("sample is older than the newest of its series")
	// ErrDuplicate: the series has another value at this very timestamp.
	ErrDuplicate = errors.New("series has another value at this timestamp")
	// ErrUnknownSeries: the reference is not one that this Timeline handed out.
	ErrUnknownSeries = errors.New("unknown series reference")
)

// Ref names a series of one Timeline. References count up from 1 in the order
// in which series were created, but that a series of KeepNewest may get the one
// of another that was forgotten. They stay valid until then; the zero Ref names
// no series.
type Ref uint32

// Timeline is an in-memory store of series and their samples. Timestamps are
// milliseconds since the epoch.
//
// It is not safe to write (Series and the Append methods) while anything else
// reads or writes, which includes queriers, series sets and iterators taken
// from it; any number of readers may read at once.
type Timeline struct {
	series  []*series // by Ref; at 0 and where one was forgotten there is none
	last    []newest  // by Ref: all that appending has to look at
	keep    func(labels.Labels) Keep
	kept    []Ref    // the series that Trim has to look at
	free    []Ref    // of series that were forgotten
	room    []series // for those of KeepNewest
	count   int      // series ever seen
	samples int64
	held    int64          // bytes of samples, about
	known   int64          // and of what is known of series
	newest  int64          // the highest timestamp; means nothing while samples is 0
	byHash  map[uint64]Ref // first series of the hash; the others hang on series.next
	hash    func(labels.Labels) uint64
	index   index

	selections selections // which readers write, too

	tap    func(*Sample) // may be nil
	tapped Sample        // what it is told
}

var _ storage.Queryable = (*Timeline)(nil)

// New returns an empty Timeline.
func New() *Timeline {
	t := &Timeline{
		newest: math.MinInt64,
		series: make([]*series, 1),
		last:   []newest{{none: true}},
		byHash: map[uint64]Ref{},
		hash:   labels.Labels.Hash,
		index:  index{},
	}
	t.selections.t = t
	return t
}

// Series returns the reference of the series with these labels and creates the
// series when there is none. Labels with an empty value are dropped: a series
// is the same with and without them. The Timeline keeps ls, so its strings
// must not point into a buffer that is reused. Labels must be sorted and names
// must not repeat, as labels.Builder makes them. Unlike upstream's head, which
// refuses it, a series without any label is one like others.
func (t *Timeline) Series(ls labels.Labels) Ref {
	ls = ls.WithoutEmpty()
	hash := t.hash(ls)
	first := t.byHash[hash]
	for ref := first; ref != 0; ref = t.series[ref].next {
		if labels.Equal(t.series[ref].labels, ls) {
			return ref
		}
	}
	keep := KeepAll
	if t.keep != nil {
		keep = t.keep(ls)
	}
	ref := t.place(series{labels: ls, next: first, keep: keep})
	t.count++
	t.byHash[hash] = ref
	t.known += int64(ls.ByteSize()) + ofSeries
	if keep >= 0 {
		t.known += ofColumns
		t.index.add(ref, ls)
		if keep != KeepAll {
			t.kept = append(t.kept, ref)
		}
	}
	return ref
}

// Grow makes room for about n new series at once.
func (t *Timeline) Grow(n int) {
	t.series, t.last = slices.Grow(t.series, n), slices.Grow(t.last, n)
	if n > len(t.byHash) {
		larger := make(map[uint64]Ref, len(t.byHash)+n)
		maps.Copy(larger, t.byHash)
		t.byHash = larger
	}
}

// place makes a series and its reference.
func (t *Timeline) place(s series) Ref {
	n := len(t.free)
	switch {
	case s.keep >= 0:
		t.series = append(t.series, withColumns(s))
	case n > 0:
		ref := t.free[n-1]
		t.free = t.free[:n-1]
		*t.series[ref], t.last[ref] = s, newest{alone: true}
		return ref
	default:
		if len(t.room) == 0 {
			t.room = make([]series, roomFor)
		}
		t.room[0] = s
		t.series = append(t.series, &t.room[0])
		t.room = t.room[1:]
	}
	t.last = append(t.last, newest{alone: s.keep < 0})
	return Ref(len(t.series) - 1)
}

// roomFor is how many series of KeepNewest are allocated together.
const roomFor = 64

// Append adds a float sample, which may be a staleness marker. After a native
// histogram a staleness marker becomes that histogram's marker, as upstream's
// head turns it.
//
//   - A timestamp below the newest of the series: ErrOutOfOrder.
//   - The newest timestamp and the same value, bit for bit: nil, and nothing is
//     stored.
//   - The newest timestamp and another value, or a histogram there:
//     ErrDuplicate.
func (t *Timeline) Append(ref Ref, ts int64, v float64) error {
	return t.AppendST(ref, 0, ts, v)
}

// AppendST is Append for a sample with a start timestamp, st, in milliseconds
// since the epoch; 0 means that there is none. A start timestamp is kept as it
// is, even when it is not before ts. It plays no part in what a duplicate is.
func (t *Timeline) AppendST(ref Ref, st, ts int64, v float64) error {
	if err := t.exists(ref); err != nil {
		return err
	}
	last := &t.last[ref]
	s := t.series[ref]
	if last.any && ts <= last.ts {
		return s.check(last, ts, v)
	}
	var p histo
	if !last.alone || s.columns != nil {
		p = s.markerAfter(v)
		t.held += s.push(st, ts, v, p)
	}
	t.note(last, ts, v)
	t.tell(ref, st, ts, v, p)
	return nil
}

// note takes notice of a sample that was stored.
func (t *Timeline) note(last *newest, ts int64, v float64) {
	if !last.any {
		last.first = ts
	}
	last.ts, last.v, last.any = ts, v, true
	t.samples++
	t.newest = max(t.newest, ts)
}

// AppendHistogram adds a native histogram: either h, with integer counts, or
// fh, with float counts; the other is nil. Order and duplicates are as with
// Append, where a duplicate is the same when Equals of the histogram says so;
// at one timestamp an integer and a float histogram are never the same. A
// histogram that its own Validate refuses is refused with that error.
//
// The histogram is kept by reference, never changed, and must not be changed
// by the caller any more.
func (t *Timeline) AppendHistogram(ref Ref, st, ts int64, h *histogram.Histogram, fh *histogram.FloatHistogram) error {
	s, err := t.get(ref)
	if err != nil {
		return err
	}
	if err := validate(h, fh); err != nil {
		return err
	}
	p := histo{h: h, fh: fh}
	last := &t.last[ref]
	if last.any && ts <= last.ts {
		return s.checkHistogram(last, ts, p)
	}
	p.hint = hintAfter(s.newest(), p)
	t.held += s.push(st, ts, p.sum(), p)
	t.note(last, ts, p.sum())
	t.tell(ref, st, ts, p.sum(), p)
	return nil
}

func validate(h *histogram.Histogram, fh *histogram.FloatHistogram) error {
	switch {
	case (h == nil) == (fh == nil):
		return errors.New("a sample has one histogram, an integer or a float one")
	case h != nil:
		return h.Validate()
	default:
		return fh.Validate()
	}
}

// Check returns the error that Append would return now, and stores nothing. A
// staleness marker is taken as the float that it is.
func (t *Timeline) Check(ref Ref, ts int64, v float64) error {
	if err := t.exists(ref); err != nil {
		return err
	}
	if last := &t.last[ref]; last.any && ts <= last.ts {
		return t.series[ref].check(last, ts, v)
	}
	return nil
}

// CheckHistogram returns the error that AppendHistogram would return now, and
// stores nothing.
func (t *Timeline) CheckHistogram(ref Ref, ts int64, h *histogram.Histogram, fh *histogram.FloatHistogram) error {
	s, err := t.get(ref)
	if err != nil {
		return err
	}
	if err := validate(h, fh); err != nil {
		return err
	}
	if last := &t.last[ref]; last.any && ts <= last.ts {
		return s.checkHistogram(last, ts, histo{h: h, fh: fh})
	}
	return nil
}

func (t *Timeline) exists(ref Ref) error {
	if int(ref) >= len(t.last) || t.last[ref].none {
		return fmt.Errorf("%w %d: the timeline has 1 to %d", ErrUnknownSeries, ref, len(t.series)-1)
	}
	return nil
}

func (t *Timeline) get(ref Ref) (*series, error) {
	if err := t.exists(ref); err != nil {
		return nil, err
	}
	return t.series[ref], nil
}

// Labels returns the labels of a series, without the empty ones; no labels
// when there is no such series.
func (t *Timeline) Labels(ref Ref) labels.Labels {
	s, err := t.get(ref)
	if err != nil {
		return labels.EmptyLabels()
	}
	return s.labels
}

// Last returns the newest sample of a series. For a native histogram v is its
// sum, so that value.IsStaleNaN(v) recognises a marker of any kind. ok is
// false when the series has no sample or does not exist.
func (t *Timeline) Last(ref Ref) (ts int64, v float64, ok bool) {
	if t.exists(ref) != nil || !t.last[ref].any {
		return math.MinInt64, 0, false
	}
	return t.last[ref].ts, t.last[ref].v, true
}

// Count returns how many of the series ever seen match all of the matchers,
// whether or not they have samples, those of KeepNewest left out. Without
// matchers that is every series.
func (t *Timeline) Count(ms ...*labels.Matcher) int {
	return len(t.selections.refs(ms))
}

// NumSeries returns the number of series ever seen, those of KeepNewest
// and those that were forgotten included.
func (t *Timeline) NumSeries() int { return t.count }

// NumSamples returns the number of samples ever stored: floats, histograms and
// staleness markers, whether or not they are kept.
func (t *Timeline) NumSamples() int64 { return t.samples }

// MaxTime returns the highest timestamp of all samples; false while there are
// none.
func (t *Timeline) MaxTime() (int64, bool) { return t.newest, t.samples > 0 }

// LabelValues returns the values that a label has in any series ever seen but
// those of KeepNewest, sorted; metric names under "__name__".
func (t *Timeline) LabelValues(name string) []string {
	return slices.Sorted(t.index.values(name))
}
