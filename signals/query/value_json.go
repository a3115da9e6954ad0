package query

import (
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
)

// MarshalJSON returns what AppendJSON appends. Note that json.Marshal escapes
// <, > and & of a Marshaler's output, which the Prometheus API does not.
func (v *Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// AppendJSON appends the `data` object of the Prometheus API, without stats,
// byte for byte as Prometheus v0.316.0 encodes it (web/api/v1/json_codec.go,
// util/jsonutil, promql/value.go):
//
//	{"resultType":"vector","result":[{"metric":{"job":"etcd"},"value":[1435781451.781,"1"]}]}
func (v *Value) AppendJSON(b []byte) []byte {
	return append(v.appendJSON(b, func(b []byte) []byte { return b }), '}')
}

// WriteJSON writes what AppendJSON appends, without holding all of it. Stats
// becomes a member of that name, unless it is empty.
func (v *Value) WriteJSON(w io.Writer, stats []byte) (err error) {
	const enough = 64 << 10
	b := v.appendJSON(nil, func(b []byte) []byte {
		if len(b) < enough {
			return b
		}
		if err == nil {
			_, err = w.Write(b)
		}
		return b[:0]
	})
	if len(stats) > 0 {
		b = append(append(b, `,"stats":`...), stats...)
	}
	if err == nil {
		_, err = w.Write(append(b, '}'))
	}
	return err
}

// appendJSON appends all but the last brace, and passes on what there is after
// each series.
func (v *Value) appendJSON(b []byte, pass func([]byte) []byte) []byte {
	b = append(b, `{"resultType":"`...)
	b = append(b, v.Type...)
	b = append(b, `","result":`...)
	switch v.Type {
	case Scalar:
		b = appendPair(b, v.Time, strconv.FormatFloat(v.Number, 'f', -1, 64))
	case String:
		b = appendPair(b, v.Time, v.Text)
	default:
		b = append(b, '[')
		for i, s := range v.Series {
			if i > 0 {
				b = append(b, ',')
			}
			b = pass(appendSeries(b, s, v.Type == Vector))
		}
		b = append(b, ']')
	}
	return b
}

// appendPair writes scalars and strings, for which the API uses encoding/json.
func appendPair(b []byte, t int64, s string) []byte {
	pair, err := json.Marshal([...]any{float64(t) / 1000, s})
	if err != nil { // a finite number and a string always have a JSON form
		panic(err)
	}
	return append(b, pair...)
}

func appendSeries(b []byte, s Series, single bool) []byte {
	b = append(b, `{"metric":`...)
	b = appendLabels(b, s.Labels)
	if single {
		switch {
		case len(s.Histograms) > 0:
			b = append(b, `,"histogram":`...)
			b = appendHistogramPoint(b, s.Histograms[0])
		case len(s.Floats) > 0:
			b = append(b, `,"value":`...)
			b = appendPoint(b, s.Floats[0])
		}
		return append(b, '}')
	}
	for i, p := range s.Floats {
		b = appendListStart(b, i, `,"values":[`)
		b = appendPoint(b, p)
	}
	if len(s.Floats) > 0 {
		b = append(b, ']')
	}
	for i, p := range s.Histograms {
		b = appendListStart(b, i, `,"histograms":[`)
		b = appendHistogramPoint(b, p)
	}
	if len(s.Histograms) > 0 {
		b = append(b, ']')
	}
	return append(b, '}')
}

func appendListStart(b []byte, i int, start string) []byte {
	if i == 0 {
		return append(b, start...)
	}
	return append(b, ',')
}

func appendPoint(b []byte, p Point) []byte {
	b = append(b, '[')
	b = appendTimestamp(b, p.Time)
	b = append(b, ',')
	b = appendFloat(b, p.Value)
	return append(b, ']')
}

func appendHistogramPoint(b []byte, p HistogramPoint) []byte {
	b = append(b, '[')
	b = appendTimestamp(b, p.Time)
	b = append(b, ',')
	b = appendHistogram(b, p.Histogram)
	return append(b, ']')
}

// AppendTime appends a time in ms since the epoch as the Prometheus API has it.
func AppendTime(b []byte, ms int64) []byte { return appendTimestamp(b, ms) }

// AppendFloat appends a value as the Prometheus API has it, in quotes.
func AppendFloat(b []byte, f float64) []byte { return appendFloat(b, f) }

// appendTimestamp writes milliseconds as seconds with up to three digits after
// the point: .5 s is written .500, a whole second without a point.
func appendTimestamp(b []byte, t int64) []byte {
	if t < 0 {
		b = append(b, '-')
		t = -t
	}
	b = strconv.AppendInt(b, t/1000, 10)
	if ms := t % 1000; ms != 0 {
		b = append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	}
	return b
}

// appendFloat writes a quoted value; exponents appear below 1e-6 and from 1e21.
func appendFloat(b []byte, f float64) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	b = append(b, '"')
	b = strconv.AppendFloat(b, f, format, -1, 64)
	return append(b, '"')
}

// appendHistogram writes count, sum and the buckets that hold something; the
// number before a bucket's bounds says which of them are inclusive.
func appendHistogram(b []byte, h *histogram.FloatHistogram) []byte {
	b = append(b, `{"count":`...)
	b = appendFloat(b, h.Count)
	b = append(b, `,"sum":`...)
	b = appendFloat(b, h.Sum)
	n := 0
	for it := h.AllBucketIterator(); it.Next(); {
		bucket := it.At()
		if bucket.Count == 0 {
			continue
		}
		b = appendListStart(b, n, `,"buckets":[`)
		n++
		bounds := byte('2') // open
		switch {
		case bucket.LowerInclusive && bucket.UpperInclusive:
			bounds = '3'
		case bucket.LowerInclusive:
			bounds = '1'
		case bucket.UpperInclusive:
			bounds = '0'
		}
		b = append(b, '[', bounds)
		for _, f := range [...]float64{bucket.Lower, bucket.Upper, bucket.Count} {
			b = append(b, ',')
			b = appendFloat(b, f)
		}
		b = append(b, ']')
	}
	if n > 0 {
		b = append(b, ']')
	}
	return append(b, '}')
}

func appendLabels(b []byte, ls labels.Labels) []byte {
	b = append(b, '{')
	first := true
	ls.Range(func(l labels.Label) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendString(b, l.Name)
		b = append(b, ':')
		b = appendString(b, l.Value)
	})
	return append(b, '}')
}

// appendString writes labels, in which the API escapes only what JSON demands
// and leaves all other bytes alone.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
