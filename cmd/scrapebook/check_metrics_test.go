package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// checkMetrics runs the command on a body.
func checkMetrics(t *testing.T, body []byte, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(append([]string{"check", "metrics", "-"}, args...), bytes.NewReader(body), &out, &errs)
	return code, out.String(), errs.String()
}

// refusedAllTheSame are expositions that the standard allows and for which
// Prometheus refuses the whole scrape, by the id that says so.
var refusedAllTheSame = map[string]string{"null_byte": "[nul-byte]"}

// TestCheckMetricsConformance is the official suite of OpenMetrics 1.0.
func TestCheckMetricsConformance(t *testing.T) {
	tests, _ := filepath.Glob("../../../shared/conformance/openmetrics/*/test.json")
	if len(tests) == 0 {
		t.Skip("../shared/conformance is absent: the official suite is not checked")
	}
	for _, file := range tests {
		var about struct {
			File        string `json:"file"`
			ShouldParse bool   `json:"shouldParse"`
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &about); err != nil {
			t.Fatal(err)
		}
		body, err := os.ReadFile(filepath.Join(filepath.Dir(file), about.File))
		if err != nil {
			t.Fatal(err)
		}
		code, out, errs := checkMetrics(t, body, "--openmetrics", "--strict")
		if id := refusedAllTheSame[filepath.Base(filepath.Dir(file))]; id != "" {
			if code != 1 || !strings.Contains(out, id) || !strings.Contains(out, "1 error;") {
				t.Errorf("%s: exit code %d, want 1 for %s alone\n%s%s", file, code, id, out, errs)
			}
			continue
		}
		if (code == 0) != about.ShouldParse {
			t.Errorf("%s: exit code %d, though shouldParse is %v\n%s%s", filepath.Base(filepath.Dir(file)), code, about.ShouldParse, out, errs)
		}
	}
}

// hostileBody is text with bytes that no terminal, JSON or workflow should see.
func hostileBody(rnd *rand.Rand) []byte {
	pieces := []string{"a", "b_total", "# HELP ", "# TYPE ", "{", "}", "=", "\"", ",", " ", "\n", "\n", "1", "gauge", "\x1b[2J", "\u202e",
		"\x00", "\xff\xfe", "\xc3", "\r", "\x07", "<script>", "%0A", "::error::", "]]>", "é世", "\\n", "aB", "le", "\u2028", "\u009b"}
	var b bytes.Buffer
	b.WriteString("x 1\n") // so that it is text
	for range 5 + rnd.IntN(60) {
		b.WriteString(pieces[rnd.IntN(len(pieces))])
	}
	return b.Bytes()
}

func TestCheckMetricsHostile(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	found := 0
	for i := range 400 {
		body := hostileBody(rnd)
		for _, format := range []string{"text", "json", "github", "sarif"} {
			_, out, errs := checkMetrics(t, body, "--format", format)
			if !utf8.ValidString(out) {
				t.Fatalf("%s of %q is not UTF-8", format, body)
			}
			switch format {
			case "json", "sarif":
				if !json.Valid([]byte(out)) {
					t.Fatalf("%s of %q is not JSON:\n%s", format, body, out)
				}
			default:
				for _, r := range out + errs {
					if r != '\n' && !unicode.IsPrint(r) {
						t.Fatalf("%s of %q has %q:\n%s", format, body, r, out+errs)
					}
				}
			}
			if format == "github" {
				for line := range strings.Lines(out) {
					found++
					if !strings.HasPrefix(line, "::") {
						t.Fatalf("a line of %q that is no command: %q", body, line)
					}
				}
			}
		}
		if t.Failed() {
			t.Fatalf("case %d", i)
		}
	}
	if found < 1000 {
		t.Errorf("only %d findings", found)
	}
}

// TestCheckMetricsLarge shows a place in a line of 2 MB.
func TestCheckMetricsLarge(t *testing.T) {
	body := fmt.Sprintf("# HELP a A.\na{x=%q} 1\na{x=%q,y} 1\n", strings.Repeat("世", 700_000), strings.Repeat("<b>", 700_000))
	for _, format := range []string{"text", "json", "github", "sarif"} {
		code, out, errs := checkMetrics(t, []byte(body), "--format", format)
		if code != codeFound || errs != "" || !strings.Contains(out, "bad-labels") {
			t.Errorf("%s: exit code %d: %.300s %.300s", format, code, out, errs)
		}
		if limit := 40_000; len(out) > limit {
			t.Errorf("%s: %d bytes, above %d", format, len(out), limit)
		}
	}
}
