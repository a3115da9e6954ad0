package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// completeFlags offers values of the flags that several commands have.
func completeFlags(cmd *cobra.Command) {
	for name, f := range map[string]cobra.CompletionFunc{
		"pack": completePack, "set": completeSet, "rules": completeRules, "alert": completeAlert,
	} {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, f) // fails where a command has its own
		}
	}
	for _, sub := range cmd.Commands() {
		completeFlags(sub)
	}
}

func completePack(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var list []cobra.Completion
	all, _ := packs.All()
	for _, p := range all {
		list = append(list, cobra.CompletionWithDesc(p.Name, p.Title))
	}
	return list, cobra.ShellCompDirectiveDefault // files, too
}

func completeSet(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	names := map[string]bool{}
	all, _ := packs.All()
	for _, p := range all {
		for name := range p.Parameters {
			names[name+"="] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func completeRules(_ *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var list []cobra.Completion
	for _, f := range fixtures.List() {
		if name := demoPrefix + f.Name; f.Format == "rules" && strings.HasPrefix(name, toComplete) {
			list = append(list, cobra.CompletionWithDesc(name, f.Shows))
		}
	}
	return list, cobra.ShellCompDirectiveDefault
}

// completeAlert offers the alerts of the rule files that are named before.
func completeAlert(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	files, _ := cmd.Flags().GetStringArray("rules")
	groups, err := loadRules(cmd, files, rules.ParseOptions{IgnoreUnknownFields: true})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var list []cobra.Completion
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				list = append(list, r.Alert)
			}
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}
