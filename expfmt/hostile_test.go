package expfmt

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestAllocs holds that the steady state makes no garbage: a second reading
// of a text by the same Reader, whatever its lines are, and a stream of any
// length.
func TestAllocs(t *testing.T) {
	for _, tc := range []struct{ name, reason, in string }{
		{"real", "a body like kube-proxy's", string(madeUpBody(200))},
		{"thorough", "lines that the fast reading does not take", "{\"a.b\",c=\"x\\\\y\",d=\"Zürich\"} 1 5 \n# HELP a x\\\\y\n a 1\n"},
		{"floats", "values that strconv reads", "a 0.11051893900000001\na 1e300\na NaN\na +Inf\n"},
		{"exemplars", "of OpenMetrics", "a{b=\"1\"} 1 2 # {t=\"x\"} 1 2\n# EOF\n"},
		{"bounds", "more spellings of le than the cache has room for", bounds(1000)},
	} {
		opts := optionsOf(tc.name == "exemplars")
		in := []byte(tc.in)
		r := NewBytesReader(in, opts)
		for r.Next() {
			if r.Kind() == KindProblem && r.Problem().ID != "leading-blank" {
				t.Errorf("%s: %s", tc.name, r.Problem())
			}
		}
		in = bytes.ReplaceAll(in, []byte("\n a 1"), []byte("\na 1")) // a problem costs memory
		allocs := testing.AllocsPerRun(10, func() {
			r.Reset(in, opts)
			for r.Next() {
			}
		})
		if allocs != 0 {
			t.Errorf("%s (%s): %v allocations", tc.name, tc.reason, allocs)
		}
	}
	stream := func(samples int) float64 {
		body := madeUpBody(samples)
		return testing.AllocsPerRun(3, func() { drain(NewReader(bytes.NewReader(body), Options{})) })
	}
	if few, many := stream(2000), stream(50_000); few != many {
		t.Errorf("a stream of more samples makes more garbage: %v, %v allocations", few, many)
	}
}

func bounds(n int) string {
	var b strings.Builder
	b.WriteString("# TYPE h histogram\n")
	for i := range n {
		fmt.Fprintf(&b, "h_bucket{le=\"%d.%d\"} 1\n", i, i)
	}
	return b.String()
}

// A generator is a text without end that nobody keeps, cut after left bytes.
type generator struct {
	left int
	line string
	at   int
}

func (g *generator) Read(b []byte) (int, error) {
	if g.left == 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(b) && g.left > 0 {
		c := copy(b[n:], g.line[g.at:min(len(g.line), g.at+g.left)])
		g.at = (g.at + c) % len(g.line)
		g.left -= c
		n += c
	}
	return n, nil
}

// TestMemoryOfStreams holds that a stream takes no more memory for more
// input.
func TestMemoryOfStreams(t *testing.T) {
	for _, tc := range []struct {
		name, line string
		limit      uint64 // bytes allocated in all
		format     Format
	}{
		{"samples", "a_long_name_of_a_metric{host=\"127.0.0.1:6443\",verb=\"GET\"} 1\n", 1 << 20, FormatText},
		{"openmetrics", "a_long_name_of_a_metric{host=\"127.0.0.1:6443\"} 1 # {a=\"b\"} 1\n", 1 << 20, FormatOpenMetrics},
		{"protobuf", string(protoText(t, `name: "a" type: GAUGE metric {label {name: "b" value: "c"} gauge {value: 1}}`)), 1 << 20, FormatProtobuf},
		{"classic histograms of protobuf", string(protoText(t, `name: "a" type: HISTOGRAM metric {histogram {sample_count: 1 bucket {upper_bound: 1 cumulative_count: 1}}}`)), 1 << 20, FormatProtobuf},
		{"endless line", "a", 4 << 20, FormatText},
		{"endless value", "a{b=\"", 4 << 20, FormatText},
		{"endless string over lines", "a{b=\"\n", 1 << 40, FormatText}, // problems cost memory; checked for time below
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := NewReader(&generator{left: 64 << 20, line: tc.line}, Options{MaxLine: 1 << 20, Format: tc.format})
		if tc.limit > 1<<30 {
			r = NewReader(&generator{left: 4 << 20, line: tc.line}, Options{MaxLine: 1 << 20})
		}
		samples, problems := 0, 0
		for r.Next() {
			if r.Kind() == KindSample {
				samples++
			} else {
				problems++
			}
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > tc.limit {
			t.Errorf("%s: %d bytes allocated for %d samples, %d problems", tc.name, used, samples, problems)
		}
		if samples+problems == 0 || r.Err() != nil {
			t.Errorf("%s: nothing was read: %v", tc.name, r.Err())
		}
	}
}

// hostileTexts are texts of n times some bytes, each made to be slow at
// something. BenchmarkHostile shows that ten times the bytes take ten times
// the time.
var hostileTexts = []struct {
	name string
	make func(n int) string
}{
	{"label value", func(n int) string { return "a{b=\"" + strings.Repeat("x", n*20) + "\"} 1\n" }},
	{"escapes", func(n int) string { return "a{b=\"" + strings.Repeat(`\\`, n*10) + "\"} 1\n" }},
	{"utf8", func(n int) string { return "a{b=\"" + strings.Repeat("ü", n*10) + "\"} 1\n" }},
	{"labels", func(n int) string { return "a{" + manyLabels(n/2) + "} 1\n" }},
	{"families", func(n int) string {
		var b strings.Builder
		for i := range n / 2 {
			fmt.Fprintf(&b, "# HELP f%d x\n# TYPE f%d gauge\nf%d 1\n", i, i, i)
		}
		return b.String()
	}},
	{"nul bytes", func(n int) string { return strings.Repeat("\x00", n*20) }},
	{"nul lines", func(n int) string { return strings.Repeat("\x00\n", n/2) }},
	{"blanks", func(n int) string { return strings.Repeat(" ", n*20) + "a 1" }},
	{"open strings", func(n int) string { return strings.Repeat("a{b=\"\n", n/2) }},
	{"open strings, even lines", func(n int) string { return "a{b=\"\n" + strings.Repeat("c{d=\"e\"} 1\n", n/2) }},
	{"string over lines", func(n int) string { return "a{b=\"" + strings.Repeat("\n", n*10) + "\"} 1\n" }},
	{"digits", func(n int) string { return "a 1" + strings.Repeat("0", n*20) }},
	{"underscores", func(n int) string { return "a 1" + strings.Repeat("_0", n*10) }},
	{"json", func(n int) string { return "{" + strings.Repeat("\"a\":{", n*4) }},
	{"headers", func(n int) string { return "HTTP/1.1 200 OK\n" + strings.Repeat("a: b\n", n*4) }},
	{"utf-16", func(n int) string { return utf16Text("a 1\n"+strings.Repeat("ü", n*8), little, marked) }},
}

func manyLabels(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "l%d=\"%d\",", i, i)
	}
	return b.String()
}

