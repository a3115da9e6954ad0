package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/report/html"
)

// htmlPage makes the page of a replay. It reads the capture again for the
// golden signals, and once more where the trees of the rules need what was not
// kept.
func (f *replayFlags) htmlPage(cmd *cobra.Command, opts replay.Options, w watchers, s beside, res *replay.Result) (func(io.Writer) error, error) {
	t := f.capture.text(io.Discard)
	t.Why, t.WhyAll, t.Judgement, t.Sweep, t.Jitter, t.Prometheus2 = s.why, true, s.judged, s.swept, s.jitter, s.two
	t.Hints = withRepeat(t.Hints, cmd)
	page := html.Replay{Result: res, Words: t.Words(res), Targets: w.drawn.Targets(res), Charts: w.drawn.Charts(res), Hint: t.Hints.Whole}
	if s.why != nil {
		var numbers []int
		for _, r := range page.Words.Rules[:min(len(page.Words.Rules), html.MaxDrawnRules)] {
			numbers = append(numbers, r.Rule)
		}
		done := working(cmd, f.quiet, "reading again what the rules saw")
		trees, err := w.why.Explain(cmd.Context(), numbers, time.Time{}, nil)
		done()
		if err != nil {
			return nil, err
		}
		page.Trees = map[int]report.TreeWords{}
		for _, tree := range trees {
			page.Trees[tree.Rule] = t.TreeWords(res, tree)
		}
	}
	var err error
	page.Golden, err = f.golden(cmd, opts, t)
	return page.Document().Write, err
}

// golden are the golden signals of the whole capture, nil when no pack applies.
func (f *replayFlags) golden(cmd *cobra.Command, opts replay.Options, t report.Text) (*html.Golden, error) {
	asked := packs.Options{TimeUnknown: guessed(opts.Capture) && f.capture.timeFrom == "", Workers: opts.Workers}
	tick, done := progress(cmd, f.quiet, opts.Capture.Scrapes)
	_, board, err := packs.AsRead(cmd.Context(), replay.Options{Capture: opts.Capture, Server: opts.Server, Ingest: opts.Ingest, Workers: opts.Workers, Progress: tick}, asked)
	done()
	if err != nil || len(board.Packs) == 0 {
		return nil, err
	}
	return &html.Golden{Result: board, Words: t.BoardWords(opts.Capture.Name, board), Hint: t.Hints.Whole}, nil
}
