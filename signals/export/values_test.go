package export

import (
	"math"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNotation(t *testing.T) {
	stale, none := point{math.Float64frombits(value.StaleNaN), true}, point{}
	of := func(values ...float64) (list []point) {
		for _, v := range values {
			list = append(list, point{v, true})
		}
		return list
	}
	for want, points := range map[string][]point{
		"":                        {none, none},
		"1":                       of(1),
		"1 1":                     of(1, 1),
		"1+0x2":                   of(1, 1, 1),
		"0+0x3":                   of(0, 0, 0, 0),
		"10-2x3 5":                of(10, 8, 6, 4, 5),
		"1 _ 2 _x3 stale":         append(append(of(1), none, point{2, true}), none, none, none, stale),
		"0.1 0.2 0.3 0.4":         of(0.1, 0.2, 0.3, 0.4), // added up they are others
		"0.25+0.25x2":             of(0.25, 0.5, 0.75),
		"Inf -Inf NaN":            of(math.Inf(1), math.Inf(-1), math.NaN()),
		"1e+300 1e-09 1234567890": of(1e300, 1e-9, 1234567890),
	} {
		require.Equal(t, want, notation(points))
	}
}

// Upstream's parser reads back the same bits, whatever they are.
func TestNotationIsReadBack(t *testing.T) {
	p := parser.NewParser(parser.Options{EnableUnquotedUTF8Names: true})
	value64 := rapid.OneOf(
		rapid.Map(rapid.IntRange(-5, 5), func(i int) float64 { return float64(i) }),
		rapid.Map(rapid.IntRange(-50, 50), func(i int) float64 { return float64(i) / 10 }),
		rapid.Float64(), rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.NaN(), math.Float64frombits(value.StaleNaN), math.MaxFloat64, math.SmallestNonzeroFloat64}),
	)
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) point {
			if rapid.IntRange(0, 4).Draw(t, "there") == 0 {
				return point{}
			}
			return point{value64.Draw(t, "value"), true}
		}), 1, 30).Draw(t, "points")
		if rapid.Bool().Draw(t, "rising") {
			first, step := value64.Draw(t, "first"), value64.Draw(t, "step")
			for i := range points {
				points[i] = point{first + float64(i)*step, true}
			}
		}
		name := rapid.SampledFrom([]string{"up", "a:b", "no.legacy", "ü"}).Draw(t, "name")
		ls := labels.FromStrings("__name__", name, "a", rapid.String().Draw(t, "label"), "b.c", "x").WithoutEmpty()
		got, values, err := p.ParseSeriesDesc(series(ls) + " " + notation(points))
		text := notation(points)
		if text == "" {
			t.Skip("no value")
		}
		if err != nil {
			t.Fatalf("%s %s: %v", series(ls), text, err)
		}
		if !labels.Equal(ls, got) && strings.ToValidUTF8(ls.String(), "") == ls.String() {
			t.Fatalf("%s was read as %s", ls, got)
		}
		for i, want := range points {
			if i >= len(values) {
				if want.ok {
					t.Fatalf("%s ends before %v", text, want)
				}
				continue
			}
			if values[i].Omitted == want.ok || want.ok && math.Float64bits(values[i].Value) != math.Float64bits(want.v) && !(math.IsNaN(want.v) && math.IsNaN(values[i].Value) && !value.IsStaleNaN(want.v)) {
				t.Fatalf("%s: value %d is %v, want %v", text, i, values[i], want)
			}
		}
	})
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"": "''", "up": "up", "true": "'true'", "it's": "'it''s'", "a: b": "'a: b'", "1": "'1'", "x\ny": `"x\x0ay"`, "\u2028\"": `"\u2028\""`, "\U0001f600": "'\U0001f600'", "- x": "'- x'",
	} {
		require.Equal(t, want, quote(in))
	}
}

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"KubeProxyDown": "KubeProxyDown", "up == 0": "up-0", "../../etc": "etc", "": "alert", "ü": "alert", ".hidden": "hidden", strings.Repeat("a", 300): strings.Repeat("a", 100),
	} {
		require.Equal(t, want, FileName(in))
	}
}
