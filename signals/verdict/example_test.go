package verdict_test

import (
	"context"
	"fmt"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// Why two alerts were silent while the API server was dead: one can never fire,
// the other asks for a job that is spelt otherwise.
func ExampleRun() {
	dir, _ := fixtures.FS("incident") // or os.DirFS
	c, err := capture.Open(dir, "incident", capture.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	slow, _ := rules.ParseExpr("Slow", `histogram_quantile(0.99, rate(rest_client_request_duration_seconds_bucket[5m])) > 60`, rules.ParseOptions{})
	down, _ := rules.ParseExpr("Down", `up{job="kubeproxy"} == 0`, rules.ParseOptions{})
	res, err := verdict.Run(context.Background(), replay.Options{Capture: c, Groups: []*rules.Group{slow, down}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, r := range res.Rules {
		why := res.Why[i][0] // the one that decides
		fmt.Printf("%s [%s]: %s\n", r.Alert, why.ID, why.Text)
	}
	// Output:
	// Slow [unreachable]: Slow can never fire, on data of the shape that this capture has: its value is never above 60: the buckets of rest_client_request_duration_seconds_bucket end at 60; they end at 60 on v1.36.3 and at 0.512 on v1.20.6; no known version of Kubernetes has higher ones (0.512 up to 1.23, 60 since 1.24); >= 60 could hold; on this capture it was 0.0159 at most (07:19:05, node-d-v1.20).
	// Down [no-series]: Down cannot fire on this capture: no up passes job="kubeproxy" (there: job="kube-proxy"); probably job="kube-proxy" is meant.
}
