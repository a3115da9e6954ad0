package expfmt

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const sized = `# TYPE h histogram
h_bucket{path="/a",le="1"} 1
h_bucket{path="/a",le="2"} 1
h_bucket{le="+Inf",path="/a"} 1
h_sum{path="/a"} 1
h_count{path="/a"} 1
h_bucket{path="/b",le="1"} 1
h_bucket{path="/b",le="+Inf"} 1
h_count{path="/b"} 1
h_bucket{path="/c",le="2"} 1
h_bucket{path="/c",le="1.0"} 1
h_bucket{path="/c",le="+Inf"} 1
# TYPE s summary
s{quantile="0.5"} 1
s{quantile="0.9"} 1
s_sum 1
s_count 1
# TYPE g gauge
g{path="/a",long=""} 1
g{long="",path="/a"} 2
g{path="/longest",long="xy"} 2
`

func TestCardinality(t *testing.T) {
	s, _ := Read(strings.NewReader(sized), Options{})
	c := s.Cardinality()
	var got []string
	for _, f := range c.Families {
		got = append(got, fmt.Sprintf("%s %d %d", f.Family.Name, f.Series, f.Metrics))
	}
	// Of h three histograms, of s one summary; of g one series stands twice.
	if want := []string{"h 11 3", "s 4 1", "g 2 2"}; !slices.Equal(got, want) || c.Series != 17 {
		t.Errorf("%d series: %v, want %v", c.Series, got, want)
	}
	var layouts []string
	for _, l := range c.Families[0].Layouts {
		layouts = append(layouts, fmt.Sprintf("%v×%d", l.Bounds, l.Metrics))
	}
	if want := []string{"[1 2 +Inf]×2", "[1 +Inf]×1"}; !slices.Equal(layouts, want) {
		t.Errorf("layouts %v, want %v: in the order of the bounds, not of the lines", layouts, want)
	}
	want := []LabelSize{
		{"path", 4, 13, "h", "/a", 6, "/longest", []string{"/a", "/b", "/c"}},
		{"le", 3, 8, "h", "+Inf", 3, "+Inf", []string{"+Inf", "1.0", "2.0"}},
		{"long", 2, 2, "g", "", 1, "xy", []string{"", "xy"}},
		{"quantile", 2, 2, "s", "0.5", 1, "0.5", []string{"0.5", "0.9"}},
	}
	if !reflect.DeepEqual(c.Labels, want) {
		t.Errorf("labels\n%+v, want\n%+v", c.Labels, want)
	}
	own := []LabelSize{
		{"le", 3, 8, "h", "+Inf", 3, "+Inf", []string{"+Inf", "1.0", "2.0"}},
		{"path", 3, 11, "h", "/a", 5, "/a", []string{"/a", "/b", "/c"}},
	}
	if got := c.Families[0].Labels; !reflect.DeepEqual(got, own) {
		t.Errorf("labels of h\n%+v, want\n%+v", got, own)
	}
	if empty := (&Snapshot{}).Cardinality(); empty.Series != 0 || empty.Families != nil || empty.Labels != nil {
		t.Errorf("of nothing: %+v", empty)
	}
}

// TestCardinalityBrokenBounds counts buckets whose le cannot be a bound.
func TestCardinalityBrokenBounds(t *testing.T) {
	s, _ := Read(strings.NewReader("# TYPE h histogram\nh_bucket{le=\"x\"} 1\nh_bucket{le=\"NaN\"} 1\nh_bucket 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1e0\"} 1\n"), Options{})
	f := s.Cardinality().Families[0]
	if f.Series != 4 || f.Metrics != 1 || len(f.Layouts) != 1 {
		t.Fatalf("got %+v", f)
	}
	if b := f.Layouts[0].Bounds; !slices.Equal(b, []float64{1}) {
		t.Errorf("bounds %v", b)
	}
}
