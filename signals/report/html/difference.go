package html

import (
	"html/template"

	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// A Difference shows what differs between two scrapes, or of one target.
type Difference struct {
	Words report.DifferenceWords
	Hint  string // how to see what is left out, or ""
}

// maxMoves are shown of one target.
const maxMoves = 1000

// HTML is the sentences and a table.
func (d Difference) HTML() template.HTML {
	data := struct {
		report.DifferenceWords
		More string
	}{DifferenceWords: d.Words}
	more := d.Words.More
	if n := len(data.Moves) - maxMoves; n > 0 {
		data.Moves, more = data.Moves[:maxMoves], more+n
	}
	if more > 0 {
		data.More = "and " + terminal.Plural(more, "more series or family", "more series and families") + hint(d.Hint)
	}
	return fragment("difference.tmpl", data)
}
