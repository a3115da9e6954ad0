package timeline_test

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// The PromQL engine reads a Timeline like any other storage.
func ExampleTimeline() {
	tl := timeline.New()
	for _, instance := range []string{"node-a", "node-b"} {
		up := tl.Series(labels.FromStrings("__name__", "up", "instance", instance))
		for ts := int64(0); ts <= 60_000; ts += 15_000 {
			v := 1.0
			if instance == "node-b" && ts >= 30_000 {
				v = 0
			}
			if err := tl.Append(up, ts, v); err != nil {
				fmt.Println(err)
			}
		}
	}

	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 1e6,
		Timeout:    time.Minute,
		Parser:     parser.NewParser(parser.Options{}),
	})
	ctx := context.Background()
	query, err := engine.NewInstantQuery(ctx, tl, nil, `avg_over_time(up[1m]) < 1`, time.UnixMilli(60_000))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer query.Close()
	fmt.Println(query.Exec(ctx))
	fmt.Println(tl.NumSeries(), "series,", tl.NumSamples(), "samples, instances", tl.LabelValues("instance"))

	// Output:
	// {instance="node-b"} => 0.25 @[60000]
	// 2 series, 10 samples, instances [node-a node-b]
}
