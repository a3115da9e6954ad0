package replay_test

import (
	"context"
	"fmt"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// The whole road: a directory of saved scrapes in, alerts out.
func ExampleRun() {
	fsys, _ := fixtures.FS("incident") // os.DirFS("capture") for one of your own
	c, err := capture.Open(fsys, "incident", capture.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	down, _ := rules.ParseExpr("Down", "up == 0", rules.ParseOptions{})
	res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: []*rules.Group{down}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range res.Rules[0].Alerts {
		for _, iv := range a.Intervals {
			fmt.Println(a.Labels.Get("instance"), iv.State, iv.Start.Format("15:04:05"), iv.End.Format("15:04:05"), iv.Open)
		}
	}
	// Output:
	// node-a firing 07:15:40 07:16:20 false
	// node-c firing 07:17:40 07:20:05 true
}
