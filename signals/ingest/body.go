package ingest

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// A pass is the reading of one body.
type pass struct {
	in      *Ingester
	t       *target
	s       *capture.Scrape
	rep     *Report
	damaged int    // lines that were skipped
	taken   bool   // a sample went into a histogram, which may come to nothing
	blanks  string // before the name of the sample on line blankAt
	blankAt int
	over    bool // sample_limit is exceeded
	lines   int  // of the body, once counted
}

// body reads the exposition of s and stages its samples.
func (in *Ingester) body(t *target, s *capture.Scrape, rep *Report) {
	p := pass{in: in, t: t, s: s, rep: rep}
	proto := rep.Format == expfmt.FormatProtobuf
	in.problems.place = func(line, column int) (int, int) { return s.Place(line, column, proto) }
	opts := expfmt.Options{Format: rep.Format, File: s.File, MaxLine: in.opts.MaxLine, MaxBytes: -1} // the capture has a limit
	pick := proto && t.pickNative()
	if proto {
		opts.IgnoreNative = !t.native && !pick
		opts.KeepClassic = t.keepClassic || pick
		opts.ConvertNHCB = t.convert
	}
	in.reader.Reset(s.Body, opts)
	var reason string
	switch {
	case t.convert && !proto:
		reason = p.converting()
	case pick:
		reason = p.picking()
	default:
		reason = p.plain()
	}
	if err := in.reader.Err(); err != nil && reason == "" {
		in.problems.add(Problem{ID: "unreadable-scrape", Severity: expfmt.SeverityError, Message: err.Error()})
		reason = err.Error()
	}
	if reason == "" && p.over {
		reason = fmt.Sprintf("sample_limit exceeded: %d samples where %d are allowed", in.limited, t.sampleLimit)
		in.problems.add(Problem{ID: "sample-limit", Severity: expfmt.SeverityError, Message: reason})
	}
	if reason == "" && p.damaged > 0 && rep.Scraped == 0 && !p.taken {
		reason = fmt.Sprintf("not an exposition: none of its lines can be read as a sample (%d tried)", p.damaged)
		in.problems.add(Problem{ID: "not-exposition", Severity: expfmt.SeverityError, Message: reason})
	}
	if reason != "" {
		fail(rep, reason)
		return
	}
	in.markStale(t, s.Time)
	t.endScrape(true)
}

// plain stages what is read as it is read. A reason in return fails the scrape,
// here and in what is called from here.
func (p *pass) plain() string {
	r := p.in.reader
	for r.Next() {
		switch r.Kind() {
		case expfmt.KindSample:
			smp := r.Sample()
			if p.blankAt != 0 {
				smp = p.withBlanks(smp)
			}
			if reason := p.sample(smp, histo{}, labels.EmptyLabels()); reason != "" {
				return reason
			}
		case expfmt.KindHistogram:
			if reason := p.histogram(r.Histogram()); reason != "" {
				return reason
			}
		case expfmt.KindProblem:
			if reason, end := p.problem(r.Problem()); end {
				return reason
			}
		}
	}
	return ""
}

// problem notes a defect. With end the body ends here, without a reason as if
// it had no more.
func (p *pass) problem(found *expfmt.Problem) (reason string, end bool) {
	p.in.problems.add(*found)
	if p.in.opts.FailOnDamage && p.endsSilently(found) {
		return "", true
	}
	if found.Severity == expfmt.SeverityError {
		p.damaged++
	}
	if !p.in.opts.FailOnDamage || found.Severity == expfmt.SeverityInfo {
		return "", false
	}
	switch found.ID {
	case "leading-blank": // a part of the name, upstream
		rest := strings.TrimLeft(found.Text, " \t")
		p.blanks, p.blankAt = found.Text[:len(found.Text)-len(rest)], found.Line
		return "", false
	case "nul-byte":
		// In a HELP text it is text, upstream; elsewhere in such a line a
		// problem of its own follows.
		if p.rep.Format != expfmt.FormatOpenMetrics && metadataLine.MatchString(found.Text) {
			return "", false
		}
	case "crlf": // told once: at the first line that has it
		if p.rep.Format != expfmt.FormatOpenMetrics && !crMatters(p.s.Body) {
			return "", false
		}
	case "duplicate-label", "bad-histogram": // read as a sample, upstream, which the store then refuses
		p.rep.Scraped++
	}
	if found.Line == 0 {
		return fmt.Sprintf("damaged: %s: %s", p.s.File, found.Message), true
	}
	line, column := p.in.problems.place(found.Line, found.Column)
	return fmt.Sprintf("damaged: %s:%d:%d: %s", p.s.File, line, column, found.Message), true
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
func (p *pass) endsSilently(found *expfmt.Problem) bool {
	switch {
	case p.rep.Format == expfmt.FormatOpenMetrics:
		return false
	case found.ID == "bad-line":
		return strings.HasPrefix(found.Text, "\x00")
	case found.ID == "nul-byte":
		return !metadataLine.MatchString(found.Text)
	}
	return false
}

// withBlanks gives a sample the name that Prometheus reads.
func (p *pass) withBlanks(smp *expfmt.Sample) *expfmt.Sample {
	if smp.Line != p.blankAt {
		return smp
	}
	p.blankAt = 0
	named := *smp
	named.Name = p.blanks + smp.Name
	named.Series = append([]byte(p.blanks), smp.Series...)
	return &named
}

// histogram stages a native histogram.
func (p *pass) histogram(h *expfmt.HistogramSample) string {
	smp := &p.in.native
	*smp = expfmt.Sample{
		Name: h.Name, Labels: h.Labels, Series: h.Series, Type: h.Type, Line: h.Line, Column: h.Column,
		Timestamp: h.Timestamp, HasTimestamp: h.HasTimestamp,
	}
	return p.sample(smp, histo{h.H, h.FH}, labels.EmptyLabels())
}
