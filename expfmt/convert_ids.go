package expfmt

import "slices"

// ConvertIDs are the ids of what Convert cannot keep, in the order of their
// names. A problem stands for all of its kind in a family.
func ConvertIDs() []ProblemID { return slices.Clone(convertIDs) }

var convertIDs = []ProblemID{
	{ID: "lost-exemplar", Severity: SeverityError, Done: skipped, Doc: "text has no exemplars, others where OpenMetrics allows them; it is left out",
		Fix: "write OpenMetrics or protobuf", Example: "jobs_total{queue=\"mail\"}: text has no exemplars"},
	{ID: "lost-family", Severity: SeverityError, Done: skipped, Doc: "no UTF-8 name, a name that another family has, or in protobuf no samples; the family is left out",
		Fix: "rename the family", Example: "jobs: another family has this name in openmetrics"},
	{ID: "lost-help", Severity: SeverityError, Done: skipped, Doc: "a help text that is not UTF-8, or would not be read back as it is; it is left out",
		Fix: "write the help text in UTF-8", Example: "jobs: the help text cannot be written in text"},
	{ID: "lost-label", Severity: SeverityError, Done: skipped, Doc: "a label without a name or twice, or one that is not UTF-8; the sample is left out",
		Fix: "correct the label", Example: "jobs{\"\"=\"x\"}: these labels cannot be written in openmetrics"},
	{ID: "lost-native", Severity: SeverityError, Done: skipped, Doc: "a native histogram, which text and OpenMetrics lack; it is left out",
		Fix: "write protobuf, or expose classic buckets, too", Example: "seconds: text has no native histograms"},
	{ID: "lost-sample", Severity: SeverityError, Done: skipped, Doc: "no sample of the family's type, or one that stands twice; it is left out",
		Fix: "correct the TYPE line, or the sample's name", Example: "jobs_max: a counter has no such sample in openmetrics"},
	{ID: "lost-series", Severity: SeverityError, Done: skipped, Doc: "a summary or histogram that lacks a part or contradicts itself; all its samples are left out",
		Fix: "expose all of its parts", Example: "seconds_count: it has no bucket with the bound +Inf"},
	{ID: "lost-start", Severity: SeverityError, Done: skipped, Doc: "a start timestamp where the format has none; it is left out",
		Fix: "write OpenMetrics or protobuf", Example: "jobs_total: text has no start timestamps"},
	{ID: "lost-time", Severity: SeverityError, Done: skipped, Doc: "a time before 1970 in text, 1970 itself in protobuf, or times that OpenMetrics cannot tell; the sample is left out",
		Fix: "give all samples of a series a time, or none", Example: "jobs: in text there is no time before 1970"},
	{ID: "lost-type", Severity: SeverityError, Done: skipped, Doc: "the samples become families of TypeUnknown, as client_golang does with counters without _total",
		Fix: "end the counter's name in _total", Example: "jobs: a counter of openmetrics is called _total"},
	{ID: "lost-unit", Severity: SeverityError, Done: skipped, Doc: "text has no units, in OpenMetrics it ends the family's name; it is left out",
		Fix: "end the name in the unit", Example: "seconds: text has no units"},
	{ID: "lost-value", Severity: SeverityError, Done: skipped, Doc: "a staleness marker in text, or a value that the format does not allow the type; the sample is left out",
		Fix: "write a format that has such values", Example: "jobs: text has no staleness markers"},
}
