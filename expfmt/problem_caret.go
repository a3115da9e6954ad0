package expfmt

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// caretWidth is how many columns of a terminal Caret takes.
const caretWidth = 76

// Caret returns two lines, each with its newline: the offending text, cut
// around the column to 76 columns of a terminal, and a caret under the place.
// The first is safe to print: a tab is four blanks, and whatever else a
// terminal would obey or not show, invalid UTF-8 too, is escaped as in Go. It
// returns "" where there is no line to show, as in protobuf.
func (p Problem) Caret() string {
	at := p.Column - 1 - p.TextOffset
	if p.Text == "" || at < 0 || at > len(p.Text) {
		return ""
	}
	cells, caret := showCells(p.Text, at)
	from, to := window76(cells, caret)
	var b strings.Builder
	indent := 0
	if from > 0 || p.TextOffset > 0 {
		b.WriteString("…")
		indent = 1
	}
	for i, c := range cells[from:to] {
		b.WriteString(c.text)
		if from+i < caret {
			indent += c.width
		}
	}
	if to < len(cells) {
		b.WriteString("…")
	}
	return b.String() + "\n" + strings.Repeat(" ", indent) + "^\n"
}

// A cell is what is shown of one character.
type cell struct {
	text  string
	width int
}

// showCells makes text safe. It returns also the index of the cell in which
// the byte at stands, or behind all.
func showCells(text string, at int) (cells []cell, caret int) {
	caret = -1
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRuneInString(text[i:])
		if caret < 0 && at < i+size {
			caret = len(cells)
		}
		switch {
		case c == utf8.RuneError && size == 1:
			cells = append(cells, cell{fmt.Sprintf(`\x%02x`, text[i]), 4})
		case c == '\t':
			cells = append(cells, cell{"    ", 4})
		case !unicode.IsPrint(c):
			s := fmt.Sprintf("%+q", c)
			s = s[1 : len(s)-1]
			cells = append(cells, cell{s, len(s)})
		default:
			cells = append(cells, cell{text[i : i+size], runeWidth(c)})
		}
		i += size
	}
	if caret < 0 {
		caret = len(cells)
	}
	return cells, caret
}

// window76 returns which cells are shown: as many before the caret as are
// shown behind it, where there are so many.
func window76(cells []cell, caret int) (from, to int) {
	total := 0
	for _, c := range cells {
		total += c.width
	}
	if total <= caretWidth {
		return 0, len(cells)
	}
	from, to = caret, caret
	for width, room := 0, caretWidth-2; ; {
		grown := false
		if to < len(cells) && width+cells[to].width <= room {
			width += cells[to].width
			to++
			grown = true
		}
		if from > 0 && width+cells[from-1].width <= room {
			from--
			width += cells[from].width
			grown = true
		}
		if !grown {
			return from, to
		}
	}
}

// runeWidth is how many columns a character that prints takes: none when it
// combines with the one before, two when Unicode calls it wide.
func runeWidth(c rune) int {
	switch {
	case c < 0x300:
		return 1
	case unicode.In(c, unicode.Mn, unicode.Me):
		return 0
	}
	for _, w := range wideRunes {
		if c >= w[0] && c <= w[1] {
			return 2
		}
	}
	return 1
}

// wideRunes are the ranges of UAX #11 that are wide or full-width, emoji
// included.
var wideRunes = [...][2]rune{
	{0x1100, 0x115f}, {0x231a, 0x231b}, {0x2329, 0x232a}, {0x23e9, 0x23ec}, {0x2614, 0x2615},
	{0x2648, 0x2653}, {0x26a1, 0x26a1}, {0x26aa, 0x26ab}, {0x26c4, 0x26c5}, {0x2705, 0x2705},
	{0x274c, 0x274c}, {0x2753, 0x2755}, {0x2795, 0x2797}, {0x2e80, 0x303e}, {0x3041, 0x33ff},
	{0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xa000, 0xa4cf}, {0xa960, 0xa97c}, {0xac00, 0xd7a3},
	{0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
	{0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
}
