package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagGroups are the headings of flags in help, in their order. What is in none
// is a command's own.
var flagGroups = []struct {
	title string
	flags []string
}{
	{"Rules", []string{"rules", "ignore-unknown-fields", "alert", "expr", "interval", "phase", "set", "was", "incidents"}},
	{"Output", []string{"format", "output", "quiet", "all", "fail-on", "why", "width", "color", "junit"}},
	{"Reading the capture", []string{
		"job", "name", "time-from", "fallback-scrape-protocol", "every", "end", "max-size", "max-file", "max-line",
		"max-memory", "max-files", "jobs", "on-damage", "gaps",
	}},
	{"Engine, as of a server", []string{
		"lookback-delta", "timeout", "enable-feature", "external-label", "external-url",
	}},
	{"Asking a server", []string{"server", "http-config", "step-align"}},
}

// fewFlags need no headings.
const fewFlags = 12

// groupedFlags is what help says of a command's flags, 80 columns wide.
func groupedFlags(cmd *cobra.Command) string {
	all := cmd.LocalFlags()
	sets := make([]*pflag.FlagSet, len(flagGroups)+1)
	for i := range sets {
		sets[i] = pflag.NewFlagSet("", pflag.ContinueOnError)
		sets[i].SortFlags = all.SortFlags
	}
	shown := 0
	all.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			shown++
		}
	})
	all.VisitAll(func(f *pflag.Flag) {
		at := 0
		for i, g := range flagGroups {
			if shown > fewFlags && slices.Contains(g.flags, f.Name) {
				at = i + 1
			}
		}
		sets[at].AddFlag(f)
	})
	var b strings.Builder
	for i, set := range sets {
		title := "Flags"
		if i > 0 {
			title = flagGroups[i-1].title
		}
		if text := set.FlagUsagesWrapped(80); text != "" {
			fmt.Fprintf(&b, "%s:\n%s\n", title, text)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
