package report

import (
	"fmt"
	"unicode/utf8"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Number spells a value in three significant digits, as Text does.
func Number(v float64) string { return number(v) }

// Quantity spells a value with its unit, as Text does.
func Quantity(v float64, u packs.Unit) string { return quantity(v, u) }

// placeOf is where a problem is: file:line:column as far as they are known.
func placeOf(p replay.Problem) string {
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	return p.File
}

// MaxText is how many characters Shorten keeps.
const MaxText = 500

// Shorten makes text from files fit for a page of any kind: as terminal.Clean
// does and, of a long one, its start with how much more there is.
func Shorten(s string) string {
	rest := 0
	if len(s) > MaxText {
		end := 0
		for n := 0; n < MaxText && end < len(s); n++ {
			_, size := utf8.DecodeRuneInString(s[end:])
			end += size
		}
		s, rest = s[:end], utf8.RuneCountInString(s[end:])
	}
	s = terminal.Clean(s)
	if rest > 0 {
		s += "… (" + terminal.Plural(rest, "character", "characters") + " more)"
	}
	return s
}
