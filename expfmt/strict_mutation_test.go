package expfmt

import (
	"bytes"
	"testing"
)

// TestStrictMutations damages every valid row at every place: what is still
// read strictly without an error must be what upstream accepts.
func TestStrictMutations(t *testing.T) {
	const bytesThatMean = " \t\n\r\"\\{}=,#:+-._0aeEnx\x80\xc3"
	o := newOracle()
	texts, clean := 0, 0
	r := NewBytesReader(nil, Options{})
	check := func(in []byte) {
		texts++
		r.Reset(in, Options{Format: FormatOpenMetrics, Strict: true})
		for r.Next() {
			if r.Kind() == KindProblem && r.Problem().Severity == SeverityError {
				return
			}
		}
		clean++
		if _, refused := o.compare(in, true); refused != nil {
			t.Errorf("%q: no error, but upstream refuses: %v", in, refused)
		}
	}
	for _, tc := range strictCases {
		if tc.want != nil {
			continue
		}
		for i := range tc.in {
			check([]byte(tc.in[:i]))
			check([]byte(tc.in[:i] + tc.in[i+1:]))
			for _, c := range []byte(bytesThatMean) {
				b := []byte(tc.in)
				b[i] = c
				check(b)
				check(bytes.Join([][]byte{b[:i], {c}, []byte(tc.in[i:])}, nil))
			}
		}
	}
	if t.Logf("%d texts, %d without an error", texts, clean); clean < 1000 || clean > texts/2 {
		t.Errorf("%d of %d texts are without an error", clean, texts)
	}
}
