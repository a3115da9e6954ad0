package expfmt

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestSort holds that the order does not depend on the one before, of
// families, samples and labels, and is that of Write.
func TestSort(t *testing.T) {
	opts := Options{Format: FormatProtobuf, KeepClassic: true}
	want := readBytes(t, clientBody(t), opts)
	var b bytes.Buffer
	if err := Write(&b, want, FormatProtobuf); err != nil {
		t.Fatal(err)
	}
	got, _ := Convert(want, FormatProtobuf)
	want.Sort()
	if d := diff(want, got); d != "" {
		t.Errorf("Sort orders otherwise than Convert: %s", d)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(got.Families), func(i, j int) { got.Families[i], got.Families[j] = got.Families[j], got.Families[i] })
		for _, f := range got.Families {
			r.Shuffle(len(f.Samples), func(i, j int) { f.Samples[i], f.Samples[j] = f.Samples[j], f.Samples[i] })
			r.Shuffle(len(f.Histograms), func(i, j int) { f.Histograms[i], f.Histograms[j] = f.Histograms[j], f.Histograms[i] })
			for _, s := range f.Samples {
				r.Shuffle(len(s.Labels), func(i, j int) { s.Labels[i], s.Labels[j] = s.Labels[j], s.Labels[i] })
			}
		}
		var again bytes.Buffer
		if err := Write(&again, got, FormatProtobuf); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatalf("shuffled, it is written otherwise: %v", err)
		}
		got.Sort()
		if d := diff(want, got); d != "" {
			t.Fatal(d)
		}
	}
}

// TestWriteErr holds that an error of the destination comes back, wherever it
// happens.
func TestWriteErr(t *testing.T) {
	s := readBytes(t, madeUpBody(5000), Options{})
	for _, f := range []Format{FormatText, FormatOpenMetrics, FormatProtobuf, FormatUnknown, 200} {
		var b bytes.Buffer
		if err := Write(&b, s, f); err != nil {
			t.Fatal(err)
		}
		for room := 0; room < b.Len(); room += 50_000 {
			w := &narrow{room: room}
			if err := Write(w, s, f); !errors.Is(err, errFull) {
				t.Errorf("%s: after %d bytes: %v", f, room, err)
			}
		}
	}
	if err := Write(&narrow{}, &Snapshot{}, FormatText); err != nil {
		t.Errorf("nothing to write: %v", err)
	}
}

var errFull = errors.New("full")

// narrow takes so many bytes.
type narrow struct{ room int }

func (w *narrow) Write(b []byte) (int, error) {
	if w.room -= len(b); w.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// TestWriteLarge holds that hostile shapes take time in proportion.
func TestWriteLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	many := func(n int, line string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(line, "#", string(rune('a'+i%26))+strings.Repeat("z", i%7)+strconv.Itoa(i)))
		}
		return b.String()
	}
	for _, tc := range []struct{ name, in string }{
		{"families", many(20_000, "a#{b=\"\"} 1\n")},
		{"labels", "a{" + many(20_000, "l#=\"\",") + "} 1\n"},
		{"buckets", "# TYPE h histogram\n" + many(20_000, "h_bucket{le=\"#\"} 1\n") + "h_sum 1\nh_count 1\n"},
		{"series that differ in empty labels", many(20_000, "a{b#=\"\"} 1\n")},
		{"counters", "# TYPE c counter\n" + many(20_000, "c_#{x=\"#\"} 1\n")},
		{"one series", many(20_000, "a 1\n")},
		{"long value", "a{b=\"" + strings.Repeat("\\n", 1<<20) + "\"} 1\n"},
	} {
		s := readBytes(t, []byte(tc.in), Options{})
		begin := time.Now()
		for _, f := range []Format{FormatText, FormatOpenMetrics, FormatProtobuf} {
			kept, _ := Convert(s, f)
			if err := Write(discard{}, kept, f); err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
		}
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%s: %v", tc.name, took)
		} else {
			t.Log(tc.name, took)
		}
	}
}