func readHostile(in []byte) {
	drain(NewBytesReader(in, Options{}))
	drain(NewReader(bytes.NewReader(in), Options{}))
	_, _ = Read(bytes.NewReader(in), Options{})
	Detect("", in)
}

// allocated returns the bytes that f allocates in all.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHostileTexts holds that ten times the bytes take no more than ten times
// the memory.
func TestHostileTexts(t *testing.T) {
	for _, tc := range hostileTexts {
		one, ten := []byte(tc.make(5_000)), []byte(tc.make(50_000))
		little, much := allocated(func() { readHostile(one) }), allocated(func() { readHostile(ten) })
		// Buffers double, and have a least size: twice that, and 1 MiB.
		if much > 20*little+1<<20 {
			t.Errorf("%s: %d bytes allocated for %d, %d for %d", tc.name, little, len(one), much, len(ten))
		}
	}
}

// BenchmarkHostile reads hostile texts of one and of ten sizes: the time per
// byte is the same.
func BenchmarkHostile(b *testing.B) {
	for _, tc := range hostileTexts {
		for _, n := range []int{50_000, 500_000} {
			in := []byte(tc.make(n))
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(tc.name, " ", "-"), n), func(b *testing.B) {
				b.SetBytes(int64(len(in)))
				best := time.Hour // of a busy machine the mean says little
				for b.Loop() {
					start := time.Now()
					readHostile(in)
					best = min(best, time.Since(start))
				}
				b.ReportMetric(float64(best.Nanoseconds())/float64(len(in)), "best-ns/B")
			})
		}
	}
}

// TestSnapshotMemory holds what the comment of Snapshot says.
func TestSnapshotMemory(t *testing.T) {
	const series, labels = 50_000, 3
	var b strings.Builder
	for i := range series {
		fmt.Fprintf(&b, "requests_total{code=\"200\",path=\"/v1/things\",pod=\"pod-%06d\"} 1\n", i)
	}
	in := b.String()
	size := 160 + 32*labels + len(in)/series
	var s *Snapshot
	all := allocated(func() { s, _ = Read(strings.NewReader(in), Options{}) })
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if n := len(s.Families[0].Samples); n != series {
		t.Fatalf("%d series were read", n)
	}
	runtime.KeepAlive(s)
	s = nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := (before.HeapAlloc - after.HeapAlloc) / series
	t.Logf("%d bytes held per series, %d allocated; %d are said", held, all/series, size)
	if held > uint64(size)*5/4 || held < uint64(size)/2 || all/series > 10*uint64(size) {
		t.Errorf("%d bytes per series are held, %d were allocated", held, all/series)
	}
}

// TestHostileValues reads what is large but right.
func TestHostileValues(t *testing.T) {
	value := strings.Repeat("x", 2<<20)
	r := NewReader(strings.NewReader("a{b=\""+value+"\"} 1\nc 2\n"), Options{})
	if !r.Next() || len(r.Sample().Labels) != 1 || r.Sample().Labels[0].Value != value || !r.Next() || r.Sample().Name != "c" {
		t.Error("a label value of 2 MB is not read")
	}
	many := manyLabels(50_000)
	in := "a{" + many + "} 1\na{" + many + "l49=\"\"} 1\nc{d=\"1\"} 2\n"
	r = NewBytesReader([]byte(in), Options{})
	if !r.Next() || r.Kind() != KindSample || len(r.Sample().Labels) != 50_000 {
		t.Error("50,000 labels are not read")
	}
	if !r.Next() || r.Kind() != KindProblem || r.Problem().ID != "duplicate-label" || r.Problem().Column != len(many)+3 {
		t.Errorf("a duplicate among 50,000 labels: %+v", *r.Problem())
	}
	if !r.Next() || r.Sample().Name != "c" || len(r.Sample().Labels) != 1 {
		t.Error("the line behind is not read")
	}
}
