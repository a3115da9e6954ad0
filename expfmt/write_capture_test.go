package expfmt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines shows all that a Snapshot says, floats by their bits, without places.
func lines(s *Snapshot) []string {
	var out []string
	exemplar := func(e *Exemplar) string {
		return fmt.Sprintf("%q %x %d %v", e.Labels, math.Float64bits(e.Value), e.Timestamp, e.HasTimestamp)
	}
	for _, f := range s.Families {
		out = append(out, fmt.Sprintf("%q %s %q %q", f.Name, f.Type, f.Help, f.Unit))
		for i := range f.Samples {
			s := &f.Samples[i]
			line := fmt.Sprintf("%q %q %x %d %v %d", s.Name, s.Labels, math.Float64bits(s.Value), s.Timestamp, s.HasTimestamp, s.StartTimestamp)
			if s.Exemplar != nil {
				line += " # " + exemplar(s.Exemplar)
			}
			out = append(out, line)
		}
		for i := range f.Histograms {
			h := &f.Histograms[i]
			line := fmt.Sprintf("%q %q %d %v %d", h.Name, h.Labels, h.Timestamp, h.HasTimestamp, h.StartTimestamp)
			if h.H != nil {
				line += fmt.Sprintf(" %x %+v", math.Float64bits(h.H.Sum), *h.H)
			} else {
				line += fmt.Sprintf(" %x %+v", math.Float64bits(h.FH.Sum), *h.FH)
			}
			for j := range h.Exemplars {
				line += " # " + exemplar(&h.Exemplars[j])
			}
			out = append(out, line)
		}
	}
	return out
}

// diff says how b, which is sorted, differs from a, which is.
func diff(a, b *Snapshot) string {
	if same(a, b) {
		return ""
	}
	return cmp.Diff(lines(a), lines(b))
}

// same is what diff does, but fast; of all but samples it knows only what is
// certain.
func same(a, b *Snapshot) bool {
	return slices.EqualFunc(a.Families, b.Families, func(f, g *Family) bool {
		return f.Name == g.Name && f.Type == g.Type && f.Help == g.Help && f.Unit == g.Unit &&
			len(f.Histograms)+len(g.Histograms) == 0 &&
			slices.EqualFunc(f.Samples, g.Samples, func(s, t Sample) bool {
				return s.Name == t.Name && slices.Equal(s.Labels, t.Labels) && math.Float64bits(s.Value) == math.Float64bits(t.Value) &&
					s.Timestamp == t.Timestamp && s.HasTimestamp == t.HasTimestamp && s.StartTimestamp == t.StartTimestamp &&
					s.Exemplar == nil && t.Exemplar == nil
			})
	})
}

// A failer is a testing.T or a rapid.T.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func readBytes(t failer, b []byte, opts Options) *Snapshot {
	t.Helper()
	s, err := Read(bytes.NewReader(b), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// written writes s, reads it again, without any problem, and sorts it.
func written(t failer, s *Snapshot, f Format) (*Snapshot, error) {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, s, f); err != nil {
		return nil, err
	}
	opts := Options{Format: f, KeepClassic: true}
	var oracle error
	if o := newOracle(); f == FormatProtobuf {
		oracle = o.checkProto(b.Bytes(), opts)
	} else if oracle = o.check(b.Bytes(), f == FormatOpenMetrics); o.samples == 0 && len(s.Families) > 0 && len(s.Families[0].Samples) > 0 {
		t.Fatal("upstream read no samples")
	}
	if oracle != nil {
		t.Fatalf("%v\n%s", oracle, b.Bytes())
	}
	back := readBytes(t, b.Bytes(), opts)
	for _, p := range back.Problems {
		if p.Severity != SeverityInfo {
			t.Fatalf("what was written has a problem: %v\n%s", p, p.Text)
		}
	}
	if opts.Strict = f == FormatOpenMetrics; opts.Strict {
		for _, p := range readBytes(t, b.Bytes(), opts).Problems {
			if p.Severity == SeverityError {
				t.Fatalf("what was written is not OpenMetrics: %v\n%s", p, b.Bytes())
			}
		}
	}
	back.Sort()
	return back, nil
}

