package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/export"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// openMetrics writes the capture itself.
func (f *exportFlags) openMetrics(cmd *cobra.Command, paths []string) (err error) {
	for _, name := range []string{"alert", "pair", "from", "until"} {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s is about tests, and --to openmetrics writes none: leave it out", name)
		}
	}
	if err := onlyPaths(paths, "write --rules before each FILE"); err != nil {
		return err
	}
	opts := replay.Options{Interval: f.interval.Duration}
	f.capture.apply(&opts)
	if err := cmp.Or(f.engine.apply(&opts), f.external.apply(&opts)); err != nil {
		return err
	}
	if len(f.rules) > 0 {
		if opts.Groups, err = loadRules(cmd, f.rules, rules.ParseOptions{Features: f.engine.features}); err != nil {
			return err
		}
	}
	if opts.Capture, err = f.capture.open(cmd, paths...); err != nil {
		return err
	}
	tick, done := progress(cmd, f.quiet, opts.Capture.Scrapes)
	opts.Progress = tick
	var written export.Written
	err = (&output{f.dir}).write(cmd, func(w io.Writer) (err error) {
		written, err = export.OpenMetrics(cmd.Context(), w, opts)
		return err
	})
	done()
	if err == nil {
		if notes := lostInOpenMetrics(written); notes != "" && !f.quiet {
			say(cmd.ErrOrStderr(), "%s", notes)
		}
	}
	return err
}

// lostInOpenMetrics says what the form could not hold.
func lostInOpenMetrics(w export.Written) string {
	var notes []string
	if w.Markers > 0 {
		notes = append(notes, fmt.Sprintf("%s of %s samples are staleness markers, which OpenMetrics has as plain NaN: a series that ended is there for a query until the look-back is over, with the value NaN", thousands(w.Markers), thousands(w.Samples)))
	}
	if w.Histograms > 0 {
		notes = append(notes, thousands(w.Histograms)+" samples of native histograms are left out, for which OpenMetrics 1.0 has no line")
	}
	if w.Quoted > 0 {
		notes = append(notes, thousands(int64(w.Quoted))+" series have names in quotes, which Prometheus reads from version 3 on")
	}
	if len(notes) > 0 {
		notes = append(notes, "'scrapebook push' writes all of it into a server")
	}
	return strings.Join(notes, "\n")
}
