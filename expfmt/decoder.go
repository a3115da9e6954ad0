package expfmt

import (
	"bytes"
	"slices"
	"strings"
	"unsafe"

	"github.com/prometheus/prometheus/model/histogram"
)

// Decoder reads successive scrapes of one target. It keeps the last one and
// predicts the next: lines that are the same cost a comparison, a sample line
// of which the value alone is another costs the reading of the value, and
// anything else goes through a [Reader], for that line; the prediction goes on
// behind it. What it finds is what a Reader of each body would find, in the
// same order, however the bodies differ.
//
//	d := expfmt.NewDecoder()
//	for _, body := range scrapes {
//		d.Decode(body, expfmt.Options{})
//		for _, ref := range d.New() {
//			fmt.Println(ref, d.Series(ref).Name)
//		}
//		refs, values := d.Refs(), d.Values()
//		…
//	}
//
// Samples come as columns: a reference to the series beside a value. Mostly
// Same holds, then the references are those of the scrape before and the values
// can be taken by their index. What comes once for a series is in Series.
//
// A reference is a small number. It means one series part of a line, as it was
// written, under one [Type], which is what a Sample's Series identifies: two
// spellings of a series have two. It means the same when the series is gone and
// comes back, until it is in New again: when there are more than twice as many
// as samples in either of the last two scrapes, and 1000 more, all that are
// gone become free for others.
//
// Memory is in proportion to the last two scrapes: their bodies, about 60 bytes
// a line, and the series part of each series with about 80 bytes; 40 bytes stay
// for each of MaxRefs. Nothing is allocated for a scrape of text without New
// and Problems.
//
// Text and OpenMetrics are predicted. Read by a Reader to the same columns are
// protobuf, text that does not begin as such (UTF-16, response headers), and
// all with Options.Check or Strict. A Decoder must not be used by two
// goroutines at once.
type Decoder struct {
	r        *Reader
	opts     Options
	whole    bool    // cur was read by the Reader as a whole
	cur, old *scrape // of this Decode and, while it lasts, the one before

	same     bool
	alike    bool
	fresh    []uint32
	gone     []uint32
	repeated []int
	problems []DecodedProblem
	hists    []DecodedHistogram
	types    map[string]Type // what TYPE lines said of families, the first maxTypes
	newTypes []Metadata

	series []known           // by reference
	refs   map[string]uint32 // by known.key, of the Type that came last
	others map[uint32]uint32 // the reference of the same key under another Type
	free   []uint32
	key    []byte
	parser *Reader  // of what Series returns
	marks  []uint8  // by reference, see compare
	places []uint32 // by reference, see find
	placed bool     // places are those of old

	reads  int     // records of text that the Reader read
	ctx    context // in which the next line is read, unless it is synced
	synced bool    // the context is that of the line of old
	extra  int     // lines in the records so far, less the records
	cursor cursor
}

// A known is what is kept of a series.
type known struct {
	key   string         // the series part; after wholeMark of what was read as a whole; "": the reference is free
	whole *DecodedSeries // of what was read as a whole, whose series part is not read again
	typ   Type
}

// wholeMark is in no series part of text.
const wholeMark = 0xff

// DecodedSeries is what a reference means. Its memory may be kept, and must not
// be changed.
type DecodedSeries struct {
	Name   string
	Labels Labels // as those of a Sample
	Series []byte
	Type   Type
}

// maxExpected bounds the series for which a Decoder makes room at once, for as
// many as its first text has lines.
const maxExpected = 1 << 14

// maxTypes bounds the families whose types a Decoder remembers.
const maxTypes = 50_000

// DecodedProblem is a problem with its place among the samples.
type DecodedProblem struct {
	Problem
	Samples int // how many samples stand before it
	line    int // index of the record's line
}

// DecodedHistogram is a native histogram, whose place in the columns is Index.
// One of H and FH is set. They may be kept.
type DecodedHistogram struct {
	Index int
	H     *histogram.Histogram
	FH    *histogram.FloatHistogram
}

