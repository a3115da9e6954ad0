package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/fixtures"
)

// completeCapture offers the demos beside the files that the shell knows.
func completeCapture(_ *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var list []cobra.Completion
	for _, f := range fixtures.List() {
		if name := demoPrefix + f.Name; strings.HasPrefix(name, toComplete) {
			list = append(list, cobra.CompletionWithDesc(name, f.Shows))
		}
	}
	return list, cobra.ShellCompDirectiveDefault
}

// completeValues offers the values of a flag that has a fixed set.
func completeValues(cmd *cobra.Command, flag string, values ...cobra.Completion) {
	// It fails only for a flag that does not exist.
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}
