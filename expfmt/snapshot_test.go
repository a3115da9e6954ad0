package expfmt

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestSnapshotFamilies(t *testing.T) {
	for _, tc := range []struct {
		name, reason string
		om           bool
		in           string
		want         []string // family, type, samples
	}{
		{"histogram", "its parts belong to it", false,
			"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\nh_other 1\n",
			[]string{"h histogram: h_bucket h_sum h_count", "h_other unknown: h_other"}},
		{"summary", "quantiles have the bare name", false, "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\ns_count 1\ns_bucket 1\n",
			[]string{"s summary: s s_sum s_count", "s_bucket unknown: s_bucket"}},
		{"counter of text", "has the whole name", false, "# TYPE a_total counter\na_total 1\n", []string{"a_total counter: a_total"}},
		{"counter of openmetrics", "the family lacks the suffix", true, "# TYPE a counter\na_total 1\na_created 1\n# EOF\n", []string{"a counter: a_total a_created"}},
		{"info and gaugehistogram", "their suffixes", true, "# TYPE a info\na_info 1\n# TYPE g gaugehistogram\ng_bucket{le=\"+Inf\"} 1\ng_gsum 1\ng_gcount 1\n# EOF\n",
			[]string{"a info: a_info", "g gaugehistogram: g_bucket g_gsum g_gcount"}},
		{"own declaration", "a family that is declared keeps its samples", false, "# TYPE a histogram\n# TYPE a_count gauge\na_count 1\n", []string{"a histogram:", "a_count gauge: a_count"}},
		{"gauge with suffix", "a gauge has no parts", false, "# TYPE a gauge\na_sum 1\na 1\n", []string{"a gauge: a", "a_sum unknown: a_sum"}},
		{"interleaved", "one family for all", false, "a 1\nb 1\na{x=\"1\"} 2\n", []string{"a unknown: a a", "b unknown: b"}},
		{"help alone", "a family without samples", false, "# HELP a b\n", []string{"a unknown:"}},
	} {
		s, err := Read(strings.NewReader(tc.in), optionsOf(tc.om))
		if err != nil || len(s.Problems) > 0 {
			t.Errorf("%s: %v %v", tc.name, err, s.Problems)
		}
		var got []string
		for _, f := range s.Families {
			line := fmt.Sprintf("%s %s:", f.Name, f.Type)
			for _, sample := range f.Samples {
				line += " " + sample.Name
			}
			got = append(got, line)
			if s.Family(f.Name) != f || (&Snapshot{Families: s.Families}).Family(f.Name) != f {
				t.Errorf("%s: Family(%q) is another", tc.name, f.Name)
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (%s):\n%s", tc.name, tc.reason, diff)
		}
	}
}

func TestSnapshotIsItsOwn(t *testing.T) {
	in := "# HELP a first\\\\\n# UNIT a_s s\na_s{b=\"1\\n\"} 1\n" + strings.Repeat("zzzzzzzzz{zzz=\"zzzzz\\n\"} 1\n", 20000)
	s, err := Read(iotest.HalfReader(strings.NewReader(in)), Options{Format: FormatOpenMetrics})
	if err != nil {
		t.Fatal(err)
	}
	f := s.Family("a_s")
	if s.Family("a").Help != `first\` || f.Unit != "s" || f.Samples[0].Name != "a_s" || f.Samples[0].Labels[0] != (Label{"b", "1\n"}) {
		t.Errorf("%+v", f)
	}
	if got := s.Problems[0]; len(s.Problems) != 1 || got.ID != "no-eof" {
		t.Errorf("%v", s.Problems)
	}
	if s.Family("nope") != nil || (&Snapshot{}).Family("nope") != nil {
		t.Error("a family that is not there")
	}
}

func TestReadKeepsWhatItRead(t *testing.T) {
	cause := errors.New("cut")
	s, err := Read(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a 1\n"))), Options{})
	if s == nil || err == nil {
		t.Errorf("%v %v", s, err)
	}
	s, err = Read(&cutReader{strings.NewReader("a 1\nb 2\nc"), cause}, Options{})
	if !errors.Is(err, cause) || len(s.Families) != 2 || len(s.Problems) != 0 {
		t.Errorf("%v %v", s, err)
	}
}

// cutReader ends with an error instead of io.EOF.
type cutReader struct {
	*strings.Reader
	err error
}

func (r *cutReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if err != nil {
		err = r.err
	}
	return n, err
}

// What Read keeps is bounded, however short the lines are; a flood is cut with
// a problem where it was left.
func TestReadKeepsSoMany(t *testing.T) {
	const text = "# TYPE a gauge\na 1\n?\nb 2\nc 3\n"
	for most, want := range map[int]int{1: 0, 2: 1, 4: 2, 5: 3, 6: 3, -1: 3, 0: 3} {
		s, err := Read(strings.NewReader(text), Options{MaxRecords: most})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range s.Families {
			n += len(f.Samples)
		}
		last := Problem{}
		if len(s.Problems) > 0 {
			last = s.Problems[len(s.Problems)-1]
		}
		if cut := most > 0 && most < 5; n != want || cut != (last.ID == "too-long") || cut && (last.Line != most+1 || last.Severity != SeverityError) {
			t.Errorf("%d records: %d samples, want %d; %v", most, n, want, s.Problems)
		}
	}
}
