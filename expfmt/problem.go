package expfmt

import (
	"fmt"
	"strings"
)

// Severity says what a problem cost.
type Severity string

// The severities.
const (
	// SeverityError: something was lost, mostly the line.
	SeverityError Severity = "error"
	// SeverityWarning: everything was read, but Prometheus refuses the text
	// for it or reads something else.
	SeverityWarning Severity = "warning"
	// SeverityInfo: worth knowing; Prometheus reads the same.
	SeverityInfo Severity = "info"
)

// Problem is a defect at its place.
//
// The ids are stable. Those of lines that are skipped (error):
//
//	bad-line             neither a metric's name nor a comment begins the line
//	bad-labels           the braces hold something else than labels
//	bad-utf8             a name, label value or help text is not UTF-8
//	bad-value            no number where the value stands, or one beyond float64
//	bad-timestamp        no time where one stands, or one beyond int64 milliseconds
//	bad-metadata         a HELP, TYPE or UNIT line without a name, or with another text after it
//	duplicate-label      a label name stands twice
//	line-too-long        longer than Options.MaxLine
//	no-name              braces without a metric's name, or an empty name
//	no-value             the line ends before the value
//	too-long             the text is longer than Options.MaxBytes: the rest
//	trailing-text        more than value and timestamp
//	unknown-type         a TYPE line with a word that is no type
//	unterminated-quote   a quoted string that does not end
//
// And, of any format, where nothing is read (error):
//
//	compressed           gzip, zstd or framed snappy: decompress it first
//
// Those of protobuf that are skipped (error), the metric where no more is said:
//
//	bad-histogram        a native histogram that Prometheus refuses, or a classic one that it cannot convert
//	bad-length           no length of a message where one stands: the rest of the body
//	bad-message          a message or metric that is no protobuf, or of another message type
//	bad-utf8             a family's or label's name, a label value, a help text or unit is not UTF-8
//	cut-message          the body ends within a message
//	duplicate-label      a label name stands twice, or le or quantile where the sample has its own
//	message-too-long     longer than Options.MaxLine
//	no-name              a family or label without a name
//	too-large            more than 1048576 labels, buckets, quantiles, spans or exemplars
//	unknown-type         a family of an unknown type
//
// Those of lines that are read all the same (warning):
//
//	after-eof            OpenMetrics goes on after # EOF
//	bad-exemplar         an exemplar that cannot be read; its sample is kept
//	bad-unit             an OpenMetrics unit that is not its metric's suffix
//	byte-order-mark      the text begins with a UTF-8 byte order mark
//	crlf                 lines end with CR LF; reported once, at the first
//	foreign-number       a hexadecimal number or one with _
//	foreign-timestamp    a text timestamp with a sign or a fraction; see [Reader]
//	foreign-type         a type of OpenMetrics in text, or untyped in OpenMetrics
//	leading-blank        Prometheus makes the blanks a part of the metric's name
//	no-eof               OpenMetrics ends without # EOF
//	no-untyped-value     of protobuf: no value, which means 0, but to Prometheus that of an untyped metric before
//	nul-byte             a comment with a NUL, at which Prometheus stops reading in silence
//	openmetrics-blank    blanks, a blank line or a missing comma as OpenMetrics does not allow
//	openmetrics-comment  a comment, which OpenMetrics does not allow
//	response-headers     what curl -i writes before the text, passed over; the lines count
//	text-exemplar        an exemplar in text
//	trailing-blank       blanks around the word of a TYPE line
//	trailing-comment     a comment after a sample
//	utf-16               the text is UTF-16; columns are those of the same text in UTF-8 without a byte order mark
//
// And for information (info):
//
//	missing-blank        no blank between the metric's name and the value
//	newline-in-quotes    a quoted string goes on in the next line
//	no-final-newline     the text ends within a line: perhaps it was cut
//	odd-buckets          of protobuf: the counts of classic buckets fall, or their bounds do not rise
//	wrong-field          of protobuf: a metric has nothing of its family's type, and is read as 0
//
// The place in protobuf is the number of the MetricFamily message and the
// offset in the whole body.
type Problem struct {
	File         string // Options.File
	Line, Column int    // both from 1, of protobuf see above; the column counts bytes
	ID           string
	Severity     Severity
	Message      string
	Text         string // the line, or the family's name, cut to 200 bytes; any bytes may be in it
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

var severities = map[string]Severity{
	"bad-line": SeverityError, "bad-labels": SeverityError, "bad-utf8": SeverityError,
	"bad-value": SeverityError, "bad-timestamp": SeverityError, "bad-metadata": SeverityError,
	"duplicate-label": SeverityError, "line-too-long": SeverityError, "no-name": SeverityError,
	"no-value": SeverityError, "trailing-text": SeverityError, "unknown-type": SeverityError,
	"unterminated-quote": SeverityError,

	"compressed": SeverityError, "too-long": SeverityError,

	"bad-histogram": SeverityError, "bad-length": SeverityError, "bad-message": SeverityError,
	"cut-message": SeverityError, "message-too-long": SeverityError, "too-large": SeverityError,

	"after-eof": SeverityWarning, "bad-exemplar": SeverityWarning, "bad-unit": SeverityWarning,
	"byte-order-mark": SeverityWarning, "crlf": SeverityWarning, "foreign-number": SeverityWarning,
	"foreign-timestamp": SeverityWarning, "foreign-type": SeverityWarning, "leading-blank": SeverityWarning,
	"no-eof": SeverityWarning, "no-untyped-value": SeverityWarning,
	"nul-byte": SeverityWarning, "openmetrics-blank": SeverityWarning, "openmetrics-comment": SeverityWarning,
	"response-headers": SeverityWarning, "utf-16": SeverityWarning, "text-exemplar": SeverityWarning, "trailing-blank": SeverityWarning, "trailing-comment": SeverityWarning,

	"missing-blank": SeverityInfo, "newline-in-quotes": SeverityInfo, "no-final-newline": SeverityInfo,
	"odd-buckets": SeverityInfo, "wrong-field": SeverityInfo,
}
