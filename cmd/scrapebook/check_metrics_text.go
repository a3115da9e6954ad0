package main

import (
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// writeText shows each finding with its line and what was done about it, and
// sums up each file, and all when there are several. Only for a terminal it
// breaks lines: elsewhere programs may look for places in them.
func (r *metricsResult) writeText(w io.Writer) error {
	var b strings.Builder
	say := func(line string) {
		if r.fold {
			line = terminal.Fold(line, r.width, 4)
		}
		b.WriteString(line + "\n")
	}
	all := &metricsInput{families: map[string]bool{}}
	for _, in := range r.inputs {
		for _, f := range in.findings {
			say(terminal.ProblemLine(f.Problem))
			b.WriteString(f.shown(r.width))
		}
		if in.not == "" { // else standard error says it
			say(terminal.Clean(in.name) + ": " + in.summary())
		}
		all.findings = append(all.findings, in.findings...)
		all.samples += in.samples
		maps.Copy(all.families, in.families)
	}
	if len(r.inputs) > 1 {
		say(fmt.Sprintf("%d files or captures: %s", len(r.inputs), all.summary()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shown is the line with its caret, what was done, and how often there is the
// like.
func (f *finding) shown(width int) string {
	done := f.Done
	if f.metric != "" {
		done = "" // lint changes nothing
	}
	if f.count > 1 {
		again := fmt.Sprintf("the first of %d", f.count)
		if f.scrapes > 1 {
			again += fmt.Sprintf(" in %d scrapes", f.scrapes)
		}
		done = strings.TrimPrefix(done+", "+again, ", ")
	}
	caret := f.Caret()
	if f.protobuf || caret == "" {
		if f.protobuf && f.Text != "" && f.metric == "" {
			done = strings.TrimSuffix(fmt.Sprintf("in %q, %s", f.Text, done), ", ")
		}
		if done == "" {
			return ""
		}
		return "  " + terminal.Clean(done) + "\n"
	}
	text, mark, _ := strings.Cut(strings.TrimSuffix(caret, "\n"), "\n")
	if done != "" {
		if len(mark)+len("   ")+len(done) > width {
			mark += "\n "
		}
		mark += " " + done
	}
	return "  " + text + "\n  " + mark + "\n"
}

// summary counts.
func (in *metricsInput) summary() string {
	var parts []string
	for _, c := range [...]struct {
		severity     expfmt.Severity
		one, several string
	}{
		{expfmt.SeverityError, "error", "errors"},
		{expfmt.SeverityWarning, "warning", "warnings"},
		{expfmt.SeverityInfo, "note", "notes"},
	} {
		if n := in.count(c.severity); n > 0 {
			parts = append(parts, plural(n, c.one, c.several))
		}
	}
	found := strings.Join(parts, ", ")
	if found == "" {
		found = "ok"
	}
	out := fmt.Sprintf("%s; %s, %s", found, plural(len(in.families), "family", "families"), plural(in.samples, "sample", "samples"))
	if in.capture {
		out += " in " + plural(in.scrapes, "scrape", "scrapes")
		if in.failed > 0 {
			out += fmt.Sprintf(", %d of them failed", in.failed)
		}
	}
	return out
}
