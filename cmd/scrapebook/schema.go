package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/schema"
)

func newSchema() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "schema [COMMAND]",
		Short: "Print the JSON Schema of what a command writes with --format json",
		Long: `Schema prints the JSON Schema (draft 2020-12) of what COMMAND writes with
--format json; without COMMAND it lists the commands that write JSON.

Each document begins with "version", which is 1 for all commands. It is raised
when a name of any of them goes, or comes to mean something else. New names come
without: a reader ignores those that it does not know. The schema allows none,
and so is that of this scrapebook alone. A name means the same wherever it
stands; sample values are strings as in the Prometheus API, times RFC 3339 in
UTC, durations seconds.

Of the other formats sarif is SARIF 2.1.0, github the workflow commands of
GitHub, csv a table with a header, and --junit the XML that CI systems read.`,
		Example: `  scrapebook schema
  scrapebook schema replay
  scrapebook schema check metrics -o check-metrics.schema.json`,
		ValidArgsFunction: completeSchema,
		RunE: func(cmd *cobra.Command, args []string) error {
			command, text := strings.Join(args, " "), []byte(strings.Join(schema.Commands(), "\n")+"\n")
			if command != "" {
				var err error
				if text, err = schema.Of(command); err != nil {
					return fmt.Errorf("%w%s", err, meant(command, schema.Commands()))
				}
			}
			return out.write(cmd, func(w io.Writer) error {
				_, err := w.Write(text)
				return err
			})
		},
	}
	out.register(cmd)
	return cmd
}

// completeSchema offers the next word of the commands that have a schema.
func completeSchema(_ *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var list []cobra.Completion
	before := strings.Join(append(args, ""), " ")
	for _, command := range schema.Commands() {
		if rest, ok := strings.CutPrefix(command, before); ok && strings.HasPrefix(rest, toComplete) {
			word, _, _ := strings.Cut(rest, " ")
			if n := len(list); n == 0 || list[n-1] != word {
				list = append(list, word)
			}
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}
