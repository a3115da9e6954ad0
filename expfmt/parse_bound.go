package expfmt

import (
	"bytes"
	"math"
	"strconv"
)

// normal returns the value of a label as Prometheus stores it: the bound of a
// histogram's bucket and the quantile of a summary in the spelling of
// OpenMetrics. Upstream: normalizeFloatsInLabelValues.
func (r *Reader) normal(name, value string) string {
	if r.isBound(name) {
		return r.bounds.normal(value, &r.p)
	}
	return value
}

func (r *Reader) isBound(name string) bool {
	return !r.asIs && (r.typ == TypeHistogram && name == "le" || r.typ == TypeSummary && name == "quantile")
}

// A boundCache remembers spellings of bounds. It does not grow, so what it
// returns holds until another value is looked up. A sample has one bound.
type boundCache [64]boundEntry

const maxBound = 24 // bytes of a bound that the cache takes

type boundEntry struct {
	from, to         [maxBound]byte
	fromSize, toSize uint8
}

func (c *boundCache) normal(value string, p *parser) string {
	form := formOf(value)
	if form == boundNormal {
		return value
	}
	if len(value) == 0 || len(value) > maxBound {
		if f, err := strconv.ParseFloat(value, 64); err == nil {
			from := len(p.scratch)
			p.scratch = appendBound(p.scratch, f)
			return str(p.scratch[from:])
		}
		return value
	}
	hash := uint32(len(value))
	for i := range len(value) {
		hash = hash*31 + uint32(value[i])
	}
	e := &c[(hash^hash>>8)%uint32(len(c))]
	if string(e.from[:e.fromSize]) == value {
		return str(e.to[:e.toSize])
	}
	to := e.to[:0]
	if form == boundWhole {
		to = append(append(to, value...), ".0"...)
	} else if f, err := strconv.ParseFloat(value, 64); err != nil {
		return value
	} else {
		to = appendBound(to, f)
	}
	e.fromSize, e.toSize = uint8(copy(e.from[:], value)), uint8(len(to))
	return str(e.to[:e.toSize])
}

// A boundForm says what a look at a bound's digits tells.
type boundForm uint8

const (
	boundOther  boundForm = iota // it must be parsed
	boundNormal                  // it is spelled as appendBound would
	boundWhole                   // it lacks .0 alone
)

// formOf knows the spellings that most programs write: +Inf, and numbers from
// 0.0001 up to 999999 without needless zeros and of at most 15 digits, which
// are the shortest that give their float64 and need no exponent.
func formOf(value string) boundForm {
	if value == "+Inf" {
		return boundNormal
	}
	i := 0
	for i < len(value) && value[i]-'0' <= 9 {
		i++
	}
	switch {
	case i == 0 || i > 6 || len(value) > 16 || value[0] == '0' && i > 1:
		return boundOther
	case i == len(value):
		if value == "0" {
			return boundOther
		}
		return boundWhole
	case value[i] != '.' || len(value) == i+1:
		return boundOther
	}
	fraction := value[i+1:]
	zeros, leading := 0, true
	for j := range len(fraction) {
		if c := fraction[j] - '0'; c > 9 {
			return boundOther
		} else if leading = leading && c == 0; leading {
			zeros++
		}
	}
	if fraction[len(fraction)-1] == '0' || value[0] == '0' && zeros > 3 {
		return boundOther
	}
	return boundNormal
}

// appendBound appends f as labels.FormatOpenMetricsFloat writes it, in at most
// 24 bytes.
func appendBound(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "NaN"...)
	case math.IsInf(f, +1):
		return append(b, "+Inf"...)
	case math.IsInf(f, -1):
		return append(b, "-Inf"...)
	case f == 0:
		return append(b, "0.0"...)
	}
	from := len(b)
	b = strconv.AppendFloat(b, f, 'g', -1, 64)
	if bytes.IndexByte(b[from:], 'e') < 0 && bytes.IndexByte(b[from:], '.') < 0 {
		b = append(b, '.', '0')
	}
	return b
}
