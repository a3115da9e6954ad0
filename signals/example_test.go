package signals_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
)

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
