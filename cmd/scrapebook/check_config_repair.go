package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/scrapeconfig"
)

// print writes the one file with its repairs, and says which were made and what
// is left.
func (f *checkConfigFlags) print(cmd *cobra.Command, args []string, given scrapeconfig.Given) error {
	if len(args) != 1 {
		return errors.New("--repair prints one file: pass one, and no other")
	}
	if cmd.Flags().Changed("format") || f.explain {
		return errors.New("--repair prints the file: leave out --format and --explain")
	}
	check, err := f.checker(cmd, given)
	if err != nil {
		return err
	}
	data, err := readAll(cmd, args[0])
	if err != nil {
		return fmt.Errorf("cannot read the configuration: %s: %w", args[0], bare(err))
	}
	file := scrapeconfig.Read(args[0], data)
	text, done := file.Repair(func(f *scrapeconfig.File) *scrapeconfig.Result { return check(f) })
	w := cmd.ErrOrStderr()
	for _, p := range done {
		say(w, "repaired: %s", p.Text())
	}
	again := scrapeconfig.Read(args[0], []byte(text))
	left := check(again).Count(expfmt.SeverityError)
	for _, p := range again.Findings {
		if p.Severity != expfmt.SeverityInfo {
			say(w, "left: %s", p.Text())
		}
	}
	if len(done) == 0 {
		return &exit{codeFound, errors.New("there is nothing to repair")}
	}
	if err := f.out.write(cmd, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}); err != nil {
		return err
	}
	if left > 0 {
		return &exit{code: codeFound}
	}
	return nil
}
