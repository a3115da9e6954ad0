package terminal

import "github.com/clipperhouse/displaywidth"

// measure is what a terminal makes of text, whatever the locale says: letters
// that are as wide as a Chinese one only in East Asian fonts, such as … and α,
// are narrow.
var measure = displaywidth.Options{ControlSequences: true}

// Width returns how many columns of a terminal text takes: by what is one
// character to a reader, such as a letter with its accents or a flag, and the
// same in every locale. Escape sequences that set colours take none.
func Width(s string) int { return measure.String(s) }
