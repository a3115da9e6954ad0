package expfmt

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"
)

// numbers draws spellings near the edges of what decimal and formOf take.
func numbers() *rapid.Generator[string] {
	digits := rapid.StringMatching(`[0-9]{0,22}`)
	return rapid.Custom(func(t *rapid.T) string {
		s := rapid.SampledFrom([]string{"", "", "", "-", "+"}).Draw(t, "sign") + digits.Draw(t, "whole")
		if rapid.Bool().Draw(t, "point") {
			s += "." + strings.Repeat("0", rapid.IntRange(0, 6).Draw(t, "zeros")) + digits.Draw(t, "fraction")
		}
		if rapid.Bool().Draw(t, "exponent") {
			s += rapid.StringMatching(`[eE][-+]?[0-9]{0,4}`).Draw(t, "exponent digits")
		}
		return s
	})
}

// TestParseFloat holds that numbers are read bit for bit as strconv reads
// them, or not at all.
func TestParseFloat(t *testing.T) {
	check := func(t interface{ Errorf(string, ...any) }, s string) {
		want, err := strconv.ParseFloat(s, 64)
		got, how := parseFloat([]byte(s))
		if (err == nil) != (how == floatPlain) || err == nil && math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%q is %v (%d), want %v %v", s, got, how, want, err)
		}
	}
	for _, s := range []string{"", "-", ".", "-.", "e1", "1e", "1e+", "1e-", "0e0", "-0", "-0e5", "0.0e-400", "1e0001", "9007199254740992", "9007199254740993",
		"18446744073709551616", "99999999999999999999", "1e22", "1e-22", "1e23", "123456789e14", ".e1", "1.e1", "1..2", "--1", "+-1", "1e5x", "Inf", "-Infinity", "+inf", "1 "} {
		check(t, s)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, numbers().Draw(t, "number")) })
}

// TestBounds holds that bounds are spelled as upstream spells them, at every
// state of the cache.
func TestBounds(t *testing.T) {
	var c boundCache
	check := func(t interface{ Errorf(string, ...any) }, s string) {
		want := s
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			want = labels.FormatOpenMetricsFloat(f)
		}
		for range 2 {
			if got := c.normal(s, new(parser)); got != want {
				t.Errorf("%q is %q, want %q", s, got, want)
			}
		}
	}
	for _, s := range []string{"", "0", "00", "0.0", "1", "01", "1.", "1.0", "1.50", ".5", "0.0001", "0.00001", "0.000", "999999", "1000000", "999999.5", "1234567.5",
		"+Inf", "Inf", "inf", "-Inf", "NaN", "nan", "-0", "-1", "1e3", "0x1p-2", "1_0", "x", "0.1234567890123456", "0.12345678901234", "123456.12345678901",
		"2.592e+06", "9.999999999999999e-06", "0.10000000000000000000000000000", "1.0.0", "1x", "0.0x", "0.99999999999999999"} {
		check(t, s)
	}
	for i := range 20_000 { // what programs write
		check(t, fmt.Sprint(float64(i)/1000))
		check(t, strconv.Itoa(i*i))
	}
	rapid.Check(t, func(t *rapid.T) { check(t, numbers().Draw(t, "number")) })
}