// A scrape is what is kept of a text.
type scrape struct {
	text   []byte
	lines  []line // none of what was read as a whole; the last one is the text's end
	odd    []int  // the lines that must be read again wherever they stand
	refs   []uint32
	values []float64
	times  []int64 // nothing is in it, and in timed, as long as no sample has a time
	timed  []bool
}

// A line is where a record of the text begins, which with strings that go on
// may have several lines.
type line struct {
	off    int
	sample uint32 // how many samples are before it
	value  uint16 // where the value begins if the line is predictable up to there; else 0
	kind   lineKind
	ctx    context
}

// A lineKind says what the Reader made of a line.
type lineKind uint8

const (
	lineEmpty lineKind = iota // no record
	lineMeta                  // HELP, TYPE or UNIT
	lineSample
	lineOdd lineKind = 1 << 7
)

// NewDecoder returns a Decoder that has seen nothing.
func NewDecoder() *Decoder {
	return &Decoder{
		r: NewBytesReader(nil, Options{}), cur: new(scrape), old: new(scrape),
		refs: map[string]uint32{}, others: map[uint32]uint32{},
	}
}

// Decode reads the next scrape. The body is kept and must not change until
// Decode has returned once more: two buffers that take turns are enough. The
// options may be others than before. What cannot be read is in Problems.
func (d *Decoder) Decode(body []byte, opts Options) {
	opts.FirstLine = 0
	d.r.Reset(body, opts)
	if d.opts.Format != opts.Format || d.opts.MaxLine != opts.MaxLine {
		d.cur.lines = d.cur.lines[:0]
	}
	d.opts = opts
	d.old, d.cur = d.cur, d.old
	d.cur.reset(body, d.old)
	d.fresh = d.fresh[:0]
	clear(d.problems)
	d.problems = d.problems[:0]
	clear(d.hists)
	d.hists = d.hists[:0]
	d.newTypes = d.newTypes[:0]
	d.placed, d.reads = false, 0
	if n := min(cap(d.cur.refs), maxExpected); len(d.series) == 0 && n > 0 {
		d.refs, d.series = make(map[string]uint32, n), make([]known, 0, n)
		d.marks, d.fresh = make([]uint8, 0, n), make([]uint32, 0, n)
	}
	if d.whole = opts.Format == FormatProtobuf || opts.Check || opts.Strict || oddHead(body, opts); d.whole {
		d.readWhole()
	} else {
		d.readText()
	}
	if len(d.cur.times) > 0 && !slices.Contains(d.cur.timed, true) {
		d.cur.times, d.cur.timed = d.cur.times[:0], d.cur.timed[:0]
	}
	d.compare()
	// Where the Reader read the end alone, each line was predicted.
	d.alike = !d.whole && d.reads == 1 && len(d.problems) == 0 && len(d.cur.lines) == len(d.old.lines)
	d.old.text = nil
	d.Rewind()
}

// reset makes s that of a text like the last one.
func (s *scrape) reset(text []byte, last *scrape) {
	if cap(s.lines) > 4*len(last.lines)+4096 || cap(s.refs) > 4*len(last.refs)+4096 {
		*s = scrape{} // it has the memory of one that was much larger
	}
	if s.lines == nil {
		n := bytes.Count(text, newline) + 2
		s.lines, s.refs, s.values = make([]line, 0, n), make([]uint32, 0, n), make([]float64, 0, n)
	}
	s.text = text
	s.lines, s.odd = s.lines[:0], s.odd[:0]
	s.refs, s.values = s.refs[:0], s.values[:0]
	s.times, s.timed = s.times[:0], s.timed[:0]
}

// Refs returns the reference of every sample, in the order of the text; native
// histograms are among them. This and the other columns must not be changed
// and are valid until Decode is called again.
func (d *Decoder) Refs() []uint32 { return d.cur.refs }

// Values returns the value of every sample, 0 for a native histogram.
func (d *Decoder) Values() []float64 { return d.cur.values }

// Timestamps returns the time of every sample in milliseconds since 1970, and
// whether it brings one. Both are nil when none does.
func (d *Decoder) Timestamps() (ms []int64, has []bool) {
	if len(d.cur.times) == 0 {
		return nil, nil
	}
	return d.cur.times, d.cur.timed
}

// Histograms returns the native histograms in their order.
func (d *Decoder) Histograms() []DecodedHistogram { return d.hists }

