package reachable

import "github.com/prometheus/prometheus/promql/parser"

// Shape is what is known of the data beside their values.
type Shape struct {
	// Metrics by name, as stored: NAME_bucket and NAME_count are two. A name
	// that is in neither map can have any labels and values.
	Metrics map[string]Metric
	// Recorded holds the rules that record a name: all that can write it. A
	// name that is in both maps is of either.
	Recorded map[string][]Recording
	// DelayedNames is set when the engine removes names at the end of a query
	// (promql-delayed-name-removal).
	DelayedNames bool
}

// Metric is the shape of the series of one name.
type Metric struct {
	// Labels are the names that a series can have, target labels among them;
	// order and __name__ do not matter.
	Labels []string
	// Always holds those of Labels that every series has with a value.
	Always []string
	// Bounds are the values of le as they are stored ("1.0", not "1"), over all
	// layouts seen. With none, le can have any value if Labels has it.
	Bounds []string
	// NonNegative is set when no sample is below 0.
	NonNegative bool
	// NotNaN is set when every sample is a number or ±Inf. Between two samples
	// a NaN hides a reset: rate() over 100, NaN, 5 is negative.
	NotNaN bool
	// Native is set when samples can be native histograms.
	Native bool
}

// Recording is one rule that records a name.
type Recording struct {
	Expr   parser.Expr
	Labels map[string]string // that the rule sets; "" removes a label
}

// MetricOf fills the fields that follow from a metric's type, as TYPE names it
// ("counter", "histogram", …), and from the suffix by which the series' name
// differs from the family's ("_bucket", "_sum", "_count", "").
//
//   - counter: not negative. It can be NaN.
//   - _bucket and _count of a histogram, _count of a summary: not negative and
//     not NaN, since they count observations.
//   - all else, _sum of either and a quantile of a summary among it: anything.
//
// Whether native histograms can come is not its business.
func MetricOf(typ, suffix string) Metric {
	switch {
	case typ == "counter" && suffix != "_created":
		return Metric{NonNegative: true}
	case typ == "histogram" && (suffix == "_bucket" || suffix == "_count"), typ == "summary" && suffix == "_count":
		return Metric{NonNegative: true, NotNaN: true}
	}
	return Metric{}
}
