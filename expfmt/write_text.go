package expfmt

import (
	"math"
	"strconv"
	"strings"
)

// appendMetadata appends the HELP, TYPE and UNIT lines. There is always a
// TYPE line: without one le and quantile would be read as the family before
// says.
func appendMetadata(b []byte, f *Family, format Format) []byte {
	om := format == FormatOpenMetrics
	line := func(word string) {
		b = append(append(append(b, "# "...), word...), ' ')
		if isBare(f.Name, nameStart, nameRest) {
			b = append(b, f.Name...)
		} else {
			b = appendQuoted(b, f.Name)
		}
		b = append(b, ' ')
	}
	if f.Help != "" {
		line("HELP")
		b = append(appendEscaped(b, f.Help, om), '\n')
	}
	line("TYPE")
	if f.Type == TypeUnknown && !om {
		b = append(b, "untyped"...)
	} else {
		b = append(b, f.Type.String()...)
	}
	b = append(b, '\n')
	if f.Unit != "" {
		line("UNIT")
		b = append(append(b, f.Unit...), '\n')
	}
	return b
}

func appendSample(b []byte, f *Family, s *Sample, format Format) []byte {
	last := -1
	if f.Type == TypeHistogram || f.Type == TypeGaugeHistogram || f.Type == TypeSummary {
		name := boundLabel(f)
		for i := range s.Labels {
			if s.Labels[i].Name == name {
				last = i
				break
			}
		}
	}
	b = append(appendSeries(b, s, last), ' ')
	if format == FormatOpenMetrics && strings.HasSuffix(s.Name, "_created") && roleOf(f, s.Name) == roleCreated {
		b = appendFixed(b, s.Value)
	} else {
		b = appendFloat(b, s.Value)
	}
	if s.HasTimestamp {
		b = appendTime(append(b, ' '), s.Timestamp, format)
	}
	if e := s.Exemplar; e != nil {
		b = append(b, " # "...)
		b = append(appendBraces(b, "", e.Labels, -1), ' ')
		b = appendFloat(b, e.Value)
		if e.HasTimestamp {
			b = appendTime(append(b, ' '), e.Timestamp, format)
		}
	}
	return append(b, '\n')
}

// appendSeries appends name and labels, that with the index last behind the
// others.
func appendSeries(b []byte, s *Sample, last int) []byte {
	if !isBare(s.Name, nameStart, nameRest) {
		return appendBraces(b, s.Name, s.Labels, last)
	}
	b = append(b, s.Name...)
	if len(s.Labels) == 0 {
		return b
	}
	return appendBraces(b, "", s.Labels, last)
}

// appendBraces appends labels after a name that needs quotes, if one is given.
func appendBraces(b []byte, name string, ls Labels, last int) []byte {
	b = append(b, '{')
	if name != "" {
		b = append(appendQuoted(b, name), ',')
	}
	for i := range ls {
		if i != last {
			b = append(appendLabel(b, &ls[i]), ',')
		}
	}
	if last >= 0 {
		b = append(appendLabel(b, &ls[last]), ',')
	}
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, '}')
}

func appendLabel(b []byte, l *Label) []byte {
	if isBare(l.Name, labelStart, labelRest) {
		b = append(b, l.Name...)
	} else {
		b = appendQuoted(b, l.Name)
	}
	return appendQuoted(append(b, '='), l.Value)
}

// isBare reports whether s needs no quotes.
func isBare(s string, start, rest class) bool {
	if s == "" || classes[s[0]]&start == 0 {
		return false
	}
	for i := 1; i < len(s); i++ {
		if classes[s[i]]&rest == 0 {
			return false
		}
	}
	return true
}

func appendQuoted(b []byte, s string) []byte {
	return append(appendEscaped(append(b, '"'), s, true), '"')
}

// appendEscaped escapes backslashes, newlines and, if told so, quotes.
func appendEscaped(b []byte, s string, quotes bool) []byte {
	from := 0
	for i := range len(s) {
		c := s[i]
		if c != '\\' && c != '\n' && (c != '"' || !quotes) {
			continue
		}
		if c == '\n' {
			c = 'n'
		}
		b = append(append(b, s[from:i]...), '\\', c)
		from = i + 1
	}
	return append(b, s[from:]...)
}

// appendFloat appends v as common/expfmt does.
func appendFloat(b []byte, v float64) []byte {
	switch {
	case v != v:
		return append(b, "NaN"...)
	case math.IsInf(v, +1):
		return append(b, "+Inf"...)
	case v == math.Trunc(v) && math.Abs(v) < 1e6 && (v != 0 || !math.Signbit(v)):
		return strconv.AppendInt(b, int64(v), 10) // what the next line does, but faster
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// appendFixed is appendFloat without exponents, for times.
func appendFixed(b []byte, v float64) []byte {
	if v != v || math.IsInf(v, 0) {
		return appendFloat(b, v)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

func appendTime(b []byte, ms int64, format Format) []byte {
	if format == FormatOpenMetrics {
		b, _ = appendSeconds(b, ms)
		return b
	}
	return strconv.AppendInt(b, ms, 10)
}

// appendSeconds appends the shortest seconds of which secondsToMillis makes
// ms, and returns whether there are any: 1001 needs 1.0010000000000001.
func appendSeconds(b []byte, ms int64) ([]byte, bool) {
	f := float64(ms) / 1000
	away := math.Inf(1)
	if ms < 0 {
		away = math.Inf(-1)
	}
	for range 2 {
		if v := f * 1000; math.Abs(v) < 1<<63 && int64(v) == ms {
			return strconv.AppendFloat(b, f, 'f', -1, 64), true
		}
		f = math.Nextafter(f, away)
	}
	return b, false
}
