package replay

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/query"
)

const featureExtraScrapeMetrics = "extra-scrape-metrics"

// Features returns the names of --enable-feature that mean something to a
// replay, sorted: those of query.Features and extra-scrape-metrics.
func Features() []string {
	list := append(query.Features(), featureExtraScrapeMetrics)
	slices.Sort(list)
	return list
}

// inert are features of a server that change nothing of what a replay shows:
// of v0.316.0's cmd/prometheus/main.go, those that are no-ops there by now and
// those of its storage, its start, its web interface and its other inputs.
var inert = []string{
	"auto-reload-config", "concurrent-rule-eval", "delayed-compaction", "exemplar-storage", "fast-startup",
	"histograms-st-encoding", "memory-snapshot-on-shutdown", "metadata-wal-records", "native-histograms", "old-ui",
	"ooo-native-histograms", "otlp-deltatocumulative", "otlp-native-delta-ingestion", "promql-duration-expr",
	"promql-extended-range-selectors",
	"promql-per-step-stats", "query-cost", "search-api", "use-uncached-io", "xor2-encoding", "zstd-scrape",
}

// foreign are features of a server that would make it store or read something
// else than a replay does.
var foreign = []string{"created-timestamp-zero-ingestion", "openmetrics2", "st-storage", "st-synthesis", "type-and-unit-labels"}

// CheckFeatures returns an error for the first name that a replay cannot
// honour. Names of a server's features that change nothing here are accepted.
func CheckFeatures(names []string) error {
	for _, name := range names {
		switch {
		case slices.Contains(Features(), name), slices.Contains(inert, name):
		case slices.Contains(foreign, name):
			return fmt.Errorf("the feature %s changes what Prometheus stores and is not replayed; those that can be: %s", name, strings.Join(Features(), ", "))
		default:
			return fmt.Errorf("unknown feature %q; those that mean something here: %s", name, strings.Join(Features(), ", "))
		}
	}
	return nil
}

// withFeatures returns the options with what features say of ingestion.
func (o Options) withFeatures() (Options, error) {
	if err := CheckFeatures(o.Features); err != nil {
		return o, err
	}
	if slices.Contains(o.Features, featureExtraScrapeMetrics) {
		o.Ingest.ExtraScrapeMetrics = true
	}
	if o.Prometheus2 {
		o.Ingest.Prometheus2 = true
	}
	return o, nil
}

func (o Options) engine() *query.Engine {
	return query.NewEngine(query.Options{Lookback: o.Lookback, Timeout: o.Timeout, EvaluationInterval: o.interval(), Features: o.Features, Prometheus2: o.Prometheus2})
}
