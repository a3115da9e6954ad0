package expfmt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWriteConformance writes what the official suite calls valid: it comes
// back as it was. Of two cases it cannot: a NUL byte in a help text, at which
// Prometheus would stop, and a time beyond int64 milliseconds.
func TestWriteConformance(t *testing.T) {
	files, _ := filepath.Glob("../../shared/conformance/openmetrics/*/test.json")
	if len(files) == 0 {
		t.Skip("../shared/conformance is absent: the official suite is not written")
	}
	valid := 0
	for _, file := range files {
		var about struct{ ShouldParse bool }
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &about); err != nil {
			t.Fatal(err)
		}
		body, err := os.ReadFile(filepath.Join(filepath.Dir(file), "metrics"))
		if err != nil {
			t.Fatal(err)
		}
		s := readBytes(t, body, Options{Format: FormatOpenMetrics})
		back, err := written(t, s, FormatOpenMetrics)
		if !about.ShouldParse {
			continue // it is enough that what is written is good
		}
		valid++
		if err != nil {
			if !strings.Contains(file, "null_byte") && !strings.Contains(file, "/timestamps/") {
				t.Errorf("%s: %v\n%s", file, err, body)
			}
			continue
		}
		s.Sort()
		if d := diff(s, back); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
	if valid != 44 {
		t.Errorf("%d valid cases", valid)
	}
}
