package suite

import "fmt"

// An Error is a mistake in a test file.
type Error struct {
	File string
	Place
	Message string
}

// Error returns file:line:column: message.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}
