package expfmt

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// gunzip is an Options.Decompress for gzip.
func gunzip(src io.Reader, max int64) (io.Reader, error) {
	r, err := gzip.NewReader(src)
	if err != nil {
		return nil, err
	}
	return &bounded{r, max}, nil
}

var errBounded = errors.New("more than it may have")

type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errBounded
	}
	return n, err
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

var bodyCases = []struct {
	name, reason string
	contentType  string
	body         string
	opts         Options
	want         string // the format, the samples, the problems, or the error
}{
	{"text", "the ordinary case", "", "a 1\n", Options{}, "text 1 []"},
	{"nothing", "an answer without samples", "", "", Options{}, "text 0 []"},
	{"openmetrics", "by its end, wherever that is", "", "a 1\n# EOF\n", Options{}, "openmetrics 1 []"},
	{"the type that was declared", "goes before what the text looks like", typeText, "a 1\n# EOF\n", Options{}, "text 1 []"},
	{"the format that is asked for", "goes before both", typeText, "a 1\n", Options{Format: FormatOpenMetrics}, "openmetrics 1 [no-eof]"},
	{"a defect", "is in the snapshot", "", "a x\nb 1\n", Options{}, "text 1 [bad-value]"},
	{"too long", "ends at its limit", "", "a 1\nb 1\n", Options{MaxBytes: 6}, "text 1 [too-long]"},
	{"utf-16", "a Reader reads it", "", utf16Text("a{b=\"c\"} 1\n", little, bare), Options{}, "text 1 [utf-16]"},
	{"gzip", "opened", "", gzipped("a 1\n"), Options{Decompress: gunzip}, "text 1 []"},
	{"gzip of exactly the limit", "fits", "", gzipped("a 1\n"), Options{Decompress: gunzip, MaxBytes: 4}, "text 1 []"},
	{"gzip of more than the limit", "the opener's error", "", gzipped("a 1\nb 1\n"), Options{Decompress: gunzip, MaxBytes: 4}, "error more than it may have"},
	{"gzip without a limit", "below 0", "", gzipped("a 1\n"), Options{Decompress: gunzip, MaxBytes: -1}, "text 1 []"},
	{"gzip that breaks off", "the opener's error", "", gzipped("a 1\n")[:14], Options{Decompress: gunzip}, "error unexpected EOF"},
	{"gzip that is no more than its mark", "the opener's error", "", "\x1f\x8b", Options{Decompress: gunzip}, "error unexpected EOF"},
	{"gzip without an opener", "said", "", gzipped("a 1\n"), Options{File: "f"}, "not f: not an exposition: gzip"},
	{"gzip in gzip", "more than the opener opens", "", gzipped(gzipped("a 1\n")), Options{Decompress: gunzip}, "not not an exposition: gzip"},
	{"a page", "no exposition", typeText, "<html><title>Login</title>", Options{File: "f"}, "not f: not an exposition: an HTML page: Login"},
	{"a page in gzip", "looked into", "", gzipped("<html><title>Login</title>"), Options{Decompress: gunzip}, "not not an exposition: an HTML page: Login"},
	{"a protobuf declared", "of a name with a dot", typeProtobuf, "\x1e\n\x0dhttp.requests\x18\x01\"\x0b\x12\x09\x09\x00\x00\x00\x00\x00\x00\xf0\x3f", Options{}, "protobuf 1 []"},
}

func TestReadBody(t *testing.T) {
	for _, tc := range bodyCases {
		got := ""
		s, err := ReadBody([]byte(tc.body), tc.contentType, tc.opts)
		switch ce := (*ContentError)(nil); {
		case errors.As(err, &ce):
			got = "not " + err.Error()
		case err != nil:
			got = "error " + err.Error()
		default:
			n, ids := 0, []string{}
			for _, f := range s.Families {
				n += len(f.Samples)
			}
			for _, p := range s.Problems {
				ids = append(ids, p.ID)
			}
			got = fmt.Sprintf("%s %d %v", s.Format, n, ids)
			text := tc.body
			if strings.HasPrefix(text, "\x1f") {
				text = "a 1\n"
			}
			if string(s.Text) != text {
				t.Errorf("%s: its text is %q", tc.name, s.Text)
			}
		}
		if got != tc.want {
			t.Errorf("%s (%s): %s, want %s", tc.name, tc.reason, got, tc.want)
		}
	}
}

// A body that is too long when it is opened takes no memory.
func TestReadBodyMeasures(t *testing.T) {
	bomb := []byte(gzipped(strings.Repeat("x", 64<<20)))
	used := testing.Benchmark(func(b *testing.B) {
		if _, err := ReadBody(bomb, "", Options{Decompress: gunzip, MaxBytes: 63 << 20}); !errors.Is(err, errBounded) {
			b.Fatal(err)
		}
	}).AllocedBytesPerOp()
	if used > 1<<20 {
		t.Errorf("%d bytes of memory", used)
	}
}
