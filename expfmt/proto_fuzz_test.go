package expfmt

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzProtobuf holds for any bytes and settings: the Reader and upstream's
// parser read a body to the same records unless a problem says so; a stream
// gives what the bytes give; all places are inside the body, and rise.
func FuzzProtobuf(f *testing.F) {
	for _, tc := range protoCases {
		f.Add(protoText(f, tc.in), uint8(0))
	}
	for i, tc := range rawProtoCases {
		f.Add([]byte(tc.in), uint8(i))
	}
	f.Add(clientBody(f), uint8(2))
	files, _ := filepath.Glob("../../shared/captures/singles/*.pb")
	for _, file := range files {
		if in, err := os.ReadFile(file); err == nil {
			f.Add(in[:min(len(in), 8<<10)], uint8(6))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, setting uint8) {
		opts := protoOptions[setting%8]
		if err := newOracle().checkProto(in, opts); err != nil {
			t.Errorf("%q: %v", in, err)
		}
		checkProtoStream(t, in, opts)
		checkProtoPlaces(t, in, opts)
		opts.MaxLine = 100
		checkProtoStream(t, in, opts)
		checkProtoPlaces(t, in, opts)
	})
}

// checkProtoPlaces holds what Sample, HistogramSample and Problem promise.
func checkProtoPlaces(t *testing.T, in []byte, opts Options) {
	t.Helper()
	r := NewBytesReader(in, opts)
	last, column := 0, 0
	place := func(line, at int) {
		if line < 1 || line < last || at < 1 || at > len(in)+1 || line == last && r.Kind() != KindProblem && at < column {
			t.Errorf("%q: %s after %d:%d", in, protoRecord(r), last, column)
		}
		if last = line; r.Kind() != KindProblem {
			column = at
		}
	}
	labels := func(ls Labels) {
		if !slices.IsSortedFunc(ls, func(a, b Label) int {
			if a.Name == b.Name {
				return 1
			}
			return strings.Compare(a.Name, b.Name)
		}) || len(ls) > 0 && ls[0].Name == "" {
			t.Errorf("%q: labels %q", in, ls)
		}
	}
	for r.Next() {
		switch r.Kind() {
		case KindProblem:
			p := r.Problem()
			if strings.ContainsFunc(p.Message, unprintable) || ids[p.ID].Severity != p.Severity || p.Severity == "" || len(p.Text) > maxProblemText {
				t.Errorf("%q: problem %+v", in, p)
			}
			place(p.Line, p.Column)
		case KindSample:
			s := r.Sample()
			place(s.Line, s.Column)
			labels(s.Labels)
			if c := s.Clone(); !cmp.Equal(c, s, cmpopts.EquateNaNs()) {
				t.Errorf("%q: the clone is %+v, of %+v", in, c, s)
			}
		case KindHistogram:
			h := r.Histogram()
			place(h.Line, h.Column)
			labels(h.Labels)
			if (h.H == nil) == (h.FH == nil) || h.H != nil && h.H.Validate() != nil || h.FH != nil && h.FH.Validate() != nil {
				t.Errorf("%q: %v %v", in, h.H, h.FH)
			}
			if c := h.Clone(); protoRecord(r) == "" || c.Name != h.Name || !sameHistogram(c.H, h.H) || !sameFloatHistogram(c.FH, h.FH) || !cmp.Equal(c.Exemplars, h.Exemplars, cmpopts.EquateNaNs()) {
				t.Errorf("%q: the clone is %+v, of %+v", in, c, h)
			}
		default:
			place(r.Metadata().Line, r.Metadata().Column)
		}
	}
	if r.Err() != nil {
		t.Errorf("%q: %v", in, r.Err())
	}
}

// TestProtoAllocs holds that the steady state makes no garbage but what is
// kept of native histograms.
func TestProtoAllocs(t *testing.T) {
	for _, tc := range []struct {
		name, reason, in string
		opts             Options
	}{
		{"samples", "all types, and exemplars", string(clientBody(t)), Options{Format: FormatProtobuf, IgnoreNative: true}},
		{"unsorted labels", "sorted in place", string(protoText(t, `name: "a" type: GAUGE metric {label {name: "z" value: "1"} label {name: "b" value: "ü"} gauge {value: 1}}`)), Options{Format: FormatProtobuf}},
	} {
		in := []byte(tc.in)
		r := NewBytesReader(in, tc.opts)
		drain(r)
		if n := testing.AllocsPerRun(10, func() {
			r.Reset(in, tc.opts)
			drain(r)
		}); n > 0 {
			t.Errorf("%s (%s): %v allocations", tc.name, tc.reason, n)
		}
	}
}

