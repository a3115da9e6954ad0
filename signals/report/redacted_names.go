package report

import (
	"io"
	"strconv"

	"github.com/scrapebook/scrapebook/signals/redact"
	"github.com/scrapebook/scrapebook/signals/report/internal/table"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Names writes which names a copy of a capture has others for, for a person who
// looks it over before handing the copy on.
func (t Text) Names(w io.Writer, names []redact.Name) error {
	p := newPage(t, clock{})
	rows := table.Table{Columns: []table.Column{{}, {Max: 40}, {Max: 20}, {Right: true}}}
	rows.Row("KIND", "WAS", "BECAME", "TIMES")
	for _, n := range names {
		rows.Row(n.Kind, terminal.Clean(n.Was), n.Became, strconv.Itoa(n.Times))
	}
	p.WriteString(rows.String())
	return p.write(w)
}
