package capture

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
)

const (
	headSize    = 64 << 10 // how much of a file is read to see what it is
	maxScanLine = 64 << 10 // what is beyond in a line is passed over
	maxParts    = 1 << 20  // scrapes in one file
	maxFamilies = 1 << 16  // names of families of one exposition that are remembered
	maxTracked  = 16       // counters that tell the order of files
)

// A part is one scrape within a file.
type part struct {
	off, size int64 // bytes of the decompressed file
	line      int64 // number of the line at off, from 1
	time      int64
	source    source
	zoned     bool
	good      bool // it has lines of an exposition
	failure   bool // nothing but curl's error text, or nothing at all
}

// facts are what a file's content tells.
type facts struct {
	form  form
	why   string // why it is no scrape
	job   string // the component whose metrics it has
	whole bool   // all of the file was seen

	parts   []part
	split   bool // parts are scrapes, not just the one
	repeats int  // how often an exposition starts again where no date says so
	dropped int  // parts without a time among others that have one
	meter   bool // curl's progress meter stands in it
	header  bool // blocks of response headers stand in it
	wrapped bool // it is JSON around a body
	utf16   bool // it is UTF-16; what else stands here is of the UTF-8
	bulk    bool // a dump: all samples have times and labels of their own

	start    float64 // process_start_time_seconds; 0 when it is not there
	counters map[string]float64
	own      ownTimes
	status   int
}

// form is what a file is, as far as its content tells.
type form uint8

const (
	formOther      form = iota // no part of a capture
	formExposition             // a scrape, or several
	formFailed                 // what a failed scrape leaves: nothing, an error page
)

// ownTimes are the timestamps of samples.
type ownTimes struct {
	with, without    int
	first, last      int64
	repeated, placed bool  // a series stands twice in a row; samples have an instance
	step             int64 // the smallest distance of two such, in ms
}

func (o *ownTimes) all() bool { return o.with > 0 && o.without == 0 }

// scanner reads a file line by line, in bounded memory, and finds the scrapes in it.
type scanner struct {
	facts
	jobs            jobFinder
	at, num         int64 // the line that is read: where it begins, and its number
	meta, good, bad int
	badLine         string

	cur       part
	open      bool // cur has content
	dated     bool // the file has date lines
	inHeader  bool
	ended     bool           // # EOF was seen in cur
	families  map[string]int // in the order of their appearance
	samples   int            // since the last HELP or TYPE
	family    []byte
	firstKey  []byte // the series that began cur, when it has no families
	descents  int
	descentAt int64
	descentNo int64  // the number of that line
	last      []byte // the last series
	lastTime  int64
}

// scan reads at most limit bytes; 0 means all.
func scan(r io.Reader, limit int64) (*facts, error) {
	return scanWith(bufio.NewReaderSize(r, maxScanLine), limit)
}

// scanWith is scan over a reader of maxScanLine.
func scanWith(in *bufio.Reader, limit int64) (*facts, error) {
	s := &scanner{families: map[string]int{}, facts: facts{counters: map[string]float64{}, whole: true}}
	s.own.first, s.own.last = math.MaxInt64, math.MinInt64
	s.cur.line = 1
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
			s.whole = false
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
	return &s.facts, nil
}

// line takes one line with its end; at and next are the offsets of it and of what follows.
func (s *scanner) line(at, next int64, text []byte) {
	s.at = at
	s.num++
	text = bytes.TrimRight(text, "\r\n")
	if bytes.IndexByte(text, '\r') >= 0 || isMeterHead(text) || bytes.HasPrefix(bytes.TrimLeft(text, " "), meterSub) {
		if isMeterHead(text) {
			s.meter = true
			if s.content() {
				s.boundary(at, at)
			}
			return
		}
		if bytes.HasPrefix(bytes.TrimLeft(text, " "), meterSub) {
			return
		}
		if hasMeter(text) {
			s.meter = true
			text = stripMeter(bytes.Clone(text))
		}
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
		s.header, s.inHeader, s.open = true, true, true
		return
	}
	l := readLine(text)
	if l.kind == lineOther || l.kind == lineBlank && len(text) > 0 || l.kind == lineDivider || l.kind == lineSample && len(l.value) > 8 && len(text) <= maxDateLine {
		if ms, zoned, ok := parseDateLine(text); ok && l.kind != lineSample {
			if s.open || s.cur.source == sourceLine {
				s.boundary(at, next)
			} else {
				s.cur.off, s.cur.line = next, s.num+1
			}
			s.dated = true
			s.cur.time, s.cur.zoned, s.cur.source = ms, zoned, sourceLine
			return
		}
	}
	if s.ended && l.kind != lineBlank && l.kind != lineDivider {
		s.boundary(at, at)
	}
	switch l.kind {
	case lineBlank:
		return
	case lineDivider:
		if s.content() {
			s.boundary(at, next)
		}
		return
	case lineEnd:
		s.ended, s.open = true, true
		s.meta++
		return
	case lineHelp, lineType:
		s.meta++
		s.jobs.see(l.name)
		s.newFamily(at, &l)
		s.open, s.cur.good = true, true
		return
	case lineSample:
		s.good++
		s.sample(at, &l)
		s.samples++
		s.open, s.cur.good = true, true
		return
	}
	if bytes.HasPrefix(text, []byte("curl: (")) {
		s.cur.failure = true
		s.open = true
		return
	}
	s.open = true
	if s.bad++; s.badLine == "" {
		s.badLine = string(text[:min(len(text), 60)])
	}
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
	if bytes.EqualFold(name, []byte("Date")) && s.cur.source == sourceNone {
		if t, ok := parseHTTPDate(string(value)); ok {
			s.cur.time, s.cur.zoned, s.cur.source = t, true, sourceDate
		}
	}
}

