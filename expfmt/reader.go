package expfmt

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// Options are settings of a Reader. The zero value reads text.
type Options struct {
	Format  Format // FormatUnknown: text
	MaxLine int    // bytes that a line, or a message of protobuf, may have; 0: 64 MiB
	File    string // named in problems, never opened
	// FirstLine is the number of the text's first line, or message, where it is
	// a part of a longer one; 0: 1. A Decoder counts from 1.
	FirstLine int
	// MaxBytes is how many bytes the text may have; 0: 1 GiB, below 0: any
	// number. What is longer ends there, with the problem too-long.
	MaxBytes int64
	// MaxRecords is how many samples, lines of metadata and problems Read
	// keeps, all together; 0: 2 million, which take some 1 GB, below 0: any
	// number. A Reader and a Decoder have no such limit.
	MaxRecords int
	// Decompress opens what ReadBody finds compressed, and gives an error
	// behind max bytes of text; capture.Decompress is one. nil: ReadBody says
	// that it is compressed.
	Decompress func(src io.Reader, max int64) (text io.Reader, err error)

	// Check reports also what only several lines together show, as a series
	// that stands twice or a histogram without +Inf, and what Prometheus reads
	// without a word but nobody means. It costs memory: about 50 bytes a series
	// and 150 a family, for all of the text; see [ProblemIDs].
	Check bool
	// Strict makes every violation of OpenMetrics 1.0 an error: the line is
	// read all the same if it can be. It implies Check, and is without effect
	// on other formats.
	Strict bool
	// KeepBounds leaves le and quantile of text as they are written, as
	// Prometheus 2 did.
	KeepBounds bool

	// Those below are for histograms of protobuf, which may be classic, native
	// or both. A native one comes as a record of KindHistogram, a classic one
	// as samples: _count, _sum and its _bucket. The zero value prefers native.

	IgnoreNative bool // read the classic part alone, if only the +Inf bucket
	KeepClassic  bool // of one that is both, read the classic part as well
	// ConvertNHCB makes a classic histogram a native one with custom buckets;
	// with KeepClassic its samples come first.
	ConvertNHCB bool
}

// Kind is what a Reader found.
type Kind uint8

// The kinds of record. Comments and blank lines are none.
const (
	KindSample Kind = iota + 1
	KindHelp
	KindType
	KindUnit
	KindProblem
	KindHistogram // a native histogram, of protobuf alone
)

// Reader reads the records of one text in their order:
//
//	r := expfmt.NewReader(f, expfmt.Options{})
//	for r.Next() {
//		if r.Kind() == expfmt.KindSample {
//			fmt.Println(r.Sample().Name, r.Sample().Value)
//		}
//	}
//	err := r.Err()
//
// A defect in a line is a record too, of KindProblem, and never the end of
// the stream. A line that is read in spite of its problems comes after them.
//
// What Sample and Metadata return is overwritten by Next and points into the
// Reader's buffer. In the steady state nothing is allocated per sample.
//
// Where Prometheus refuses a text, the Reader does this:
//
//   - a timestamp of text with a sign or a fraction: milliseconds, but a
//     number with a fraction below 1e11 is taken as the seconds of OpenMetrics;
//   - hexadecimal numbers and _ between digits: read as Go reads them;
//   - an exemplar or a comment behind a sample of text: read, passed over;
//   - a TYPE line with an unknown word: skipped, and the type is unknown.
//
// Where Prometheus reads something else than is meant, the Reader does this:
//
//   - blanks before a metric's name are no part of it;
//   - a NUL byte at the beginning of a line or in a comment does not end the
//     text;
//   - escapes in quoted names of HELP, TYPE and UNIT lines and in the labels of
//     exemplars are resolved;
//   - `# HELP a-b c` is not the help of a;
//   - an untyped metric of protobuf without a value is 0, not what the one
//     before was;
//   - a native histogram has all its exemplars, also where one goes before it
//     in its family.
//
// In protobuf what is lost to a defect is a metric, or a message where no less
// can be; the stream ends at a length that is none.
type Reader struct {
	w      window
	file   string
	format Format
	om     bool // OpenMetrics
	strict bool
	asIs   bool // Options.KeepBounds
	typ    Type // of the last TYPE line
	line   int  // number of the record's first line
	from   int  // number of the text's first line
	first  int  // and of the first that is not passed over
	fresh  bool // the first bytes have not been looked at
	lines  int  // lines in the record

	kind     Kind
	held     Kind // the record that follows the queue
	busy     bool // held or queue are not handed out yet
	done     bool // the text's end has been looked at
	queue    []Problem
	queued   int // of queue, handed out
	sample   Sample
	hist     HistogramSample
	out      []Label // the sample's labels, for the caller to do with as they like
	exemplar Exemplar
	meta     Metadata

	eofLine     bool // # EOF was read
	afterEOF    bool // after-eof is reported
	crlf        bool // crlf is reported
	crlfRefused bool // at a line that Prometheus refuses for it
	blankSeen   bool // openmetrics-blank is reported for this line

	tail     []byte // the beginning of a last line that has no newline
	tailSize int    // bytes in that line

	pb *protoReader // of protobuf, nil before the first

	check   *checker // nil without Options.Check
	checker *checker // the last one, for its memory
	seconds float64  // the OpenMetrics time of the last sample that has one

	slow   bool // every line is read by record: for Options.Strict, and in tests
	p      parser
	prev   shape
	bounds *boundCache
}

// NewReader returns a Reader of the text that src gives. It holds no more of
// it than a buffer that grows to the longest line.
func NewReader(src io.Reader, opts Options) *Reader {
	r := new(Reader)
	r.reset(opts)
	r.w.src = src
	return r
}

