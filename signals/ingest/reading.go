package ingest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// A reading turns the bodies of one target into columns. It is the part of a
// target that may run ahead of what is stored.
type reading struct {
	conf    *settings
	damage  bool // Options.FailOnDamage
	maxLine int  // Options.MaxLine
	decoder *expfmt.Decoder
	cells   []*cell // by the decoder's reference
	last    *layout // of the decoder's columns; nil after a slow reading
	slow    *layout // of the last slow reading
	maker   seriesMaker
	series  expfmt.DecodedSeries // that is learnt
	next    []*cell              // the layout under way, of slow readings

	kept []byte // the last body, which the decoder goes on to need
	size int    // of it
	held int64  // what the reading takes, see Ingester.Held

	details  *metas          // nil: Options.Stored is not there to be told more
	families map[string]Meta // of the body, with details, while there are new series

	unwrapped string // what was said to be taken off around a body

	// One body at a time.
	d       *decoded
	body    []byte
	blanks  string // before the name of the sample on line blankAt
	blankAt int
	lines   int // of the body, once counted
}

func (r *reading) begin(d *decoded, s *capture.Scrape) {
	r.d, r.body = d, s.Body
	r.blanks, r.blankAt, r.lines = "", 0, 0
	r.next = r.next[:0]
}

// read decodes the body.
func (r *reading) read() {
	d := r.d
	proto := d.format == expfmt.FormatProtobuf
	d.opts = expfmt.Options{Format: d.format, File: d.file, MaxLine: r.maxLine, MaxBytes: -1, KeepBounds: r.conf.earlier} // the capture has a limit
	pick := proto && r.conf.pickNative()
	if proto {
		d.opts.IgnoreNative = !r.conf.native && !pick
		d.opts.KeepClassic = r.conf.keepClassic || pick
		d.opts.ConvertNHCB = r.conf.convert
	}
	if r.decoder == nil {
		r.decoder = expfmt.NewDecoder()
	}
	r.decoder.Decode(r.body, d.opts)
	if r.details != nil {
		r.describe()
	}
	r.learn()
	if r.conf.relabel.Empty() { // else names may be others than those of TYPE lines
		d.types = append(d.types, r.decoder.NewTypes()...)
	}
	switch {
	case r.conf.convert && !proto:
		r.slowly(r.converting)
	case pick && len(r.decoder.Histograms()) > 0:
		r.slowly(r.picking)
	case r.damage && len(r.decoder.Problems()) > 0 || r.damage && unfinished(d.format, r.body):
		r.slowly(r.plain)
	default:
		r.columns()
	}
}

// learn makes cells of the series that are new.
func (r *reading) learn() {
	if n := r.decoder.MaxRefs(); n > len(r.cells) {
		r.cells = slices.Grow(r.cells, n-len(r.cells))[:n]
	}
	var room []cell
	r.d.fresh = len(r.decoder.New())
	for i, ref := range r.decoder.New() {
		if len(room) == 0 {
			room = make([]cell, min(len(r.decoder.New())-i, roomFor))
		}
		s := &r.series
		r.decoder.SeriesInto(ref, s)
		r.cells[ref], room = &room[0], room[1:]
		r.maker.learnt(r.cells[ref], s)
		if r.details != nil {
			r.cells[ref].meta = r.meta(s.Name, s.Type)
		}
	}
	r.families = nil
}

// roomFor is how many things of series are allocated together: more would be
// held for a few that stay.
const roomFor = 64

// columns takes the decoder's columns as they are.
func (r *reading) columns() {
	d, dec := r.d, r.decoder
	if !dec.Same() || r.last == nil {
		l := &layout{cells: make([]*cell, len(dec.Refs()))}
		for i, ref := range dec.Refs() {
			l.cells[i] = r.cells[ref]
		}
		r.last = l
	}
	d.layout = r.last
	d.values = append(d.values, dec.Values()...)
	if times, own := dec.Timestamps(); own != nil && r.conf.honorTimes {
		d.times, d.own = slices.Clone(times), slices.Clone(own)
	}
	if r.details != nil {
		r.gather()
	}
	for _, h := range dec.Histograms() {
		d.histos = append(d.histos, placedHisto{h.Index, histo{h.H, h.FH}})
	}
	for _, p := range dec.Problems() {
		d.marks = append(d.marks, mark{at: p.Samples, problem: p.Problem, damaged: p.Severity == expfmt.SeverityError})
	}
}

// slowly reads record by record.
func (r *reading) slowly(read func() string) {
	r.decoder.Rewind()
	d := r.d
	d.end = read()
	if r.slow == nil || !slices.Equal(r.slow.cells, r.next) {
		r.slow = &layout{cells: slices.Clone(r.next)}
	}
	d.layout, r.last = r.slow, nil
	if !slices.Contains(d.own, true) {
		d.own, d.times = nil, nil
	}
}

// plain takes what is read as it is read. A reason in return fails the scrape,
// here and in what is called from here.
func (r *reading) plain() string {
	dec := r.decoder
	for dec.Next() {
		switch dec.Kind() {
		case expfmt.KindSample:
			if reason := r.sample(dec.Current()); reason != "" {
				return reason
			}
		case expfmt.KindHistogram:
			if reason := r.histogram(dec.Histogram(), r.cell()); reason != "" {
				return reason
			}
		case expfmt.KindProblem:
			if reason, end := r.problem(dec.Problem()); end {
				return reason
			}
		}
	}
	return ""
}

// cell is that of the sample that the decoder is at.
func (r *reading) cell() *cell { return r.cells[r.decoder.Refs()[r.decoder.Index()]] }

