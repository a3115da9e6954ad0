package expfmt

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// TestProtoSnapshot holds that samples and histograms are in the family of
// their message, whatever their names are, and share no memory with the body.
func TestProtoSnapshot(t *testing.T) {
	in := protoText(t, nativeAndClassic+` --- name: "g" type: GAUGE_HISTOGRAM help: "G." unit: "u" metric {histogram {sample_count: 1}} --- name: "s_count" type: GAUGE metric {gauge {value: 1}} ---`+
		` name: "s" type: SUMMARY metric {summary {sample_count: 1}} --- name: "" type: GAUGE metric {}`)
	s, err := Read(iotest.HalfReader(bytes.NewReader(in)), Options{Format: FormatProtobuf, KeepClassic: true, File: "x.pb"})
	if err != nil {
		t.Fatal(err)
	}
	clear(in)
	var got []string
	for _, f := range s.Families {
		line := f.Name + " " + f.Type.String() + " " + f.Help + " " + f.Unit + ":"
		for _, h := range f.Histograms {
			line += " " + h.Name + h.H.String()
		}
		for _, sample := range f.Samples {
			line += " " + sample.Name
		}
		got = append(got, line)
	}
	want := []string{
		"h histogram  : h{count:3, sum:2.5, (0.5,1]:3} h_count h_sum h_bucket h_bucket", "g gaugehistogram G. u: g_count g_sum g_bucket",
		"s_count gauge  : s_count", "s summary  : s_count s_sum",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(s.Problems) != 1 || s.Problems[0].String() != "x.pb:5:115: error: a family without a name was skipped [no-name]" {
		t.Errorf("%v", s.Problems)
	}
}

// TestProtoErr holds that an error of the source ends the stream without a
// problem beside it, wherever it comes.
func TestProtoErr(t *testing.T) {
	cause := errors.New("cut")
	in := good + good
	for n := range len(in) {
		r := NewReader(io.MultiReader(strings.NewReader(in[:n]), iotest.ErrReader(cause)), Options{Format: FormatProtobuf})
		got := protoRecords(r)
		if want := 3 * (n / len(good)); !errors.Is(r.Err(), cause) || len(got) != want || r.Next() {
			t.Errorf("after %d bytes: %v, records %q", n, r.Err(), got)
		}
	}
}

// TestProtoReset holds that a Reader of one format may go on with another.
func TestProtoReset(t *testing.T) {
	r := NewBytesReader([]byte(good), Options{Format: FormatProtobuf})
	for range 2 {
		if diff := cmp.Diff(goodRecords(1, 2), protoRecords(r)); diff != "" {
			t.Error(diff)
		}
		r.Reset([]byte("a 1\nb x\n"), Options{})
		if diff := cmp.Diff([]string{"1:1 a 1", "2:3 error bad-value"}, protoRecords(r)); diff != "" {
			t.Error(diff)
		}
		r.Reset([]byte(good[:5]), Options{Format: FormatProtobuf})
		r.Next()
		r.Reset([]byte(good), Options{Format: FormatProtobuf})
	}
}

// TestProtoMutations changes, removes and doubles bytes of what client_golang
// writes, and holds every outcome against upstream.
func TestProtoMutations(t *testing.T) {
	body := clientBody(t)
	o := newOracle()
	accepted, refused := 0, 0
	for i := 0; i < len(body); i += 4 {
		for _, with := range []string{"", "\x00", "\x80", "\xff", string(body[i : i+1 : i+1]), string([]byte{body[i] ^ 1}), string([]byte{body[i] + 8})} {
			if (i+len(with))%3 > 0 && i > 500 {
				continue
			}
			in := append(append(append(make([]byte, 0, len(body)+1), body[:i]...), with...), body[i+1:]...)
			if err := o.checkProto(in, protoOptions[i/4%8]); err != nil {
				t.Fatalf("byte %d replaced by %q: %v", i, with, err)
			}
			if len(o.ids) == 0 {
				accepted++
			} else {
				refused++
			}
		}
	}
	t.Logf("%d mutations read alike, %d with problems", accepted, refused)
	if accepted < 300 || refused < 300 {
		t.Errorf("only %d mutations were read, %d had problems", accepted, refused)
	}
}
