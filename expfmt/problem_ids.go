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
	{"bad-escape", SeverityError, kept, true, "strict", "ABNF", "a help text ends in a backslash that escapes nothing"},
	{"bad-exemplar", SeverityWarning, kept, true, "", "ABNF", "an exemplar that cannot be read was passed over, its sample is kept"},
	{"bad-histogram", SeverityError, skipped, false, "", "", "of protobuf: a native histogram that Prometheus refuses, or a classic one that it cannot convert"},
	{"bad-labels", SeverityError, skipped, false, "", "ABNF", "the braces hold something else than labels"},
	{"bad-le", SeverityWarning, kept, true, "check", "Histogram", "a bucket without le, or with one that is no number"},
	{"bad-length", SeverityError, skipped, false, "", "", "of protobuf: no length of a message where one stands; the rest of the body is lost"},
	{"bad-line", SeverityError, skipped, false, "", "ABNF", "neither a metric's name nor a comment begins the line"},
	{"bad-message", SeverityError, skipped, false, "", "", "a message or metric that is no protobuf, or of another message type"},
	{"bad-metadata", SeverityError, skipped, false, "", "ABNF", "a HELP, TYPE or UNIT line without a name, or with another text after it"},
	{"bad-quantile", SeverityWarning, kept, true, "check", "Summary", "a sample of a summary without quantile, or with one that is no number between 0 and 1"},
	{"bad-sample-name", SeverityError, kept, true, "strict", "Metric types", "a sample without the suffix that its type asks for"},
	{"bad-sample-value", SeverityError, kept, true, "strict", "Metric Types", "a number that samples of the type do not have"},
	{"bad-sum", SeverityError, kept, true, "strict", "Histogram", "a sum beside negative bounds, or a negative one without them"},
	{"bad-timestamp", SeverityError, skipped, false, "", "ABNF", "no time where one stands, or in text one beyond int64 milliseconds"},
	{"bad-unit", SeverityWarning, kept, true, "", "MetricFamily metadata", "an OpenMetrics unit that is not its metric's suffix"},
	{"bad-utf8", SeverityError, skipped, false, "", "Overall Structure", "a name, label value, help text or unit is not UTF-8"},
	{"bad-value", SeverityError, skipped, false, "", "ABNF", "no number where the value stands, or one beyond float64"},
	{"bucket-layout", SeverityInfo, kept, false, "check", "", "a histogram has other bounds than the first of its family; reported once a family"},
	{"byte-order-mark", SeverityWarning, repaired, true, "", "Overall Structure", "the text begins with a UTF-8 byte order mark"},
	{"clashing-name", SeverityError, kept, true, "strict", "Suffixes", "samples of two families can have the same name"},
	{"compressed", SeverityError, skipped, false, "", "", "gzip, zstd, framed snappy, xz or bzip2, of which nothing is read: decompress it first"},
	{"count-mismatch", SeverityWarning, kept, true, "check", "Histogram", "the _count of a histogram is not that of its +Inf bucket"},
	{"counter-value", SeverityWarning, kept, true, "check", "Counter", "a counter, or a count, that is negative or NaN"},
	{"crlf", SeverityWarning, repaired, true, "", "Overall Structure", "lines end with CR LF; reported once, at the first, and once where Prometheus refuses the text for it"},
	{"cut-message", SeverityError, skipped, false, "", "", "of protobuf: the body ends within a message"},
	{"duplicate-label", SeverityError, skipped, false, "", "LabelSet", "a label name stands twice, or in protobuf le or quantile where the sample has its own"},
	{"duplicate-series", SeverityWarning, kept, true, "check", "Metric", "a series stands twice, and Prometheus keeps the first"},
	{"duplicate-timestamp", SeverityWarning, kept, false, "check", "", "a series stands twice with the same time, and Prometheus keeps the first"},
	{"elided", SeverityWarning, kept, false, "check", "", "a line of dots stands where lines of a family are left out"},
	{"falling-buckets", SeverityWarning, kept, true, "check", "Histogram", "the counts of buckets fall, but they are cumulative"},
	{"final-blank", SeverityInfo, kept, false, "check", "", "blanks at the end of a line of text"},
	{"foreign-exemplar", SeverityError, kept, true, "strict", "Histogram", "an exemplar that is not in its bucket"},
	{"foreign-number", SeverityWarning, repaired, true, "", "ABNF", "a hexadecimal number or one with _"},
	{"foreign-timestamp", SeverityWarning, repaired, false, "", "", "a text timestamp with a sign or a fraction; see Reader"},
	{"foreign-type", SeverityWarning, kept, true, "", "ABNF", "a type of OpenMetrics in text, or untyped in OpenMetrics"},
	{"interleaved-family", SeverityWarning, kept, true, "check", "MetricFamily", "a family goes on after another one; reported once a family"},
	{"interleaved-metric", SeverityError, kept, true, "strict", "Metric", "the samples of a metric do not stand together"},
	{"label-names", SeverityInfo, kept, false, "check", "Metric", "a metric has other label names than the first of its family; reported once a family"},
	{"late-metadata", SeverityWarning, kept, true, "check", "MetricFamily metadata", "HELP, TYPE or UNIT after samples of the family"},
	{"leading-blank", SeverityWarning, repaired, false, "", "", "blanks before a metric's name, which Prometheus makes a part of it"},
	{"line-too-long", SeverityError, skipped, false, "", "", "longer than Options.MaxLine"},
	{"long-exemplar", SeverityError, kept, true, "strict", "Exemplars", "labels of an exemplar with more than 128 characters"},
	{"message-too-long", SeverityError, skipped, false, "", "", "of protobuf: longer than Options.MaxLine"},
	{"misplaced-exemplar", SeverityError, kept, true, "strict", "Exemplars", "an exemplar at another sample than the total of a counter or a bucket"},
	{"missing-blank", SeverityInfo, kept, false, "", "", "no blank between the metric's name and the value"},
	{"missing-buckets", SeverityWarning, kept, true, "check", "Histogram", "a histogram with _count or _sum and no buckets"},
	{"missing-comma", SeverityWarning, kept, false, "check", "", "of text: no comma between two labels, which promtool refuses"},
	{"missing-inf", SeverityWarning, kept, true, "check", "Histogram", "a histogram without a bucket with the bound +Inf"},
	{"missing-sum", SeverityInfo, kept, false, "check", "", "a histogram of text that has not both _sum and _count"},
	{"missing-total", SeverityError, kept, true, "strict", "Counter", "a counter without a total"},
	{"mixed-timestamps", SeverityError, kept, true, "strict", "Metric", "some samples of a metric have a time and others none"},
	{"newline-in-quotes", SeverityInfo, kept, false, "", "", "a quoted string goes on in the next line"},
	{"no-eof", SeverityWarning, kept, true, "", "Overall Structure", "OpenMetrics ends without # EOF"},
	{"no-final-newline", SeverityInfo, kept, false, "", "", "the text ends within a line: perhaps it was cut"},
	{"no-name", SeverityError, skipped, false, "", "ABNF", "braces without a metric's name, an empty name, or a family or label of protobuf without one"},
	{"no-state", SeverityError, kept, true, "strict", "StateSet", "a sample of a stateset without the label that names the state"},
	{"no-untyped-value", SeverityWarning, repaired, false, "", "", "of protobuf: no value, which means 0, but to Prometheus that of an untyped metric before"},
	{"no-value", SeverityError, skipped, false, "", "ABNF", "the line ends before the value"},
	{"not-canonical", SeverityError, kept, true, "strict", "Considerations: Canonical Numbers", "the bound +Inf in another spelling"},
	{"nul-byte", SeverityWarning, kept, false, "", "", "a comment with a NUL, at which Prometheus stops reading in silence"},
	{"odd-buckets", SeverityInfo, kept, false, "", "", "of protobuf: the counts of classic buckets fall, or their bounds do not rise"},
	{"openmetrics-blank", SeverityWarning, kept, true, "", "ABNF", "blanks, a blank line or a missing comma as OpenMetrics does not allow"},
	{"openmetrics-comment", SeverityWarning, kept, true, "", "MetricFamily metadata", "a comment, which OpenMetrics does not allow"},
	{"quoted-name", SeverityError, kept, true, "strict", "ABNF", "a quoted name"},
	{"repeated-bound", SeverityWarning, kept, true, "check", "Histogram", "two buckets with one bound, as 1 and 1.0"},
	{"repeated-metadata", SeverityWarning, kept, true, "check", "MetricFamily metadata", "a second HELP, TYPE or UNIT for a family"},
	{"reserved-name", SeverityError, kept, true, "strict", "Name, Label", "a name that begins with _"},
	{"response-headers", SeverityWarning, repaired, false, "", "", "what curl -i writes before the text is passed over; its lines count"},
	{"split-histogram", SeverityInfo, kept, false, "check", "", "the buckets of two metrics would be one histogram, if not for one label"},
	{"sum-without-count", SeverityError, kept, true, "strict", "Histogram", "a histogram with a sum and no count, or the other way round"},
	{"text-exemplar", SeverityWarning, kept, false, "", "", "an exemplar in text"},
	{"timestamp-order", SeverityError, kept, true, "strict", "Metric", "a time goes backwards within a metric"},
	{"timestamp-overflow", SeverityWarning, repaired, false, "", "", "an OpenMetrics time beyond int64 milliseconds, which becomes the last or first of these"},
	{"timestamp-unit", SeverityWarning, kept, false, "check", "", "a time that is plainly in seconds, or milliseconds in OpenMetrics; reported once"},
	{"too-large", SeverityError, skipped, false, "", "", "of protobuf: more than 1048576 labels, buckets, quantiles, spans or exemplars"},
	{"too-long", SeverityError, skipped, false, "", "", "the text is longer than Options.MaxBytes, or has more than Options.MaxRecords: the rest is not read"},
	{"trailing-blank", SeverityWarning, repaired, true, "", "ABNF", "blanks around the word of a TYPE line"},
	{"trailing-comma", SeverityError, kept, true, "strict", "ABNF", "a comma after the last label"},
	{"trailing-comment", SeverityWarning, kept, true, "", "ABNF", "a comment after a sample"},
	{"trailing-text", SeverityError, skipped, false, "", "ABNF", "more than value and timestamp"},
	{"unit-not-allowed", SeverityError, kept, true, "strict", "StateSet, Info", "a unit of an info or stateset"},
	{"unknown-escape", SeverityWarning, kept, false, "check", "", "of text: a backslash before something else than it escapes, which promtool refuses"},
	{"unknown-type", SeverityError, skipped, false, "", "ABNF", "a TYPE line with a word that is no type, or a family of protobuf of an unknown type"},
	{"unordered-buckets", SeverityWarning, kept, true, "check", "Histogram", "the bounds of buckets fall; reported once a histogram"},
	{"unterminated-quote", SeverityError, skipped, false, "", "ABNF", "a quoted string that does not end"},
	{"utf-16", SeverityWarning, repaired, true, "", "Overall Structure", "the text is UTF-16; columns are those of the same text in UTF-8 without a byte order mark"},
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
