package expfmt

import (
	"slices"
	"strings"
)

// ProblemID says what the problems with one id are.
type ProblemID struct {
	ID       string
	Severity Severity
	// Done is what a Reader does with the line, metric or message: "skipped",
	// "kept" as it is, or "repaired", which is read as what is meant.
	Done string
	// Strict says that Options.Strict makes it an error.
	Strict bool
	// Needs is the option without which it is not reported: "check", "strict"
	// or ""; "lint" is the function.
	Needs string
	// Spec is the section of OpenMetrics 1.0 that has the rule, or "".
	Spec string
	Doc  string // one line
}

// ProblemIDs returns all ids, in the order of their names.
func ProblemIDs() []ProblemID {
	out := slices.Concat(problemIDs, lintRules)
	slices.SortFunc(out, func(a, b ProblemID) int { return strings.Compare(a.ID, b.ID) })
	return out
}

const (
	skipped  = "skipped"
	kept     = "kept"
	repaired = "repaired"
)

// problemIDs are sorted by ID. The ids are stable.
var problemIDs = []ProblemID{
	{"after-eof", SeverityWarning, kept, true, "", "ABNF", "OpenMetrics goes on after # EOF"},
	{"bad-exemplar", SeverityWarning, kept, true, "", "ABNF", "an exemplar that cannot be read was passed over, its sample is kept"},
	{"bad-histogram", SeverityError, skipped, false, "", "", "of protobuf: a native histogram that Prometheus refuses, or a classic one that it cannot convert"},
	{"bad-labels", SeverityError, skipped, false, "", "ABNF", "the braces hold something else than labels"},
	{"bad-length", SeverityError, skipped, false, "", "", "of protobuf: no length of a message where one stands; the rest of the body is lost"},
	{"bad-line", SeverityError, skipped, false, "", "ABNF", "neither a metric's name nor a comment begins the line"},
	{"bad-message", SeverityError, skipped, false, "", "", "a message or metric that is no protobuf, or of another message type"},
	{"bad-metadata", SeverityError, skipped, false, "", "ABNF", "a HELP, TYPE or UNIT line without a name, or with another text after it"},
	{"bad-timestamp", SeverityError, skipped, false, "", "ABNF", "no time where one stands, or in text one beyond int64 milliseconds"},
	{"bad-unit", SeverityWarning, kept, true, "", "MetricFamily metadata", "an OpenMetrics unit that is not its metric's suffix"},
	{"bad-utf8", SeverityError, skipped, false, "", "Overall Structure", "a name, label value, help text or unit is not UTF-8"},
	{"bad-value", SeverityError, skipped, false, "", "ABNF", "no number where the value stands, or one beyond float64"},
	{"byte-order-mark", SeverityWarning, repaired, true, "", "Overall Structure", "the text begins with a UTF-8 byte order mark"},
	{"crlf", SeverityWarning, repaired, true, "", "Overall Structure", "lines end with CR LF; reported once, at the first"},
	{"cut-message", SeverityError, skipped, false, "", "", "of protobuf: the body ends within a message"},
	{"duplicate-label", SeverityError, skipped, false, "", "LabelSet", "a label name stands twice, or in protobuf le or quantile where the sample has its own"},
	{"foreign-number", SeverityWarning, repaired, true, "", "ABNF", "a hexadecimal number or one with _"},
	{"foreign-timestamp", SeverityWarning, repaired, false, "", "", "a text timestamp with a sign or a fraction; see Reader"},
	{"foreign-type", SeverityWarning, kept, true, "", "ABNF", "a type of OpenMetrics in text, or untyped in OpenMetrics"},
	{"leading-blank", SeverityWarning, repaired, false, "", "", "blanks before a metric's name, which Prometheus makes a part of it"},
	{"line-too-long", SeverityError, skipped, false, "", "", "longer than Options.MaxLine"},
	{"message-too-long", SeverityError, skipped, false, "", "", "of protobuf: longer than Options.MaxLine"},
	{"missing-blank", SeverityInfo, kept, false, "", "", "no blank between the metric's name and the value"},
	{"newline-in-quotes", SeverityInfo, kept, false, "", "", "a quoted string goes on in the next line"},
	{"no-eof", SeverityWarning, kept, true, "", "Overall Structure", "OpenMetrics ends without # EOF"},
	{"no-final-newline", SeverityInfo, kept, false, "", "", "the text ends within a line: perhaps it was cut"},
	{"no-name", SeverityError, skipped, false, "", "ABNF", "braces without a metric's name, an empty name, or a family or label of protobuf without one"},
	{"no-untyped-value", SeverityWarning, repaired, false, "", "", "of protobuf: no value, which means 0, but to Prometheus that of an untyped metric before"},
	{"no-value", SeverityError, skipped, false, "", "ABNF", "the line ends before the value"},
	{"nul-byte", SeverityWarning, kept, false, "", "", "a comment with a NUL, at which Prometheus stops reading in silence"},
	{"odd-buckets", SeverityInfo, kept, false, "", "", "of protobuf: the counts of classic buckets fall, or their bounds do not rise"},
	{"openmetrics-blank", SeverityWarning, kept, true, "", "ABNF", "blanks, a blank line or a missing comma as OpenMetrics does not allow"},
	{"openmetrics-comment", SeverityWarning, kept, true, "", "MetricFamily metadata", "a comment, which OpenMetrics does not allow"},
	{"text-exemplar", SeverityWarning, kept, false, "", "", "an exemplar in text"},
	{"too-large", SeverityError, skipped, false, "", "", "of protobuf: more than 1048576 labels, buckets, quantiles, spans or exemplars"},
	{"trailing-blank", SeverityWarning, repaired, true, "", "ABNF", "blanks around the word of a TYPE line"},
	{"trailing-comment", SeverityWarning, kept, true, "", "ABNF", "a comment after a sample"},
	{"trailing-text", SeverityError, skipped, false, "", "ABNF", "more than value and timestamp"},
	{"unknown-type", SeverityError, skipped, false, "", "ABNF", "a TYPE line with a word that is no type, or a family of protobuf of an unknown type"},
	{"unterminated-quote", SeverityError, skipped, false, "", "ABNF", "a quoted string that does not end"},
	{"wrong-field", SeverityInfo, kept, false, "", "", "of protobuf: a metric has nothing of its family's type, and is read as 0"},
}

// ids finds what is said of an id.
var ids = func() map[string]*ProblemID {
	m := make(map[string]*ProblemID, len(problemIDs))
	for i := range problemIDs {
		m[problemIDs[i].ID] = &problemIDs[i]
	}
	return m
}()
