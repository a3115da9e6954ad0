package terminal

import (
	"fmt"

	"github.com/scrapebook/scrapebook/expfmt"
)

// ProblemLine spells a problem for a person: file:line:column as far as they
// are known, severity, message and id, fit for a terminal.
func ProblemLine(p expfmt.Problem) string {
	place := ""
	if p.File != "" {
		place = Clean(p.File) + ": "
	}
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d: ", Clean(p.File), p.Line, p.Column)
	}
	return fmt.Sprintf("%s%s: %s [%s]", place, p.Severity, Clean(p.Message), p.ID)
}
