package lint

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/fixtures"
)

// sameAsWhole wants of a text in chunks of a size what it gives as a whole,
// and reports whether it can be checked in chunks.
func sameAsWhole(t *testing.T, o Options, text string, size int) bool {
	t.Helper()
	how := expfmt.Options{File: "x", Format: o.Format, Check: true, MaxLine: o.MaxLine, MaxBytes: o.MaxBody}
	whole, in := &Input{Families: map[string]bool{}}, &Input{Families: map[string]bool{}}
	got, ok := o.chunked(in, "", []byte(text), how, size)
	if !ok {
		if in.Samples+in.judged+len(in.Families) > 0 {
			t.Fatalf("something is counted of\n%s", text)
		}
		return false
	}
	want, err := o.readWhole(whole, "", []byte(text), how)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if !reflect.DeepEqual(in, whole) {
		t.Fatalf("chunks of %d: got %+v, want %+v\n%s", size, in, whole, text)
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("chunks of %d: %d and %d findings, number %d differs\ngot  %+v\nwant %+v\n%s",
				size, len(got), len(want), i, got[min(i, len(got)-1):], want[min(i, len(want)-1):], text)
		}
	}
	return true
}

// TestChunked wants of texts as they change what they give as a whole.
func TestChunked(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	begin := changing + twice
	text, chunked := begin, 0
	for range 6000 {
		if text = change(r, text); len(text) > 3000 || r.IntN(8) == 0 {
			text = begin
		}
		if sameAsWhole(t, Options{Workers: 1 + r.IntN(3)}, text, 1+r.IntN(300)) {
			chunked++
		}
	}
	if chunked < 600 {
		t.Errorf("%d of 6000 texts are checked in chunks", chunked)
	}
}

// twice has findings that name other lines, and times.
const twice = `# HELP tw A.
# TYPE tw gauge
tw{a="1",b="2"} 1
tw{b="2",a="1"} 2
tw{aB="1"} 2
# TYPE lay histogram
lay_bucket{a="x",le="1"} 1
lay_bucket{a="x",le="+Inf"} 1
lay_sum{a="x"} 1
lay_count{a="x"} 1
lay_bucket{a="y",le="2"} 1
lay_bucket{a="y",le="+Inf"} 1
lay_sum{a="y"} 1
lay_count{a="y"} 2
# HELP timed B.
# TYPE timed counter
timed{a="1"} 1 1795244469930
timed{a="1"} 1 1795244469931
timed{a="2",leB="1"} 1 1795244469931
`

// TestChunkedTogether wants of names that have to do with each other, in
// several chunks, what they give as a whole.
func TestChunkedTogether(t *testing.T) {
	for _, tt := range []struct {
		text    string
		chunked bool
		reason  string
	}{
		{changing, true, "families side by side"},
		{twice, true, "lines are named as those of the whole text"},
		{"# TYPE g gauge\ng 1\n# TYPE h gauge\nh 1\n# TYPE g gauge\ng 1\n", false, "a family twice"},
		{"# TYPE s summary\ns_count 1\n# TYPE s_sum gauge\n# TYPE g gauge\ng 1\n", false, "promtool refuses it, for a name without samples"},
		{"# TYPE g gauge\ng 1\nx 1\n# TYPE h gauge\nh 1\nx 1\n", false, "a series twice"},
		{"# TYPE g gauge\ng 1 1795244469\n# TYPE h gauge\nh 1 1795244469\n", false, "told once a text"},
		{"# TYPE g gauge\ng{a=\"\n# TYPE h gauge\n\"} 1\n", false, "a line end within quotes"},
		{"# TYPE g gauge\ng 1\n# TYPE h gauge\nh 1", false, "the end is cut"},
		{"# TYPE g gauge\ng{a=\"\\d\"} 1\n# TYPE h gauge\nh 1\n", true, "promtool is asked about all of it"},
		{"# HELP g A.\n# TYPE g gauge\n", true, "no sample"},
		{"# a comment\n", false, "no family"},
		{"", false, "nothing"},
	} {
		for size := range 40 {
			if got := sameAsWhole(t, Options{}, tt.text, size+1); size == 0 && got != tt.chunked {
				t.Errorf("%q: %t: %s", tt.text, got, tt.reason)
			}
		}
	}
	if sameAsWhole(t, Options{Format: expfmt.FormatOpenMetrics}, changing, 1) || sameAsWhole(t, Options{MaxBody: 10}, changing, 1) {
		t.Error("OpenMetrics, or more than is read, in chunks")
	}
}

// TestChunkedFiles wants of real scrapes what they give as a whole.
func TestChunkedFiles(t *testing.T) {
	n := 0
	for _, f := range fixtures.List() {
		if !f.IsFile() {
			continue
		}
		body, err := fixtures.Read(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{}, {Disable: []string{"no-help"}, Allow: expfmt.KubernetesExceptions()}} {
			if sameAsWhole(t, o, string(body), 1000) {
				n++
			}
		}
	}
	if n < 10 {
		t.Errorf("%d files in chunks", n)
	}
}

// Series cost no allocation, in however many chunks they are.
func TestChunkedAllocations(t *testing.T) {
	text := func(series int) []byte {
		var b strings.Builder
		for f := range 20 {
			fmt.Fprintf(&b, "# HELP f%d_total A.\n# TYPE f%d_total counter\n", f, f)
			for i := range series / 20 {
				fmt.Fprintf(&b, "f%d_total{a=\"%d\",b=\"x\"} %d\n", f, i, i)
			}
		}
		return []byte(b.String())
	}
	count := func(series int) float64 {
		body := text(series)
		return testing.AllocsPerRun(5, func() {
			if in, err := CheckFile("x", "", body, Options{Workers: 1}); err != nil || in.Samples != series || len(in.Findings) > 0 {
				t.Fatal(in, err)
			}
		})
	}
	few, many := count(2000), count(20_000)
	if many > few+1000 {
		t.Errorf("%g allocations for 2,000 series, %g for 20,000", few, many)
	}
}