// sample adds the sample that the decoder is at.
func (r *reading) sample(smp *expfmt.Sample) string {
	c := r.cell()
	if r.blankAt == smp.Line {
		c = r.withBlanks(smp)
	}
	return r.add(smp, c, histo{})
}

// histogram adds a native histogram.
func (r *reading) histogram(h *expfmt.HistogramSample, c *cell) string {
	if r.details != nil {
		r.note(len(r.d.values), h.StartTimestamp, nil, h.Exemplars)
	}
	return r.add(&expfmt.Sample{Line: h.Line, Column: h.Column, Timestamp: h.Timestamp, HasTimestamp: h.HasTimestamp}, c, histo{h.H, h.FH})
}

// add adds one sample: the histogram h when there is one in it, else the value
// of smp.
func (r *reading) add(smp *expfmt.Sample, c *cell, h histo) string {
	d := r.d
	if r.damage && r.cut(smp) {
		const reason = "the last line has no end, at which Prometheus gives up OpenMetrics"
		d.mark(Problem{Line: smp.Line, Column: smp.Column, ID: "no-eof", Severity: expfmt.SeverityError, Message: reason})
		return reason
	}
	switch {
	case h != (histo{}):
		d.histos = append(d.histos, placedHisto{len(d.values), h})
	case r.details != nil:
		r.note(len(d.values), smp.StartTimestamp, smp.Exemplar, nil)
	}
	r.next = append(r.next, c)
	d.values = append(d.values, smp.Value)
	d.times = append(d.times, smp.Timestamp)
	d.own = append(d.own, smp.HasTimestamp && r.conf.honorTimes)
	d.places = append(d.places, place{smp.Line, smp.Column})
	return ""
}

// problem notes a defect. With end the body ends here, without a reason as if
// it had no more.
func (r *reading) problem(found *expfmt.Problem) (reason string, end bool) {
	r.d.mark(*found)
	m := &r.d.marks[len(r.d.marks)-1]
	if r.damage && endsSilently(r.d.format, found) {
		return "", true
	}
	m.damaged = found.Severity == expfmt.SeverityError
	if !r.damage || found.Severity == expfmt.SeverityInfo {
		return "", false
	}
	switch found.ID {
	case "leading-blank": // a part of the name, upstream
		rest := strings.TrimLeft(found.Text, " \t")
		r.blanks, r.blankAt = found.Text[:len(found.Text)-len(rest)], found.Line
		return "", false
	case "nul-byte":
		// In a HELP text it is text, upstream; elsewhere in such a line a
		// problem of its own follows.
		if r.d.format != expfmt.FormatOpenMetrics && metadataLine.MatchString(found.Text) {
			return "", false
		}
	case "crlf": // told once: at the first line that has it
		if r.d.format != expfmt.FormatOpenMetrics && !crMatters(r.body) {
			return "", false
		}
	case "duplicate-label", "bad-histogram": // read as a sample, upstream, which the store then refuses
		m.counts = true
		if found.ID == "bad-histogram" && r.maker.drops(found.Text) { // before it comes to the store
			return "", false
		}
		if r.conf.sampleLimit > 0 { // unless the limit refuses it before
			line, column := r.d.origin.Place(found.Line, found.Column, r.d.format == expfmt.FormatProtobuf)
			m.fatal = fmt.Sprintf("damaged: %s:%d:%d: %s", r.d.file, line, column, found.Message)
			return "", false
		}
	}
	if found.Line == 0 {
		return fmt.Sprintf("damaged: %s: %s", r.d.file, found.Message), true
	}
	line, column := r.d.origin.Place(found.Line, found.Column, r.d.format == expfmt.FormatProtobuf)
	return fmt.Sprintf("damaged: %s:%d:%d: %s", r.d.file, line, column, found.Message), true
}

var (
	metadataLine = regexp.MustCompile(`^#[ \t]+(HELP|TYPE)[ \t]`)
	typeLine     = regexp.MustCompile(`^#[ \t]+TYPE[ \t]`)
)

// crMatters tells whether a line of the text format ends with CR LF where
// upstream does not take the CR for text, as it does in comments and HELP.
func crMatters(body []byte) bool {
	for line := range bytes.Lines(body) {
		if bytes.HasSuffix(line, []byte("\r\n")) && (line[0] != '#' || typeLine.Match(line)) {
			return true
		}
	}
	return false
}

// endsSilently tells of the NUL bytes that upstream's lexer of the text format
// takes for the end of the body: first on a line, and in comments.
func endsSilently(format expfmt.Format, found *expfmt.Problem) bool {
	switch {
	case format == expfmt.FormatOpenMetrics:
		return false
	case found.ID == "bad-line":
		return strings.HasPrefix(found.Text, "\x00")
	case found.ID == "nul-byte":
		return !metadataLine.MatchString(found.Text)
	}
	return false
}

// unfinished tells of OpenMetrics whose last line has no end.
func unfinished(format expfmt.Format, body []byte) bool {
	return format == expfmt.FormatOpenMetrics && body[len(body)-1] != '\n'
}

// cut tells whether a sample stands on a last line of OpenMetrics that has no
// end. Upstream's lexer fails there before it has the sample.
func (r *reading) cut(smp *expfmt.Sample) bool {
	if !unfinished(r.d.format, r.body) {
		return false
	}
	if r.lines == 0 {
		r.lines = bytes.Count(r.body, []byte{'\n'}) + 1
	}
	return smp.Line == r.lines
}

// withBlanks is the cell of a sample under the name that Prometheus reads.
func (r *reading) withBlanks(smp *expfmt.Sample) *cell {
	r.blankAt = 0
	text := append([]byte(r.blanks), smp.Series...)
	return r.maker.named(text, func() labels.Labels { return exposed(&r.maker.builder, r.blanks+smp.Name, smp.Labels) })
}