// uv writes a varint.
func uv(n int) string {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return string(append(b, byte(n)))
}

// field writes a field of the type bytes.
func field(num int, data string) string { return uv(num<<3|wireBytes) + uv(len(data)) + data }

func histogramBody(h string) []byte {
	m := "\n\x01h\x18\x04" + field(4, field(7, h))
	return []byte(uv(len(m)) + m)
}

// TestProtoHostile reads what is made to take memory or time.
func TestProtoHostile(t *testing.T) {
	metrics := func(m string) []byte { return []byte(uv(len(m)) + m) }
	empties := strings.Repeat("\x02\x01", 400_000) // deltas up and down: every other bucket is empty
	descending := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("\x1a\x09\x11" + string([]byte{0, 0, 0, 0, byte(-i), byte(-i >> 8), byte(-i >> 16), 0x40}))
		}
		return b.String()
	}
	for _, tc := range []struct {
		name  string
		in    []byte
		opts  Options
		id    string
		limit uint64 // bytes allocated for a byte of input
	}{
		{"length of 8 GiB", []byte("\xff\xff\xff\xff\x7f"), Options{}, "cut-message", 1 << 20},
		{"length of 64 MiB", []byte("\x80\x80\x80\x20x"), Options{}, "cut-message", 1 << 20},
		{"span of 4 billion", histogramBody(field(12, "\x10\xff\xff\xff\xff\x0f") + "\x68\x02"), Options{}, "bad-histogram", 1 << 10},
		{"many spans", histogramBody(strings.Repeat("\x62\x00", 2<<20)), Options{}, "too-large", 40},
		{"spans of nothing", histogramBody(strings.Repeat("\x62\x00", 1<<20)), Options{}, "", 40},
		{"many buckets", histogramBody(strings.Repeat("\x1a\x00", 2<<20)), Options{}, "too-large", 100},
		{"many exemplars", histogramBody("\x62\x00" + strings.Repeat("\x82\x01\x02\x1a\x00", 2<<20)), Options{}, "too-large", 40},
		{"many deltas", histogramBody("\x62\x06\x10\x80\x80\x80\x80\x01" + field(13, strings.Repeat("\x00", 4<<20))), Options{}, "too-large", 40},
		{"holes", histogramBody(field(12, "\x10"+uv(len(empties))) + field(13, empties)), Options{}, "bad-histogram", 80},
		{"buckets in the wrong order", histogramBody(descending(100_000)), Options{ConvertNHCB: true}, "bad-histogram", 80},
		{"many quantiles", metrics("\n\x01s\x18\x02" + field(4, field(4, strings.Repeat("\x1a\x00", 2<<20)))), Options{}, "too-large", 100},
		{"many labels", metrics("\n\x01s\x18\x01" + field(4, strings.Repeat("\n\x03\n\x01a", 2<<20))), Options{}, "too-large", 100},
		{"equal labels", metrics("\n\x01s\x18\x01" + field(4, strings.Repeat("\n\x03\n\x01a", 1<<20))), Options{}, "duplicate-label", 100},
		{"exemplar with many labels", metrics("\n\x01s" + field(4, field(3, field(2, strings.Repeat("\n\x03\n\x01a", 2<<20))))), Options{}, "bad-exemplar", 100},
		{"exemplar in many pieces", metrics("\n\x01s" + field(4, field(3, strings.Repeat("\x12\x05\n\x03\n\x01a", 500_000)))), Options{}, "bad-exemplar", 100},
		{"empty messages", make([]byte, 4<<20), Options{}, "", 10},
		{"empty metrics", metrics("\n\x01s\x18\x01" + strings.Repeat("\"\x00", 1<<20)), Options{}, "wrong-field", 1000},
		{"nested groups", metrics("\n\x01s\x18\x01" + strings.Repeat("\x3b", 1<<20)), Options{}, "bad-message", 10},
	} {
		tc.opts.Format = FormatProtobuf
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		r := NewReader(bytes.NewReader(tc.in), tc.opts)
		id := ""
		for r.Next() {
			if r.Kind() == KindProblem {
				id = r.Problem().ID
			}
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		used := (after.TotalAlloc - before.TotalAlloc)
		t.Logf("%s: %d bytes, %d allocated, %v", tc.name, len(tc.in), used, took)
		if id != tc.id {
			t.Errorf("%s: the problem is %q", tc.name, id)
		}
		if used > tc.limit*uint64(len(tc.in))+1<<20 || took > 20*time.Second {
			t.Errorf("%s: %d bytes were allocated in %v", tc.name, used, took)
		}
	}
}
