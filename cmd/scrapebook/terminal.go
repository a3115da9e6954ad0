package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
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

// progress shows on a terminal how far the reading is, once it has taken more
// than a second. done wipes it away.
func progress(cmd *cobra.Command, quiet bool, total int) (tick func(int), done func()) {
	many, done := progressOf(cmd, quiet, "reading scrapes")
	if many == nil {
		return nil, done
	}
	return func(n int) { many(n, total) }, done
}

// progressOf shows how much there is of something that a word names, of a
// total that may change.
func progressOf(cmd *cobra.Command, quiet bool, what string) (tick func(n, of int), done func()) {
	w := cmd.ErrOrStderr()
	if quiet || !isTerminal(w) {
		return nil, func() {}
	}
	p := &progressLine{w: w, what: what, start: time.Now()}
	return func(n, of int) { p.tick(time.Now(), n, of) }, p.done
}

type progressLine struct {
	w            io.Writer
	what         string
	start, shown time.Time
	columns      int // that the line takes
}

const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

func (p *progressLine) tick(now time.Time, n, of int) {
	p.show(now, fmt.Sprintf("%s: %d of %d", p.what, n, of))
}

// show shows a line, unless it is too early for one.
func (p *progressLine) show(now time.Time, line string) {
	if now.Sub(p.start) <= progressAfter || now.Sub(p.shown) <= progressEvery {
		return
	}
	p.shown = now
	line = fmt.Sprintf("%-*s", p.columns, line)
	p.columns = max(p.columns, len(line))
	fmt.Fprintf(p.w, "\r%s", line)
}

func (p *progressLine) done() {
	if p.columns > 0 {
		fmt.Fprintf(p.w, "\r%*s\r", p.columns, "")
	}
}
