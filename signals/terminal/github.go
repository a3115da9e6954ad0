package terminal

import (
	"fmt"
	"strings"
)

// GitHub's runner unescapes these in messages, and two more in properties
// (actions/toolkit, packages/core/src/command.ts).
var (
	gitHubMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	gitHubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHub is a line that a workflow of GitHub shows beside a line of a file, as
// an error, a warning or a notice. A line or column of 0 is not known.
func GitHub(level, file string, line, column int, title, message string) string {
	place := ""
	if line > 0 {
		place = fmt.Sprintf(",line=%d", line)
		if column > 0 {
			place += fmt.Sprintf(",col=%d", column)
		}
	}
	return fmt.Sprintf("::%s file=%s%s,title=%s::%s\n", level, gitHubProperty.Replace(Clean(file)), place,
		gitHubProperty.Replace(Clean(title)), gitHubMessage.Replace(Clean(message)))
}
