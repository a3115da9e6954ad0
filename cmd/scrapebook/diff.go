package main

import (
	"cmp"
	"io"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/report"
)

type diffFlags struct {
	match   matchFlag
	rates   bool
	all     bool
	format  string
	out     output
	capture captureFlags
}

func newDiff() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two scrapes of a target: what its counters did, what moved",
		Long: `Diff sets a scrape beside an earlier one of the same target. By the type of
each family: of counters the increase and the rate over the true time between
the scrapes, gauges from and to, histograms as what was observed in between.
What moved most comes first, resets and series that vanished on top. Of families
it tells types, help texts, units and buckets that changed, new start timestamps
and exemplars.

Exit code 0: nothing differs; 1: something does; 2: it could not be done.`,
		Example: `  scrapebook diff 1795245007.prom 1795245012.prom
  scrapebook diff before.prom after.prom --match '{__name__=~"http_.*"}' --rates
  scrapebook diff before.prom after.prom --format json`,
		Args: arguments(2, 2, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0], args[1]) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	f.match.register(cmd)
	fl.BoolVar(&f.rates, "rates", false, "counters by their rate per second instead of their increase")
	fl.BoolVar(&f.all, "all", false, "every series that moved, not the first 40")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text or json")
	f.out.register(cmd)
	f.capture.register(cmd)
	completeValues(cmd, "format", "text", "json")
	return cmd
}

func (f *diffFlags) run(cmd *cobra.Command, older, newer string) error {
	if err := cmp.Or(oneOf(cmd, "format", f.format, "text", "json"), f.match.parse()); err != nil {
		return err
	}
	before, err := f.capture.openScrape(cmd, older)
	if err != nil {
		return err
	}
	after, err := f.capture.openScrape(cmd, newer)
	if err != nil {
		return err
	}
	d := signals.Diff(before, after, f.match.matches)
	if d.Elapsed < 0 {
		say(cmd.ErrOrStderr(), "%s was scraped after %s: OLD comes before NEW", older, newer)
	}
	if err := f.out.write(cmd, func(w io.Writer) error {
		if f.format == "json" {
			return report.JSON{}.Difference(w, older, newer, d)
		}
		return f.capture.text(w).Difference(w, older, newer, d, report.DifferenceOptions{Rates: f.rates, All: f.all})
	}); err != nil {
		return err
	}
	if len(d.Moves) > 0 {
		return &exit{code: codeFound}
	}
	return nil
}
