package lint

import (
	"fmt"
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// gitHubLevels are the commands of a workflow that annotate.
var gitHubLevels = map[expfmt.Severity]string{
	expfmt.SeverityError: "error", expfmt.SeverityWarning: "warning", expfmt.SeverityInfo: "notice",
}

// GitHub writes a line for each finding, which a workflow of GitHub shows
// beside the line of the file. A place in protobuf is none of a line, so that
// the message has it.
type GitHub struct{}

// Report implements Reporter.
func (GitHub) Report(w io.Writer, r *Result) error {
	var b strings.Builder
	for _, in := range r.Inputs {
		for _, f := range in.Findings {
			message, line := f.Message, f.Line
			if f.Protobuf {
				message, line = fmt.Sprintf("message %d, byte %d: %s", f.Line, f.Column-1, message), 0
			}
			if f.Count > 1 {
				message += fmt.Sprintf(" (the first of %d)", f.Count)
			}
			b.WriteString(terminal.GitHub(gitHubLevels[f.Severity], f.File, line, f.Column, f.ID, message))
		}
		if in.Not != "" {
			b.WriteString(terminal.GitHub("error", in.Name, 0, 0, NotExposition, "not an exposition: "+in.Not))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
