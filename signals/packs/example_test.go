package packs_test

import (
	"context"
	"fmt"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// The golden signals of a directory of scrapes.
func ExampleEvaluate() {
	dir, _ := fixtures.FS("incident") // or os.DirFS
	c, _ := capture.Open(dir, "incident", capture.Options{})
	loaded, _ := replay.Load(context.Background(), replay.Options{Capture: c})
	board, _ := packs.Evaluate(context.Background(), loaded, packs.Options{})
	for _, concern := range packs.Concerns() {
		s := board.Packs[0].Headline(concern)
		fmt.Printf("%s: %s: %.4g %s at %s (%s)\n", concern, s.Title, float64(s.Worst.Value), s.Unit, s.Worst.Time.Format("15:04"), s.Level)
	}
	// Output:
	// latency: time to write the rules: 15.65 seconds at 07:12 (bad)
	// traffic: requests to the API server: 0.4667 per-second at 07:13 ()
	// errors: share of requests that fail (5xx or no answer): 1 ratio at 07:13 (bad)
	// saturation: share of the time spent writing rules: 0.353 ratio at 07:12 (good)
}
