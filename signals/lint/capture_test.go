package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// oneByOne is CheckCapture without anything that is known of other scrapes.
func oneByOne(name string, c *capture.Capture, o Options) (*Input, error) {
	called := func(s *capture.Scrape) string { return path.Join(name, s.File) }
	in := &Input{Name: name, Capture: true, Families: map[string]bool{}}
	w := &workers{o: &o, c: c, called: called, stream: c.Stream()}
	return o.counted(in, c, func(int) checked {
		w.stream.Next()
		return o.whole(w.stream.Scrape(), called)
	}, nil)
}

// shown is all that is known of an Input.
func shown(t *testing.T, in *Input, err error) string {
	t.Helper()
	var b bytes.Buffer
	if err := (JSON{}).Report(&b, &Result{Inputs: []*Input{in}}); err != nil {
		t.Fatal(err)
	}
	if err := (Text{All: true}).Report(&b, &Result{Inputs: []*Input{in}}); err != nil {
		t.Fatal(err)
	}
	families, _ := json.Marshal(slices.Sorted(maps.Keys(in.Families)))
	return fmt.Sprintf("%s%s%v\n", &b, families, err)
}

func sameAsOneByOne(t *testing.T, files fs.FS, o Options) (all string) {
	t.Helper()
	open := func() *capture.Capture {
		c, err := capture.Open(files, "x", capture.Options{Untimed: true})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	in, err := oneByOne("x", open(), o)
	want := shown(t, in, err)
	in, err = CheckCapture("x", open(), o)
	if got := shown(t, in, err); got != want {
		t.Fatalf("in turn:\n%s\none by one:\n%s", got, want)
	}
	return want
}

// TestCapturesAsOneByOne wants of captures what their scrapes one by one give,
// on any number of cores.
func TestCapturesAsOneByOne(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, name := range []string{"incident", "flaky"} {
		files, err := fixtures.FS(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 2, 4} {
			runtime.GOMAXPROCS(n)
			sameAsOneByOne(t, files, Options{})
		}
		sameAsOneByOne(t, files, Options{Disable: []string{"no-help", "count-mismatch"}})
	}
}

// changing is a text with all that hangs on numbers, names and order.
const changing = `# HELP h Times.
# TYPE h histogram
h_bucket{a="x",le="1"} 1
h_bucket{a="x",le="2"} 2
h_bucket{a="x",le="+Inf"} 3
h_sum{a="x"} 4.5
h_count{a="x"} 3
h_bucket{a="y",le="1"} 0
h_bucket{a="y",le="2"} 0
h_bucket{a="y",le="+Inf"} 7
h_sum{a="y"} 4.5
h_count{a="y"} 7
# HELP s Sizes.
# TYPE s summary
s{quantile="0.5"} 2
s_sum 3
s_count 4
# HELP c_total All.
# TYPE c_total counter
c_total{b="1"} 10
c_total{b="2"} 20
# HELP g_ms Now.
# TYPE g_ms gauge
g_ms{a="x y"} 5
g_ms -6
# TYPE c gauge
c 1
u_total 5
# HELP t Timed.
# TYPE t gauge
t{a="1"} 5 1795244469930
t{a="2"} 5 1795244469930
`

// words are what a line may become in part.
var words = []string{
	"NaN", "-1", "+Inf", "1e400", "0x10", "1_0", "5 ", " 5", "5 1795244469930", "7 17", "1.5e3", "", "\\", "\\n", "\"", "{", "}",
	"h_count", "h", "s_sum", "c", "c_total", "c_created", "u", "t", "le", "quantile", "a", "# TYPE", "# HELP", "#", "gauge", "counter", "histogram",
	"x_bucket", "\r", "\x00", "é", "\xff", "0", "3", "1",
}

// change changes a text as programs do, and as they do not.
func change(r *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	i, j := r.IntN(len(lines)), r.IntN(len(lines))
	word := words[r.IntN(len(words))]
	switch r.IntN(12) {
	case 0:
		lines = slices.Delete(lines, i, i+1)
	case 1:
		lines = slices.Insert(lines, i, lines[j])
	case 2:
		lines[i], lines[j] = lines[j], lines[i]
	case 3:
		lines = slices.Insert(lines, i, []string{"new 1\n", "# HELP c More.\n", "# TYPE u counter\n", "# TYPE w gauge\nw 1\n", "\n", "# note\n", "...\n"}[r.IntN(7)])
	case 4: // a part of a line
		fields := strings.FieldsFunc(lines[i], func(r rune) bool { return strings.ContainsRune(" {}\",=\n", r) })
		if len(fields) > 0 {
			lines[i] = strings.Replace(lines[i], fields[r.IntN(len(fields))], word, 1)
		}
	default: // a number
		if at := strings.LastIndexByte(lines[i], ' '); at > 0 && lines[i][0] != '#' {
			if r.IntN(6) > 0 {
				word = fmt.Sprint(r.IntN(12))
			}
			lines[i] = lines[i][:at+1] + word + "\n"
		}
	}
	return strings.Join(lines, "")
}

// TestChangesAsOneByOne changes texts at random, and wants of each capture what
// its scrapes one by one give.
func TestChangesAsOneByOne(t *testing.T) {
	rounds := 250
	if testing.Short() {
		rounds = 60
	}
	for round := range rounds {
		r := rand.New(rand.NewPCG(uint64(round), 1))
		files := fstest.MapFS{}
		text := changing
		for range r.IntN(4) {
			text = change(r, text)
		}
		for i := range 8 {
			files[fmt.Sprintf("app/%d/%d.prom", i%2, 1795244469930+i*5000)] = &fstest.MapFile{Data: []byte(text)}
			for range r.IntN(3) {
				text = change(r, text)
			}
			if r.IntN(4) == 0 {
				text = changing
			}
		}
		sameAsOneByOne(t, files, Options{})
	}
}
