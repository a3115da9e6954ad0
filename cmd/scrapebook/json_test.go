package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// contract is every name of the JSON of a replay, as a path, that may never
// go. A list's elements share the path of the list.
var contract = strings.Fields(`
	capture capture.name capture.targets capture.scrapes capture.failed_scrapes capture.samples capture.start
	capture.end capture.interval_seconds capture.phase_seconds capture.ignored_files
	groups groups.name groups.file groups.interval_seconds groups.evaluations
	rules rules.group rules.alert rules.record rules.expr rules.for_seconds rules.labels rules.verdict
	rules.selectors rules.selectors.selector rules.selectors.series
	rules.evaluations rules.failed_evaluations rules.error rules.warnings
	rules.closest rules.closest.value rules.closest.threshold rules.closest.at rules.closest.labels
	rules.alerts rules.alerts.labels rules.alerts.annotations
	rules.alerts.intervals rules.alerts.intervals.state rules.alerts.intervals.start rules.alerts.intervals.end
	rules.alerts.intervals.open rules.alerts.peak rules.alerts.peak_at rules.why
	problems problems.file problems.line problems.column problems.id problems.severity problems.message`)

// TestReplayJSONNames does not follow SCRAPEBOOK_UPDATE: a rename fails here
// even when the golden file was written anew.
func TestReplayJSONNames(t *testing.T) {
	var out, errs bytes.Buffer
	args := []string{"replay", "demo:incident", "-e", "up == 0", "-e", "up > 7", "--job", "unused", "--format", "json"}
	if code := run(args, nil, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	var doc any
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	var got []string
	names("", doc, &got)
	for _, name := range contract {
		if !slices.Contains(got, name) {
			t.Errorf("%s is gone", name)
		}
	}
	// Lists and objects are never null; closest is, where there is none.
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, ": null") && !strings.Contains(line, `"closest"`) {
			t.Errorf("a list or an object is null: %s", strings.TrimSpace(line))
		}
	}
}

// names collects the names in a document, those of a list's elements once each
// time they stand there.
func names(path string, doc any, list *[]string) {
	switch v := doc.(type) {
	case map[string]any:
		for name, sub := range v {
			full := strings.TrimPrefix(path+"."+name, ".")
			*list = append(*list, full)
			names(full, sub, list)
		}
	case []any:
		for _, sub := range v {
			names(path, sub, list)
		}
	}
}

// JSON goes to terminals as well, and encoding/json escapes no more than it
// must.
func TestJSONSteersNoTerminal(t *testing.T) {
	const value = "\x1b[2J\x7f\u009b31m\u202e\u2066\ufeff é 漢 😀"
	body := "# HELP a " + value + "\n# TYPE a gauge\na{l=\"" + value + "\"} 1\na{l=\"" + value + "\"} 1\n"
	for _, args := range [][]string{
		{"check", "metrics", "-"}, {"inspect", "-"}, {"query", "-", "a"}, {"replay", "-", "-e", "a > 0", "--quiet"},
	} {
		var out, errs bytes.Buffer
		run(append(args, "--format", "json"), strings.NewReader(body), &out, &errs)
		if !json.Valid(out.Bytes()) || !strings.Contains(out.String(), `\u009b31m\u202e\u2066\ufeff é 漢 😀`) {
			t.Errorf("%v: %s%s", args, out.String(), errs.String())
		}
		for _, r := range out.String() {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%v: raw %U", args, r)
			}
		}
	}
}
