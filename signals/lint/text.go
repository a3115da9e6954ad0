package lint

import (
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Text shows each finding with its line and what was done about it, and sums
// up each file, and all when there are several.
type Text struct {
	Width int // columns of the screen; 0: there is none, and lines are not folded
	// All shows every problem of a file. Without it those of one id are one,
	// the first, with their number.
	All bool
}

// Report implements Reporter.
func (t Text) Report(w io.Writer, r *Result) error {
	var b strings.Builder
	say := func(line string) { b.WriteString(terminal.Fold(line, t.Width, 4) + "\n") }
	all := &Input{Families: map[string]bool{}}
	if line := r.verdict(); line != "" {
		say(line)
	}
	for _, in := range r.Inputs {
		if in.judged > 0 && in.Not == "" {
			say(terminal.Clean(in.Name + ": " + in.verdict()))
		}
		list := in.Findings
		if !t.All && !in.Capture {
			list = folded(list)
		}
		for _, f := range list {
			say(terminal.ProblemLine(f.Problem))
			b.WriteString(f.shown(t.Width))
		}
		if in.Not == "" { // else standard error says it
			say(terminal.Clean(in.Name) + ": " + in.summary())
		}
		all.Findings = append(all.Findings, in.Findings...)
		all.Samples += in.Samples
		maps.Copy(all.Families, in.Families)
	}
	if len(r.Inputs) > 1 {
		say(fmt.Sprintf("%d files or captures: %s", len(r.Inputs), all.summary()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shown is the line with its caret, what was done, and how often there is the
// like.
func (f *Finding) shown(width int) string {
	done := f.Done
	if f.Metric != "" {
		done = "" // lint changes nothing
	}
	if f.Count > 1 {
		again := fmt.Sprintf("the first of %d", f.Count)
		if len(f.others) > 0 {
			also := ", also at "
			if f.Metric != "" {
				also = ", also "
			}
			again += also + strings.Join(f.others, ", ")
			if more := f.Count - 1 - len(f.others); more > 0 {
				again += fmt.Sprintf(" and %d more", more)
			}
		}
		if f.Scrapes > 1 {
			again += fmt.Sprintf(" in %d scrapes", f.Scrapes)
		}
		done = strings.TrimPrefix(done+", "+again, ", ")
	}
	caret := f.Caret()
	if f.Protobuf || caret == "" {
		if f.Protobuf && f.Text != "" && f.Metric == "" {
			done = strings.TrimSuffix(fmt.Sprintf("in %q, %s", f.Text, done), ", ")
		}
		if done == "" {
			return ""
		}
		return terminal.Fold("  "+terminal.Clean(done), width, 4) + "\n"
	}
	text, mark, _ := strings.Cut(strings.TrimSuffix(caret, "\n"), "\n")
	if done != "" && (width <= 0 || len(mark)+len("   ")+len(done) <= width) {
		mark, done = mark+" "+done, ""
	}
	shown := "  " + text + "\n  " + mark + "\n"
	if done != "" {
		shown += terminal.Fold("  "+terminal.Clean(done), width, 4) + "\n"
	}
	return shown
}

// folded returns the first of the findings of each id, which stands for all.
func folded(list []*Finding) (out []*Finding) {
	at := map[string]*Finding{}
	for _, f := range list {
		key := f.ID + " " + string(f.Severity)
		first := at[key]
		if first == nil {
			c := *f
			at[key] = &c
			out = append(out, &c)
			continue
		}
		first.Count += f.Count
		switch {
		case len(first.others) == shownOthers:
		case f.Metric != "":
			first.others = append(first.others, f.Metric)
		case f.Line > 0:
			first.others = append(first.others, fmt.Sprintf("%d:%d", f.Line, f.Column))
		}
	}
	return out
}

// shownOthers is how many metrics, or places, are named beside the first.
const shownOthers = 5

// verdict sums up those of several files and captures.
func (r *Result) verdict() string {
	if len(r.Inputs) < 2 {
		return ""
	}
	all := &Input{Capture: true}
	for _, in := range r.Inputs {
		all.judged += in.judged
		all.unasked += in.unasked
		all.Refused += in.Refused
		all.PromtoolRefused += in.PromtoolRefused
		if all.Promtool == "" && in.Promtool != "" {
			all.Promtool = in.Promtool
		}
	}
	if all.judged == 0 {
		return ""
	}
	return terminal.Clean(all.verdict())
}

// summary counts.
func (in *Input) summary() string {
	var parts []string
	for _, c := range [...]struct {
		severity     expfmt.Severity
		one, several string
	}{
		{expfmt.SeverityError, "error", "errors"},
		{expfmt.SeverityWarning, "warning", "warnings"},
		{expfmt.SeverityInfo, "note", "notes"},
	} {
		if n := in.Count(c.severity); n > 0 {
			parts = append(parts, terminal.Plural(n, c.one, c.several))
		}
	}
	found := strings.Join(parts, ", ")
	if found == "" {
		found = "ok"
	}
	out := fmt.Sprintf("%s; %s, %s", found, terminal.Plural(len(in.Families), "family", "families"), terminal.Plural(in.Samples, "sample", "samples"))
	if in.Capture {
		out += " in " + terminal.Plural(in.Scrapes, "scrape", "scrapes")
		if in.Failed > 0 {
			out += fmt.Sprintf(", %d of them failed", in.Failed)
		}
	}
	return out
}
