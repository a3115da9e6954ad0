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

// GitHub's runner unescapes these in messages, and two more in properties
// (actions/toolkit, packages/core/src/command.ts).
var (
	gitHubMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	gitHubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHub writes a line for each finding, which a workflow of GitHub shows
// beside the line of the file. A place in protobuf is none of a line, so that
// the message has it.
type GitHub struct{}

// Report implements Reporter.
func (GitHub) Report(w io.Writer, r *Result) error {
	var b strings.Builder
	for _, in := range r.Inputs {
		for _, f := range in.Findings {
			place := ""
			message := f.Message
			switch {
			case f.Protobuf:
				message = fmt.Sprintf("message %d, byte %d: %s", f.Line, f.Column-1, message)
			case f.Line > 0:
				place = fmt.Sprintf(",line=%d,col=%d", f.Line, f.Column)
			}
			if f.Count > 1 {
				message += fmt.Sprintf(" (the first of %d)", f.Count)
			}
			fmt.Fprintf(&b, "::%s file=%s%s,title=%s::%s\n", gitHubLevels[f.Severity], gitHubProperty.Replace(terminal.Clean(f.File)), place,
				gitHubProperty.Replace(f.ID), gitHubMessage.Replace(terminal.Clean(message)))
		}
		if in.Not != "" {
			fmt.Fprintf(&b, "::error file=%s,title=%s::%s\n", gitHubProperty.Replace(terminal.Clean(in.Name)), NotExposition,
				gitHubMessage.Replace(terminal.Clean("not an exposition: "+in.Not)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
