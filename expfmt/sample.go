package expfmt

import "unsafe"

// Sample is one line with a value, or what would be one if protobuf were text.
//
// A Sample that a [Reader] hands out points into the Reader's buffer and is
// valid until the next call of Next. Clone makes one to keep. Until then it
// may be changed, its Labels sorted for instance, but not the bytes of Series.
type Sample struct {
	Name   string
	Labels Labels  // escapes resolved, le and quantile normalised as Prometheus does
	Value  float64 // a NaN of text is 7ff8000000000001, never a staleness marker; one of protobuf has its bits

	Timestamp    int64 // milliseconds since 1970, when the line brings a time
	HasTimestamp bool

	StartTimestamp int64 // of protobuf: milliseconds since 1970 at which counting began; 0: unknown

	Exemplar *Exemplar // nil where there is none

	// Series is the series' part of the line as it was written, or what
	// upstream's parser returns for one of protobuf. Equal bytes under an
	// equal Type are an equal series, so it can be the key of a cache; unequal
	// bytes may be one as well.
	Series []byte

	// Type is that of the last TYPE line, whatever name it was for: it is
	// the one that governs how le and quantile are normalised. In protobuf it
	// is the family's.
	Type Type

	// Where the line's first character stands, both from 1. In protobuf: the
	// number of the MetricFamily message, from 1, and the metric's offset in
	// the body, plus 1.
	Line, Column int
}

// Exemplar is the example that an OpenMetrics sample may carry.
type Exemplar struct {
	Labels       Labels
	Value        float64
	Timestamp    int64 // milliseconds since 1970
	HasTimestamp bool
}

// Clone returns a copy that shares no memory with s.
func (s *Sample) Clone() *Sample {
	out := s.clone()
	return &out
}

func (s *Sample) clone() Sample {
	c := cloner{size: len(s.Name) + len(s.Series)}
	for i := range s.Labels {
		c.size += len(s.Labels[i].Name) + len(s.Labels[i].Value)
	}
	out := *s
	out.Name = c.string(s.Name)
	out.Labels = c.labels(s.Labels)
	out.Series = bytesOf(c.string(str(s.Series)))
	if s.Exemplar != nil {
		e := *s.Exemplar
		e.Labels = e.Labels.Clone()
		out.Exemplar = &e
	}
	return out
}

// Metadata is a HELP, TYPE or UNIT line. It is valid until the next call of
// Next.
type Metadata struct {
	Name         string // of the family, escapes of a quoted name resolved
	Type         Type   // of a TYPE line
	Text         string // of a HELP line, escapes resolved, or of a UNIT line
	Line, Column int

	name int // the name's column
}

// str and bytesOf see one piece of memory as the other type. The bytes must
// not change as long as the string is in use.
func str(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
