package report

import (
	"io"
	"strconv"

	"github.com/scrapebook/scrapebook/signals/redact"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Names writes which names a copy of a capture has others for, for a person who
// looks it over before handing the copy on.
func (t Text) Names(w io.Writer, names []redact.Name) error {
	p := newPage(t, clock{})
	rows := p.table(
		terminal.Column{Head: "KIND", Yield: 2}, terminal.Column{Head: "WAS"}, terminal.Column{Head: "BECAME", Yield: 3},
		terminal.Column{Head: "TIMES", Right: true, Yield: 1},
	)
	for _, n := range names {
		rows.Row(terminal.Whole(n.Kind), whole(n.Was), whole(n.Became), strconv.Itoa(n.Times))
	}
	p.WriteString(rows.String())
	return p.write(w)
}
