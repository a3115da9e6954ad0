package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

// screenFlags say for what kind of screen text is written. They are those of
// every command.
type screenFlags struct {
	columns columns
	color   colorWhen
}

func (f *screenFlags) register(root *cobra.Command) {
	fl := root.PersistentFlags()
	fl.SortFlags = false
	fl.Var(&f.columns, "width", "fill so many `COLUMNS` (default: the variable COLUMNS, else what the terminal says; in a pipe each row is a line)")
	fl.Var(&f.color, "color", "`WHEN` text has colours: always, never, or auto, which is on a terminal unless NO_COLOR is set (default auto)")
	completeValues(root, "color", "auto", "always", "never")
}

// screenOf are a command's screenFlags.
func screenOf(cmd *cobra.Command) *screenFlags {
	var f screenFlags
	fl := cmd.Root().PersistentFlags()
	if v, ok := fl.Lookup("width").Value.(*columns); ok {
		f.columns = *v
	}
	if v, ok := fl.Lookup("color").Value.(*colorWhen); ok {
		f.color = *v
	}
	return &f
}

// narrowest and widest are what --width takes.
const (
	narrowest = 40
	widest    = 10_000
)

// columns is the value of --width, 0 when it is not given.
type columns int

func (c *columns) Type() string { return "COLUMNS" }
func (c *columns) String() string {
	if *c == 0 {
		return ""
	}
	return strconv.Itoa(int(*c))
}

func (c *columns) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < narrowest || n > widest {
		return fmt.Errorf("it takes a number from %d to %d", narrowest, widest)
	}
	*c = columns(n)
	return nil
}

// colorWhen is the value of --color.
type colorWhen string

func (c *colorWhen) Type() string   { return "WHEN" }
func (c *colorWhen) String() string { return string(*c) }
func (c *colorWhen) Set(s string) error {
	switch s {
	case "auto", "always", "never":
		*c = colorWhen(s)
		return nil
	}
	return errors.New("it takes auto, always or never")
}

// usual is how wide a terminal is that does not say.
const usual = 80

// widthOf is the number of columns to fill: --width, else the variable COLUMNS,
// else those of a terminal. Elsewhere there is no screen, and it is 0.
func widthOf(cmd *cobra.Command, w io.Writer) int {
	if n := screenOf(cmd).columns; n > 0 {
		return int(n)
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return min(max(n, narrowest), widest)
	}
	f, ok := w.(*os.File)
	if !ok || !isTerminal(w) {
		return 0
	}
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil || n <= 0 { // some report 0
		return usual
	}
	return max(n, narrowest)
}

// printf writes lines for a person, folded where the screen is narrower.
func printf(cmd *cobra.Command, w io.Writer, format string, args ...any) error {
	_, err := io.WriteString(w, terminal.FoldLines(fmt.Sprintf(format, args...), widthOf(cmd, w), 4))
	return err
}

// wantsColor follows no-color.org, which --color always beats.
func wantsColor(cmd *cobra.Command, w io.Writer) bool {
	switch screenOf(cmd).color {
	case "always":
		return true
	case "never":
		return false
	}
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
