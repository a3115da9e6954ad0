package expfmt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestConformance reads the official suite of OpenMetrics strictly: there is an
// error exactly in what must not parse, and what parses has no error either
// when it is read leniently.
func TestConformance(t *testing.T) {
	root := "../../shared/conformance/openmetrics"
	cases, err := os.ReadDir(root)
	if err != nil {
		t.Skip("../shared/conformance is absent: the official suite is not read")
	}
	valid := 0
	for _, e := range cases {
		in, err := os.ReadFile(filepath.Join(root, e.Name(), "metrics"))
		if err != nil {
			t.Fatal(err)
		}
		about, err := os.ReadFile(filepath.Join(root, e.Name(), "test.json"))
		if err != nil {
			t.Fatal(err)
		}
		var want struct{ ShouldParse *bool }
		if err := json.Unmarshal(about, &want); err != nil || want.ShouldParse == nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		errors := errorsOf(in, Options{Format: FormatOpenMetrics, Strict: true})
		if (len(errors) == 0) != *want.ShouldParse {
			t.Errorf("%s: shouldParse %v, but errors %v", e.Name(), *want.ShouldParse, errors)
		}
		if *want.ShouldParse {
			valid++
			if errors := errorsOf(in, Options{Format: FormatOpenMetrics, Check: true}); len(errors) > 0 {
				t.Errorf("%s: errors when read leniently: %v", e.Name(), errors)
			}
		}
	}
	if len(cases) != 211 || valid != 44 {
		t.Errorf("%d cases, %d of them valid", len(cases), valid)
	}
}

// errorsOf returns the problems of error grade.
func errorsOf(in []byte, opts Options) []string {
	var out []string
	r := NewBytesReader(in, opts)
	for r.Next() {
		if r.Kind() == KindProblem && r.Problem().Severity == SeverityError {
			out = append(out, r.Problem().String())
		}
	}
	return out
}
