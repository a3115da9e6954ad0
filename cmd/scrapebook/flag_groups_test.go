package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Help shows each flag once, under one heading, within 80 columns.
func TestFlagGroups(t *testing.T) {
	known := map[string]bool{}
	walk(newRoot(), func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		text := groupedFlags(c)
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			known[f.Name] = true
			n := 0
			for line := range strings.Lines(text) {
				// What is folded stands further right.
				if len(line) > 6 && strings.HasPrefix(line[6:], "--"+f.Name+" ") {
					n++
				}
			}
			if want := map[bool]int{true: 0, false: 1}[f.Hidden]; n != want {
				t.Errorf("%s --help has --%s %d times, not %d", c.CommandPath(), f.Name, n, want)
			}
		})
		if !c.HasParent() || c.HasSubCommands() {
			return
		}
		for line := range strings.Lines(text) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > 80 {
				t.Errorf("%s --help: a line of %d columns: %s", c.CommandPath(), n, line)
			}
		}
	})
	if text := groupedFlags(newReplay()); strings.Index(text, "Rules:\n") > strings.Index(text, "Reading the capture:\n") ||
		!strings.Contains(text, "Engine, as of a server:\n") {
		t.Errorf("the flags of replay are not grouped:\n%s", text)
	}
	for _, g := range flagGroups {
		for _, name := range g.flags {
			if name != "width" && name != "color" && !known[name] {
				t.Errorf("%s: no command has --%s", g.title, name)
			}
		}
	}
}
