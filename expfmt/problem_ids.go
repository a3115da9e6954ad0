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
	Fix  string // what to do about it, one line
	// Example is the message of one, as it was printed; "" of those of a
	// Reader and of Lint, of which package fixtures has an exposition each.
	Example string
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
	{"after-eof", SeverityWarning, kept, true, "", "ABNF", "OpenMetrics goes on after # EOF", "write # EOF once, as the last line; if files were joined, keep them apart", ""},
	{"bad-escape", SeverityError, kept, true, "strict", "ABNF", "a help text ends in a backslash that escapes nothing", "escape a backslash as two", ""},
	{"bad-exemplar", SeverityWarning, kept, true, "", "ABNF", "an exemplar that cannot be read was passed over, its sample is kept", "write # {labels} value, with an optional time in seconds", ""},
	{"bad-histogram", SeverityError, skipped, false, "", "", "of protobuf: a native histogram that Prometheus refuses, or a classic one that it cannot convert", "let a client library write it: spans, deltas and counts must agree", ""},
	{"bad-labels", SeverityError, skipped, false, "", "ABNF", "the braces hold something else than labels", "write name=\"value\" pairs between the braces, divided by commas", ""},
	{"bad-le", SeverityWarning, kept, true, "check", "Histogram", "a bucket without le, or with one that is no number", "give each _bucket a label le with its upper bound, +Inf for the last", ""},
	{"bad-length", SeverityError, skipped, false, "", "", "of protobuf: no length of a message where one stands; the rest of the body is lost", "save the body again, in binary; before each message stands its length as a varint", ""},
	{"bad-line", SeverityError, skipped, false, "", "ABNF", "neither a metric's name nor a comment begins the line", "begin each line with a metric's name or #; a line of another program does not belong there", ""},
	{"bad-message", SeverityError, skipped, false, "", "", "a message or metric that is no protobuf, or of another message type", "save the body again, in binary; it must be io.prometheus.client.MetricFamily", ""},
	{"bad-metadata", SeverityError, skipped, false, "", "ABNF", "a HELP, TYPE or UNIT line without a name, or with another text after it", "write # HELP name text, # TYPE name type", ""},
	{"bad-quantile", SeverityWarning, kept, true, "check", "Summary", "a sample of a summary without quantile, or with one that is no number between 0 and 1", "give each sample of a summary a label quantile between 0 and 1", ""},
	{"bad-sample-name", SeverityError, kept, true, "strict", "Metric types", "a sample without the suffix that its type asks for", "add the suffix, such as _total or _bucket, or change the TYPE", ""},
	{"bad-sample-value", SeverityError, kept, true, "strict", "Metric Types", "a number that samples of the type do not have", "correct the value, or the TYPE", ""},
	{"bad-sum", SeverityError, kept, true, "strict", "Histogram", "a sum beside negative bounds, or a negative one without them", "leave the sum out where observations may be negative", ""},
	{"bad-timestamp", SeverityError, skipped, false, "", "ABNF", "no time where one stands, or in text one beyond int64 milliseconds", "leave the time out, or write whole milliseconds in text, seconds in OpenMetrics", ""},
	{"bad-unit", SeverityWarning, kept, true, "", "MetricFamily metadata", "an OpenMetrics unit that is not its metric's suffix", "end the metric's name in the unit, or leave UNIT out", ""},
	{"bad-utf8", SeverityError, skipped, false, "", "Overall Structure", "a name, label value, help text or unit is not UTF-8", "write UTF-8; a label that holds bytes of a user needs them replaced", ""},
	{"bad-value", SeverityError, skipped, false, "", "ABNF", "no number where the value stands, or one beyond float64", "write a number, NaN, +Inf or -Inf", ""},
	{"bucket-layout", SeverityInfo, kept, false, "check", "", "a histogram has other bounds than the first of its family; reported once a family", "use the same bounds for all series of a histogram, or quantiles over several are wrong", ""},
	{"byte-order-mark", SeverityWarning, repaired, true, "", "Overall Structure", "the text begins with a UTF-8 byte order mark", "save without it; PowerShell writes one, curl -o does not", ""},
	{"clashing-name", SeverityError, kept, true, "strict", "Suffixes", "samples of two families can have the same name", "rename one of the two metrics", ""},
	{"compressed", SeverityError, skipped, false, "", "", "gzip, zstd, framed snappy, xz or bzip2, of which nothing is read: decompress it first", "decompress it first; a capture reads .gz and .zst itself", "the text is compressed with gzip and cannot be read as it is: decompress it first"},
	{"count-mismatch", SeverityWarning, kept, true, "check", "Histogram", "the _count of a histogram is not that of its +Inf bucket", "read the count and the buckets at one moment, or let a client library write them", ""},
	{"counter-value", SeverityWarning, kept, true, "check", "Counter", "a counter, or a count, that is negative or NaN", "count up from 0; what falls, or may be NaN, is a gauge", ""},
	{"crlf", SeverityWarning, repaired, true, "", "Overall Structure", "lines end with CR LF; reported once, at the first, and once where Prometheus refuses the text for it", "end lines with LF alone; do not save or copy as text on Windows", ""},
	{"cut-message", SeverityError, skipped, false, "", "", "of protobuf: the body ends within a message", "save the body again: it was cut", ""},
	{"duplicate-label", SeverityError, skipped, false, "", "LabelSet", "a label name stands twice, or in protobuf le or quantile where the sample has its own", "write each label once", ""},
	{"duplicate-series", SeverityWarning, kept, true, "check", "Metric", "a series stands twice, and Prometheus keeps the first", "expose each series once; two collectors may share a name and labels", ""},
	{"duplicate-timestamp", SeverityWarning, kept, false, "check", "", "a series stands twice with the same time, and Prometheus keeps the first", "expose one sample for a series and time", ""},
	{"elided", SeverityWarning, kept, false, "check", "", "a line of dots stands where lines of a family are left out", "save the whole exposition: what the dots stand for is lost", ""},
	{"falling-buckets", SeverityWarning, kept, true, "check", "Histogram", "the counts of buckets fall, but they are cumulative", "count in each bucket what is in the smaller ones, too", ""},
	{"final-blank", SeverityInfo, kept, false, "check", "", "blanks at the end of a line of text", "nothing is lost; promtool refuses it behind some numbers", ""},
	{"foreign-exemplar", SeverityError, kept, true, "strict", "Histogram", "an exemplar that is not in its bucket", "put the exemplar into the bucket that its value lies in", ""},
	{"foreign-number", SeverityWarning, repaired, true, "", "ABNF", "a hexadecimal number or one with _", "write a decimal number", ""},
	{"foreign-timestamp", SeverityWarning, repaired, false, "", "", "a text timestamp with a sign or a fraction; see Reader", "write whole milliseconds", ""},
	{"foreign-type", SeverityWarning, kept, true, "", "ABNF", "a type of OpenMetrics in text, or untyped in OpenMetrics", "write untyped in text and unknown in OpenMetrics, or name the format in the Content-Type", ""},
	{"interleaved-family", SeverityWarning, kept, true, "check", "MetricFamily", "a family goes on after another one; reported once a family", "write all samples of a family together", ""},
	{"interleaved-metric", SeverityError, kept, true, "strict", "Metric", "the samples of a metric do not stand together", "write all samples of a series together", ""},
	{"label-names", SeverityInfo, kept, false, "check", "Metric", "a metric has other label names than the first of its family; reported once a family", "give all series of a metric the same labels, with \"\" where there is no value", ""},
	{"late-metadata", SeverityWarning, kept, true, "check", "MetricFamily metadata", "HELP, TYPE or UNIT after samples of the family", "write HELP, TYPE and UNIT before the samples", ""},
	{"leading-blank", SeverityWarning, repaired, false, "", "", "blanks before a metric's name, which Prometheus makes a part of it", "begin the line with the name; as it is, rules that ask for the name find nothing", ""},
	{"line-too-long", SeverityError, skipped, false, "", "", "longer than Options.MaxLine", "--max-line raises the limit, if such a line is meant", ""},
	{"long-exemplar", SeverityError, kept, true, "strict", "Exemplars", "labels of an exemplar with more than 128 characters", "keep an exemplar's labels to a trace's id", ""},
	{"message-too-long", SeverityError, skipped, false, "", "", "of protobuf: longer than Options.MaxLine", "--max-line raises the limit, if such a message is meant", ""},
	{"misplaced-exemplar", SeverityError, kept, true, "strict", "Exemplars", "an exemplar at another sample than the total of a counter or a bucket", "keep exemplars to _total and _bucket", ""},
	{"missing-blank", SeverityInfo, kept, false, "", "", "no blank between the metric's name and the value", "write a blank before the value", ""},
	{"missing-buckets", SeverityWarning, kept, true, "check", "Histogram", "a histogram with _count or _sum and no buckets", "expose its buckets, or call it a summary", ""},
	{"missing-comma", SeverityWarning, kept, false, "check", "", "of text: no comma between two labels, which promtool refuses", "write a comma between labels", ""},
	{"missing-inf", SeverityWarning, kept, true, "check", "Histogram", "a histogram without a bucket with the bound +Inf", "add the bucket +Inf: without it no quantile can be computed", ""},
	{"missing-sum", SeverityInfo, kept, false, "check", "", "a histogram of text that has not both _sum and _count", "expose _sum and _count: averages need both", ""},
	{"missing-total", SeverityError, kept, true, "strict", "Counter", "a counter without a total", "call the sample NAME_total", ""},
	{"mixed-timestamps", SeverityError, kept, true, "strict", "Metric", "some samples of a metric have a time and others none", "give all samples of a metric a time, or none", ""},
	{"newline-in-quotes", SeverityInfo, kept, false, "", "", "a quoted string goes on in the next line", "escape a line's end in a label as \\n", ""},
	{"no-eof", SeverityWarning, kept, true, "", "Overall Structure", "OpenMetrics ends without # EOF", "end with # EOF; if the program does, the file was cut", ""},
	{"no-final-newline", SeverityInfo, kept, false, "", "", "the text ends within a line: perhaps it was cut", "if the program ends its last line, the file was cut: save it again", ""},
	{"no-name", SeverityError, skipped, false, "", "ABNF", "braces without a metric's name, an empty name, or a family or label of protobuf without one", "write the metric's name before the braces", ""},
	{"no-state", SeverityError, kept, true, "strict", "StateSet", "a sample of a stateset without the label that names the state", "give each sample a label of the metric's name, with the state", ""},
	{"no-untyped-value", SeverityWarning, repaired, false, "", "", "of protobuf: no value, which means 0, but to Prometheus that of an untyped metric before", "set the value in every metric", ""},
	{"no-value", SeverityError, skipped, false, "", "ABNF", "the line ends before the value", "write a value; if the line was cut, save it again", ""},
	{"not-canonical", SeverityError, kept, true, "strict", "Considerations: Canonical Numbers", "the bound +Inf in another spelling", "write +Inf", ""},
	{"nul-byte", SeverityWarning, kept, false, "", "", "a comment with a NUL, at which Prometheus stops reading in silence", "take NUL bytes out: what stands behind one, Prometheus may not see", ""},
	{"odd-buckets", SeverityInfo, kept, false, "", "", "of protobuf: the counts of classic buckets fall, or their bounds do not rise", "let the counts and bounds of buckets rise", ""},
	{"openmetrics-blank", SeverityWarning, kept, true, "", "ABNF", "blanks, a blank line or a missing comma as OpenMetrics does not allow", "write single blanks and no empty lines", ""},
	{"openmetrics-comment", SeverityWarning, kept, true, "", "MetricFamily metadata", "a comment, which OpenMetrics does not allow", "leave it out, or expose text, where comments are allowed", ""},
	{"quoted-name", SeverityError, kept, true, "strict", "ABNF", "a quoted name", "use a name of letters, digits, _ and :", ""},
	{"repeated-bound", SeverityWarning, kept, true, "check", "Histogram", "two buckets with one bound, as 1 and 1.0", "expose one bucket for a bound; to Prometheus 1 and 1.0 are one", ""},
	{"repeated-metadata", SeverityWarning, kept, true, "check", "MetricFamily metadata", "a second HELP, TYPE or UNIT for a family", "write each of them once for a family", ""},
	{"reserved-name", SeverityError, kept, true, "strict", "Name, Label", "a name that begins with _", "begin names with a letter", ""},
	{"response-headers", SeverityWarning, repaired, false, "", "", "what curl -i writes before the text is passed over; its lines count", "nothing is lost; curl -D FILE -o FILE keeps them apart", ""},
	{"split-histogram", SeverityInfo, kept, false, "check", "", "the buckets of two metrics would be one histogram, if not for one label", "give all buckets of a histogram the same labels but for le", ""},
	{"sum-without-count", SeverityError, kept, true, "strict", "Histogram", "a histogram with a sum and no count, or the other way round", "expose both", ""},
	{"text-exemplar", SeverityWarning, kept, false, "", "", "an exemplar in text", "expose OpenMetrics, or leave exemplars out", ""},
	{"timestamp-order", SeverityError, kept, true, "strict", "Metric", "a time goes backwards within a metric", "let times of a series rise", ""},
	{"timestamp-overflow", SeverityWarning, repaired, false, "", "", "an OpenMetrics time beyond int64 milliseconds, which becomes the last or first of these", "write seconds in OpenMetrics", ""},
	{"timestamp-unit", SeverityWarning, kept, false, "check", "", "a time that is plainly in seconds, or milliseconds in OpenMetrics; reported once", "write milliseconds in text, seconds in OpenMetrics", ""},
	{"too-large", SeverityError, skipped, false, "", "", "of protobuf: more than 1048576 labels, buckets, quantiles, spans or exemplars", "expose fewer of them in one metric", ""},
	{"too-long", SeverityError, skipped, false, "", "", "the text is longer than Options.MaxBytes, or has more than Options.MaxRecords: the rest is not read", "--max-file raises the limit, if such a file is meant", ""},
	{"trailing-blank", SeverityWarning, repaired, true, "", "ABNF", "blanks around the word of a TYPE line", "write the type alone, or Prometheus refuses the scrape", ""},
	{"trailing-comma", SeverityError, kept, true, "strict", "ABNF", "a comma after the last label", "leave the comma out", ""},
	{"trailing-comment", SeverityWarning, kept, true, "", "ABNF", "a comment after a sample", "write comments in lines of their own", ""},
	{"trailing-text", SeverityError, skipped, false, "", "ABNF", "more than value and timestamp", "write one value, and a time at most", ""},
	{"unit-not-allowed", SeverityError, kept, true, "strict", "StateSet, Info", "a unit of an info or stateset", "leave UNIT out", ""},
	{"unknown-escape", SeverityWarning, kept, false, "check", "", "of text: a backslash before something else than it escapes, which promtool refuses", "escape backslash, quote and line end alone; \\d of a regular expression is \\\\d", ""},
	{"unknown-type", SeverityError, skipped, false, "", "ABNF", "a TYPE line with a word that is no type, or a family of protobuf of an unknown type", "write counter, gauge, histogram, summary or untyped", ""},
	{"unordered-buckets", SeverityWarning, kept, true, "check", "Histogram", "the bounds of buckets fall; reported once a histogram", "write buckets by their bounds, the smallest first", ""},
	{"unterminated-quote", SeverityError, skipped, false, "", "ABNF", "a quoted string that does not end", "end the value with a quote; quotes in it are \\\"", ""},
	{"utf-16", SeverityWarning, repaired, true, "", "Overall Structure", "the text is UTF-16; columns are those of the same text in UTF-8 without a byte order mark", "save with curl -o FILE, since PowerShell's > writes UTF-16", ""},
	{"wrong-field", SeverityInfo, kept, false, "", "", "of protobuf: a metric has nothing of its family's type, and is read as 0", "set the field that the family's type names", ""},
}

// ids finds what is said of an id.
var ids = func() map[string]*ProblemID {
	m := make(map[string]*ProblemID, len(problemIDs))
	for i := range problemIDs {
		m[problemIDs[i].ID] = &problemIDs[i]
	}
	return m
}()
