package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// maxIncidents is how long a file of incidents may be.
const maxIncidents = 16 << 20

// yardsticks are what the rules are judged by: what is known to have happened,
// nil when nothing is said of it, and older rules.
func (f *replayFlags) yardsticks(cmd *cobra.Command, c *capture.Capture) (known []capture.Incident, was []*rules.Group, err error) {
	known = c.Incidents
	if f.incident != "" {
		file, err := os.Open(f.incident)
		if err != nil {
			return nil, nil, fmt.Errorf("--incidents: %w", err)
		}
		defer file.Close()
		text, err := io.ReadAll(io.LimitReader(file, maxIncidents+1))
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("--incidents: %w", err)
		case len(text) > maxIncidents:
			return nil, nil, fmt.Errorf("--incidents: %s is larger than %d bytes", f.incident, maxIncidents)
		}
		if known, err = capture.ParseIncidents(f.incident, text); err != nil {
			return nil, nil, err
		}
	}
	if len(f.was) > 0 {
		was, err = loadRules(cmd, f.was, f.parsing())
	}
	return known, was, err
}

// checkWas refuses what makes sense with --was alone, or not with it.
func (f *replayFlags) checkWas() error {
	switch {
	case len(f.was) > 0 && f.prometheus != "":
		return errors.New("--was tells only what changes, and --prometheus what another version says of one set of rules: leave out one of them")
	case len(f.was) > 0 && f.incident != "":
		return errors.New("--was tells only what changes, and --incidents judges one set of rules: leave out one of them")
	case len(f.was) > 0 && f.sweep:
		return errors.New("--was tells only what changes, and --sweep is about one set of rules: leave out one of them")
	case len(f.was) > 0 && f.format == "html":
		return errors.New("--was tells only what changes, and has no page: use --format text, json or markdown")
	case len(f.was) == 0 && slices.Contains(f.failOn, changedWord):
		return errors.New("--fail-on changed is about --was: say with it which rules there were")
	}
	return nil
}

// changes replays the older rules as well, and tells what the new ones do
// otherwise.
func (f *replayFlags) changes(cmd *cobra.Command, opts replay.Options, was []*rules.Group, now *replay.Result) error {
	opts.Groups = was
	tick, done := progress(cmd, f.quiet, opts.Capture.Scrapes)
	opts.Progress = tick
	before, err := replay.Run(cmd.Context(), opts)
	done()
	if err != nil {
		return fmt.Errorf("--was: %w", err)
	}
	c := judge.Compare(before, now)
	err = f.out.write(cmd, func(w io.Writer) error {
		switch f.format {
		case "json":
			return report.JSON{}.Changes(w, now, c)
		case "markdown":
			return report.Markdown{}.Changes(w, now, c)
		}
		return f.capture.text(w).Changes(w, now, c)
	})
	if err != nil {
		return err
	}
	if c.Any() && slices.Contains(f.failOn, changedWord) {
		return &exit{codeFound, errors.New("--fail-on changed: the rules do something else than before")}
	}
	return f.judge(now, false, nil)
}
