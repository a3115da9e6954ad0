package judge_test

import (
	"context"
	"fmt"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// What the built-in rules told of the four incidents of a real capture, and
// what came of it when one had to hold for longer.
func Example() {
	files, _ := fixtures.FS("incident")
	c, _ := capture.Open(files, "incident", capture.Options{})
	res, _ := packs.Replay(context.Background(), replay.Options{Capture: c}, nil, nil)
	for _, in := range judge.Incidents(res.Result, c.Incidents).Incidents {
		fmt.Println(in.Name, "told by", in.Caught[0].Alert, "after", in.Caught[0].Delay.Round(1e9))
	}
	slow, _ := packs.Replay(context.Background(), replay.Options{Capture: c}, nil, map[string]string{"nodes": "3"})
	for _, a := range judge.Compare(res.Result, slow.Result).Alerts {
		fmt.Println(a.Kind, a.Alert, a.Labels)
	}
	// Output:
	// slow sync told by KubeProxySyncSlow after 1m47s
	// API server dead told by KubeProxyErrors after 38s
	// kube-proxy down on node-a told by KubeProxyDown after 33s
	// kube-proxy down on node-c told by KubeProxyDown after 33s
	// goes KubeProxyMissing {severity="warning"}
}
