package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// print writes the rules with the changes that were probably meant.
func (f *explainFlags) print(cmd *cobra.Command, res *explanation) error {
	var list []rules.Rewrite
	for _, n := range res.numbers {
		for _, finding := range res.Why[n] {
			if len(finding.Try) == 0 || !finding.Try[0].Likely {
				continue
			}
			t := finding.Try[0] // the likely one comes first
			say(cmd.ErrOrStderr(), "%s: %s: %s", t.Was().Name(), t.Change, t.Outcome)
			list = append(list, rules.Rewrite{Was: t.Was(), Now: t.Rule()})
			break
		}
	}
	if len(list) == 0 {
		return &exit{codeFound, errors.New("there is nothing to repair: no change is probably meant; without --repair it says what was tried")}
	}
	if f.expr != "" {
		return f.out.write(cmd, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, list[0].Now.Expr)
			return err
		})
	}
	if len(f.rules) != 1 {
		return errors.New("--repair prints one rule file: name the one that holds the rule, and no other, with --rules")
	}
	if f.rules[0] == stdinName {
		return errors.New("--repair reads the rules twice: pass a file")
	}
	data, err := readRules(cmd, f.rules[0])
	if err != nil {
		return err
	}
	out, err := rules.Rewritten(data, list)
	if err != nil {
		return fmt.Errorf("--repair: %w", err)
	}
	return f.out.write(cmd, func(w io.Writer) error {
		_, err := w.Write(out)
		return err
	})
}
