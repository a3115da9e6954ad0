//go:build man

package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// TestManPages: each command has a page, with its text line by line, its
// examples and what is said of its flags.
func TestManPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	require.Zero(t, run([]string{"man", dir}, nil, io.Discard, os.Stderr))
	pages := 0
	var look func(cmd *cobra.Command)
	look = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "man" {
			return
		}
		pages++
		data, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"))
		require.NoError(t, err)
		page := shown(string(data))
		require.Contains(t, page, cmd.Short)
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example + "\n") {
			require.Contains(t, page, strings.TrimRight(line, " \n")+"\n", cmd.Name())
		}
		cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			require.Contains(t, page, "--"+f.Name, cmd.Name())
			require.Contains(t, page, strings.ReplaceAll(f.Usage, "`", ""), cmd.Name())
		})
		for _, c := range cmd.Commands() {
			look(c)
		}
	}
	look(newRoot())
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, pages, "and no other page")
	require.Greater(t, pages, 25)
}

// shown is what a page of roff shows, but for its folding.
func shown(roff string) string {
	text := regexp.MustCompile(`\\f[A-Z]`).ReplaceAllString(roff, "")
	text = regexp.MustCompile(`(?m)^\\&`).ReplaceAllString(text, "")
	return strings.NewReplacer(`\-`, "-", `\\`, `\`, `\e`, `\`, `\&`, "", `\(aq`, "'", `\~`, " ").Replace(text)
}
