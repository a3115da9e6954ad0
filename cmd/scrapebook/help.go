package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/manual"
)

// help is cobra's own for commands. It shows topics of the manual besides, and
// what ids mean; what is none of these is an error.
func help(cmd *cobra.Command, args []string) error {
	root := cmd.Root()
	named, rest, err := root.Find(args)
	if len(args) > 0 && (err != nil || named == root) {
		return helpOn(cmd, strings.Join(args, "-"))
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

// exitCodes is the topic that has of each verb what its exit codes mean, and
// what else it is called.
const exitCodes = "exit-codes"

var exitNames = []string{"exit", "exit-code", "exit-0", "exit-1", "exit-2", "exit-code-0", "exit-code-1", "exit-code-2"}

// helpOn shows a topic, or what an id means.
func helpOn(cmd *cobra.Command, word string) error {
	out := cmd.OutOrStdout()
	style := manual.Style{Width: cmp.Or(widthOf(cmd, out), usual), Color: wantsColor(cmd, out)}
	if slices.Contains(exitNames, strings.ToLower(word)) {
		word = exitCodes
	}
	if topic, ok := manual.Find(word); ok {
		if topic.Name == exitCodes {
			topic.Text += "\n" + verbExits(cmd.Root())
		}
		return topic.Write(out, style)
	}
	if ok, err := manual.WriteID(out, strings.Trim(word, "[]()"), style); ok || err != nil {
		return err
	}
	hint := ""
	if like := manual.Like(word, strings.Split(commandNames(cmd.Root()), ", ")); like != "" {
		hint = "; did you mean " + like + "?"
	}
	return fmt.Errorf("%q is no command, topic or id%s (see '%s help')", word, hint, cmd.Root().Name())
}

// verbExits is, as Markdown, what the help of each command says of exit codes.
func verbExits(root *cobra.Command) string {
	var b strings.Builder
	for _, c := range root.Commands() {
		for _, c := range append([]*cobra.Command{c}, c.Commands()...) {
			for part := range strings.SplitSeq(c.Long, "\n\n") {
				if codes, ok := strings.CutPrefix(part, "Exit code "); ok {
					fmt.Fprintf(&b, "- `%s` %s\n", strings.TrimPrefix(c.CommandPath(), root.Name()+" "), codes)
				}
			}
		}
	}
	return b.String()
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
	for _, id := range manual.IDs() {
		if len(args) == 0 && toComplete != "" && strings.HasPrefix(id, toComplete) {
			list = append(list, id)
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// topicsUsage lists the topics, for the end of the command's own help.
func topicsUsage() string {
	var b strings.Builder
	b.WriteString("{{if not .HasParent}}\nTopics, with '{{.Name}} help TOPIC' (and of the word in brackets behind a\nproblem, '{{.Name}} help ID'):\n")
	for _, t := range manual.Topics() {
		fmt.Fprintf(&b, "  %-12s%s\n", t.Name, t.Title)
	}
	return b.String() + "{{end}}"
}
