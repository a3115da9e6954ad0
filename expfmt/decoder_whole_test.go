package expfmt

import (
	"bytes"
	"testing"
	"unicode/utf16"
)

// Bodies of which nothing is predicted go through a Reader, between others and
// after each other, and what they leave behind does not disturb the next.
func TestDecoderWhole(t *testing.T) {
	plain := []byte("# TYPE a gauge\na 1\na{b=\"c\"} 2\n")
	var wide bytes.Buffer
	for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(string(plain)))...) {
		wide.Write([]byte{byte(u), byte(u >> 8)})
	}
	bodies := []struct {
		name, reason string
		body         []byte
		opts         Options
	}{
		{"plain", "predicted", plain, Options{}},
		{"headers", "curl -i writes them before", append([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"), plain...), Options{}},
		{"headers behind a mark", "both are taken off", append([]byte("\xef\xbb\xbfHTTP/1.1 200 OK\r\n\r\n"), plain...), Options{}},
		{"wide", "UTF-16 is made UTF-8", wide.Bytes(), Options{}},
		{"compressed", "one problem", []byte("\x1f\x8b\x08rest"), Options{}},
		{"too long", "cut at the limit", plain, Options{MaxBytes: 20}},
		{"without limit", "a limit that is none", plain, Options{MaxBytes: -1}},
		{"checked", "problems of several lines", append(bytes.Clone(plain), "a 1\n"...), Options{Check: true}},
		{"strict", "OpenMetrics to the letter", append(bytes.Clone(plain), "b_total 1\n# EOF\n"...), Options{Format: FormatOpenMetrics, Strict: true}},
		{"openmetrics", "predicted", append(bytes.Clone(plain), "# EOF\n"...), Options{Format: FormatOpenMetrics}},
	}
	q := newSequence()
	for _, first := range bodies {
		for _, second := range bodies {
			for _, b := range []struct {
				name string
				body []byte
				opts Options
			}{{"first", first.body, first.opts}, {"second", second.body, second.opts}, {"again", second.body, second.opts}, {"plain", plain, Options{}}} {
				if err := q.check(b.body, b.opts); err != nil {
					t.Fatalf("%s of %s (%s), %s (%s): %v", b.name, first.name, first.reason, second.name, second.reason, err)
				}
			}
		}
	}
}
