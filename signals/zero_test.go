package signals_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/signals"
)

// What a struct that was left zero does: nothing, or an error, and no panic.
func TestZero(t *testing.T) {
	for _, row := range []struct {
		name, reason string
		do           func(*testing.T)
	}{
		{"Compare", "scrapes of nothing do not differ", func(t *testing.T) {
			require.Equal(t, &signals.Comparison{}, signals.Compare(signals.Scrape{}, signals.Scrape{}))
		}},
		{"Diff", "scrapes of nothing do not differ", func(t *testing.T) {
			require.Empty(t, signals.Diff(signals.Scrape{}, signals.Scrape{}, nil).Moves)
		}},
		{"DiffPeriods", "nor do times of nothing", func(t *testing.T) {
			require.Empty(t, signals.DiffPeriods(&signals.Period{}, &signals.Period{}, nil).Moves)
		}},
		{"Period.Add", "a scrape of nothing is one", func(t *testing.T) {
			var p signals.Period
			at := time.Unix(1, 0)
			p.Add(signals.Scrape{Time: at})
			first, last := p.Span()
			require.Equal(t, []time.Time{at, at}, []time.Time{first, last})
		}},
		{"Histograms", "there is none in nothing", func(t *testing.T) {
			require.Empty(t, signals.Histograms(&expfmt.Snapshot{}))
		}},
		{"NewInventory", "nothing is counted", func(t *testing.T) {
			require.Zero(t, signals.NewInventory(&expfmt.Snapshot{}).Timestamps)
		}},
		{"Native", "a quantile of nothing is NaN", func(t *testing.T) {
			var n histogram.Native
			require.NotEqual(t, n.Estimate(0.5).Value, n.Estimate(0.5).Value)
			require.NotEqual(t, n.Quantile(0.5), n.Quantile(0.5))
			require.Zero(t, n.Count())
			require.Zero(t, n.Sum())
			_, _ = n.Mean(), n.Fraction(0, 1)
		}},
		{"Classic", "a quantile of nothing is NaN", func(t *testing.T) {
			var c histogram.Classic
			require.NotEqual(t, c.Estimate(0.5).Value, c.Estimate(0.5).Value)
			_, _, _, _ = c.Count(), c.Sum(), c.Mean(), c.Fraction(0, 1)
		}},
		{"Write", "format 0 is text", func(t *testing.T) {
			require.NoError(t, expfmt.Write(io.Discard, &expfmt.Snapshot{}, 0))
		}},
		{"Counter", "a rate of nothing is NaN or 0", func(t *testing.T) {
			_ = signals.Counter{}.PromIncrease(histogram.Window{})
			_, err := signals.Histogram{}.PromIncrease(histogram.Window{})
			require.Error(t, err)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NotPanics(t, func() { row.do(t) }, row.reason)
		})
	}
}
