// Package expfmt reads and writes what programs expose as their metrics: text
// 0.0.4 and 1.0.0, OpenMetrics 1.0, and protobuf. It reads as Prometheus
// v0.316.0 does (model/textparse), but goes on where that gives up: a defect is
// a [Problem]. Without one above [SeverityInfo], Prometheus reads the same
// records.
//
// [Reader] is the stream, [Decoder] that of successive scrapes; [ReadBody]
// makes a [Snapshot] of a body, [Write] writes one, [Convert] says what a
// format cannot hold, and [Detect] what bytes are.
package expfmt

import "slices"

// Files are grouped by their first word: detect, body; reader, parse, proto;
// decoder; sample, snapshot, cardinality; check, strict, lint, problem;
// convert, write. The others hold the types.

// Format is a way in which metrics are written down.
type Format uint8

// The formats. FormatUnknown is read as text.
const (
	FormatUnknown     Format = iota
	FormatText               // Prometheus text 0.0.4, and 1.0.0 with quoted names
	FormatOpenMetrics        // OpenMetrics 1.0 text
	FormatProtobuf           // length-delimited io.prometheus.client.MetricFamily
)

var formatNames = [...]string{"unknown", "text", "openmetrics", "protobuf"}

// String returns "text", "openmetrics", "protobuf" or "unknown".
func (f Format) String() string {
	if int(f) < len(formatNames) {
		return formatNames[f]
	}
	return formatNames[FormatUnknown]
}

var mediaTypes = [...]string{
	FormatText:        "text/plain;version=0.0.4",
	FormatOpenMetrics: "application/openmetrics-text;version=1.0.0",
	FormatProtobuf:    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
}

// MediaType is how the format is called in the headers Accept and Content-Type
// of HTTP; "" for FormatUnknown.
func (f Format) MediaType() string {
	if int(f) < len(mediaTypes) {
		return mediaTypes[f]
	}
	return ""
}

// Type is the type of a metric family. TypeUnknown is the untyped of the text
// format.
type Type uint8

// The types of OpenMetrics 1.0; text 0.0.4 has the first five.
const (
	TypeUnknown Type = iota
	TypeCounter
	TypeGauge
	TypeHistogram
	TypeSummary
	TypeGaugeHistogram
	TypeInfo
	TypeStateSet
)

var typeNames = [...]string{
	"unknown", "counter", "gauge", "histogram", "summary", "gaugehistogram", "info", "stateset",
}

// String returns the word of OpenMetrics for t, so "unknown" for an untyped
// family.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return typeNames[TypeUnknown]
}

// typeOf reads the word of a TYPE line. It returns also whether Prometheus
// knows the word in the format f.
func typeOf(word []byte, f Format) (t Type, known, native bool) {
	switch string(word) {
	case "untyped":
		return TypeUnknown, true, f != FormatOpenMetrics
	case "unknown":
		return TypeUnknown, true, f == FormatOpenMetrics
	}
	for i, name := range typeNames {
		if name == string(word) {
			return Type(i), true, f == FormatOpenMetrics || Type(i) <= TypeSummary
		}
	}
	return TypeUnknown, false, false
}

// Label is a name with a value.
type Label struct{ Name, Value string }

// Labels are the labels of a sample in the order in which they were written,
// those of protobuf sorted by name, without the metric's name. No name stands
// twice. Empty values are kept.
type Labels []Label

// Get returns the value of the label called name, and whether there is one.
func (ls Labels) Get(name string) (string, bool) {
	for i := range ls {
		if ls[i].Name == name {
			return ls[i].Value, true
		}
	}
	return "", false
}

// Clone returns a copy that shares no memory with ls.
func (ls Labels) Clone() Labels {
	if ls == nil {
		return nil
	}
	var c cloner
	for i := range ls {
		c.size += len(ls[i].Name) + len(ls[i].Value)
	}
	return c.labels(ls)
}

// A cloner copies strings into one piece of memory. Its size must be known
// before the first copy.
type cloner struct {
	size int
	buf  []byte
}

func (c *cloner) string(s string) string {
	if s == "" {
		return ""
	}
	if c.buf == nil {
		c.buf = make([]byte, 0, c.size)
	}
	from := len(c.buf)
	c.buf = append(c.buf, s...)
	return str(c.buf[from:])
}

func (c *cloner) labels(ls Labels) Labels {
	out := slices.Clone(ls)
	for i := range out {
		out[i].Name, out[i].Value = c.string(out[i].Name), c.string(out[i].Value)
	}
	return out
}
