package expfmt

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
)

// utf16Text writes s in UTF-16, perhaps with a byte order mark.
func utf16Text(s string, order unicode.Endianness, mark unicode.BOMPolicy) string {
	out, err := unicode.UTF16(order, mark).NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

const (
	little = unicode.LittleEndian
	big    = unicode.BigEndian
	marked = unicode.UseBOM
	bare   = unicode.IgnoreBOM
)

// headCases are texts with something before them, or around.
var headCases = []textCase{
	{"utf-16", "what PowerShell writes", false, utf16Text("# TYPE a gauge\r\na{b=\"ü\"} 1\r\n", little, marked),
		[]string{"1:1 warning utf-16", "1:15 warning crlf", "1:1 TYPE a gauge", `2:1 a{b="ü"} 1`}},
	{"utf-16 of the other order", "the mark tells", false, utf16Text("up 1\n", big, marked), []string{"1:1 warning utf-16", "1:1 up 1"}},
	{"utf-16 without a mark", "eight ASCII characters", false, utf16Text("# TYPE a gauge\na x\n", little, bare),
		[]string{"1:1 warning utf-16", "1:1 TYPE a gauge", `2:3 error bad-value`}},
	{"utf-16 of the other order without a mark", "the zero bytes stand first", false, utf16Text("# TYPE a gauge\n", big, bare), []string{"1:1 warning utf-16", "1:1 TYPE a gauge"}},
	{"utf-16 columns", "bytes of the UTF-8", false, utf16Text("ü{} 1\na{b=\"üü\"} x\n", little, marked),
		[]string{"1:1 warning utf-16", "1:1 error bad-line", "2:13 error bad-value"}},
	{"half a character", "U+FFFD, which is no value", false, "\xff\xfea\x00 \x001\x00\n", []string{"1:1 warning utf-16", "1:3 error bad-value", "1:7 info no-final-newline"}},
	{"utf-16 openmetrics", "the same", true, utf16Text("a 1\n# EOF\n", little, marked), []string{"1:1 warning utf-16", "1:1 a 1"}},
	{"curl -i", "lines are the file's", false, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nup 1\nup x\n",
		[]string{"1:1 warning response-headers", "4:1 up 1", "5:4 error bad-value"}},
	{"curl -iL", "several blocks", false, "HTTP/1.1 302 Found\nLocation: /m\n\nHTTP/2 200\nA: b\n c\n\nup 1\n", []string{"1:1 warning response-headers", "8:1 up 1"}},
	{"curl -i by PowerShell", "UTF-16 and headers", false, utf16Text("HTTP/1.1 200 OK\nA: b\n\nup 1\n", little, marked),
		[]string{"1:1 warning utf-16", "1:1 warning response-headers", "4:1 up 1"}},
	{"headers after a mark", "an editor's", false, "\xef\xbb\xbfHTTP/1.1 200 OK\n\nup 1\n", []string{"1:1 warning response-headers", "3:1 up 1"}},
	{"a mark after headers", "the body's own", false, "HTTP/1.1 200 OK\n\n\xef\xbb\xbfup 1\n",
		[]string{"1:1 warning response-headers", "3:1 warning byte-order-mark", "3:4 up 1"}},
	{"headers alone", "no blank line ends them", false, "HTTP/1.1 200 OK\nA: b\n", []string{"1:5 error bad-value", "2:4 error bad-value"}},
	{"no headers", "a line that only begins so", false, "HTTP/x 1\n\nup 1\n", []string{"1:5 error bad-value", "3:1 up 1"}},
	{"gzip", "one problem and not one a line", false, "\x1f\x8b\x08\x00\n\n\n", []string{"1:1 error compressed"}},
	{"zstd", "the same", false, "\x28\xb5\x2f\xfd\x00\n", []string{"1:1 error compressed"}},
	{"snappy", "the framed format", true, snappyMagic + "\n", []string{"1:1 error compressed"}},
	{"gzip after headers", "curl -i of what was asked to be compressed", false, "HTTP/1.1 200 OK\n\n\x1f\x8b\x08\x00\n", []string{"1:1 warning response-headers", "1:1 error compressed"}},
}

func TestHead(t *testing.T) {
	o := newOracle()
	for _, tc := range headCases {
		in, opts := []byte(tc.in), optionsOf(tc.om)
		if diff := cmp.Diff(tc.want, records(NewBytesReader(in, opts))); diff != "" {
			t.Errorf("%s (%s): (-want +got)\n%s", tc.name, tc.reason, diff)
		}
		if err := o.check(in, tc.om); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		checkStream(t, in, opts)
		checkThorough(t, in, opts)
		checkPlaces(t, in, opts)
	}
}

// TestHeadOfProtobuf holds that places count the headers, too.
func TestHeadOfProtobuf(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.google.protobuf\r\n\r\n"
	body := string(protoText(t, `name: "up" type: GAUGE metric {gauge {value: 1}}`))
	if c := Detect("", []byte(head+body)); c != (Content{Format: FormatProtobuf}) {
		t.Errorf("detected: %+v", c)
	}
	for _, r := range []*Reader{
		NewBytesReader([]byte(head+body+"\x05"), Options{Format: FormatProtobuf}),
		NewReader(iotest.OneByteReader(strings.NewReader(head+body+"\x05")), Options{Format: FormatProtobuf}),
	} {
		var places []string
		for r.Next() {
			switch r.Kind() {
			case KindSample:
				places = append(places, r.Sample().Name)
			case KindProblem:
				places = append(places, r.Problem().String())
			}
		}
		want := []string{
			"1:1: warning: response headers stand before the text, as curl -i writes them; they were passed over [response-headers]",
			"up",
			"2:88: error: the body ends within a message of 5 bytes, of which 0 are there: it was cut [cut-message]",
		}
		if diff := cmp.Diff(want, places); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// TestHeadError holds that a source that fails early fails all the same.
func TestHeadError(t *testing.T) {
	broken := errors.New("broken")
	for _, begin := range []string{"", "a", "up 1\n", "HTTP/1.1 200 OK\n", utf16Text("up 1\n", little, marked)} {
		r := NewReader(io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken)), Options{})
		drain(r)
		if !errors.Is(r.Err(), broken) {
			t.Errorf("%q: %v", begin, r.Err())
		}
	}
}

// TestMaxBytes holds that a text ends at the limit, that the line which it
// cuts is not handed out, and that the problem says where and what to do.
func TestMaxBytes(t *testing.T) {
	const in = "a 1\nb 23\n"
	proto := string(protoText(t, `name: "a" type: UNTYPED metric {untyped {value: 1}} --- name: "b" type: UNTYPED metric {untyped {value: 1}}`))
	for _, tc := range []struct {
		name   string
		in     string
		format Format
		max    int64
		want   []string
	}{
		{"enough", in, FormatText, 9, []string{"1:1 a 1", "2:1 b 23"}},
		{"within a value", in, FormatText, 7, []string{"1:1 a 1", "2:1 error too-long"}},
		{"before the newline", in, FormatText, 8, []string{"1:1 a 1", "2:1 error too-long"}},
		{"between two lines", in, FormatText, 4, []string{"1:1 a 1", "2:1 error too-long"}},
		{"no limit", in, FormatText, -1, []string{"1:1 a 1", "2:1 b 23"}},
		{"openmetrics", "a 1\n# EOF\n", FormatOpenMetrics, 6, []string{"1:1 a 1", "2:1 error too-long"}},
		{"utf-16 counts as UTF-8", utf16Text(in, little, marked), FormatText, 9, []string{"1:1 warning utf-16", "1:1 a 1", "2:1 b 23"}},
		{"utf-16", utf16Text(in, little, marked), FormatText, 8, []string{"1:1 warning utf-16", "1:1 a 1", "2:1 error too-long"}},
		{"within a message", proto, FormatProtobuf, int64(len(proto) - 1), []string{"a", "2:21 error too-long"}},
		{"between two messages", proto, FormatProtobuf, int64(len(proto) / 2), []string{"a", "2:20 error too-long"}},
		{"protobuf", proto, FormatProtobuf, int64(len(proto)), []string{"a", "b"}},
	} {
		opts := Options{Format: tc.format, MaxBytes: tc.max}
		for name, r := range map[string]*Reader{
			"bytes":  NewBytesReader([]byte(tc.in), opts),
			"stream": NewReader(strings.NewReader(tc.in), opts),
			"bits":   NewReader(iotest.OneByteReader(strings.NewReader(tc.in)), opts),
		} {
			var got []string
			if tc.format != FormatProtobuf {
				got = records(r)
			}
			for r.Next() {
				switch r.Kind() {
				case KindSample:
					got = append(got, strings.Clone(r.Sample().Name))
				case KindProblem:
					got = append(got, record(r))
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || r.Err() != nil {
				t.Errorf("%s, %s: %v (-want +got)\n%s", tc.name, name, r.Err(), diff)
			}
		}
	}
	s, err := Read(bytes.NewReader([]byte(in)), Options{MaxBytes: 7, File: "x.prom"})
	want := "x.prom:2:1: error: the text has more than 7 bytes and is not read further: raise the limit (MaxBytes) to read it all [too-long]"
	if err != nil || len(s.Problems) != 1 || s.Problems[0].String() != want {
		t.Errorf("%v %v", err, s.Problems)
	}
}
