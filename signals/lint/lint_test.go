package lint

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/scrapebook/scrapebook/expfmt"
)

// TestSARIF wants what the schema of SARIF 2.1.0 requires, and
// that each result points to its rule.
func TestSARIF(t *testing.T) {
	in, err := CheckFile("x.prom", "", []byte("x{aB=\"é\"} 1\na{é=\"é\" 1\n\"é\" 1\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (SARIF{}).Report(&out, &Result{Inputs: []*Input{in}}); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	dec := json.NewDecoder(&out)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" {
		t.Fatalf("the head is %+v", log)
	}
	run := log.Runs[0]
	ids := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		if ids[r.ID] || r.ShortDescription.Text == "" || r.Configuration.Level == "" {
			t.Errorf("rule %+v", r)
		}
		ids[r.ID] = true
	}
	if len(run.Results) == 0 {
		t.Fatal("no results")
	}
	for _, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("%s points to rule %d", r.RuleID, r.RuleIndex)
		}
		at := r.Locations[0].Physical
		if at.Artifact.URI == "" || at.Region == nil || at.Region.Line < 1 || at.Region.Column < 1 || r.Message.Text == "" {
			t.Errorf("result %+v", r)
		}
	}
}

func TestFileURI(t *testing.T) {
	for _, tt := range []struct{ path, want, reason string }{
		{"a/b.prom", "a/b.prom", "relative"},
		{"/a b/c#d.prom", "file:///a%20b/c%23d.prom", "absolute, escaped"},
		{"demo:x/a", "./demo:x/a", "no scheme"},
		{"a\xff%41", "a%FF%2541", "any bytes"},
		{"-", "-", "standard input"},
	} {
		if got := fileURI(tt.path); got != tt.want {
			t.Errorf("%q: got %q, want %q: %s", tt.path, got, tt.want, tt.reason)
		}
	}
}

// A body of millions of short lines would take many times its size to index.
func TestLineIndexGoesNoFurtherThanAsked(t *testing.T) {
	l := lineIndex{body: bytes.Repeat([]byte("a 1\n"), 1000)}
	for _, line := range []int{3, 2, 1000, 1001, 1002} {
		f := &Finding{Problem: expfmt.Problem{Line: line, Column: 1}, Metric: "a"}
		l.show(f)
		if want := map[bool]string{true: "a 1"}[line <= 1000]; f.Text != want {
			t.Errorf("line %d: %q, not %q", line, f.Text, want)
		}
		if line == 3 && len(l.starts) != 4 {
			t.Errorf("%d lines are known once the third was shown", len(l.starts))
		}
	}
}
