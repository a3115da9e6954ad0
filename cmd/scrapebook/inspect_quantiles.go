package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/report"
)

// quantileFlags are what inspect -q asks of the histograms of one scrape.
type quantileFlags struct {
	orders string
	match  matchFlag
	by     []string
}

func (f *quantileFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.orders, "quantiles", "q", "", "of one scrape: these quantiles of its histograms, such as `0.5,0.99`")
	f.match.register(cmd)
	cmd.Flags().StringSliceVar(&f.by, "by", nil, "with -q: add up histograms that share these `LABELS`")
}

// parse returns the orders asked for.
func (f *quantileFlags) parse() ([]float64, error) {
	if f.orders == "" {
		if f.match.text != "" || len(f.by) > 0 {
			return nil, errors.New("--match and --by are for quantiles: pass -q 0.5,0.99, too")
		}
		return nil, nil
	}
	var qs []float64
	for _, s := range strings.Split(f.orders, ",") {
		q, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return nil, fmt.Errorf("-q %s: %q is no number between 0 and 1", f.orders, s)
		}
		qs = append(qs, q)
	}
	return qs, f.match.parse()
}

// inspectQuantiles shows the quantiles of the histograms of one scrape.
func (f *inspectFlags) inspectQuantiles(cmd *cobra.Command, path string, c *capture.Capture, qs []float64) error {
	if c.Scrapes != 1 {
		return fmt.Errorf("-q is for one scrape, and %s holds %d: name the file of one, or use 'scrapebook signals' or 'query'", path, c.Scrapes)
	}
	s, _, err := f.capture.readScrape(path, c)
	if err != nil {
		return err
	}
	sayDamage(cmd, path, s.Snapshot)
	list := slices.DeleteFunc(signals.Histograms(s.Snapshot), func(h signals.Histogram) bool { return !f.quantile.match.matches(h.Series) })
	sums, err := signals.SumBy(list, f.quantile.by)
	if err != nil {
		return fmt.Errorf("--by: %w", err)
	}
	if len(sums) == 0 {
		which := ""
		if text := f.quantile.match.text; text != "" {
			which = " matches " + text
		}
		say(cmd.ErrOrStderr(), "%s: no histogram%s", path, which)
	}
	return f.out.write(cmd, func(w io.Writer) error {
		if f.format == "json" {
			return report.JSON{}.Quantiles(w, sums, qs)
		}
		return f.capture.text(w).Quantiles(w, sums, qs)
	})
}