// Same reports whether Refs are those of the scrape before, in the same order.
// Then New and Gone are empty and Repeated is as it was.
func (d *Decoder) Same() bool { return d.same }

// Alike reports whether the text is that of the scrape before but for numbers:
// as many lines, each of them the same, or a sample line with the same series
// part and another value or time. None has a problem. It says more than Same,
// which looks at samples alone.
func (d *Decoder) Alike() bool { return d.alike }

// New returns the references that mean something else than before this scrape,
// each once, in the order of the text.
func (d *Decoder) New() []uint32 { return d.fresh }

// Gone returns the references that the scrape before had and this one has not,
// each once, in the order of the text before.
func (d *Decoder) Gone() []uint32 { return d.gone }

// Repeated returns the indexes in Refs of those that stand there before.
func (d *Decoder) Repeated() []int { return d.repeated }

// NewTypes returns what TYPE lines of the last text said of families of which
// the last TYPE line before them, if there was one, said something else: name
// and type, which may be kept. The list is valid until the next Decode. Of more
// than 50,000 families it returns nothing of those that come last.
func (d *Decoder) NewTypes() []Metadata { return d.newTypes }

// typed takes notice of a TYPE line.
func (d *Decoder) typed(m *Metadata) {
	known, ok := d.types[m.Name]
	if ok && known == m.Type || !ok && len(d.types) >= maxTypes {
		return
	}
	if d.types == nil {
		d.types = map[string]Type{}
	}
	name := strings.Clone(m.Name)
	d.types[name] = m.Type
	d.newTypes = append(d.newTypes, Metadata{Name: name, Type: m.Type})
}

// Problems returns the problems in the order of the text. They may be copied
// and kept.
func (d *Decoder) Problems() []DecodedProblem { return d.problems }

// Series returns what a reference means that Decode gave and that is not free;
// nil for others. It reads the series part again, so ask once, when the
// reference is in New.
func (d *Decoder) Series(ref uint32) *DecodedSeries {
	s := &DecodedSeries{}
	if !d.SeriesInto(ref, s) {
		return nil
	}
	return s
}

// SeriesInto is Series into s, of which the memory of Labels is used again. It
// tells whether the reference means something.
func (d *Decoder) SeriesInto(ref uint32, s *DecodedSeries) bool {
	if int(ref) >= len(d.series) || d.series[ref].key == "" {
		return false
	}
	k := &d.series[ref]
	if k.whole != nil {
		ls := append(s.Labels[:0], k.whole.Labels...)
		*s = *k.whole
		s.Labels = ls
		return true
	}
	d.key = append(append(d.key[:0], k.key...), " 0\n"...)
	if d.parser == nil {
		d.parser = new(Reader)
	}
	r := d.parser
	r.Reset(d.key, Options{MaxLine: len(d.key), KeepBounds: d.opts.KeepBounds})
	r.typ = k.typ
	r.step()
	*s = DecodedSeries{d.own(r.sample.Name, k.key), append(s.Labels[:0], r.sample.Labels...), bytesOf(k.key), r.sample.Type}
	for i := range s.Labels {
		l := &s.Labels[i]
		l.Name, l.Value = d.own(l.Name, k.key), d.own(l.Value, k.key)
	}
	return true
}

// own is a string that was read of d.key, as a part of the key that it is a
// copy of. One that does not stand there, since it has escapes, is copied.
func (d *Decoder) own(s, key string) string {
	at := uintptr(unsafe.Pointer(unsafe.StringData(s))) - uintptr(unsafe.Pointer(unsafe.SliceData(d.key)))
	if at <= uintptr(len(key)-len(s)) {
		return key[at:][:len(s)]
	}
	return strings.Clone(s)
}

// series returns a copy of what identifies the sample.
func (s *Sample) series() *DecodedSeries {
	c := Sample{Name: s.Name, Labels: s.Labels, Series: s.Series}
	c = c.clone()
	return &DecodedSeries{c.Name, c.Labels, c.Series, s.Type}
}

// MaxRefs returns a number above all references that were ever given.
func (d *Decoder) MaxRefs() int { return len(d.series) }
