package terminal

import (
	"slices"
	"strings"
)

// A Table lines up cells in columns that stand two blanks apart. Cells are as
// wide as a terminal shows them, which may differ from their characters.
//
// On a screen no row is wider than it: the cells of some columns are folded
// between words and, where that is not enough, columns give way, one after the
// other: their cells stand below the row, each behind its column's head. No
// word is ever broken or cut, so a line is wider than the screen only where one
// word alone is.
type Table struct {
	Width   int // columns of the screen; 0: there is none, and each row is a line
	Indent  int // blanks before each row
	Columns []Column
	rows    []tableRow
}

// A Column says how a table's cells of one column stand.
type Column struct {
	// Head stands above the cells. Without any there is no such line.
	Head  string
	Right bool // numbers stand at the right
	// Least is how narrow longer cells may be folded, a longer word apart; 0:
	// they are not folded as long as they stand in the row.
	Least int
	// Once is for what all rows on the same have: on a screen the first of them
	// alone shows it.
	Once bool
	// Yield orders the columns that give way: 1 is the first to go. Those with
	// 0 follow, from the right, but for the last one left.
	Yield int
}

type tableRow struct {
	cells []string
	more  bool
}

// Row adds a row. A missing cell is empty; one too many is a programmer's
// mistake and panics.
func (t *Table) Row(cells ...string) { t.add(cells, false) }

// More adds a row on the same as the one before. On a screen it is without the
// cells of columns with Once that it shares with that; elsewhere each line must
// stand for itself, as for grep.
func (t *Table) More(cells ...string) { t.add(cells, true) }

func (t *Table) add(cells []string, more bool) {
	if len(cells) > len(t.Columns) {
		panic("table: a row has more cells than the table has columns")
	}
	row := tableRow{slices.Grow(slices.Clone(cells), len(t.Columns)-len(cells))[:len(t.Columns)], more}
	clear(row.cells[len(cells):])
	t.rows = append(t.rows, row)
}

// String returns the lines, each with its end and without blanks at it.
func (t *Table) String() string {
	if len(t.rows) == 0 {
		return ""
	}
	rows := t.heads()
	for i, row := range t.rows {
		cells := slices.Clone(row.cells)
		for j, c := range cells {
			if row.more && t.Width > 0 && t.Columns[j].Once && c == t.rows[i-1].cells[j] {
				cells[j] = ""
			}
		}
		rows = append(rows, cells)
	}
	widths, below := t.layout(rows)
	var b strings.Builder
	for i, cells := range rows {
		t.line(&b, cells, widths)
		if i > 0 || len(rows) == len(t.rows) { // not of the heads
			t.below(&b, cells, below)
		}
	}
	return b.String()
}

// heads are the first row, if there are any.
func (t *Table) heads() [][]string {
	heads := make([]string, len(t.Columns))
	for j, c := range t.Columns {
		heads[j] = c.Head
	}
	if strings.Join(heads, "") == "" {
		return nil
	}
	return [][]string{heads}
}

// line writes the cells of a row that stand in it.
func (t *Table) line(b *strings.Builder, cells []string, widths []int) {
	folded, height := make([][]string, len(cells)), 1
	for j, c := range cells {
		if widths[j] > 0 {
			folded[j] = wrap(c, widths[j])
			height = max(height, len(folded[j]))
		}
	}
	for n := range height {
		var line strings.Builder
		line.WriteString(strings.Repeat(" ", t.Indent))
		for j, lines := range folded {
			if widths[j] == 0 {
				continue
			}
			text := ""
			if n < len(lines) {
				text = lines[n]
			}
			pad := strings.Repeat(" ", max(0, widths[j]-Width(text)))
			if t.Columns[j].Right {
				text = pad + text
			} else {
				text += pad
			}
			line.WriteString(text + "  ")
		}
		if text := strings.TrimRight(line.String(), " "); text != "" {
			b.WriteString(unglued(text) + "\n")
		}
	}
}

// belowIndent is how far what stands below a row is behind it.
const belowIndent = 4

// below writes the cells of a row whose columns gave way.
func (t *Table) below(b *strings.Builder, cells []string, columns []int) {
	indent := t.Indent + belowIndent
	var line string
	flush := func() {
		if line != "" {
			b.WriteString(unglued(strings.Repeat(" ", indent)+line) + "\n")
		}
		line = ""
	}
	room := max(1, t.Width-indent)
	for _, j := range columns {
		cell := strings.TrimLeft(cells[j], " ")
		if cell == "" {
			continue
		}
		part := cell
		if head := t.Columns[j].Head; head != "" {
			part = Whole(head) + " " + cell
		}
		if line != "" && Width(line)+2+Width(part) <= room {
			line += "  " + part
			continue
		}
		flush()
		for _, l := range wrap(part, room) {
			flush()
			line = l
			if Width(line) > room { // a single word: as far left as it can be
				b.WriteString(unglued(strings.Repeat(" ", max(0, min(indent, t.Width-Width(line))))+line) + "\n")
				line = ""
			}
		}
	}
	flush()
}
