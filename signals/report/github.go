package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/signals/compat"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// GitHub writes a line for each finding, which a workflow of GitHub shows
// beside the line of the file.
type GitHub struct{}

// Compat annotates each rule with what is against it: errors are what breaks
// it, warnings what changes it, notices the rest.
func (GitHub) Compat(w io.Writer, r *compat.Result) error {
	var b strings.Builder
	for _, rule := range r.Rules {
		for _, f := range rule.Findings {
			level := map[compat.Verdict]string{compat.Breaks: "error", compat.Changes: "warning"}[f.Verdict]
			if level == "" {
				level = "notice"
			}
			b.WriteString(terminal.GitHub(level, rule.File, rule.Line, 0, f.ID,
				fmt.Sprintf("%s: %s %s: %s", rule.Name, r.Software, joined(f.Spans), f.Text)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
