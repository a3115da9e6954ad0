package prometheus2_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/prometheus2"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A range as long as the interval holds two scrapes in Prometheus 2, when both
// lie on its edges, and one in Prometheus 3.
func ExampleCompare() {
	c, err := capture.Open(fstest.MapFS{
		"app/a/1699999980000.prom": {Data: []byte("errors_total 1\n")},
		"app/a/1700000010000.prom": {Data: []byte("errors_total 1\n")},
		"app/a/1700000040000.prom": {Data: []byte("errors_total 9\n")},
	}, "errors", capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	g, err := rules.ParseExpr("Errors", "increase(errors_total[30s]) > 0", rules.ParseOptions{})
	if err != nil {
		log.Fatal(err)
	}
	opts := replay.Options{Capture: c, Groups: []*rules.Group{g}, Phase: new(time.Duration)}
	res, err := replay.Run(context.Background(), opts)
	if err != nil {
		log.Fatal(err)
	}
	cmp, err := prometheus2.Compare(context.Background(), opts, res, replay.Run)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range cmp.Rules {
		fmt.Println(res.Rules[r.Index].Alert, "is", res.Rules[r.Index].Verdict, "in Prometheus 3 and", r.Two.Verdict, "in Prometheus", prometheus2.Version)
		for _, cause := range r.Causes {
			fmt.Printf("%d:%d: %s\n", cause.Line, cause.Column, cause.Text)
		}
	}
	// Output:
	// Errors is inactive in Prometheus 3 and firing in Prometheus 2.55.1
	// 1:10: errors_total[30s] takes in a sample on its left edge: 2 samples in Prometheus 2, 1 in Prometheus 3, of {instance="a", job="app"}
}
