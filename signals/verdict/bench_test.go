package verdict_test

import (
	"context"
	"os"
	"testing"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// BenchmarkIncident replays a capture with sixty rules, most of them silent,
// with and without findings.
func BenchmarkIncident(b *testing.B) {
	text, err := os.ReadFile("testdata/rules60.yml")
	if err != nil {
		b.Fatal(err)
	}
	groups, errs := rules.Parse("rules60.yml", text, rules.ParseOptions{})
	if errs != nil {
		b.Fatal(errs)
	}
	fsys, err := fixtures.FS("incident")
	if err != nil {
		b.Fatal(err)
	}
	c, err := capture.Open(fsys, "incident", capture.Options{})
	if err != nil {
		b.Fatal(err)
	}
	opts := replay.Options{Capture: c, Groups: groups}
	b.Run("replay", func(b *testing.B) {
		for b.Loop() {
			if _, err := replay.Run(context.Background(), opts); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("why", func(b *testing.B) {
		for b.Loop() {
			if _, err := verdict.Run(context.Background(), opts); err != nil {
				b.Fatal(err)
			}
		}
	})
}
