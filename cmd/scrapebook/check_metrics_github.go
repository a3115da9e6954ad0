package main

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

// writeGitHub writes a line for each finding, which a workflow of GitHub shows
// beside the line of the file. A place in protobuf is none of a line, so that
// the message has it.
func (r *metricsResult) writeGitHub(w io.Writer) error {
	var b strings.Builder
	for _, in := range r.inputs {
		for _, f := range in.findings {
			place := ""
			message := f.Message
			switch {
			case f.protobuf:
				message = fmt.Sprintf("message %d, byte %d: %s", f.Line, f.Column-1, message)
			case f.Line > 0:
				place = fmt.Sprintf(",line=%d,col=%d", f.Line, f.Column)
			}
			if f.count > 1 {
				message += fmt.Sprintf(" (the first of %d)", f.count)
			}
			fmt.Fprintf(&b, "::%s file=%s%s,title=%s::%s\n", gitHubLevels[f.Severity], gitHubProperty.Replace(terminal.Clean(f.File)), place,
				gitHubProperty.Replace(f.ID), gitHubMessage.Replace(terminal.Clean(message)))
		}
		if in.not != "" {
			fmt.Fprintf(&b, "::error file=%s,title=%s::%s\n", gitHubProperty.Replace(terminal.Clean(in.name)), notExpositionID,
				gitHubMessage.Replace(terminal.Clean("not an exposition: "+in.not)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
