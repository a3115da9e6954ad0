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

// bulkSample is a sample of a dump that waits for its time.
type bulkSample struct {
	ts  int64
	v   float64
	ref timeline.Ref
	seq uint32 // order in the dumps
}

// dump reads what promtool tsdb dump-openmetrics writes: labels and times are
// inside, series by series. Nothing is added, neither labels nor up nor
// markers. A sample without a time has the scrape's.
//
// The dump itself loses something: %g prints a staleness marker as NaN, like
// any other NaN, and a series ends at its first native histogram.
func (in *Ingester) dump(s *capture.Scrape) Report {
	var rep Report
	in.begin(s.Time, s.File)
	bad := func(id, reason string) Report {
		in.problems.add(Problem{ID: id, Severity: expfmt.SeverityError, Message: reason})
		fail(&rep, reason)
		return rep
	}
	if s.Err != nil {
		return bad("unreadable-scrape", s.Err.Error())
	}
	content := expfmt.Detect(dumpType(s.Body), s.Body)
	if content.Not != "" || content.Compression != "" || content.Format == expfmt.FormatProtobuf {
		return bad("not-exposition", "not a dump in text: "+cmp.Or(content.Not, content.Compression, content.Format.String()))
	}
	rep.Format = content.Format
	d := &decoded{file: s.File, format: content.Format}
	notes := reading{conf: new(settings), damage: in.opts.FailOnDamage, d: d, body: s.Body, builder: labels.NewScratchBuilder(16)}
	first := len(in.bulk)
	lines := lineCursor{body: s.Body}
	refs := map[string]timeline.Ref{}
	nans := 0
	in.problems.origin, in.problems.proto = s.Origin(), rep.Format == expfmt.FormatProtobuf
	opts := expfmt.Options{Format: rep.Format, File: s.File, MaxLine: in.opts.MaxLine, MaxBytes: -1} // the capture has a limit
	for r := expfmt.NewBytesReader(s.Body, opts); r.Next(); {
		switch r.Kind() {
		case expfmt.KindProblem:
			reason, end := notes.problem(r.Problem())
			in.problems.add(*r.Problem())
			if end && reason != "" {
				in.bulk = in.bulk[:first]
				fail(&rep, reason)
				return rep
			}
		case expfmt.KindSample:
			smp := r.Sample()
			ref, ok := refs[string(smp.Series)]
			if !ok {
				if tooLong(smp.Name, smp.Labels) {
					name := (&cell{text: string(smp.Series)}).name()
					in.problems.add(Problem{Line: smp.Line, Column: smp.Column, ID: "label-too-long", Severity: expfmt.SeverityError,
						Message: name + " has a name or label value that no store takes: it is left out"})
					continue
				}
				ref = in.tl.Series(exposed(&notes.builder, smp.Name, smp.Labels))
				in.own(ref, nil, &tracked{ref: ref})
				refs[string(smp.Series)] = ref
			}
			ts := s.Time
			if smp.HasTimestamp {
				ts = smp.Timestamp
				if exact, ok := dumpMillis(lines.line(smp.Line)); ok && rep.Format == expfmt.FormatOpenMetrics {
					ts = exact
				}
			}
			if math.IsNaN(smp.Value) {
				nans++
			}
			in.bulk = append(in.bulk, bulkSample{ts: ts, v: smp.Value, ref: ref, seq: uint32(len(in.bulk))})
		}
	}
	rep.Bulk = len(in.bulk) - first
	in.sorted = false
	if nans > 0 {
		in.problems.add(Problem{ID: "dump-nan", Severity: expfmt.SeverityInfo, Message: fmt.Sprintf(
			"%d values are NaN: a dump writes staleness markers so as well, and none of these is taken for one", nans)})
	}
	return rep
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

// Release stores the samples of dumps whose time is ts or before, in the order
// of their times. It returns how many were stored or there already, and how
// many were refused: another value at the same time, or the series has gone on
// without it.
func (in *Ingester) Release(ts int64) (stored, refused int) {
	if !in.sorted {
		slices.SortFunc(in.bulk, func(a, b bulkSample) int {
			return cmp.Or(cmp.Compare(a.ts, b.ts), cmp.Compare(a.seq, b.seq))
		})
		in.sorted = true
	}
	n := 0
	for ; n < len(in.bulk) && in.bulk[n].ts <= ts; n++ {
		s := &in.bulk[n]
		if in.tl.Append(s.ref, s.ts, s.v) != nil {
			refused++
		} else {
			stored++
		}
	}
	in.bulk = in.bulk[n:]
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
