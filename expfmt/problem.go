package expfmt

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Severity says what a problem cost.
type Severity string

// The severities.
const (
	// SeverityError: something was lost, mostly the line; or OpenMetrics is
	// violated, where Options.Strict asks for it.
	SeverityError Severity = "error"
	// SeverityWarning: everything was read, but Prometheus refuses the text
	// for it, reads something else or cannot calculate rightly with it.
	SeverityWarning Severity = "warning"
	// SeverityInfo: worth knowing; Prometheus reads the same.
	SeverityInfo Severity = "info"
)

// Problem is a defect at its place. [ProblemIDs] lists what there is, and
// [ConvertIDs] what a format cannot hold.
//
// The place in protobuf is the number of the MetricFamily message and the
// offset in the whole body. What Options.Check finds over several lines has
// the place of one that is read already, mostly the last of them.
type Problem struct {
	File         string // Options.File
	Line, Column int    // both from 1, of protobuf see above; the column counts bytes
	ID           string
	Severity     Severity
	Message      string
	Done         string // with the line: "skipped", "kept" or "repaired"; see ProblemID
	// Refused: Prometheus refuses the whole scrape for it, whatever Severity
	// says of what was read here. At a NUL byte, and behind it, Prometheus may
	// instead read no further, without a word.
	Refused bool
	// Text is the line; of protobuf the family's name, or the series of a
	// bad-histogram that is as short; cut to 200 bytes; any bytes may
	// be in it. Of the line TextOffset bytes go before it, 0 unless the column
	// is far in a long line.
	Text       string
	TextOffset int
}

// String returns "file:line:column: severity: message [id]", without the file
// when there is no name and without line and column when Line is 0.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		b.WriteByte(':')
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", p.Line, p.Column)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	fmt.Fprintf(&b, "%s: %s [%s]", p.Severity, p.Message, p.ID)
	return b.String()
}

const maxProblemText = 200

// problem queues a problem of the current record at an offset in it.
func (r *Reader) problem(off int, id, message string) {
	line, column := r.line, off+1
	b := r.p.b
	if before := b[:min(off, len(b))]; r.lines > 1 {
		line += bytes.Count(before, newline)
		from := bytes.LastIndexByte(before, '\n') + 1
		column = off - from + 1
		b = b[from:]
		if end := bytes.IndexByte(b, '\n'); end >= 0 {
			b = b[:end]
		}
	}
	text, offset := cutText(b, column)
	r.report(line, column, id, message, text, offset)
}

// cutText returns what a problem at a column shows of its line, and how much
// of the line goes before it.
func cutText(b []byte, column int) (text string, offset int) {
	if column > maxProblemText && len(b) > maxProblemText {
		offset = min(column-1-maxProblemText/2, len(b)-maxProblemText)
		offset = max(offset, 0)
		b = b[offset:]
	}
	return string(b[:min(len(b), maxProblemText)]), offset
}

// report queues a problem at any place.
func (r *Reader) report(line, column int, id, message, text string, offset int) {
	about := ids[id]
	severity := about.Severity
	if r.strict && about.Strict {
		severity = SeverityError
	}
	r.queue = append(r.queue, Problem{
		File: r.file, Line: line, Column: column,
		ID: id, Severity: severity, Message: message, Done: about.Done,
		Refused: refusedIDs[id] && !(id == "bad-exemplar" && r.format == FormatProtobuf), // of protobuf the exemplar alone is dropped
		Text:    text, TextOffset: offset,
	})
}

// refusedIDs are the problems for which Prometheus refuses the whole scrape:
// its parser does, or what takes the samples from that. Where it takes some of
// the kind, the Reader says so by taken. TestRefused holds both against it.
var refusedIDs = map[string]bool{
	"after-eof": true, "bad-exemplar": true, "bad-labels": true, "bad-line": true, "bad-metadata": true, "bad-timestamp": true,
	"bad-unit": true, "bad-utf8": true, "bad-value": true, "byte-order-mark": true, "crlf": true, "duplicate-label": true,
	"foreign-number": true, "foreign-timestamp": true, "foreign-type": true, "no-eof": true, "nul-byte": true, "no-name": true, "no-value": true,
	"openmetrics-blank": true, "openmetrics-comment": true, "text-exemplar": true, "trailing-blank": true,
	"trailing-comment": true, "trailing-text": true, "unknown-type": true, "unterminated-quote": true, "utf-16": true,
	// Of protobuf.
	"bad-histogram": true, "bad-length": true, "bad-message": true, "cut-message": true,
}

// taken says of the problem queued last that Prometheus takes the scrape.
func (r *Reader) taken() { r.queue[len(r.queue)-1].Refused = false }

var newline = []byte{'\n'}

// sortProblems brings problems in the order of their places.
func sortProblems(ps []Problem) {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}
