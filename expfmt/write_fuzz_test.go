package expfmt

import (
	"errors"
	"strings"
	"testing"
)

// FuzzWrite holds for any bytes: what is read without an error-grade problem
// is written in its own format and read again as the same, unless an error says
// what the format cannot hold; and what Convert keeps for any format is written
// and read as it is.
func FuzzWrite(f *testing.F) {
	for _, tc := range textCases {
		format := uint8(FormatText)
		if tc.om {
			format = uint8(FormatOpenMetrics)
		}
		f.Add([]byte(tc.in), format)
	}
	for _, tc := range writeCases {
		f.Add([]byte(tc.in), uint8(tc.from))
	}
	f.Add(clientBody(f), uint8(FormatProtobuf))
	f.Fuzz(func(t *testing.T, in []byte, format uint8) {
		own := Format(format)
		if own < FormatText || own > FormatProtobuf {
			return
		}
		checkWrite(t, in, Options{Format: own, KeepClassic: true})
	})
}

// lossAllowed is what text and protobuf that were read may lose on the way to
// their own format: in text what it has not, yet a Reader reads, in protobuf
// what is contradictory.
var lossAllowed = map[Format]string{
	FormatText:        "lost-exemplar lost-help lost-sample lost-time lost-type lost-value",
	FormatOpenMetrics: "lost-exemplar lost-family lost-help lost-sample lost-series lost-time lost-type lost-unit lost-value",
	FormatProtobuf:    "lost-series lost-native lost-label lost-help lost-exemplar",
}

func checkWrite(t *testing.T, in []byte, opts Options) {
	t.Helper()
	s := readBytes(t, in, opts)
	before := lines(s)
	healthy := true
	for _, p := range s.Problems {
		healthy = healthy && p.Severity != SeverityError
	}
	for _, f := range []Format{FormatText, FormatOpenMetrics, FormatProtobuf} {
		kept, lost := Convert(s, f)
		back, err := written(t, kept, f)
		if err != nil {
			t.Fatalf("%q: what Convert kept: %v", in, err)
		}
		if d := diff(kept, back); d != "" {
			t.Fatalf("%q as %s: %s", in, f, d)
		}
		var format *FormatError
		if err := Write(discard{}, s, f); (err == nil) != (len(lost) == 0) || err != nil && !errors.As(err, &format) {
			t.Fatalf("%q as %s: %v, but %v", in, f, err, lost)
		}
		for _, p := range lost {
			if strings.ContainsFunc(p.Message, unprintable) || p.Severity != SeverityError || len(p.Text) > maxProblemText {
				t.Errorf("%q: problem %+v", in, p)
			}
			if f == opts.Format && healthy && !strings.Contains(lossAllowed[f], p.ID) {
				t.Errorf("%q: %v", in, p)
			}
		}
		if f == opts.Format && healthy && len(lost) == 0 && f != FormatOpenMetrics {
			spell(s)
			s.Sort()
			if d := diff(s, back); d != "" {
				t.Fatalf("%q: %s", in, d)
			}
			s = readBytes(t, in, opts)
		}
	}
	if after := lines(s); strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("%q: Convert changed what it was given: %q, now %q", in, before, after)
	}
}

// spell gives bounds the spelling that they have when the family's TYPE line
// stands before its samples.
func spell(s *Snapshot) {
	c := converter{to: s.Format}
	for _, f := range s.Families {
		for i := range f.Samples {
			c.labels(f, roleOf(f, f.Samples[i].Name), &f.Samples[i])
		}
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
