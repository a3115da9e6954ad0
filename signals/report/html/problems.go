package html

import (
	"fmt"
	"html/template"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Problems show defects of files: each with its place and the line itself.
type Problems struct {
	List   []expfmt.Problem
	Hidden int    // others that nothing lists
	Hint   string // how to see what is left out, or ""
}

const maxProblems = 200

type problemRow struct {
	expfmt.Problem
	Place string
}

// HTML is a table, or a sentence when there are none.
func (p Problems) HTML() template.HTML {
	data := struct {
		Rows []problemRow
		More string
	}{}
	for _, one := range p.List[:min(len(p.List), maxProblems)] {
		row := problemRow{Problem: one, Place: one.File}
		if one.Line > 0 {
			row.Place = fmt.Sprintf("%s:%d:%d", one.File, one.Line, one.Column)
		}
		data.Rows = append(data.Rows, row)
	}
	if n := len(p.List) + p.Hidden - len(data.Rows); n > 0 {
		data.More = "and " + terminal.Plural(n, "more problem", "more problems") + hint(p.Hint)
	}
	return fragment("problems.tmpl", data)
}
