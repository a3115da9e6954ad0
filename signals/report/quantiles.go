package report

import (
	"fmt"
	"io"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Quantiles writes the quantiles of these orders, between 0 and 1, of
// histograms since they began, for a person. Of no histogram it writes nothing.
func (t Text) Quantiles(w io.Writer, sums []signals.Sum, orders []float64) error {
	if len(sums) == 0 {
		return nil
	}
	p := newPage(t, clock{})
	head := "1 histogram, since it began"
	if len(sums) != 1 {
		head = fmt.Sprintf("%d histograms, each since it began", len(sums))
	}
	p.wrapped(2, "%s; the true quantile lies in BETWEEN", head)
	for _, s := range sums {
		p.quantiles(s, orders)
	}
	return p.write(w)
}

func (p *page) quantiles(s signals.Sum, orders []float64) {
	d, native, added := s.Total, "", ""
	if _, ok := d.(*histogram.Native); ok {
		native = ", native"
	}
	if s.Added > 1 {
		added = fmt.Sprintf(", %d added up", s.Added)
	}
	p.WriteString("\n")
	p.wrapped(2, "%s", seriesWords(seriesText(s.Series)))
	p.wrapped(4, "  count %s, sum %s, mean %s%s%s", eight(d.Count()), eight(d.Sum()), eight(d.Mean()), native, added)
	if d.Count() == 0 {
		return // nothing was observed: no quantile says anything
	}
	t := p.table(terminal.Column{Head: "Q"}, terminal.Column{Head: "VALUE", Right: true}, terminal.Column{Head: "BETWEEN", Yield: 2}, terminal.Column{Head: "FLAGS", Least: 12, Yield: 1})
	t.Indent = 2
	for _, q := range orders {
		e := d.Estimate(q)
		flags := flagsText(e)
		if n, ok := above(s, e); ok {
			flags += " (" + n + " above)"
		}
		t.Row(shortest(q), eight(e.Value), terminal.Whole(eight(e.Lower)+" … "+eight(e.Upper)), flags)
	}
	p.WriteString(t.String())
}

// eight is a number of eight significant digits at most.
func eight(v float64) string { return digits(v, 9, 8) }

func flagsText(e histogram.Estimate) string {
	if e.Flags == 0 {
		return ""
	}
	return e.Flags.String()
}

// above says how many observations lie above the highest finite bound, when
// that is where the quantile lies.
func above(s signals.Sum, e histogram.Estimate) (text string, ok bool) {
	n, ok := s.Above()
	if !ok || e.Flags&histogram.FlagCapped == 0 {
		return "", false
	}
	return shortest(n), true
}

type jsonQuantiles struct {
	Histograms []jsonSum `json:"histograms"`
}

// jsonSum is one histogram with its quantiles. All is since it began.
type jsonSum struct {
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels"`
	Native    bool              `json:"native"`
	Count     string            `json:"count"`
	Sum       string            `json:"sum"`
	Mean      string            `json:"mean"`
	Quantiles []jsonQuantile    `json:"quantiles"`
	Added     int               `json:"histograms"` // that were added up
}

type jsonQuantile struct {
	Order string `json:"q"`
	Value string `json:"value"`
	Lower string `json:"lower"`
	Upper string `json:"upper"`
	Flags string `json:"flags"`
	Above string `json:"above,omitempty"` // observations above the highest finite bound, when capped
}

// Quantiles writes the quantiles of these orders of histograms as one JSON
// object. Its names are a contract as those of Report.
func (JSON) Quantiles(w io.Writer, sums []signals.Sum, orders []float64) error {
	out := jsonQuantiles{Histograms: []jsonSum{}}
	for _, s := range sums {
		d := s.Total
		_, native := d.(*histogram.Native)
		sum := jsonSum{
			Name: s.Name, Labels: labelMap(s.Series), Native: native, Added: s.Added,
			Count: shortest(d.Count()), Sum: shortest(d.Sum()), Mean: shortest(d.Mean()),
		}
		for _, q := range orders {
			e := d.Estimate(q)
			n, _ := above(s, e)
			sum.Quantiles = append(sum.Quantiles, jsonQuantile{
				Order: shortest(q), Value: shortest(e.Value), Lower: shortest(e.Lower), Upper: shortest(e.Upper),
				Flags: flagsText(e), Above: n,
			})
		}
		out.Histograms = append(out.Histograms, sum)
	}
	return terminal.EncodeJSON(w, out)
}
