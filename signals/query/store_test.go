package query_test

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// load stores `SERIES VALUES` lines in the notation of PromQL tests; the
// samples stand step apart from time 0 on.
func load(tb testing.TB, step time.Duration, lines ...string) *timeline.Timeline {
	tb.Helper()
	tl := timeline.New()
	for _, line := range lines {
		ls, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(line)
		if err != nil {
			tb.Fatal(err)
		}
		ref := tl.Series(ls)
		for i, v := range values {
			at := int64(i) * step.Milliseconds()
			switch {
			case v.Omitted:
			case v.Histogram != nil:
				err = tl.AppendHistogram(ref, 0, at, nil, v.Histogram)
			default:
				err = tl.Append(ref, at, v.Value)
			}
			if err != nil {
				tb.Fatal(err)
			}
		}
	}
	return tl
}

// brokenStore gives its error to everybody who asks.
type brokenStore struct{ err error }

func (b brokenStore) Querier(int64, int64) (storage.Querier, error) { return nil, b.err }

func seconds(s float64) time.Time { return time.UnixMilli(int64(s * 1000)).UTC() }
