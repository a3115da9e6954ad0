package sweep_test

import (
	"context"
	"fmt"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/sweep"
)

// From which threshold on an alert stays silent over a capture.
func Example() {
	files, _ := fixtures.FS("incident")
	c, err := capture.Open(files, "incident", capture.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	alert, err := rules.ParseExpr("Goroutines", "go_goroutines > 100", rules.ParseOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := sweep.Run(context.Background(), replay.Options{Capture: c, Groups: []*rules.Group{alert}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range res.Comparisons[0].Edges {
		fmt.Println("fires with", e.Fires, "and not with", e.Silent)
	}
	// Output: fires with 71.99999999999999 and not with 72
}
