package expfmt

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestOracleMutations puts every byte that means something at every place of
// every row of the table, takes every byte away, and cuts the row there:
// upstream and the Reader must agree on all of them as they do on the rows,
// and both readings of a line as well.
func TestOracleMutations(t *testing.T) {
	const bytesThatMean = " \t\n\r\"\\{}=,#:+-._0aeEnx\x00\x80\xc3"
	o := newOracle()
	texts := 0
	check := func(in []byte, om bool) {
		texts++
		if err := o.check(in, om); err != nil {
			t.Errorf("%q (openmetrics: %v): %v", in, om, err)
		}
		checkThorough(t, in, optionsOf(om))
	}
	every := 1
	if testing.Short() {
		every = 5 // of the places: there is nothing in it that runs side by side
	}
	for _, tc := range textCases {
		for i := range tc.in {
			if t.Failed() {
				return
			}
			if (len(tc.in)-i)%every > 0 {
				continue
			}
			check([]byte(tc.in[:i]), tc.om)
			check([]byte(tc.in[:i]+tc.in[i+1:]), tc.om)
			for _, c := range []byte(bytesThatMean) {
				check([]byte(tc.in[:i]+string([]byte{c})+tc.in[i+1:]), tc.om)
			}
		}
	}
	t.Logf("%d texts", texts)
}

// body draws a text in which lines follow each other that begin alike, as in
// real ones, and now and then one that is damaged.
func body(om bool) *rapid.Generator[string] {
	names := rapid.SampledFrom([]string{"a", "ab", "abc_bucket", "abc_count", "abc_sum", "abcd:e", "le"})
	labels := rapid.SampledFrom([]string{"le", "quantile", "l", "code", "__x", "host", "a"})
	values := rapid.SampledFrom([]string{"", "1", "10", "0.5", "0.50", "1e3", "+Inf", "Inf", "x", "127.0.0.1:6443", `a\\b`, `\"`, `\q`, "ü", "x\ny", "<error>", "a longer value than eight"})
	numbers := rapid.SampledFrom([]string{"0", "1", "26495", "0.11051893900000001", "1.795e+09", "NaN", "+Inf", "-0", "1e400", "0x1"})
	ends := rapid.SampledFrom([]string{"", "", "", "", " 1", " 1795244469930", " 1.001", " # {t=\"1\"} 2",
		" 1.5 # {t=\"1\",u=\"x # y\"} 2 1e3", " 1e300", " # {t=\"1\",t=\"2\"} 2", " # {} NaN -0.001", " 2 # {t=\"1\",} +Inf NaN", "\r", " "})
	types := rapid.SampledFrom([]string{"counter", "gauge", "histogram", "histogram", "summary", "summary", "untyped", "unknown", "banana"})
	label := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(`%s="%s"`, labels.Draw(t, "label"), values.Draw(t, "value"))
	})
	line := rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			return "# TYPE " + names.Draw(t, "name") + " " + types.Draw(t, "type")
		case 1:
			return "# HELP " + names.Draw(t, "name") + " " + values.Draw(t, "help")
		}
		out := names.Draw(t, "name")
		if ls := rapid.SliceOfN(label, 0, 4).Draw(t, "labels"); len(ls) > 0 {
			out += "{" + strings.Join(ls, ",") + rapid.SampledFrom([]string{"}", "}", "}", ",}"}).Draw(t, "brace")
		}
		return out + " " + numbers.Draw(t, "number") + ends.Draw(t, "end")
	})
	return rapid.Custom(func(t *rapid.T) string {
		lines := rapid.SliceOfN(line, 1, 12).Draw(t, "lines")
		if om {
			lines = append(lines, "# EOF")
		}
		return strings.Join(lines, "\n") + "\n"
	})
}

// TestOracleGenerated holds the Reader against upstream, against its own
// thorough reading and against its stream, over drawn texts.
func TestOracleGenerated(t *testing.T) {
	o := newOracle()
	for _, om := range []bool{false, true} {
		rapid.Check(t, func(rt *rapid.T) {
			in := []byte(body(om).Draw(rt, "body"))
			if err := o.check(in, om); err != nil {
				rt.Fatalf("%q: %v", in, err)
			}
			checkThorough(t, in, optionsOf(om))
			checkStream(t, in, optionsOf(om))
			checkPlaces(t, in, optionsOf(om))
		})
	}
}
