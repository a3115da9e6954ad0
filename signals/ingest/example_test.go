package ingest_test

import (
	"fmt"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Two scrapes of a target, the second one with a damaged line: the line is lost
// and said, and its series becomes stale.
func ExampleIngester() {
	tl := timeline.New()
	in := ingest.New(tl, ingest.Options{})
	target := &capture.Target{Job: "shop", Instance: "a:80"}
	for i, body := range []string{"queue 3\nworkers 2\n", "queue 4\nworkers two\n"} {
		rep := in.Add(&capture.Scrape{Target: target, File: fmt.Sprintf("%d.prom", i), Time: int64(i) * 15_000, Body: []byte(body)})
		fmt.Println("failed:", rep.Failed, "samples:", rep.Scraped)
		for _, p := range rep.Problems {
			fmt.Println(p)
		}
	}
	for _, name := range []string{"queue", "workers", "up"} {
		ref := tl.Series(labels.FromStrings("__name__", name, "job", "shop", "instance", "a:80"))
		at, v, _ := tl.Last(ref)
		fmt.Println(tl.Labels(ref), v, "at", at)
	}
	// Output:
	// failed: false samples: 2
	// failed: false samples: 1
	// 1.prom:2:9: error: "two" is not a number [bad-value]
	// {__name__="queue", instance="a:80", job="shop"} 4 at 15000
	// {__name__="workers", instance="a:80", job="shop"} NaN at 15000
	// {__name__="up", instance="a:80", job="shop"} 1 at 15000
}
