package expfmt

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostileChecks are texts of a size that Check and Strict must read in linear
// time.
var hostileChecks = []struct {
	name, reason string
	om           bool
	make         func(n int) string
}{
	{"labels", "all on one line", true, func(n int) string {
		var b strings.Builder
		b.WriteString("# TYPE h histogram\nh_bucket{")
		for i := range 20 * n {
			fmt.Fprintf(&b, "l%d=\"1\",", i)
		}
		b.WriteString("le=\"+inf\"} -1\n# EOF\n")
		return b.String()
	}},
	{"families", "each with a type", true, func(n int) string {
		var b strings.Builder
		for i := range 8 * n {
			fmt.Fprintf(&b, "# TYPE f%d counter\nf%d_total 1\n", i, i)
		}
		return b.String() + "# EOF\n"
	}},
	{"families after a large one", "what was kept for it is not cleared for each", true, func(n int) string {
		var b strings.Builder
		b.WriteString("# TYPE h histogram\n")
		for i := range 5 * n {
			fmt.Fprintf(&b, "h_bucket{x=\"%d\",le=\"1\"} 1\n", i)
		}
		for i := range 5 * n {
			fmt.Fprintf(&b, "# TYPE f%d histogram\nf%d_bucket{le=\"+Inf\"} 1\n", i, i)
		}
		return b.String() + "# EOF\n"
	}},
	{"interleaved", "two families line by line", false, func(n int) string {
		return "# TYPE a histogram\n# TYPE b histogram\n" + strings.Repeat("a_bucket{le=\"1\"} 1\nb_bucket{le=\"1\"} 1\n", 10*n)
	}},
	{"long value", "2 MB", true, func(n int) string {
		return "a{b=\"" + strings.Repeat("y", 400*n) + "\",c='1'} 1\na{b=\"" + strings.Repeat("é\\n", 50*n) + "\"} NaN\n# EOF\n"
	}},
	{"metrics back and forth", "of one histogram", false, func(n int) string {
		var b strings.Builder
		b.WriteString("# TYPE h histogram\n")
		for i := range 10 * n {
			fmt.Fprintf(&b, "h_bucket{x=\"%d\",le=\"%d\"} 1\n", i%7, i)
		}
		return b.String()
	}},
}

// TestCheckIsLinear holds that ten times the text takes about ten times as
// long; the limit is wide, since other programs run beside the test.
func TestCheckIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	for _, tc := range hostileChecks {
		opts := optionsOf(tc.om)
		opts.Check, opts.Strict = true, true
		took := func(n int) time.Duration {
			in := []byte(tc.make(n))
			best := time.Hour
			for range 3 {
				start := time.Now()
				r := NewReader(bytes.NewReader(in), opts)
				for r.Next() {
				}
				best = min(best, time.Since(start))
			}
			return best
		}
		small, large := took(500), took(5000)
		if t.Logf("%s: %v, %v", tc.name, small, large); large > 40*small && large > time.Second {
			t.Errorf("%s (%s): %v, ten times as much %v", tc.name, tc.reason, small, large)
		}
	}
}

// TestCheckMemory holds what Options.Check says of its memory.
func TestCheckMemory(t *testing.T) {
	const series = 200_000
	line := func(i int) string {
		return fmt.Sprintf("a_metric_with_a_long_name{instance=\"127.0.0.1:%d\",verb=\"GET\"} 1\n", i)
	}
	var b strings.Builder
	for i := range series {
		b.WriteString(line(i))
	}
	in := []byte(b.String())
	r := NewBytesReader(in, Options{Check: true})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for r.Next() {
		if r.Kind() == KindProblem {
			t.Fatal(r.Problem())
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	used := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d bytes a series", used/series)
	if used > 75*series {
		t.Errorf("%d bytes for %d series", used, series)
	}
	runtime.KeepAlive(r)
	// More samples of the same series take no more.
	again := testing.AllocsPerRun(1, func() {
		r.Reset(in[:len(in)/4], Options{Check: true})
		for r.Next() {
		}
	})
	if again > 20 {
		t.Errorf("%v allocations for a text that is known", again)
	}
}
