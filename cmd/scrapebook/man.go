//go:build man

package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// manCommands are those of a build with the tag man.
func manCommands() []*cobra.Command {
	return []*cobra.Command{{
		Use:     "man DIR",
		Short:   "Write a man page of each command into a folder",
		Long:    "Man writes scrapebook.1, and scrapebook-VERB.1 of each command, into a folder,\nwhich is made when it is missing.",
		Example: "  go run -tags man ./cmd/scrapebook man ./man1",
		Args:    arguments(1, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			root := newRoot()
			root.RemoveCommand(cmdNamed(root, cmd.Name())) // no other build has it
			root.DisableAutoGenTag = true                  // which would tell the day on which a page was made
			forMan(root)
			err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "scrapebook " + ownVersion(), Manual: "scrapebook"}, args[0])
			if err != nil {
				return fmt.Errorf("writing man pages: %w", err)
			}
			return nil
		},
	}}
}

func cmdNamed(root *cobra.Command, name string) *cobra.Command {
	cmd, _, _ := root.Find([]string{name})
	return cmd
}

// forMan makes of the texts of a command, and of those below it, what cobra
// takes for Markdown: a text keeps its lines, and no sign in it means anything.
func forMan(cmd *cobra.Command) {
	if cmd.Long != "" {
		cmd.Long = "```\n" + cmd.Long + "\n```"
	}
	escape := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `_`, `\_`, `<`, `\<`, `[`, `\[`, `#`, `\#`)
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) { f.Usage = escape.Replace(f.Usage) })
	for _, c := range cmd.Commands() {
		forMan(c)
	}
}