// NewBytesReader returns a Reader of b. Samples point into b, which must not
// change meanwhile.
func NewBytesReader(b []byte, opts Options) *Reader {
	r := new(Reader)
	r.Reset(b, opts)
	return r
}

// Reset makes r a Reader of b, as NewBytesReader would, and keeps the memory
// that it has.
func (r *Reader) Reset(b []byte, opts Options) {
	r.reset(opts)
	r.w.buf, r.w.end = b, len(b)
}

func (r *Reader) reset(opts Options) {
	if opts.MaxLine <= 0 {
		opts.MaxLine = defaultMaxLine
	}
	if opts.Format == FormatUnknown {
		opts.Format = FormatText
	}
	opts.FirstLine = max(opts.FirstLine, 1)
	pb, check := r.pb, r.checker
	*r = Reader{
		w:        window{max: opts.MaxLine, limit: maxBytes(opts.MaxBytes), left: math.MaxInt64},
		file:     opts.File,
		format:   opts.Format,
		om:       opts.Format == FormatOpenMetrics,
		strict:   opts.Format == FormatOpenMetrics && opts.Strict,
		line:     opts.FirstLine,
		from:     opts.FirstLine,
		first:    opts.FirstLine,
		fresh:    true,
		busy:     true,
		asIs:     opts.KeepBounds,
		queue:    r.queue[:0],
		p:        parser{labels: r.p.labels, starts: r.p.starts, scratch: r.p.scratch[:0], names: r.p.names},
		exemplar: Exemplar{Labels: r.exemplar.Labels[:0]},
		prev:     shape{ends: r.prev.ends},
		bounds:   r.bounds,
		out:      r.out[:0],
	}
	if r.bounds == nil {
		r.bounds = new(boundCache)
		both := make([]Label, 2*fastLabels)
		r.p.labels, r.out = both[:0:fastLabels], both[fastLabels:fastLabels]
		r.prev.ends = make([]int, fastLabels)
	}
	r.slow, r.checker = r.strict, check
	if opts.Check || r.strict {
		r.checker = check.reset(r, r.strict)
		r.check = r.checker
	}
	if opts.Format == FormatProtobuf {
		r.line, r.pb = opts.FirstLine-1, pb.reset(opts)
	} else {
		r.pb = pb
	}
}

// Kind returns what Next found.
func (r *Reader) Kind() Kind { return r.kind }

// Sample returns the sample that Next found, valid until the next call of
// Next. It is defined after KindSample alone.
func (r *Reader) Sample() *Sample { return &r.sample }

// Histogram returns the native histogram that Next found, valid until the next
// call of Next but for H and FH. It is defined after KindHistogram alone.
func (r *Reader) Histogram() *HistogramSample { return &r.hist }

// Metadata returns the line that Next found, valid until the next call of
// Next. It is defined after KindHelp, KindType and KindUnit alone.
func (r *Reader) Metadata() *Metadata { return &r.meta }

// Problem returns the problem that Next found. It may be copied and kept. It
// is defined after KindProblem alone.
func (r *Reader) Problem() *Problem { return &r.queue[r.queued-1] }

// Err returns the error of the source that ended the stream, if any. A line
// that such an error cuts is not handed out.
func (r *Reader) Err() error {
	if errors.Is(r.w.err, errTooLong) {
		return nil // a problem
	}
	return r.w.err
}

// Next goes to the next record and reports whether there is one.
func (r *Reader) Next() bool {
	if r.busy {
		return r.release()
	}
	for r.step() {
		if r.check != nil {
			r.check.record(r.held)
		}
		if len(r.queue) > 0 {
			r.busy, r.queued = true, 0
			return r.release()
		}
		if r.held != 0 {
			r.kind, r.held = r.held, 0
			return true
		}
	}
	return false
}

// step reads the next line of text, or behind the last one how the text ended;
// false when that is done. What comes of it is in queue and held.
func (r *Reader) step() bool {
	r.line += r.lines
	r.lines = 0
	switch r.w.line() {
	case lineRead:
		r.lines = 1
		if r.w.nl && !r.slow && r.fast(r.w.buf[r.w.lo:r.w.hi]) {
			r.held = KindSample
			return true
		}
		r.prev.size = 0
		if b := r.w.buf[r.w.lo:r.w.hi]; r.w.nl && !r.slow && len(b) > 0 && b[0] == '#' {
			if r.held = r.fastMetadata(b); r.held != 0 {
				return true
			}
		}
		r.held = r.record()
		if !r.w.nl {
			r.keepTail()
		}
	case lineTooLong:
		r.lines = 1
		r.prev.size = 0
		r.begin()
		r.problem(0, "line-too-long", fmt.Sprintf("the line has more than %d bytes and was skipped: raise the limit of lines (MaxLine) to read it", r.w.max))
		if !r.w.nl {
			r.keepTail()
		}
	default:
		if r.done {
			return false
		}
		r.finish()
	}
	return true
}

// release hands out the problems of a line, then what the line says. A Reader
// of protobuf is always busy: release is all of its Next.
func (r *Reader) release() bool {
	if r.fresh {
		r.start()
	}
	if r.format == FormatProtobuf {
		return r.nextProto()
	}
	if r.queued < len(r.queue) {
		r.queued++
		r.kind = KindProblem
		return true
	}
	r.busy = false
	r.queue = r.queue[:0]
	if r.held == 0 {
		return r.Next()
	}
	r.kind, r.held = r.held, 0
	return true
}
