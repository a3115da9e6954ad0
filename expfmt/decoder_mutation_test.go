package expfmt

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mutated draws what may become of a text until the next scrape.
func mutated(t *rapid.T, in string, more *rapid.Generator[string]) string {
	lines := strings.SplitAfter(in, "\n")
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		j := rapid.IntRange(0, len(lines)-1).Draw(t, "other")
		switch rapid.IntRange(0, 10).Draw(t, "change") {
		case 0:
			lines = slices.Insert(lines, i, strings.SplitAfter(more.Draw(t, "more"), "\n")...)
		case 1:
			lines = slices.Delete(lines, min(i, j), max(i, j))
		case 2:
			lines[i], lines[j] = lines[j], lines[i]
		case 3:
			lines = slices.Insert(lines, j, lines[i])
		case 4:
			at := rapid.IntRange(0, len(lines[i])).Draw(t, "at")
			what := rapid.SampledFrom([]string{"\"", "\\", "\n", "\x00", "\xff", " ", "#", "}", "{", "9", "\r"}).Draw(t, "what")
			lines[i] = lines[i][:at] + what + lines[i][at:]
		case 5:
			lines[i] = "# TYPE a " + rapid.SampledFrom([]string{"histogram", "summary", "gauge", "x"}).Draw(t, "type") + "\n"
		case 6:
			lines[i] = rapid.SampledFrom([]string{"# EOF\n", "# HELP a b\n", "#\n", "\n", "\xef\xbb\xbfa 1\n", "a{b=\"x\n", "y\"} 2\n", "a 1 # {t=\"1\"} 2\n", "a 1\r\n"}).Draw(t, "special")
		case 7:
			lines[i] = lines[i][:rapid.IntRange(0, len(lines[i])).Draw(t, "cut")]
		case 8:
			lines = lines[:i+1]
			lines[i] = strings.TrimSuffix(lines[i], "\n")
		default:
			head, _, ok := cutLast(lines[i], " ")
			if ok {
				lines[i] = head + " " + rapid.SampledFrom([]string{"0", "17", "0.1", "NaN", "0.11051893900000001", "1e400", "x", "1 5", "1 1.5", "\t1", "1 ", ""}).Draw(t, "value") + "\n"
			}
		}
		if len(lines) == 0 {
			lines = []string{""}
		}
	}
	return strings.Join(lines, "")
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// TestDecoderMutations holds the Decoder over drawn sequences.
func TestDecoderMutations(t *testing.T) {
	for _, om := range []bool{false, true} {
		for _, maxLine := range []int{0, 30} {
			rapid.Check(t, func(rt *rapid.T) {
				opts := optionsOf(om)
				opts.MaxLine = maxLine
				q := newSequence()
				in := body(om).Draw(rt, "body") + body(om).Draw(rt, "second")
				var texts []string
				for range rapid.IntRange(2, 6).Draw(rt, "scrapes") {
					texts = append(texts, in)
					if err := q.check([]byte(in), opts); err != nil {
						rt.Fatalf("%q: %v", texts, err)
					}
					in = mutated(rt, in, body(om))
				}
			})
		}
	}
}

// FuzzDecoder holds the Decoder over a text, a second one, and the first with
// a part of the second in its middle.
func FuzzDecoder(f *testing.F) {
	for i, tc := range textCases {
		f.Add([]byte(tc.in), []byte(textCases[(i+1)%len(textCases)].in), uint16(len(tc.in)/2), uint16(len(tc.in)), tc.om)
	}
	f.Add(madeUpBody(20), []byte("# TYPE a gauge\na 1\n"), uint16(100), uint16(200), false)
	f.Fuzz(func(t *testing.T, a, b []byte, from, to uint16, om bool) {
		lo, hi := min(int(from), len(a)), min(int(to), len(a))
		lo, hi = min(lo, hi), max(lo, hi)
		part := b[:min(int(to), len(b))]
		for _, maxLine := range []int{0, 10} {
			opts := optionsOf(om)
			opts.MaxLine = maxLine
			q := newSequence()
			for _, in := range [][]byte{a, a, slices.Concat(a[:lo], part, a[lo:]), a, slices.Concat(a[:lo], part, a[hi:]), b, a, slices.Concat(a[:lo], a[hi:]), a[:lo]} {
				if err := q.check(in, opts); err != nil {
					t.Fatalf("%q: %v", in, err)
				}
			}
		}
	})
}
