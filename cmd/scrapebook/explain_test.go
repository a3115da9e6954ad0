package main

import (
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
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

// TestExplainReadsAtMostTwice: each file is opened for the replay, and once
// more where what is tried, or drawn, needs what the replay did not keep.
func TestExplainReadsAtMostTwice(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 8 {
		files[fmt.Sprintf("j/i/%d.prom", 1795244469930+15000*i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "m_total %d\nn 1\nwork_queue_depth 1\n", i)}
	}
	opened := map[string]int{}
	c, err := capture.Open(countedFS{files, opened}, "counted", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for expr, times := range map[string]int{
		"m_total > 10":             1, // another threshold is tried
		"m_totals > 10":            1, // another metric is, whose name is like it
		"work_queues_depths_x > 1": 2, // and here it is not so like it
		"n > 0":                    1, // nothing is
	} {
		g, err := rules.ParseExpr("e", expr, rules.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		clear(opened)
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		f := explainFlags{expr: expr, format: "text", quiet: true}
		out, err := f.explain(cmd, replay.Options{Capture: c, Groups: []*rules.Group{g}, Workers: 1}, time.Time{}, func() {})
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		for _, f := range out.Why[0] {
			tried += len(f.Try)
		}
		if (tried > 0) != (expr != "n > 0") || len(out.trees) != 1 {
			t.Errorf("%s: %d tried, %d drawn", expr, tried, len(out.trees))
		}
		for name := range files {
			if opened[name] != times {
				t.Errorf("%s: %s was opened %d times", expr, name, opened[name])
			}
		}
	}
}

// countedFS counts the openings of files.
type countedFS struct {
	fs.FS
	opened map[string]int
}

func (c countedFS) Open(name string) (fs.File, error) {
	c.opened[name]++
	return c.FS.Open(name)
}
