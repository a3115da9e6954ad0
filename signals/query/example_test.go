package query_test

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

func ExampleEngine_Instant() {
	tl := timeline.New()
	_ = tl.Append(tl.Series(labels.FromStrings("__name__", "up", "job", "kube-proxy", "instance", "node-a")), 10_000, 1)
	v, err := query.NewEngine(query.Options{}).Instant(context.Background(), tl, "sum by (job) (up)", time.Unix(10, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(v.AppendJSON(nil)))
	// Output:
	// {"resultType":"vector","result":[{"metric":{"job":"kube-proxy"},"value":[10,"1"]}]}
}
