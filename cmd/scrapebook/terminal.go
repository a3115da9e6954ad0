package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

// say writes a message for people. Names and texts from files are in it: what
// could steer a terminal becomes visible.
func say(w io.Writer, format string, args ...any) {
	lines := strings.Split(strings.TrimRight(fmt.Sprintf(format, args...), "\n"), "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t") // a caret stands below some
		for j, c := range cells {
			cells[j] = terminal.Clean(c)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	fmt.Fprintln(w, "scrapebook: "+strings.Join(lines, "\n"))
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// wantsColor follows no-color.org.
func wantsColor(w any) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// widthOf is the number of columns to fill: a terminal's, between 60 and 160,
// else 80.
func widthOf(w any) int {
	if f, ok := w.(*os.File); ok && isTerminal(w) {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return min(max(columns, 60), 160)
		}
	}
	return 80
}
