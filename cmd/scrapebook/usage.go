package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/fixtures"
)

// arguments wants from least to most arguments, any number from least on when
// most is negative. The hint says what people mistake.
func arguments(least, most int, hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		usage := strings.TrimSuffix(cmd.UseLine(), " [flags]")
		switch {
		case len(args) < least:
			return fmt.Errorf("too few arguments: write %s; see '%s --help'", usage, cmd.CommandPath())
		case most >= 0 && len(args) > most:
			return fmt.Errorf("unexpected argument %q: write %s%s; see '%s --help'", args[most], usage, hint, cmd.CommandPath())
		}
		return nil
	}
}

// orServer is arguments for a command that --server spares its captures.
func orServer(least, spared, most int, hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("server") {
			return arguments(least-spared, most, hint)(cmd, args)
		}
		return arguments(least, most, hint)(cmd, args)
	}
}

// needsCommand makes a command do nothing but to hold others.
func needsCommand(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	cmd.Args = unknownCommand
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return fmt.Errorf("%s what? One of %s; see '%s --help'", cmd.Name(), commandNames(cmd), cmd.CommandPath())
	}
}

// unknownCommand refuses the argument that stands where a command should.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var b strings.Builder
	if cmd.HasParent() {
		fmt.Fprintf(&b, "%s has no command %q", cmd.Name(), args[0])
	} else {
		fmt.Fprintf(&b, "%q is neither a command nor a file", args[0])
	}
	var demos []string
	for _, f := range fixtures.List() {
		demos = append(demos, demoPrefix+f.Name)
	}
	switch word := likeWord(args[0], strings.Split(commandNames(cmd), ", ")); {
	case !cmd.HasParent() && slices.ContainsFunc(fixtures.List(), func(f fixtures.Fixture) bool { return f.Name == args[0] }):
		b.WriteString("; did you mean " + demoPrefix + args[0] + "?")
	case word != "":
		b.WriteString("; did you mean " + word + "?")
	case !cmd.HasParent() && likeWord(demoPrefix+args[0], demos) != "" && len(args[0]) > 3:
		b.WriteString(meant(demoPrefix+args[0], demos))
	case cmd.HasAvailableSubCommands():
		b.WriteString("; commands: " + commandNames(cmd))
	}
	fmt.Fprintf(&b, " (see '%s --help')", cmd.CommandPath())
	return errors.New(b.String())
}

func commandNames(cmd *cobra.Command) string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return strings.Join(names, ", ")
}

// flagError says what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	where := ""
	if !cmd.HasParent() {
		where = "; flags stand after the command, as in 'scrapebook replay CAPTURE --format json'"
	}
	return fmt.Errorf("%w%s%s (see '%s --help')", err, meantFlag(cmd, err), where, cmd.CommandPath())
}

// oneOf checks a flag that has a fixed set of values.
func oneOf(cmd *cobra.Command, flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) || !cmd.Flags().Changed(flag) {
		return nil
	}
	return fmt.Errorf("--%s %q: write one of %s%s", flag, value, strings.Join(allowed, ", "), meant(value, allowed))
}
