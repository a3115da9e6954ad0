package signals_test

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
)

// The quantiles of a scrape, and how certain they are.
func ExampleHistograms() {
	scrape, _ := os.Open("../fixtures/article/kube-proxy/sync-proxy-rules/1591012800000.prom")
	snapshot, _ := expfmt.Read(scrape, expfmt.Options{})
	for _, h := range signals.Histograms(snapshot) {
		for _, q := range []float64{0.5, 0.99, 1} {
			e := h.After.Estimate(q)
			fmt.Printf("p%v of %s: %.3g, in [%g, %g], %s\n", q*100, h.Name, e.Value, e.Lower, e.Upper, e.Flags)
		}
	}
	// Output:
	// p50 of kubeproxy_sync_proxy_rules_duration_seconds: 0.0396, in [0.032, 0.064], none
	// p99 of kubeproxy_sync_proxy_rules_duration_seconds: 0.122, in [0.064, 0.128], none
	// p100 of kubeproxy_sync_proxy_rules_duration_seconds: 16.4, in [16.384, +Inf], capped
}

// The rate of a counter between two files of one target.
func ExampleCompare() {
	older, _ := expfmt.Read(strings.NewReader("# TYPE requests_total counter\nrequests_total{code=\"200\"} 100\n"), expfmt.Options{})
	newer, _ := expfmt.Read(strings.NewReader("# TYPE requests_total counter\nrequests_total{code=\"200\"} 160\nrequests_total{code=\"500\"} 4\n"), expfmt.Options{})
	at := time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)

	c := signals.Compare(signals.Scrape{Snapshot: older, Time: at}, signals.Scrape{Snapshot: newer, Time: at.Add(30 * time.Second)})
	for _, x := range c.Counters {
		fmt.Printf("%s%v +%g, %.3g/s, first seen: %v\n", x.Name, x.Labels, x.Rate.Increase, x.Rate.PerSecond, x.First)
	}
	// Output:
	// requests_total[{code 200}] +60, 2/s, first seen: false
	// requests_total[{code 500}] +4, 0.133/s, first seen: true
}

// What differs between two files of one target, as scrapebook diff shows it.
func ExampleDiff() {
	older, _ := expfmt.Read(strings.NewReader("# TYPE requests_total counter\nrequests_total 100\n# TYPE up gauge\nup 1\n"), expfmt.Options{})
	newer, _ := expfmt.Read(strings.NewReader("# TYPE requests_total counter\nrequests_total 160\n# TYPE up gauge\nup 1\n"), expfmt.Options{})

	d := signals.Diff(signals.Scrape{Snapshot: older}, signals.Scrape{Snapshot: newer}, nil)
	for _, m := range d.Moves {
		fmt.Println(m.Kind, m.Name, *m.Before, "→", *m.After)
	}
	fmt.Println(len(d.Moves), "of", d.Series, "series differ")
	// Output:
	// counter requests_total 100 → 160
	// 1 of 2 series differ
}
