package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/fixtures/scenario"
)

type generateFlags struct {
	dir  string
	seed uint64
	list bool
	spec bool
}

func newGenerate() *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate SPEC -o DIR",
		Short: "Make up a capture from a description",
		Long: `Generate makes up a capture: targets with counters, gauges and histograms, and
on a time line what happens to them, as SPEC describes it. SPEC is a YAML file,
- for standard input, or the name of a scenario that comes with scrapebook
(--list). The same SPEC and seed give the same bytes everywhere.

A description of one's own begins best with that of another: --spec prints it.`,
		Example: `  scrapebook generate --list
  scrapebook generate apiserver-dead -o ./capture
  scrapebook generate apiserver-dead --spec > mine.yml
  scrapebook generate mine.yml -o ./capture --seed 7`,
		Args: arguments(0, 1, ""),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var list []cobra.Completion
			for _, n := range scenario.Names() {
				list = append(list, cobra.CompletionWithDesc(n[0], n[1]))
			}
			return list, cobra.ShellCompDirectiveDefault
		},
		RunE: f.run,
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVarP(&f.dir, "output", "o", "", "`DIR` for the capture: a new folder, or an empty one")
	fl.Uint64Var(&f.seed, "seed", 0, "another `NUMBER` than SPEC's draws other observations")
	fl.BoolVar(&f.list, "list", false, "list the scenarios that come with scrapebook")
	fl.BoolVar(&f.spec, "spec", false, "print the description as YAML instead of making the capture")
	return cmd
}

func (f *generateFlags) run(cmd *cobra.Command, args []string) error {
	if f.list {
		for _, n := range scenario.Names() {
			fmt.Fprintf(cmd.OutOrStdout(), "%-15s %s\n", n[0], n[1])
		}
		return nil
	}
	if len(args) == 0 {
		return errors.New("generate what? A YAML file, or one of 'scrapebook generate --list'")
	}
	s, err := readScenario(cmd, args[0])
	if err != nil {
		return err
	}
	if cmd.Flags().Changed("seed") {
		s.Seed = f.seed
	}
	if f.spec {
		enc := yaml.NewEncoder(cmd.OutOrStdout())
		enc.SetIndent(2)
		return errors.Join(enc.Encode(s), enc.Close())
	}
	if f.dir == "" {
		return errors.New("generate needs -o DIR, the folder to make the capture in")
	}
	made, err := s.Make()
	if err != nil {
		return err
	}
	n, err := writeTree(made.FS, f.dir)
	if err != nil {
		return err
	}
	say(cmd.ErrOrStderr(), "wrote %s: %d files; try 'scrapebook replay %s'", f.dir, n, f.dir)
	return nil
}

// readScenario reads a description from a file, standard input, or what comes
// with scrapebook.
func readScenario(cmd *cobra.Command, arg string) (*scenario.Scenario, error) {
	var text []byte
	var err error
	if arg == stdinName {
		text, err = io.ReadAll(cmd.InOrStdin())
	} else {
		text, err = os.ReadFile(arg)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if !strings.ContainsAny(arg, `./\`) {
			return scenario.Ready(arg)
		}
		return nil, fmt.Errorf("there is no file %s; 'scrapebook generate --list' shows what comes with scrapebook", arg)
	}
	if err != nil {
		return nil, err
	}
	return scenario.Parse(arg, text)
}

// newFolder refuses a folder that has files in it already.
func newFolder(dir string) error {
	switch there, err := os.ReadDir(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(there) > 0:
		return fmt.Errorf("%s is not empty: name a new folder, so that nothing is overwritten or mixed", dir)
	}
	return nil
}

// writeTree writes all files of a file system below a folder, which must be new
// or empty, and returns how many there are.
func writeTree(fsys fs.FS, dir string) (n int, err error) {
	if err := newFolder(dir); err != nil {
		return 0, err
	}
	err = fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(to, 0o777)
		}
		data, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		n++
		return os.WriteFile(to, data, 0o666)
	})
	return n, err
}
