package main

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/compat"
	"github.com/scrapebook/scrapebook/signals/jitter"
	"github.com/scrapebook/scrapebook/signals/lint"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/push"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/redact"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/serve"
	"github.com/scrapebook/scrapebook/signals/sweep"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// TestZero calls what takes a struct or a pointer with nothing in it: a library
// user who forgot to set something gets an error or an empty result.
func TestZero(t *testing.T) {
	ctx := context.Background()
	rows := []struct {
		name  string
		fails bool
		call  func() error
	}{
		{"packs.Replay", true, func() error { _, err := packs.Replay(ctx, replay.Options{}, nil, nil); return err }},
		{"packs.Evaluate", true, func() error { _, err := packs.Evaluate(ctx, nil, packs.Options{}); return err }},
		{"packs.Evaluate of nothing loaded", true, func() error { _, err := packs.Evaluate(ctx, &replay.Loaded{}, packs.Options{}); return err }},
		{"serve.New", true, func() error { _, err := serve.New(ctx, serve.Options{}); return err }},
		{"push.Run", true, func() error { _, err := push.Run(ctx, push.Options{}); return err }},
		{"verdict.Run", true, func() error { _, err := verdict.Run(ctx, replay.Options{}); return err }},
		{"jitter.Run", true, func() error { _, err := jitter.Run(ctx, replay.Options{}, jitter.Options{}); return err }},
		{"sweep.Run", true, func() error { _, err := sweep.Run(ctx, replay.Options{}); return err }},
		{"lint.CheckCapture", true, func() error { _, err := lint.CheckCapture("", nil, lint.Options{}); return err }},
		{"lint.CheckFile", false, func() error { _, err := lint.CheckFile("", "", nil, lint.Options{}); return err }},
		{"redact.Copy", true, func() error { _, err := redact.Copy(nil, t.TempDir(), redact.Options{}); return err }},
		{"capture.OpenPaths", true, func() error { _, err := capture.OpenPaths(nil, nil, capture.Options{}); return err }},
		{"capture.Open", true, func() error { _, err := capture.Open(nil, "", capture.Options{}); return err }},
		{"signals.NewInventory", false, func() error { signals.NewInventory(nil); return nil }},
		{"signals.Histograms", false, func() error { signals.Histograms(nil); return nil }},
		{"signals.SumBy", false, func() error { _, err := signals.SumBy(nil, nil); return err }},
		{"catalogue.Merge", true, func() error { _, err := catalogue.Merge(nil); return err }},
		{"compat.Versions", true, func() error { _, err := compat.Versions(nil, ""); return err }},
		{"compat.Check", false, func() error { _, err := compat.Check(&catalogue.Catalogue{}, nil, nil, nil); return err }},
		{"report of a replay", false, func() error { return report.Text{}.Report(io.Discard, &replay.Result{}) }},
		{"JSON of a replay", false, func() error { return report.JSON{}.Report(io.Discard, &replay.Result{}) }},
		{"report of signals", false, func() error { return report.Text{}.Signals(io.Discard, "", &packs.Result{}) }},
		{"report of a value", false, func() error { return report.JSON{}.Value(io.Discard, &query.Value{}) }},
		{"report of an inventory", false, func() error { return report.Text{}.Inspect(io.Discard, &report.Inspection{}) }},
		{"expfmt.Lint", false, func() error { expfmt.Lint(&expfmt.Snapshot{}, expfmt.LintOptions{}); return nil }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			require.NotPanics(t, func() {
				if err := row.call(); row.fails {
					require.Error(t, err)
				} else {
					require.NoError(t, err)
				}
			})
		})
	}
}
