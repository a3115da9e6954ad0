package expfmt_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
)

// A series is found by its family and its labels.
func ExampleSnapshot_Family() {
	s, err := expfmt.Read(strings.NewReader(saved), expfmt.Options{})
	if err != nil {
		fmt.Println("reading:", err)
		return
	}
	f := s.Family("rest_client_requests_total")
	if f == nil {
		fmt.Println("no such family")
		return
	}
	for _, sample := range f.Samples {
		if code, _ := sample.Labels.Get("code"); code == "<error>" {
			fmt.Println(sample.Name, sample.Value, "in line", sample.Line)
		}
	}
	// Output:
	// rest_client_requests_total 6 in line 5
}

// Lint says what breaks the conventions, but for what is allowed.
func ExampleLint() {
	allowed, err := expfmt.ReadExceptions(strings.NewReader(`
		# As old as the program.
		counter-without-total  jobs_done
	`), "allow.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, _ := expfmt.Read(strings.NewReader(`# TYPE jobs_done counter
jobs_done 5
# HELP wait_ms How long jobs waited.
# TYPE wait_ms gauge
wait_ms 12
`), expfmt.Options{})
	for _, p := range expfmt.Lint(s, expfmt.LintOptions{Allow: allowed, File: "jobs.prom"}) {
		fmt.Println(p)
	}
	// Output:
	// jobs.prom:1:8: warning: "jobs_done": it has no help text [no-help]
	// jobs.prom:3:8: warning: "wait_ms": _ms in the name abbreviates a unit: write it in full [abbreviated-unit]
}

// Cardinality tells a histogram's buckets, which are series, from the
// histograms.
func ExampleSnapshot_Cardinality() {
	s, _ := expfmt.Read(strings.NewReader(`# TYPE wait_seconds histogram
wait_seconds_bucket{queue="a",le="1"} 2
wait_seconds_bucket{queue="a",le="+Inf"} 3
wait_seconds_sum{queue="a"} 4.5
wait_seconds_count{queue="a"} 3
`), expfmt.Options{})
	for _, f := range s.Cardinality().Families {
		fmt.Println(f.Family.Name, f.Series, "series,", f.Metrics, "histogram, bounds", f.Layouts[0].Bounds)
	}
	// Output:
	// wait_seconds 4 series, 1 histogram, bounds [1 +Inf]
}

// Package signals sets two Snapshots of a target side by side.
func Example_diff() {
	read := func(text string) *expfmt.Snapshot {
		s, _ := expfmt.Read(strings.NewReader(text), expfmt.Options{})
		return s
	}
	at := time.Date(2026, 11, 21, 7, 10, 0, 0, time.UTC)
	c := signals.Compare(
		signals.Scrape{Snapshot: read("# TYPE jobs_total counter\njobs_total 5\n"), Time: at},
		signals.Scrape{Snapshot: read("# TYPE jobs_total counter\njobs_total 8\nnew 1\n"), Time: at.Add(time.Minute)},
	)
	for _, n := range c.Counters {
		fmt.Printf("%s +%v, %v/s\n", n.Name, n.Rate.Increase, n.Rate.PerSecond)
	}
	for _, s := range c.Added {
		fmt.Println("new:", s.Name)
	}
	// Output:
	// jobs_total +3, 0.05/s
	// new: new
}
