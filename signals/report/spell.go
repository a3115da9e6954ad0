package report

import (
	"fmt"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
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
