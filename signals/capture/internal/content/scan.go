// Package content tells what a file holds: one scrape or several, with response
// headers, as JSON of an HTTP tool or with curl's progress between the lines,
// or what a failed scrape leaves.
package content

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/component"
)

const (
	headSize    = 64 << 10 // how much of a file is read to see what it is
	maxScanLine = 64 << 10 // what is beyond in a line is passed over
	maxParts    = 1 << 20  // scrapes in one file
	maxFamilies = 1 << 16  // names of families of one exposition that are remembered
	maxTracked  = 16       // counters that tell the order of files
	maxTargets  = 10_000   // names of targets in one file
)

// A Part is one scrape within a file.
type Part struct {
	Off, Size int64 // bytes of the decompressed file
	Line      int64 // number of the line at off, from 1
	Column    int64 // and of the column, of JSON; 0 is 1
	Time      int64
	Source    clock.Source
	Zoned     bool
	Name      string // of its target, as a line above it says
	Job       string // the component whose metrics it has
	N         int32  // which part of the file it is, from 1; 0 when it is the only one, or no line names it
	good      bool   // it has lines of an exposition
	Failure   bool   // nothing but curl's error text, or nothing at all
}

// Facts are what a file's content tells.
type Facts struct {
	Form  form
	Why   string // why it is no scrape
	Job   string // the component whose metrics it has
	Whole bool   // all of the file was seen

	Parts        []Part
	Split        bool   // parts are scrapes, not just the one
	Repeats      int    // how often an exposition starts again where no date says so
	Dropped      int    // parts without a time among others that have one
	CurlProgress bool   // curl's progress meter stands in it
	Header       bool   // blocks of response headers stand in it
	Wrapped      bool   // it is JSON around a body
	Utf16        bool   // it is UTF-16; what else stands here is of the UTF-8
	Bulk         bool   // a dump: all samples have times and labels of their own
	Name         string // of the target, in what ByTarget gives
	View         string // what was done to read the text, by Unfold; "" when it is as it stands
	Lost         string // what could not be read of it
	Within       bool   // parts are places in the text, also when there is one
	divided      bool   // a line that is of no text divides it
	twice        bool   // a family of one part stands in another, too

	Start    float64 // process_start_time_seconds; 0 when it is not there
	Counters map[string]float64
	Own      ownTimes
	status   int
}

// form is what a file is, as far as its content tells.
type form uint8

const (
	formOther      form = iota // no part of a capture
	FormExposition             // a scrape, or several
	FormFailed                 // what a failed scrape leaves: nothing, an error page
)

// ownTimes are the timestamps of samples.
type ownTimes struct {
	with, without    int
	First, Last      int64
	repeated, placed bool  // a series stands twice in a row; samples have an instance
	Step             int64 // the smallest distance of two such, in ms
}

func (o *ownTimes) All() bool { return o.with > 0 && o.without == 0 }

// Any says whether any sample has one.
func (o *ownTimes) Any() bool { return o.with > 0 }

// scanner reads a file line by line, in bounded memory, and finds the scrapes
// in it.
type scanner struct {
	Facts
	jobs            component.Metrics
	at, num         int64 // the line that is read: where it begins, and its number
	meta, good, bad int
	badLine         string

	cur      Part
	open     bool // cur has content
	dated    bool // the file has date lines
	named    bool // lines of it name targets
	inHeader bool
	last     []byte // the last series
	lastTime int64

	family     []byte // the one that is read
	familyAt   int64
	familyLine int64
	begun      bool            // it has no sample yet
	head       string          // a comment before the first family that may name the target
	before     map[string]bool // those of earlier parts, as long as none stands twice
	framed     string          // a line behind a line of dashes: another such makes it a name
	again      repetition
}

// scan reads at most limit bytes; 0 means all.
func scan(r io.Reader, limit int64) (*Facts, error) {
	return scanWith(bufio.NewReaderSize(r, maxScanLine), limit)
}

