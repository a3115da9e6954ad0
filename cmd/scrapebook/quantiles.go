package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
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
	rows, err := f.quantile.rows(s.Snapshot, qs)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		say(cmd.ErrOrStderr(), "%s: no histogram%s", path, map[bool]string{true: " matches " + f.quantile.match.text}[f.quantile.match.text != ""])
	}
	return f.out.write(cmd, func(w io.Writer) error { return writeQuantiles(w, f.format, rows, widthOf(w)) })
}

// quantileRow is one histogram with its quantiles. All is since it began.
type quantileRow struct {
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels"`
	Native    bool              `json:"native"`
	Count     string            `json:"count"`
	Sum       string            `json:"sum"`
	Mean      string            `json:"mean"`
	Quantiles []quantile        `json:"quantiles"`
	Added     int               `json:"histograms"` // that were added up, by --by
}

type quantile struct {
	Order string `json:"q"`
	Value string `json:"value"`
	Lower string `json:"lower"`
	Upper string `json:"upper"`
	Flags string `json:"flags"`
	Above string `json:"above,omitempty"` // observations above the highest finite bound, when capped
}

func (f *quantileFlags) rows(snap *expfmt.Snapshot, qs []float64) ([]quantileRow, error) {
	var order []string
	groups := map[string][]signals.Histogram{}
	for _, h := range signals.Histograms(snap) {
		if !f.match.matches(h.Series) {
			continue
		}
		if len(f.by) > 0 {
			h.Labels = only(h.Labels, f.by)
		}
		key := identity(h.Name, h.Labels)
		if groups[key] == nil || len(f.by) == 0 {
			order = append(order, key)
		}
		groups[key] = append(groups[key], h)
	}
	var rows []quantileRow
	for _, key := range order {
		list := groups[key]
		d, err := addUp(list)
		if err != nil {
			return nil, fmt.Errorf("--by: %s: %w", list[0].Name, err)
		}
		_, native := d.(*histogram.Native)
		row := quantileRow{
			Name: list[0].Name, Labels: newMove("", list[0].Series).Labels, Native: native, Added: len(list),
			Count: shortest(d.Count()), Sum: shortest(d.Sum()), Mean: shortest(d.Mean()),
		}
		for _, q := range qs {
			e := d.Estimate(q)
			out := quantile{Order: shortest(q), Value: shortest(e.Value), Lower: shortest(e.Lower), Upper: shortest(e.Upper)}
			if e.Flags != 0 {
				out.Flags = e.Flags.String()
			}
			if c, ok := d.(*histogram.Classic); ok && e.Flags&histogram.FlagCapped != 0 {
				out.Above = above(c)
			}
			row.Quantiles = append(row.Quantiles, out)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// above says how many observations lie above the highest finite bound.
func above(c *histogram.Classic) string {
	bs := c.Buckets()
	if n := len(bs); n >= 2 && math.IsInf(bs[n-1].UpperBound, 1) {
		return shortest(bs[n-1].Count - bs[n-2].Count)
	}
	return ""
}

func only(ls expfmt.Labels, names []string) expfmt.Labels {
	return slices.DeleteFunc(slices.Clone(ls), func(l expfmt.Label) bool { return !slices.Contains(names, l.Name) })
}

// addUp adds histograms as sum by (…) would. Durations, sizes and the like are
// known not to be negative.
func addUp(list []signals.Histogram) (signals.Distribution, error) {
	var classic []*histogram.Classic
	var native []*histogram.Native
	for _, h := range list {
		switch d := h.After.(type) {
		case *histogram.Classic:
			classic = append(classic, d)
		case *histogram.Native:
			native = append(native, d)
		}
	}
	switch {
	case len(native) == 0 && len(classic) == 1:
		return classic[0], nil
	case len(native) == 0:
		return histogram.SumClassic(classic...), nil
	case len(classic) > 0:
		return nil, errors.New("classic and native histograms cannot be added up")
	}
	return histogram.SumNative(native...)
}

func writeQuantiles(w io.Writer, format string, rows []quantileRow, width int) error {
	if format == "json" {
		return terminal.EncodeJSON(w, struct {
			Histograms []quantileRow `json:"histograms"`
		}{append([]quantileRow{}, rows...)})
	}
	var b strings.Builder
	if len(rows) == 0 {
		return nil
	}
	head := "1 histogram, since it began"
	if len(rows) != 1 {
		head = fmt.Sprintf("%d histograms, each since it began", len(rows))
	}
	b.WriteString(head + "; the true quantile lies in BETWEEN\n")
	for _, r := range rows {
		m := move{Name: r.Name, Labels: r.Labels}
		native := ""
		if r.Native {
			native = ", native"
		}
		added := ""
		if r.Added > 1 {
			added = fmt.Sprintf(", %d added up", r.Added)
		}
		fmt.Fprintf(&b, "\n%s\n  count %s, sum %s, mean %s%s%s\n", m.series(), eight(r.Count), eight(r.Sum), eight(r.Mean), native, added)
		if r.Count == "0" {
			continue // nothing was observed: no quantile says anything
		}
		t := report.Table{Columns: []report.Column{{}, {}, {Right: true}, {}, {Max: width - 50}}}
		t.Row("", "Q", "VALUE", "BETWEEN", "FLAGS")
		for _, q := range r.Quantiles {
			flags := q.Flags
			if q.Above != "" {
				flags += " (" + q.Above + " above)"
			}
			t.Row("", q.Order, eight(q.Value), eight(q.Lower)+" … "+eight(q.Upper), flags)
		}
		b.WriteString(t.String())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// eight is a number of eight significant digits at most.
func eight(s string) string {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || len(s) <= 9 || math.IsInf(v, 0) {
		return s
	}
	return cmp.Or(strconv.FormatFloat(v, 'g', 8, 64), s)
}
