package lint

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// TestMemory wants the parts of a text looked at again for the reasons there
// are, and for no other.
func TestMemory(t *testing.T) {
	for _, tt := range []struct {
		old, new, reason string
		again            bool // the part is learned again
	}{
		{"c_total{b=\"1\"} 10", "c_total{b=\"1\"} 11", "a counter counts", false},
		{"c_total{b=\"1\"} 10", "c_total{b=\"1\"} -1", "it is negative", true},
		{"g_ms -6", "g_ms NaN", "a gauge may be anything", false},
		{"h_bucket{a=\"x\",le=\"2\"} 2", "h_bucket{a=\"x\",le=\"2\"} 3", "buckets do not fall", false},
		{"h_bucket{a=\"x\",le=\"2\"} 2", "h_bucket{a=\"x\",le=\"2\"} 4", "buckets fall", true},
		{"h_count{a=\"x\"} 3", "h_count{a=\"x\"} 4", "it is not what +Inf has", true},
		{"t{a=\"1\"} 5 1795244469930", "t{a=\"1\"} 6 1795244474930", "another time", false},
		{"t{a=\"1\"} 5 1795244469930", "t{a=\"1\"} 6 1795244474", "a time in seconds", true},
		{"u_total 5", "u_total 5\nu_total{a=\"1\"} 6", "a new line", true},
		{"# HELP g_ms Now.", "# HELP g_ms Then.", "another help text", true},
	} {
		m := &memory{o: &Options{}, known: newShelf()}
		before := m.check([]byte(changing))
		if len(before) != 6 {
			t.Fatalf("%d parts", len(before))
		}
		if len(before) > 0 && m.once {
			t.Fatal("numbers do not keep to the rules")
		}
		after := m.check([]byte(strings.Replace(changing, tt.old, tt.new, 1)))
		learned := 0
		for i, p := range after {
			if p != before[i] {
				learned++
			}
		}
		if again := learned == 1 || after == nil; again != tt.again {
			t.Errorf("%s: %d parts are learned", tt.reason, learned)
		}
	}
}

// A text like the one before costs nothing but what its numbers do.
func TestMemoryAllocations(t *testing.T) {
	m := &memory{o: &Options{}, known: newShelf()}
	texts := [][]byte{[]byte(changing), []byte(strings.Replace(changing, "c 1", "c 2", 1))}
	i := 0
	check := func() {
		if i++; m.check(texts[i%2]) == nil {
			t.Fatal("not known")
		}
	}
	check()
	check()
	if n := testing.AllocsPerRun(100, check); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// A lane whose memory is too large forgets, and finds the same.
func TestLanesForget(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 12 {
		files[fmt.Sprintf("app/%d/%d.prom", i%3, 1795244469930+i*5000)] = &fstest.MapFile{Data: []byte(changing)}
	}
	c, err := capture.Open(files, "x", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	called := func(s *capture.Scrape) string { return s.File }
	for _, most := range []int64{maxLaned, 1} {
		w := newWorkers(&Options{Workers: 2}, c, called)
		if n := cap(w.hands); n != 2 {
			t.Errorf("%d scrapes are checked at a time, and 2 were asked for", n)
		}
		w.most = most
		for i := range c.Scrapes {
			if r := w.next(i); len(r.parts) != 6 {
				t.Errorf("%d parts of scrape %d", len(r.parts), i)
			}
		}
		w.close()
		if kept := w.kept.Load(); kept > most || most > 1 && kept == 0 {
			t.Errorf("%d bytes are kept, of %d", kept, most)
		}
	}
}

// TestSequences wants of two texts that follow each other what each gives.
func TestSequences(t *testing.T) {
	const first = "# TYPE d gauge\nd{a=\"1\"} 1 1795244469930\nd{a=\"1\"} 1 1795244469931\n"
	for _, tt := range []struct{ first, second, reason string }{
		{first, strings.ReplaceAll(first, "31\n", "30\n"), "two times become one"},
		{strings.ReplaceAll(first, "31\n", "30\n"), first, "one time becomes two"},
		{"# TYPE d gauge\nd 1\nd 1\n", "# TYPE d gauge\nd 2\nd 3\n", "a series that stands twice"},
		{"# TYPE c counter\nc -1\n", "# TYPE c counter\nc 1\n", "a counter that is negative once"},
		{"# TYPE c counter\nc 1 \n", "# TYPE c counter\nc 1\n", "a blank that goes"},
		{"# TYPE g gauge\ng 1\n", "# TYPE g gauge\ng 1 17952444\n", "a time in seconds comes"},
	} {
		sameAsOneByOne(t, fstest.MapFS{
			"app/a/1795244469930.prom": {Data: []byte(tt.first)}, "app/a/1795244474930.prom": {Data: []byte(tt.second)},
			"app/a/1795244479930.prom": {Data: []byte(tt.first)}, "app/b/1795244484930.prom": {Data: []byte(tt.second)},
		}, Options{})
	}
}

// TestApart wants parts that have to do with each other by their names told
// from others.
func TestApart(t *testing.T) {
	for _, tt := range []struct {
		one, other string
		apart      bool
		reason     string
	}{
		{"# TYPE c counter\nc 1\n", "# TYPE c_total counter\nc_total 1\n", false, "in OpenMetrics the total of a counter"},
		{"# TYPE c gauge\nc 1\n", "# TYPE c_total counter\nc_total 1\n", true, "a gauge has no total"},
		{"# TYPE s summary\ns_sum 1\n", "# TYPE g gauge\ng 1\ns_count 1\n", false, "the count of a summary before"},
		{"# TYPE g gauge\ng 1\ns_sum 1\n", "# TYPE s summary\ns_count 1\n", false, "the sum of a summary behind"},
		{"# TYPE g gauge\ng 1\nx 1\n", "# TYPE h gauge\nh 1\nx 2\n", false, "a name without a family in both"},
		{"# TYPE g gauge\ng 1\n", "# TYPE g gauge\ng 2\n", false, "a family in both"},
		{"# TYPE g gauge\ng 1\n", "# TYPE h histogram\nh_count 2\n", true, "nothing in common"},
	} {
		o := &Options{}
		if got := apart([]*part{o.learn([]byte(tt.one)), o.learn([]byte(tt.other))}); got != tt.apart {
			t.Errorf("%q, %q: %t: %s", tt.one, tt.other, got, tt.reason)
		}
	}
}