// newFamily notes a family, and finds out whether the exposition starts again with it: with one of the first that the
// current part had. Families that stand twice in one exposition, which some programs write, are seldom those.
func (s *scanner) newFamily(at int64, l *line) {
	name := l.name
	if bytes.Equal(name, s.family) && s.samples == 0 {
		return
	}
	s.samples = 0
	if i, seen := s.families[string(name)]; seen && (i < 10 || i < len(s.families)/4) {
		switch {
		case s.dated:
			s.repeats++
			clear(s.families)
		case s.descents == 1 && bytes.Compare(s.family, name) < 0:
			// All was in order but at one place: there the exposition began again, with families that the one before
			// did not have.
			s.boundary(s.descentAt, s.descentAt)
			s.open = true
		default:
			s.boundary(at, at)
		}
	}
	if len(s.family) > 0 && bytes.Compare(name, s.family) < 0 {
		s.descents++
		s.descentAt, s.descentNo = at, s.num
	}
	s.family = append(s.family[:0], name...)
	if _, seen := s.families[string(name)]; !seen && len(s.families) < maxFamilies {
		s.families[string(name)] = len(s.families)
	}
}

// sample takes what is of interest of a sample.
func (s *scanner) sample(at int64, l *line) {
	s.jobs.see(l.name)
	if len(s.families) == 0 && len(l.stamp) == 0 {
		switch {
		case len(s.firstKey) == 0:
			s.firstKey = append(s.firstKey[:0], l.series...)
		case bytes.Equal(s.firstKey, l.series) && !bytes.Equal(s.last, l.series):
			if s.dated {
				s.repeats++
			} else {
				s.boundary(at, at)
				s.firstKey = append(s.firstKey[:0], l.series...)
			}
		}
	}
	s.ownTime(l)
	s.last = append(s.last[:0], l.series...)
	if len(l.series) == len(l.name) {
		switch string(l.name) {
		case "node_time_seconds":
			if v, err := strconv.ParseFloat(string(l.value), 64); err == nil && v > 1e9 && v < 4.1e9 && s.cur.source == sourceNone {
				s.cur.time, s.cur.zoned, s.cur.source = int64(math.Round(v*1000)), true, sourceNode
			}
			return
		case "process_start_time_seconds":
			s.start, _ = strconv.ParseFloat(string(l.value), 64)
			return
		}
	}
	if len(s.parts) > 0 || !bytes.HasSuffix(l.name, []byte("_total")) && !bytes.HasSuffix(l.name, []byte("_count")) {
		return
	}
	best := string(l.name) == "process_cpu_seconds_total" || string(l.name) == "go_memstats_alloc_bytes_total"
	if v, err := strconv.ParseFloat(string(l.value), 64); err == nil && v > 0 && (best || len(s.counters) < maxTracked) {
		s.counters[string(l.series[:min(len(l.series), 200)])] = v
	}
}

// ownTime notes a sample's own time.
func (s *scanner) ownTime(l *line) {
	ms, ok := int64(0), len(l.stamp) > 0
	if ok {
		ms, ok = stampMs(l.stamp)
	}
	o := &s.own
	if !ok {
		o.without++
		return
	}
	if bytes.Equal(s.last, l.series) && ms > s.lastTime && o.with > 0 {
		if d := ms - s.lastTime; !o.repeated || d < o.step {
			o.step = d
		}
		o.repeated = true
	}
	s.lastTime = ms
	o.with++
	o.placed = o.placed || bytes.Contains(l.series, []byte(`instance="`))
	o.first, o.last = min(o.first, ms), max(o.last, ms)
}
