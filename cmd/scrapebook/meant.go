package main

import (
	"errors"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// meant asks whether another word was meant, where one is like it.
func meant(wrong string, words []string) string {
	if w := likeWord(wrong, words); w != "" {
		return "; did you mean " + w + "?"
	}
	return ""
}

// likeWord is the word that differs from another in the fewest characters, a
// third of them at most, or "".
func likeWord(wrong string, words []string) string {
	best, least := "", max(1, len(wrong)/3)+1
	if len(wrong) > 64 {
		return ""
	}
	for _, w := range words {
		if d := levenshtein.ComputeDistance(strings.ToLower(wrong), strings.ToLower(w)); d < least {
			best, least = w, d
		}
	}
	return best
}

// meantFlag asks whether another flag of the command was meant by one that does
// not exist.
func meantFlag(cmd *cobra.Command, err error) string {
	var none *pflag.NotExistError
	if !errors.As(err, &none) {
		return ""
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	wrong := none.GetSpecifiedName()
	if len(wrong) < 2 {
		return "" // a letter is like any other
	}
	return meant("--"+wrong, names)
}

// withMinus moves an expression that begins with a minus, as in
// query CAPTURE '-sum(up)', to where it is no flag: behind --.
func withMinus(root *cobra.Command, args []string) []string {
	if len(args) == 0 || args[0] != "query" {
		return args
	}
	cmd, _, err := root.Find(args[:1])
	if err != nil {
		return args
	}
	for i, arg := range args[1:] {
		switch {
		case arg == "--":
			return args
		case i > 0 && takesValue(cmd, args[i]), !isMinus(cmd, arg):
			continue
		}
		rest := append(append([]string{}, args[:i+1]...), args[i+2:]...)
		return append(rest, "--", arg)
	}
	return args
}

// takesValue tells whether the argument after this one is its value.
func takesValue(cmd *cobra.Command, arg string) bool {
	var f *pflag.Flag
	switch name, long := strings.CutPrefix(arg, "--"); {
	case long:
		f = cmd.Flags().Lookup(name)
	case len(arg) == 2 && arg[0] == '-':
		f = cmd.Flags().ShorthandLookup(arg[1:])
	}
	return f != nil && f.NoOptDefVal == ""
}

// isMinus tells whether an argument is no flag but an expression.
func isMinus(cmd *cobra.Command, arg string) bool {
	if len(arg) < 3 || arg[0] != '-' || arg[1] == '-' || arg[1] >= 0x80 {
		return false
	}
	f := cmd.Flags().ShorthandLookup(arg[1:2])
	return f == nil || f.NoOptDefVal != ""
}
