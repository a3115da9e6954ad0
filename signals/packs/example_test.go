package packs_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// The golden signals of a directory of scrapes.
func ExampleEvaluate() {
	dir, _ := fixtures.FS("incident") // or os.DirFS
	c, _ := capture.Open(dir, "incident", capture.Options{})
	loaded, _ := replay.Load(context.Background(), replay.Options{Capture: c})
	res, _ := packs.Evaluate(context.Background(), loaded, packs.Options{})
	for _, concern := range packs.Concerns() {
		s := res.Packs[0].Headline(concern)
		fmt.Printf("%s: %s: %.4g %s at %s (%s)\n", concern, s.Title, s.Worst.Value, s.Unit, s.Worst.Time.Format("15:04"), s.Level)
	}
	// Output:
	// latency: time to write the rules: 15.65 seconds at 07:12 (bad)
	// traffic: requests to the API server: 0.4667 per-second at 07:13 ()
	// errors: share of requests that fail (5xx or no answer): 1 ratio at 07:13 (bad)
	// saturation: share of the time spent writing rules: 0.353 ratio at 07:12 (good)
}

// A directory of scrapes is replayed against the rules of the packs whose
// metrics are there.
func ExampleReplay() {
	dir, _ := fixtures.FS("incident") // or os.DirFS
	c, err := capture.Open(dir, "incident", capture.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := packs.Replay(context.Background(), replay.Options{Capture: c}, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = report.Text{Width: 80}.Report(os.Stdout, res.Result)
	// Output:
	// incident: 4 targets of 1 job, 480 scrapes (38 failed), every 5s
	//   2026-11-21 07:10:07 – 07:20:03 UTC; 1 file ignored (EVENTS.md)
	//   kube-proxy  4 targets  480 scrapes  38 failed  v1.20.6, v1.36.3
	//   restarts seen: node-a 07:16:17
	//
	// 4 of 6 alerts fired, KubeProxySyncSlow first at 07:12:55
	//
	// VERDICT   ALERT              WHEN               ON            WORST         SEEN
	// firing    KubeProxySyncSlow  07:12:55 – end     node-a        14.6 > 1       112
	//     FOR 1m
	//                              07:12:55 – end     node-b        1.93 > 1
	//                              07:12:55 – end     node-c        14 > 1
	// firing    KubeProxyErrors    07:13:45–07:18:50  node-a        0.967 > 0.1     12
	//     FOR 30s
	//                              07:13:45–07:18:50  node-b        1 > 0.1
	//                              07:13:45–07:18:45  node-c        0.936 > 0.1
	//                              07:13:45–07:18:25  node-d-v1.20  1 > 0.1
	// firing    KubeProxyDown      07:16:10–07:16:20  node-a        0 == 0           7
	//     FOR 30s
	//                              07:18:10 – end     node-c        0 == 0
	// firing    KubeProxyMissing   07:16:10–07:16:20  all           3                7
	//     FOR 30s
	//                              07:18:10 – end     all           3
	// inactive  KubeProxyAllDown                                    3, not == 0      7
	//     FOR 15s
	// inactive  KubeProxyApiSlow                                    0.0159, not    105
	//                                                               > 0.5
	//     FOR 1m
}

// The rules of a pack as a rule file for a Prometheus server, on a cluster of
// four nodes.
func ExamplePack_Rules() {
	p, _ := packs.Find("kube-proxy")
	text, err := p.Rules(map[string]string{"nodes": "4"}) // os.WriteFile("kube-proxy.yml", text, 0o666)
	groups, _ := rules.Parse("kube-proxy.yml", text, rules.ParseOptions{})
	for _, r := range groups[0].Rules {
		fmt.Println(r.Alert, "for", r.For)
	}
	fmt.Println(strings.Contains(string(text), ") < 4"), err)
	// Output:
	// KubeProxyDown for 30s
	// KubeProxyMissing for 30s
	// KubeProxyAllDown for 15s
	// KubeProxyApiSlow for 1m0s
	// KubeProxyErrors for 30s
	// KubeProxySyncSlow for 1m0s
	// true <nil>
}

// How many series the first recording rules of Sysdig's PromCat make of a
// capture.
func ExampleSysdigRules() {
	dir, _ := fixtures.FS("incident") // or os.DirFS
	c, _ := capture.Open(dir, "incident", capture.Options{})
	file, text := packs.SysdigRules()
	groups, _ := rules.Parse(file, text, rules.ParseOptions{})
	res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range res.Rules[:4] {
		fmt.Println(r.Record, r.Recorded)
	}
	// Output:
	// up:kube_proxy 4
	// kubeproxy_sync_proxy_rules_duration_seconds_count:kube_proxy 4
	// kubeproxy_sync_proxy_rules_duration_seconds_bucket:kube_proxy 4
	// kubeproxy_network_programming_duration_seconds_count:kube_proxy 4
}
