package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

func TestProgressLine(t *testing.T) {
	start := time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		ticks []time.Duration // of the scrapes 1, 2, …
		want  string
		why   string
	}{
		{"quick", []time.Duration{0, 300 * time.Millisecond, time.Second}, "", "what takes a second needs no progress"},
		{"slow", []time.Duration{0, 1100 * time.Millisecond}, "\rreading scrapes: 2 of 9, about 4s left\r                                      \r", "it is shown, and wiped away"},
		{"not too often", []time.Duration{1100 * time.Millisecond, 1200 * time.Millisecond, 1400 * time.Millisecond},
			"\rreading scrapes: 1 of 9, about 9s left\rreading scrapes: 3 of 9, about 3s left\r                                      \r", "five times a second at most"},
		{"nothing to read", nil, "", "nothing shown, nothing wiped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			p := &progressLine{w: &b, what: "reading scrapes", start: start}
			for i, d := range tt.ticks {
				p.tick(start.Add(d), i+1, 9)
			}
			p.done()
			if b.String() != tt.want {
				t.Errorf("%s:\n got %q\nwant %q", tt.why, b.String(), tt.want)
			}
		})
	}
}

// What cannot tell how far it is says for how long it has been going on.
func TestWorkingShowsTheTime(t *testing.T) {
	start := time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)
	var b strings.Builder
	p := &progressLine{w: &b, what: "formatting a.prom", start: start}
	clock := make(chan time.Time)
	stop := p.run(clock)
	for _, ms := range []int{400, 900, 1400, 1500, 2600} {
		clock <- start.Add(time.Duration(ms) * time.Millisecond)
	}
	stop()
	line := func(n int) string { return fmt.Sprintf("\rformatting a.prom: %ds", n) }
	if want := line(1) + line(3) + "\r" + strings.Repeat(" ", 21) + "\r"; b.String() != want {
		t.Errorf("got %q\nwant %q", b.String(), want)
	}
}

// Whoever reads captures or files, and so may take long, can be told to be
// silent.
func TestWhatTakesLongHasQuiet(t *testing.T) {
	walk(newRoot(), func(c *cobra.Command) {
		if c.Name() == "golden" {
			return // of a test, and short
		}
		if c.Flags().Lookup("max-file") != nil && c.Flags().Lookup("quiet") == nil && !c.HasSubCommands() {
			t.Errorf("%s reads files of any size, and has no --quiet: see progress.go", c.CommandPath())
		}
	})
}

// What is no terminal gets no line that is written over.
func TestProgressOnlyOnTerminals(t *testing.T) {
	var b strings.Builder
	cmd := &cobra.Command{}
	cmd.SetErr(&b)
	tick, done := progress(cmd, false, 9)
	done()
	if tick != nil || b.Len() > 0 {
		t.Errorf("progress goes to what is no terminal: %q", b.String())
	}
}
