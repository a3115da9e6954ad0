package report

import (
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// CSV writes rows for a spreadsheet, the first of which has the names of the
// columns.
type CSV struct {
	// Clean makes controls in labels visible, for a terminal, which they could
	// steer. Programs want the labels as they are.
	Clean bool
}

// Value writes a row for each sample of what a query gave: labels in a column
// each, then time (RFC 3339) and value.
func (c CSV) Value(w io.Writer, v *query.Value) error {
	cell := func(s string) string { return s }
	if c.Clean {
		cell = terminal.Clean
	}
	cw := csv.NewWriter(w)
	switch v.Type {
	case query.Scalar, query.String:
		value := v.Text
		if v.Type == query.Scalar {
			value = SampleValue(v.Number)
		}
		_ = cw.Write([]string{"time", "value"})
		_ = cw.Write([]string{jsonTime(time.UnixMilli(v.Time)), cell(value)})
	default:
		names := labelNames(v.Series)
		_ = cw.Write(append(names[:len(names):len(names)], "time", "value"))
		for _, s := range v.Series {
			for _, p := range points(s) {
				row := make([]string, 0, len(names)+2)
				for _, n := range names {
					row = append(row, cell(s.Labels.Get(n)))
				}
				_ = cw.Write(append(row, jsonTime(p.time), p.value))
			}
		}
	}
	cw.Flush()
	return cw.Error() // the first of all writes
}

func labelNames(series []query.Series) []string {
	seen := map[string]bool{}
	for _, s := range series {
		for name := range s.Labels.Map() {
			seen[name] = true
		}
	}
	names := make([]string, 0, len(seen))
	for n := range seen {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Signals writes a row for each value of golden signals.
func (c CSV) Signals(w io.Writer, b *packs.Result) error {
	cw := csv.NewWriter(w)
	_ = cw.Write([]string{"pack", "signal", "concern", "unit", "job", "instance", "labels", "time", "value", "level", "lower", "upper", "flags"})
	for _, pb := range b.Packs {
		for _, s := range pb.Signals {
			for _, series := range s.Series {
				var ls []string
				for _, k := range slices.Sorted(maps.Keys(series.Labels)) {
					ls = append(ls, k+"="+series.Labels[k])
				}
				for _, p := range series.Points {
					_ = cw.Write([]string{
						pb.Pack, s.Name, string(s.Concern), string(s.Unit), series.Job, series.Instance, strings.Join(ls, " "),
						jsonTime(p.Time), shortest(p.Value), string(p.Level),
						optional(p.Lower), optional(p.Upper), p.Flags,
					})
				}
			}
		}
	}
	cw.Flush()
	return cw.Error() // the first of all writes
}

func optional(n *float64) string {
	if n == nil {
		return ""
	}
	return shortest(float64(*n))
}
