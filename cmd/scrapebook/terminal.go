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
