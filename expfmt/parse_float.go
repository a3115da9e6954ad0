package expfmt

import (
	"bytes"
	"math"
	"strconv"
)

// A floatKind says how a number was read.
type floatKind uint8

const (
	floatPlain   floatKind = iota // as Prometheus reads it
	floatForeign                  // Prometheus refuses it
	floatBad                      // no number, or beyond float64
	floatBeyond                   // a time beyond int64 milliseconds, cut to their range
)

// normalNaN is upstream's value.NormalNaN, which every NaN becomes.
var normalNaN = math.Float64frombits(0x7ff8000000000001)

// parseFloat reads a number as upstream's parseFloat does, which is
// strconv.ParseFloat without p, P and _; so "inf", "Infinity" and "nan" in any
// case are numbers, "+NaN" and "1e400" are none. Hexadecimal numbers and _
// between digits are foreign.
func parseFloat(b []byte) (float64, floatKind) {
	if f, n, ok := decimal(b); ok && n == len(b) {
		return f, floatPlain
	}
	if bytes.IndexByte(b, '_') < 0 && bytes.IndexByte(b, 'p') < 0 && bytes.IndexByte(b, 'P') < 0 {
		f, err := strconv.ParseFloat(str(b), 64)
		if err == nil {
			if f != f {
				f = normalNaN
			}
			return f, floatPlain
		}
	}
	return foreignFloat(b)
}

// foreignFloat reads hexadecimal numbers, with and without an exponent, and _
// between digits.
func foreignFloat(b []byte) (float64, floatKind) {
	s := make([]byte, 0, len(b)+2)
	for i, c := range b {
		if c == '_' {
			if i == 0 || i == len(b)-1 || !isHex(b[i-1]) || !isHex(b[i+1]) {
				return 0, floatBad
			}
			continue
		}
		s = append(s, c)
	}
	digits := bytes.TrimLeft(s, "+-")
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' && !bytes.ContainsAny(digits, "pP") {
		s = append(s, 'p', '0')
	}
	f, err := strconv.ParseFloat(string(s), 64)
	if err != nil || f != f {
		return 0, floatBad
	}
	return f, floatForeign
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// decimal reads the plain decimal number with which b begins, up to a byte that
// cannot go on with it, and returns how many bytes it has. It reads exactly or
// not at all: a number of a whole mantissa below 2^53 and a power of ten up to
// 22 is the quotient or product of two float64 that are exact, so it is rounded
// once, as strconv.ParseFloat rounds it.
func decimal(b []byte) (f float64, n int, ok bool) {
	i := 0
	if len(b) > 0 && b[0] == '-' {
		i = 1
	}
	mantissa, exp := uint64(0), 0
	from := i
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		mantissa = mantissa*10 + uint64(b[i]-'0')
	}
	digits := i - from
	if i < len(b) && b[i] == '.' {
		i++
		from = i
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			mantissa = mantissa*10 + uint64(b[i]-'0')
		}
		exp = from - i
		digits += i - from
	}
	if digits == 0 || digits > 19 || mantissa >= 1<<53 {
		return 0, 0, false
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		e, size := exponent(b[i+1:])
		if size == 0 {
			return 0, 0, false
		}
		exp += e
		i += 1 + size
	}
	f = float64(mantissa)
	switch {
	case exp == 0:
	case exp > 0 && exp < len(powers):
		f *= powers[exp]
	case exp < 0 && -exp < len(powers):
		f /= powers[-exp]
	default:
		return 0, 0, false
	}
	if b[0] == '-' {
		f = -f
	}
	return f, i, true
}

// exponent reads a sign or none and one to three digits, and returns how many
// bytes these are, 0 when there are others.
func exponent(b []byte) (e, n int) {
	i := 0
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		i = 1
	}
	from := i
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if i-from == 3 {
			return 0, 0
		}
		e = e*10 + int(b[i]-'0')
	}
	if i == from {
		return 0, 0
	}
	if b[0] == '-' {
		e = -e
	}
	return e, i
}

// powers are the powers of ten that float64 holds exactly.
var powers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// secondsToMillis reads the seconds of OpenMetrics with upstream's arithmetic,
// in which 1.001 becomes 1000. What is beyond int64 is upstream whatever the
// processor makes of it, here the first or last time there is.
func secondsToMillis(b []byte) (int64, floatKind) {
	f, how := parseFloat(b)
	ms := f * 1000
	switch {
	case how == floatBad || f != f || math.IsInf(f, 0), how == floatForeign && !(math.Abs(ms) < 1<<63):
		return 0, floatBad
	case ms >= 1<<63:
		return math.MaxInt64, floatBeyond
	case ms < -1<<63:
		return math.MinInt64, floatBeyond
	}
	return int64(ms), how
}

// textMillis reads a timestamp of the text format. One with a sign or a
// fraction is foreign, see Reader.
func textMillis(b []byte) (int64, floatKind) {
	plain := len(b) > 0
	for _, c := range b {
		plain = plain && c-'0' <= 9
	}
	if plain {
		ms, err := strconv.ParseInt(str(b), 10, 64)
		if err != nil {
			return 0, floatBad
		}
		return ms, floatPlain
	}
	if ms, err := strconv.ParseInt(str(b), 10, 64); err == nil {
		return ms, floatForeign
	}
	f, how := parseFloat(b)
	if how == floatPlain && math.Abs(f) < 1e11 && f != math.Trunc(f) {
		f *= 1000
	}
	if how != floatPlain || !(math.Abs(f) < 1<<63) {
		return 0, floatBad
	}
	return int64(f), floatForeign
}
