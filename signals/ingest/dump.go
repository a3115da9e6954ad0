package ingest

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// dumps are the samples of dumps that are not stored yet.
type dumps struct {
	tl     *timeline.Timeline
	list   []dumped
	sorted bool // list is, by time
}

// dumped is a sample of a dump that waits for its time.
type dumped struct {
	ts  int64
	v   float64
	ref timeline.Ref
	seq uint32 // order in the dumps
}

// A dumpReading is the reading of one dump.
type dumpReading struct {
	in      *Ingester
	scraped int64 // the time of samples without one
	exact   bool  // times are in seconds, and known to the millisecond
	lines   lineCursor
	refs    map[string]timeline.Ref // by the series part of a line
	builder labels.ScratchBuilder
	nans    int
}

// read reads what promtool tsdb dump-openmetrics writes: labels and times are
// inside, series by series. Nothing is added, neither labels nor up nor
// markers. A sample without a time has the scrape's.
//
// The dump itself loses something: %g prints a staleness marker as NaN, like
// any other NaN, and a series ends at its first native histogram.
func (d *dumpReading) read(s *capture.Scrape) (rep Report) {
	in := d.in
	in.begin(s.Time, s.File)
	content := expfmt.Detect(dumpType(s.Body), s.Body)
	var id, reason string
	switch {
	case s.Err != nil:
		id, reason = "unreadable-scrape", s.Err.Error()
	case content.Not != "" || content.Compression != "" || content.Format == expfmt.FormatProtobuf:
		id, reason = "not-exposition", "not a dump in text: "+cmp.Or(content.Not, content.Compression, content.Format.String())
	}
	if reason != "" {
		in.problems.add(Problem{ID: id, Severity: expfmt.SeverityError, Message: reason})
		fail(&rep, reason)
		return rep
	}
	rep.Format = content.Format
	in.problems.origin, in.problems.proto = s.Origin(), rep.Format == expfmt.FormatProtobuf
	notes := reading{conf: new(settings), damage: in.opts.FailOnDamage, d: &decoded{file: s.File, format: rep.Format}, body: s.Body}
	d.scraped, d.exact, d.lines = s.Time, rep.Format == expfmt.FormatOpenMetrics, lineCursor{body: s.Body}
	d.refs, d.builder = map[string]timeline.Ref{}, labels.NewScratchBuilder(16)
	first := len(in.dumps.list)
	opts := expfmt.Options{Format: rep.Format, File: s.File, MaxLine: in.opts.MaxLine, MaxBytes: -1} // the capture has a limit
	for r := expfmt.NewBytesReader(s.Body, opts); r.Next(); {
		switch r.Kind() {
		case expfmt.KindProblem:
			reason, end := notes.problem(r.Problem())
			in.problems.add(*r.Problem())
			if end && reason != "" {
				in.dumps.list = in.dumps.list[:first]
				fail(&rep, reason)
				return rep
			}
		case expfmt.KindSample:
			d.sample(r.Sample())
		}
	}
	rep.Bulk = len(in.dumps.list) - first
	in.dumps.sorted = false
	if d.nans > 0 {
		in.problems.add(Problem{ID: "dump-nan", Severity: expfmt.SeverityInfo, Message: fmt.Sprintf(
			"%d values are NaN: a dump writes staleness markers so as well, and none of these is taken for one", d.nans)})
	}
	return rep
}

// sample takes a sample, unless no store would.
func (d *dumpReading) sample(smp *expfmt.Sample) {
	in := d.in
	ref, ok := d.refs[string(smp.Series)]
	if !ok {
		if tooLong(smp.Name, smp.Labels) {
			name := (&cell{text: string(smp.Series)}).name()
			in.problems.add(Problem{Line: smp.Line, Column: smp.Column, ID: "label-too-long", Severity: expfmt.SeverityError,
				Message: name + " has a name or label value that no store takes: it is left out"})
			return
		}
		ref = in.tl.Series(exposed(&d.builder, smp.Name, smp.Labels))
		in.owners.own(ref, nil, &tracked{ref: ref})
		d.refs[string(smp.Series)] = ref
	}
	ts := d.scraped
	if smp.HasTimestamp {
		ts = smp.Timestamp
		if d.exact {
			if exact, ok := dumpMillis(d.lines.line(smp.Line)); ok {
				ts = exact
			}
		}
	}
	if math.IsNaN(smp.Value) {
		d.nans++
	}
	in.dumps.list = append(in.dumps.list, dumped{ts: ts, v: smp.Value, ref: ref, seq: uint32(len(in.dumps.list))})
}

// dumpType returns the content type of a dump. OpenMetrics tells itself by its
// end; when that was cut off, by times in seconds with a point. A text has
// milliseconds.
func dumpType(body []byte) string {
	for line := range bytes.Lines(body) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if _, ok := dumpMillis(line); ok {
			return "application/openmetrics-text"
		}
		break
	}
	return "" // goes by # EOF
}

// Release stores, in the order of their times, the samples of dumps whose time
// is at ts or before, in ms since the epoch. Stored counts those that were
// stored or were there already. Refused counts the others: there was another
// value at the same time, or their series had newer samples.
func (in *Ingester) Release(ts int64) (stored, refused int) {
	in.from(nil, false)
	return in.dumps.release(ts)
}

func (d *dumps) release(ts int64) (stored, refused int) {
	if !d.sorted {
		slices.SortFunc(d.list, func(a, b dumped) int {
			return cmp.Or(cmp.Compare(a.ts, b.ts), cmp.Compare(a.seq, b.seq))
		})
		d.sorted = true
	}
	n := 0
	for ; n < len(d.list) && d.list[n].ts <= ts; n++ {
		s := &d.list[n]
		if d.tl.Append(s.ref, s.ts, s.v) != nil {
			refused++
		} else {
			stored++
		}
	}
	d.list = d.list[n:]
	return stored, refused
}

// dumpMillis reads the time at the end of a line, seconds with three digits
// behind the point as a dump has them, without the error of a millisecond that
// upstream's arithmetic makes in every few. It knows no other.
func dumpMillis(line []byte) (ms int64, ok bool) {
	line = bytes.TrimRight(line, " \r")
	digits, negative := bytes.CutPrefix(line[bytes.LastIndexByte(line, ' ')+1:], []byte{'-'})
	point := len(digits) - 4
	if point < 1 || point > 15 || digits[point] != '.' {
		return 0, false
	}
	for i, c := range digits {
		if i == point {
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		ms = ms*10 + int64(c-'0')
	}
	if negative {
		ms = -ms
	}
	return ms, true
}

// lineCursor finds the lines of a body by their number, from 1, in rising
// order.
type lineCursor struct {
	body []byte
	at   int // offset of the line
	num  int // of the line at at, less one
}

// line returns a line without its newline; nothing when there is none.
func (c *lineCursor) line(num int) []byte {
	for c.num < num-1 {
		i := bytes.IndexByte(c.body[c.at:], '\n')
		if i < 0 {
			return nil
		}
		c.at += i + 1
		c.num++
	}
	line, _, _ := bytes.Cut(c.body[c.at:], []byte{'\n'})
	return line
}