// captures calls f with every scrape of the captures, under -short with a
// few, and says whether it is one of few for what takes time.
func captures(t *testing.T, f func(path string, body []byte, few bool)) {
	root := "../../shared/captures"
	if _, err := os.Stat(root); err != nil {
		t.Skip("../shared/captures is absent: no real scrapes to write")
	}
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || d.IsDir() || ext != ".prom" && ext != ".pb" {
			return err
		}
		single := strings.Contains(path, "singles")
		if n++; !single && testing.Short() && n%100 > 0 {
			return nil
		}
		body, err := os.ReadFile(path)
		if err == nil {
			f(path, body, single || n%10 == 0)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWriteCaptures holds on every healthy scrape that what is written and
// read again is the same, over every chain of formats that can hold it.
// OpenMetrics holds few of them whole: every Go program has a gauge and a
// counter of which the names clash there.
func TestWriteCaptures(t *testing.T) {
	lost := map[string]int{}
	chains := map[string]int{}
	captures(t, func(path string, body []byte, few bool) {
		own := FormatText
		if strings.HasSuffix(path, ".pb") {
			own = FormatProtobuf
		}
		s := readBytes(t, body, Options{Format: own})
		for _, p := range s.Problems {
			if p.Severity == SeverityError {
				return // not healthy
			}
		}
		s.Sort()
		for _, chain := range [][]Format{
			{own}, {FormatOpenMetrics, own}, {FormatProtobuf, own}, {FormatOpenMetrics, FormatProtobuf, FormatOpenMetrics, own},
		} {
			if !few && chain[0] == FormatOpenMetrics {
				continue
			}
			name := own.String()
			at, err := s, error(nil)
			for _, f := range chain {
				name += "→" + f.String()
				if at, err = written(t, at, f); err != nil {
					break
				}
			}
			var format *FormatError
			switch {
			case err == nil:
				chains[name]++
				if d := diff(s, at); d != "" {
					t.Fatalf("%s: %s: %s", path, name, d)
				}
			case !errors.As(err, &format):
				t.Fatal(err)
			default:
				chains[name+" fails"]++
				checkLossy(t, path, s, chain[0])
				for _, p := range format.Problems {
					if chain[0] != FormatOpenMetrics || p.ID != "lost-type" && p.ID != "lost-start" {
						t.Errorf("%s: %s: %v", path, name, p)
					}
					lost[name+": "+p.Message+" "+p.ID]++
				}
			}
		}
	})
	for _, name := range []string{
		"text→text", "text→protobuf→text", "text→openmetrics→text", "text→openmetrics→protobuf→openmetrics→text",
		"protobuf→protobuf",
	} {
		if chains[name] == 0 {
			t.Errorf("no scrape went %s", name)
		}
	}
	for name, n := range chains {
		t.Log(n, name)
	}
	for what, n := range lost {
		t.Log(n, what)
	}
}

// checkLossy holds that what Convert leaves over is written and read as it is,
// and that, back in its own format, families without a loss are as they were.
func checkLossy(t *testing.T, path string, s *Snapshot, f Format) {
	t.Helper()
	kept, lost := Convert(s, f)
	back, err := written(t, kept, f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if d := diff(kept, back); d != "" {
		t.Fatalf("%s as %s: %s", path, f, d)
	}
	named := map[string]bool{}
	for _, p := range lost {
		name, _, _ := strings.Cut(p.Text, "{")
		for _, suffix := range []string{"", "_bucket", "_sum", "_count"} {
			named[strings.TrimSuffix(name, suffix)] = true
		}
	}
	again, lost := Convert(back, s.Format)
	if len(lost) > 0 {
		t.Fatalf("%s: back from %s: %v", path, f, lost)
	}
	of := func(s *Snapshot) *Snapshot {
		out := &Snapshot{Families: slices.Clone(s.Families)}
		out.Families = slices.DeleteFunc(out.Families, func(f *Family) bool { return named[f.Name] })
		return out
	}
	if d := diff(of(s), of(again)); d != "" {
		t.Fatalf("%s to %s and back: %s", path, f, d)
	}
}
