package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/report/html"
)

type diffFlags struct {
	match   matchFlag
	rates   bool
	all     bool
	format  string
	quiet   bool
	out     output
	capture captureFlags
}

func newDiff() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD [NEW]",
		Short: "Compare two scrapes of a target, or two captures: what moved",
		Long: `Diff sets a scrape beside an earlier one of the same target, or two captures
beside each other, target by target. A file in an archive is named as one in a
folder: before.zip/n1/metrics.txt. Of one capture alone it compares the first and
the last scrape of each target. By the type of each family: of counters the increase and the rate over the true time between
the scrapes, gauges from and to, histograms as what was observed in between.
What moved most comes first, resets and series that vanished on top. Of families
it tells types, help texts, units and buckets that changed, new start timestamps
and exemplars. When the process began anew in between, its counters count from 0:
"at least 15, restarted between".

Of targets that both captures have several scrapes of, the rates of counters and
the medians of gauges are compared.

Exit code 0: nothing differs; 1: something does; 2: it could not be done.`,
		Example: `  scrapebook diff 1795245007.prom 1795245012.prom
  scrapebook diff before.zip after.zip
  scrapebook diff ./capture
  scrapebook diff before.prom after.prom --match '{__name__=~"http_.*"}' --rates
  scrapebook diff before.prom after.prom --format json
  scrapebook diff before.prom after.prom --format html -o diff.html
  scrapebook diff before.prom after.prom --format markdown`,
		Args: arguments(1, 2, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	f.match.register(cmd)
	fl.BoolVar(&f.rates, "rates", false, "counters by their rate per second instead of their increase")
	fl.BoolVar(&f.all, "all", false, "every series that moved, not the first 40")
	fl.StringVar(&f.format, "format", "text", formatUsage)
	registerQuiet(cmd, &f.quiet)
	f.out.register(cmd)
	f.capture.register(cmd)
	completeValues(cmd, "format", pageFormats...)
	return cmd
}

func (f *diffFlags) run(cmd *cobra.Command, args []string) error {
	if err := cmp.Or(oneOf(cmd, "format", f.format, pageFormats...), f.match.parse()); err != nil {
		return err
	}
	var opened []*capture.Capture
	for _, arg := range args {
		c, err := f.capture.open(cmd, arg)
		if err != nil {
			return err
		}
		opened = append(opened, c)
	}
	if len(opened) == 1 {
		ds, err := f.firstAndLast(cmd, args[0], opened[0])
		if err != nil {
			return err
		}
		return f.report(cmd, ds)
	}
	if opened[0].Scrapes != 1 || opened[1].Scrapes != 1 {
		ds, err := f.captures(cmd, args[0], args[1], opened[0], opened[1])
		if err != nil {
			return err
		}
		return f.report(cmd, ds)
	}
	return f.scrapes(cmd, args[0], args[1], opened[0], opened[1])
}

// scrapes compares two captures of one scrape each, whoever's they are.
func (f *diffFlags) scrapes(cmd *cobra.Command, older, newer string, a, b *capture.Capture) error {
	before, _, err := f.capture.readScrape(older, a)
	if err != nil {
		return err
	}
	after, _, err := f.capture.readScrape(newer, b)
	if err != nil {
		return err
	}
	if len(a.Targets) == 0 && manyTimes(before.Snapshot) {
		return noScrape(older)
	}
	if len(b.Targets) == 0 && manyTimes(after.Snapshot) {
		return noScrape(newer)
	}
	sayContent(cmd, older, a)
	sayContent(cmd, newer, b)
	sayDamage(cmd, older, before.Snapshot)
	sayDamage(cmd, newer, after.Snapshot)
	d := signals.Diff(before, after, f.match.matches)
	if d.Elapsed < 0 {
		say(cmd.ErrOrStderr(), "%s was scraped after %s: OLD comes before NEW", older, newer)
	}
	err = f.out.write(cmd, func(w io.Writer) error {
		t := f.capture.text(w)
		switch f.format {
		case "json":
			return report.JSON{}.Difference(w, older, newer, d)
		case "text":
			return t.Difference(w, older, newer, d, f.options())
		}
		one := t.DifferenceWords(older, newer, d, f.options())
		return f.page(w, report.DifferencesWords{Title: older + " → " + newer, Answer: one.Answer, Targets: []report.DifferenceWords{one}})
	})
	return found(err, len(d.Moves) > 0)
}

// manyTimes tells of a dump that it has samples of several times of one series.
func manyTimes(s *expfmt.Snapshot) bool {
	seen := map[string]bool{}
	for _, f := range s.Families {
		for _, smp := range f.Samples {
			key := fmt.Sprintf("%q %q", smp.Name, smp.Labels)
			if seen[key] {
				return true
			}
			seen[key] = true
		}
	}
	return false
}

// report writes what differs between two captures.
func (f *diffFlags) report(cmd *cobra.Command, ds report.Differences) error {
	err := f.out.write(cmd, func(w io.Writer) error {
		t := f.capture.text(w)
		switch f.format {
		case "json":
			return report.JSON{}.Differences(w, ds)
		case "text":
			return t.Differences(w, ds, f.options())
		}
		return f.page(w, t.DifferencesWords(ds, f.options()))
	})
	return found(err, ds.Any())
}

// page writes differences as Markdown or HTML.
func (f *diffFlags) page(w io.Writer, words report.DifferencesWords) error {
	if f.format == "markdown" {
		return report.Markdown{Text: f.capture.text(w)}.Differences(w, words)
	}
	return html.Differences{Words: words, Hint: hints.Rows}.Document().Write(w)
}

func (f *diffFlags) options() report.DifferenceOptions {
	return report.DifferenceOptions{Rates: f.rates, All: f.all}
}

// found makes the exit code of a difference.
func found(err error, any bool) error {
	if err == nil && any {
		return &exit{code: codeFound}
	}
	return err
}
