package jitter_test

import (
	"context"
	"fmt"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/jitter"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// An alert on an outage of 35 seconds, evaluated every half minute.
func Example() {
	files, _ := fixtures.FS("incident")
	c, err := capture.Open(files, "incident", capture.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	groups, errs := rules.Parse("r.yml", []byte(`groups:
- name: g
  interval: 30s
  rules: [{alert: Down, expr: 'up{instance="node-a"} == 0', for: 30s}]
`), rules.ParseOptions{})
	if errs != nil {
		fmt.Println(errs)
		return
	}
	res, err := jitter.Run(context.Background(), replay.Options{Capture: c, Groups: groups}, jitter.Options{N: 6})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Flips {
		fmt.Printf("%s: fired in %d of %d, by %s\n", res.Rules[f.Rule].Alert, f.In(), f.Of, f.Kind)
	}
	// Output:
	// Down: fired in 3 of 6, by phase
	// Down: fired in 1 of 6, by lost
	// Down: fired in 1 of 2, by for
}
