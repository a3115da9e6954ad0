package table

import (
	"strings"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

// A Table lines up cells in columns that stand two blanks apart. Cells are as
// wide as a terminal shows them, which may differ from their characters.
type Table struct {
	Columns []Column
	rows    [][]string
}

// A Column says how a table's cells of one column stand.
type Column struct {
	Max   int // longer cells are folded, between words if they have such; 0: never
	Right bool
}

// Row adds a row. A missing cell is empty; one too many is a programmer's
// mistake and panics.
func (t *Table) Row(cells ...string) {
	if len(cells) > len(t.Columns) {
		panic("table: a row has more cells than the table has columns")
	}
	t.rows = append(t.rows, cells)
}

// String returns the lines, each with its end and without blanks before it.
func (t *Table) String() string {
	folded := make([][][]string, len(t.rows))
	widths := make([]int, len(t.Columns))
	for i, row := range t.rows {
		folded[i] = make([][]string, len(t.Columns))
		for j, cell := range row {
			folded[i][j] = terminal.Wrap(cell, t.Columns[j].Max)
			for _, line := range folded[i][j] {
				widths[j] = max(widths[j], terminal.Width(line))
			}
		}
	}
	var b strings.Builder
	for _, row := range folded {
		height := 0
		for _, cell := range row {
			height = max(height, len(cell))
		}
		for n := range height {
			var line strings.Builder
			for j, cell := range row {
				text := ""
				if n < len(cell) {
					text = cell[n]
				}
				pad := strings.Repeat(" ", widths[j]-terminal.Width(text))
				if t.Columns[j].Right {
					text = pad + text
				} else {
					text += pad
				}
				line.WriteString(text + "  ")
			}
			b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		}
	}
	return b.String()
}