// scanWith is scan over a reader of maxScanLine.
func scanWith(in *bufio.Reader, limit int64) (*Facts, error) {
	s := &scanner{again: repetition{seen: map[string]uint64{}}, Facts: Facts{Counters: map[string]float64{}, Whole: true}}
	s.Own.First, s.Own.Last = math.MaxInt64, math.MinInt64
	s.cur.Line = 1
	off := int64(0)
	for {
		text, err := in.ReadSlice('\n')
		at := off
		off += int64(len(text))
		for errors.Is(err, bufio.ErrBufferFull) {
			var more []byte
			head := append([]byte(nil), text...)
			more, err = in.ReadSlice('\n')
			off += int64(len(more))
			text = head
			for errors.Is(err, bufio.ErrBufferFull) {
				more, err = in.ReadSlice('\n')
				off += int64(len(more))
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if limit > 0 && off >= limit && err == nil {
			s.Whole = false
			s.line(at, off, text)
			break
		}
		if len(text) > 0 {
			s.line(at, off, text)
		}
		if err != nil {
			break
		}
	}
	s.finish(off)
	return &s.Facts, nil
}

// line takes one line with its end; at and next are the offsets of it and of
// what follows.
func (s *scanner) line(at, next int64, text []byte) {
	s.at = at
	s.num++
	text, ok := s.progress(at, bytes.TrimRight(text, "\r\n"))
	if !ok {
		return
	}
	if s.inHeader {
		s.headerLine(text)
		return
	}
	if bytes.HasPrefix(text, []byte("HTTP/")) && len(text) < 200 && statusOf(string(text)) > 0 {
		if s.content() {
			s.boundary(at, at)
		}
		s.status = statusOf(string(text))
		s.Header, s.inHeader, s.open = true, true, true
		return
	}
	l := expfmt.DetectLine(text)
	other := l.Kind == 0 && !l.EOF && !(l.Blank && len(text) == 0)
	switch {
	case other && s.date(at, next, text):
		return
	case l.Blank:
		s.comment(at, text, &l)
		return
	case l.Kind == 0 && s.between(at, next, text):
		s.divided = true
		return
	case l.EOF:
		s.comment(at, text, &l)
		s.open = true
		s.meta++
		return
	case l.Kind == expfmt.KindHelp, l.Kind == expfmt.KindType, l.Kind == expfmt.KindUnit:
		s.meta++
		s.jobs.See(l.Name)
		s.newFamily(at, l.Name)
		s.open, s.cur.good = true, true
		return
	case l.Kind == expfmt.KindSample:
		s.good++
		s.sample(at, &l)
		s.open, s.cur.good = true, true
		return
	}
	if bytes.HasPrefix(text, []byte("curl: (")) {
		s.cur.Failure = true
		s.open = true
		return
	}
	s.open = true
	if s.bad++; s.badLine == "" {
		s.badLine = string(text[:min(len(text), 400)])
	}
}

// progress takes curl's progress meter out of a line; false: that is all of it.
func (s *scanner) progress(at int64, text []byte) ([]byte, bool) {
	switch {
	case isProgressHead(text):
		s.CurlProgress = true
		if s.content() {
			s.boundary(at, at)
		}
		return nil, false
	case bytes.HasPrefix(bytes.TrimLeft(text, " "), progressSubhead):
		return nil, false
	case bytes.IndexByte(text, '\r') >= 0 && hasCurlProgress(text):
		s.CurlProgress = true
		text, _ = StripCurlProgress(text)
	}
	return text, true
}

// date takes a line of date, before or behind a scrape; false: it is none.
func (s *scanner) date(at, next int64, text []byte) bool {
	ms, zoned, ok := clock.ParseDateLine(text)
	if !ok {
		return false
	}
	if s.open || s.cur.Source == clock.FromDateLine {
		s.boundary(at, next)
	} else {
		s.cur.Off, s.cur.Line = next, s.num+1
	}
	s.dated, s.divided = true, true
	s.cur.Time, s.cur.Zoned, s.cur.Source = ms, zoned, clock.FromDateLine
	return true
}

// content says whether the current part holds more than response headers.
func (s *scanner) content() bool { return s.open && !s.inHeader }

// headerLine takes a line of a block of response headers.
func (s *scanner) headerLine(text []byte) {
	if len(text) == 0 {
		s.inHeader = false
		return
	}
	name, value, ok := bytes.Cut(text, []byte(":"))
	if !ok || len(text) > 4096 {
		return
	}
	if bytes.EqualFold(name, []byte("Date")) && s.cur.Source == clock.FromNothing {
		if t, ok := clock.ParseHTTPDate(string(value)); ok {
			s.cur.Time, s.cur.Zoned, s.cur.Source = t, true, clock.FromDateHeader
		}
	}
}

// sample takes what is of interest of a sample.
func (s *scanner) sample(at int64, l *expfmt.Line) {
	if s.meta == 0 {
		s.jobs.See(l.Name)
	}
	s.jobs.SeeSeries(l.Series)
	switch {
	case s.begun: // the first of its family
		s.firstOf(l.Series)
	case s.meta == 0 && len(l.Time) == 0 && (!bytes.Equal(s.family, l.Name) || s.again.stands(l)):
		s.newFamily(at, l.Name) // without metadata a name is as good
		s.firstOf(l.Series)
	}
	s.ownTime(l)
	s.last = append(s.last[:0], l.Series...)
	if len(l.Series) == len(l.Name) {
		switch string(l.Name) {
		case "node_time_seconds":
			if v, err := strconv.ParseFloat(string(l.Value), 64); err == nil && v > 1e9 && v < 4.1e9 && s.cur.Source == clock.FromNothing {
				s.cur.Time, s.cur.Zoned, s.cur.Source = int64(math.Round(v*1000)), true, clock.FromNodeTime
			}
			return
		case "process_start_time_seconds":
			s.Start, _ = strconv.ParseFloat(string(l.Value), 64)
			return
		}
	}
	if len(s.Parts) > 0 || !bytes.HasSuffix(l.Name, []byte("_total")) && !bytes.HasSuffix(l.Name, []byte("_count")) {
		return
	}
	best := string(l.Name) == "process_cpu_seconds_total" || string(l.Name) == "go_memstats_alloc_bytes_total"
	if v, err := strconv.ParseFloat(string(l.Value), 64); err == nil && v > 0 && (best || len(s.Counters) < maxTracked) {
		s.Counters[string(l.Series[:min(len(l.Series), 200)])] = v
	}
}

// ownTime notes a sample's own time.
func (s *scanner) ownTime(l *expfmt.Line) {
	ms, ok := int64(0), len(l.Time) > 0
	if ok {
		ms, ok = stampMs(l.Time)
	}
	o := &s.Own
	if !ok {
		o.without++
		return
	}
	if bytes.Equal(s.last, l.Series) && ms > s.lastTime && o.with > 0 {
		if d := ms - s.lastTime; !o.repeated || d < o.Step {
			o.Step = d
		}
		o.repeated = true
	}
	s.lastTime = ms
	o.with++
	o.placed = o.placed || bytes.Contains(l.Series, []byte(`instance="`))
	o.First, o.Last = min(o.First, ms), max(o.Last, ms)
}

// stampMs is a sample's own time. OpenMetrics has seconds there, the text
// format milliseconds.
func stampMs(b []byte) (int64, bool) {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.Abs(v) > 1e15 {
		return 0, false
	}
	if math.Abs(v) < 1e11 {
		v *= 1000
	}
	return int64(math.Round(v)), true
}
