package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/manual"
)

// help is cobra's own for commands, and shows topics of the manual besides.
// What is neither is an error.
func help(cmd *cobra.Command, args []string) error {
	root := cmd.Root()
	named, rest, err := root.Find(args)
	if len(args) > 0 && (err != nil || named == root) {
		topic, ok := manual.Find(strings.Join(args, "-"))
		if !ok {
			return unknownHelp(cmd, args)
		}
		out := cmd.OutOrStdout()
		return topic.Write(out, manual.Style{Width: widthOf(out), Color: wantsColor(out)})
	}
	if err != nil {
		return err
	}
	if err := unknownCommand(named, rest); err != nil {
		return err
	}
	named.InitDefaultHelpFlag()
	return named.Help()
}

// unknownHelp refuses what help knows nothing of.
func unknownHelp(cmd *cobra.Command, args []string) error {
	words := strings.Split(commandNames(cmd.Root()), ", ")
	for _, t := range manual.Topics() {
		words = append(words, t.Name)
	}
	word := strings.Join(args, "-")
	return fmt.Errorf("%q is neither a command nor a topic%s (see '%s help')", strings.Join(args, " "), meant(word, words), cmd.Root().Name())
}

// completeHelp offers commands, and topics in the place of the first.
func completeHelp(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var list []cobra.Completion
	named, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, sub := range named.Commands() {
		if sub.IsAvailableCommand() && strings.HasPrefix(sub.Name(), toComplete) {
			list = append(list, cobra.CompletionWithDesc(sub.Name(), sub.Short))
		}
	}
	for _, t := range manual.Topics() {
		if len(args) == 0 && strings.HasPrefix(t.Name, toComplete) {
			list = append(list, cobra.CompletionWithDesc(t.Name, t.Title))
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// topicsUsage lists the topics, for the end of the command's own help.
func topicsUsage() string {
	var b strings.Builder
	b.WriteString("{{if not .HasParent}}\nTopics, with '{{.Name}} help TOPIC':\n")
	for _, t := range manual.Topics() {
		fmt.Fprintf(&b, "  %-12s%s\n", t.Name, t.Title)
	}
	return b.String() + "{{end}}"
}
