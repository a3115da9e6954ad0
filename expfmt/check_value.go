package expfmt

import (
	"fmt"
	"math"
	"strconv"
)

// ownLabel is the label that tells the samples of one metric apart, "" when
// there is none.
func ownLabel(t Type, suffix string, family []byte) string {
	switch {
	case t == TypeSummary && suffix == "":
		return "quantile"
	case (t == TypeHistogram || t == TypeGaugeHistogram) && suffix == "_bucket":
		return "le"
	case t == TypeStateSet && suffix == "":
		return str(family)
	}
	return ""
}

// counts reports whether a sample is a number of events, which falls only when
// it begins anew.
func counts(t Type, suffix string) bool {
	switch t {
	case TypeCounter:
		return suffix == "_total" || suffix == ""
	case TypeHistogram, TypeGaugeHistogram:
		return suffix == "_bucket" || suffix == "_count" || suffix == "_gcount"
	case TypeSummary:
		return suffix == "_count"
	}
	return false
}

// value looks at a sample's number, and at the quantile of a summary.
func (c *checker) value(s *Sample, suffix string) {
	t := c.fam.typ
	if counts(t, suffix) && !(s.Value >= 0) {
		c.note(c.valueAt(s), "counter-value", fmt.Sprintf("%g counts nothing: the samples %s of a %s are neither negative nor NaN", s.Value, quote(bytesOf(s.Name)), t))
	}
	if t != TypeSummary || suffix != "" {
		return
	}
	text, ok := s.Labels.Get("quantile")
	q, err := strconv.ParseFloat(text, 64)
	switch {
	case !ok:
		c.note(s.Column-1, "bad-quantile", "a sample of a summary without a label quantile")
	case err != nil:
		c.note(c.labelAt(s, "quantile"), "bad-quantile", fmt.Sprintf("the quantile %s is not a number", quote(bytesOf(text))))
	case !(q >= 0 && q <= 1):
		c.note(c.labelAt(s, "quantile"), "bad-quantile", fmt.Sprintf("the quantile %s is not between 0 and 1", quote(bytesOf(text))))
	}
}

// timestamp looks, once a text, for times of a wrong unit. As milliseconds
// what lies between is of 1970 to 1973, as seconds of 1973 to 5138.
func (c *checker) timestamp(s *Sample) {
	switch ms := s.Timestamp; {
	case !s.HasTimestamp || c.timeUnit:
		return
	case !c.r.om && ms >= 1e8 && ms < 1e11:
		c.timeUnit = true
		c.note(c.timeAt(s), "timestamp-unit", fmt.Sprintf("the time %d is plainly in seconds, and is read as milliseconds", ms))
	case c.r.om && ms >= 1e14 && ms < math.MaxInt64:
		c.timeUnit = true
		c.note(c.timeAt(s), "timestamp-unit", fmt.Sprintf("the time %d is plainly in milliseconds, and is read as seconds", ms/1000))
	}
}

// valueAt returns where in the current record the sample's value stands.
func (c *checker) valueAt(s *Sample) int {
	at := s.Column - 1
	if c.r.format == FormatProtobuf {
		return at
	}
	return c.pastBlanks(at + len(s.Series))
}

// timeAt returns where the sample's time stands.
func (c *checker) timeAt(s *Sample) int {
	at := c.valueAt(s)
	if c.r.format == FormatProtobuf {
		return at
	}
	b := c.r.w.buf[c.r.w.lo:c.r.w.hi]
	for at < len(b) && b[at] != ' ' && b[at] != '\t' {
		at++
	}
	return c.pastBlanks(at)
}

func (c *checker) pastBlanks(at int) int {
	b := c.r.w.buf[c.r.w.lo:c.r.w.hi]
	for at < len(b) && (b[at] == ' ' || b[at] == '\t') {
		at++
	}
	return at
}

// labelAt returns where the value of one of the sample's labels stands.
func (c *checker) labelAt(s *Sample, label string) int {
	at := s.Column - 1
	if c.r.format == FormatProtobuf {
		return at
	}
	if i := valueOf(s.Series, label); i >= 0 {
		return at + i
	}
	return at
}

// valueOf returns where in a series, as it is written, the opening quote of a
// label's value stands, or -1. The series is known to be well formed.
func valueOf(series []byte, label string) int {
	i := 0
	for i < len(series) && series[i] != '{' {
		i++
	}
	for i++; i < len(series); {
		from, to := i, 0
		if c := series[i]; c == '"' {
			end, _ := endOfQuote(series, i+1)
			if end < 0 {
				return -1
			}
			from, to, i = i+1, end, end+1
		} else if classes[c]&labelRest != 0 {
			for i < len(series) && classes[series[i]]&labelRest != 0 {
				i++
			}
			to = i
		} else {
			i++
			continue
		}
		for i < len(series) && (series[i] == ' ' || series[i] == '\t' || series[i] == '=') {
			i++
		}
		if i >= len(series) || series[i] != '"' {
			continue // the metric's name
		}
		if string(series[from:to]) == label {
			return i
		}
		end, _ := endOfQuote(series, i+1)
		if end < 0 {
			return -1
		}
		i = end + 1
	}
	return -1
}
