package main

import (
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// TestExplainDrawsPagesAlone: what charts need is gathered for a page, and for
// nothing else.
func TestExplainDrawsPagesAlone(t *testing.T) {
	for format, charts := range map[string]bool{"text": false, "json": false, "markdown": false, "html": true} {
		c, err := new(captureFlags).open(&cobra.Command{}, "demo:incident")
		if err != nil {
			t.Fatal(err)
		}
		g, err := rules.ParseExpr("e", "up == 0", rules.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		read := 0
		f := explainFlags{expr: "up == 0", format: format, quiet: true}
		out, err := f.explain(cmd, replay.Options{Capture: c, Groups: []*rules.Group{g}}, time.Time{}, func() { read++ })
		if err != nil {
			t.Fatal(err)
		}
		if got := len(out.charts) > 0; got != charts || len(out.trees) != 1 || read != 1 {
			t.Errorf("%s: charts: %v, trees: %d, read is over %d times", format, got, len(out.trees), read)
		}
	}
}
