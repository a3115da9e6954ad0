package expfmt

import (
	"bytes"
	"testing"
)

// FuzzOpenMetrics holds for any bytes: what is read strictly without an error
// is what upstream's parser accepts; Strict and Check add problems to what is
// read without them, as text too, and take nothing away; and every place is
// inside the text, and can be shown.
func FuzzOpenMetrics(f *testing.F) {
	for _, tc := range textCases {
		if tc.om {
			f.Add([]byte(tc.in))
		}
	}
	for _, tc := range strictCases {
		f.Add([]byte(tc.in))
	}
	for _, tc := range checkCases {
		f.Add([]byte(tc.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		o := newOracle()
		if err := o.check(in, true); err != nil {
			t.Errorf("%q: %v", in, err)
		}
		errors := errorsOf(in, Options{Format: FormatOpenMetrics, Strict: true})
		if _, refused := o.compare(in, true); len(errors) == 0 && refused != nil && bytes.IndexByte(in, 0) < 0 {
			t.Errorf("%q: no error, but upstream refuses: %v", in, refused)
		}
		checkAddsProblems(t, in, true)
		checkAddsProblems(t, in, false)
	})
}
