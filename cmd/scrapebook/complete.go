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
	return fixtureNames(demoPrefix, toComplete), cobra.ShellCompDirectiveDefault
}

// completeFixture offers the names of fixtures alone.
func completeFixture(_ *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return fixtureNames("", toComplete), cobra.ShellCompDirectiveNoFileComp
}

// fixtureNames are the names that begin so. Those in a folder wait until it is
// written, with its slash.
func fixtureNames(prefix, toComplete string) []cobra.Completion {
	var list []cobra.Completion
	for _, f := range fixtures.List() {
		name := prefix + f.Name
		folder, _, inside := strings.Cut(name, "/")
		if strings.HasPrefix(name, toComplete) && (!inside || strings.HasPrefix(toComplete, folder+"/")) {
			list = append(list, cobra.CompletionWithDesc(name, f.Shows))
		}
	}
	return list
}

// completeValues offers the values of a flag that has a fixed set.
func completeValues(cmd *cobra.Command, flag string, values ...cobra.Completion) {
	// It fails only for a flag that does not exist.
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}
