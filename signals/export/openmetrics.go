package export

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Written says what OpenMetrics wrote, and what the form cannot hold.
type Written struct {
	Series  int
	Samples int64 // markers included
	Markers int64 // staleness markers, which are plain NaN there
	// Histograms are the samples of native histograms, for which there is no
	// line: they are left out.
	Histograms int64
	// Quoted are the metrics and labels whose names OpenMetrics 1.0 has not,
	// and which stand in quotes, as Prometheus 3 reads them: so many series.
	Quoted int
	Passes int // over the capture
}

// maxPass is how many samples are kept in memory at once, 16 bytes each.
const maxPass = 2_000_000

// OpenMetrics writes what a server would have stored of a capture as
// OpenMetrics 1.0, with times, for 'promtool tsdb create-blocks-from
// openmetrics'; with groups of rules also what these write.
//
//  1. Each metric is a family of its own and of type unknown, since the parts
//     of a histogram have lives of their own in a store.
//  2. Families are in the order of their names, series in that of their labels,
//     and samples in that of their times, as OpenMetrics demands it.
//  3. A time that Prometheus' reader would make a millisecond too early, since
//     it multiplies a float, is written with the digits that make it right.
//  4. The capture is read once to count, and then as often as it takes for some
//     two million samples at a time, so that memory is bounded.
func OpenMetrics(ctx context.Context, w io.Writer, opts replay.Options) (Written, error) {
	return openMetrics(ctx, w, opts, maxPass)
}

func openMetrics(ctx context.Context, w io.Writer, opts replay.Options, most int64) (out Written, err error) {
	if opts.Capture == nil {
		return out, errors.New("there is nothing to export: Options.Capture is nil")
	}
	opts.Observer, opts.Keep, opts.Queries = nil, false, nil
	counts := map[string]int64{}
	pass := func(stored func(name string, s *ingest.Stored)) error {
		out.Passes++
		var names []string // by reference
		o := opts
		o.Ingest.Stored = func(s *ingest.Stored) {
			for int(s.Ref) >= len(names) {
				names = append(names, "")
			}
			if names[s.Ref] == "" {
				names[s.Ref] = s.Labels(s.Ref).Get(model.MetricNameLabel)
			}
			stored(names[s.Ref], s)
		}
		_, err := replay.Run(ctx, o)
		return err
	}
	err = pass(func(name string, s *ingest.Stored) {
		if s.H != nil || s.FH != nil {
			out.Histograms++
			return
		}
		counts[name]++
	})
	if err != nil {
		return out, err
	}
	bw := bufio.NewWriterSize(w, 1<<16)
	names := slices.Sorted(maps.Keys(counts))
	for len(names) > 0 {
		n, sum := 0, int64(0)
		for n < len(names) && (n == 0 || sum+counts[names[n]] <= most) {
			sum += counts[names[n]]
			n++
		}
		page := newOMPage(names[:n])
		if err := pass(page.add); err != nil {
			return out, err
		}
		if err := page.write(bw, &out); err != nil {
			return out, err
		}
		names = names[n:]
	}
	_, err = bw.WriteString("# EOF\n")
	return out, cmp.Or(err, bw.Flush())
}

// An omPage is the series of some metrics.
type omPage struct {
	wanted map[string]bool
	byName map[string][]*omSeries
	series []*omSeries // by reference
}

type omSeries struct {
	labels labels.Labels
	times  []int64
	values []float64
}

func newOMPage(names []string) *omPage {
	p := &omPage{wanted: map[string]bool{}, byName: map[string][]*omSeries{}}
	for _, n := range names {
		p.wanted[n] = true
	}
	return p
}

func (p *omPage) add(name string, s *ingest.Stored) {
	if !p.wanted[name] || s.H != nil || s.FH != nil {
		return
	}
	one := p.at(s.Ref)
	if *one == nil {
		*one = &omSeries{labels: s.Labels(s.Ref)}
		p.byName[name] = append(p.byName[name], *one)
	}
	(*one).times = append((*one).times, s.TS)
	(*one).values = append((*one).values, s.V)
}

func (p *omPage) at(ref timeline.Ref) **omSeries {
	for int(ref) >= len(p.series) {
		p.series = append(p.series, nil)
	}
	return &p.series[ref]
}

func (p *omPage) write(w *bufio.Writer, out *Written) error {
	for _, name := range slices.Sorted(maps.Keys(p.byName)) {
		list := p.byName[name]
		slices.SortFunc(list, func(a, b *omSeries) int { return labels.Compare(a.labels, b.labels) })
		w.WriteString("# TYPE ")
		writeOMName(w, name)
		w.WriteString(" unknown\n")
		for _, s := range list {
			out.Series++
			head, quoted := omHead(name, s.labels)
			if quoted {
				out.Quoted++
			}
			for i, ts := range s.times {
				out.Samples++
				if value.IsStaleNaN(s.values[i]) {
					out.Markers++
				}
				w.Write(head)
				w.WriteString(omValue(s.values[i]))
				w.WriteByte(' ')
				w.WriteString(omTime(ts))
				if err := w.WriteByte('\n'); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func writeOMName(w *bufio.Writer, name string) {
	if model.LegacyValidation.IsValidMetricName(name) {
		w.WriteString(name)
		return
	}
	w.Write(omQuoted(nil, name))
}

// omHead is a line up to its value.
func omHead(name string, ls labels.Labels) (b []byte, quoted bool) {
	plain := model.LegacyValidation.IsValidMetricName(name)
	if plain {
		b = append(b, name...)
	}
	sep := byte('{')
	if !plain {
		b, sep, quoted = omQuoted(append(b, sep), name), ',', true
	}
	ls.Range(func(l labels.Label) {
		if l.Name == model.MetricNameLabel {
			return
		}
		b, sep = append(b, sep), ','
		if model.LegacyValidation.IsValidLabelName(l.Name) {
			b = append(b, l.Name...)
		} else {
			b, quoted = omQuoted(b, l.Name), true
		}
		b = omQuoted(append(b, '='), l.Value)
	})
	if sep == ',' {
		b = append(b, '}')
	}
	return append(b, ' '), quoted
}

// omQuoted appends a string with the escapes that OpenMetrics has.
func omQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch s[i] {
		case '\\', '"':
			b = append(b, '\\', s[i])
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, s[i])
		}
	}
	return append(b, '"')
}

func omValue(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// omTime is a time in seconds of which int64(seconds*1000), as Prometheus reads
// it, is the millisecond.
func omTime(ms int64) string {
	text := strconv.FormatFloat(float64(ms)/1000, 'f', 3, 64)
	v, _ := strconv.ParseFloat(text, 64)
	if int64(v*1000) == ms {
		return text
	}
	away := math.Inf(1)
	if ms < 0 {
		away = math.Inf(-1)
	}
	for int64(v*1000) != ms {
		v = math.Nextafter(v, away)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
