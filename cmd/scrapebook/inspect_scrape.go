package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// exposition is what one scrape holds.
type exposition struct {
	Name       string       `json:"name"`
	Format     string       `json:"format"`
	Bytes      int          `json:"bytes"`
	Series     int          `json:"series"` // each bucket is one
	Timestamps int          `json:"samples_with_timestamp"`
	Exemplars  int          `json:"exemplars"`
	StartFirst string       `json:"start_first,omitempty"` // of the start timestamps
	StartLast  string       `json:"start_last,omitempty"`
	Families   []familyInfo `json:"families"` // the largest first
	Labels     []labelInfo  `json:"labels"`   // that with the most values first
	Problems   []problem    `json:"problems"`

	problems    []replay.Problem
	first, last int64 // start timestamps in ms; 0: none
}

type familyInfo struct {
	Name      string       `json:"name"`
	Type      string       `json:"type"`
	Help      string       `json:"help"`
	Unit      string       `json:"unit"`
	Series    int          `json:"series"`
	Metrics   int          `json:"metrics"` // a histogram or summary is one, whatever its buckets
	Exemplars int          `json:"exemplars,omitempty"`
	Layouts   []layoutInfo `json:"bucket_layouts,omitempty"` // the most frequent first
}

type layoutInfo struct {
	Histograms int      `json:"histograms"` // that have it
	Native     bool     `json:"native,omitempty"`
	Schema     int32    `json:"schema,omitempty"` // of a native one
	Bounds     []string `json:"bounds,omitempty"`
}

type labelInfo struct {
	Name       string   `json:"name"`
	Values     int      `json:"values"`
	Family     string   `json:"family"` // the one with the most of them
	Examples   []string `json:"examples"`
	Series     int      `json:"series"`      // that have the label
	Most       string   `json:"most"`        // the value of the most series
	MostSeries int      `json:"most_series"` // and how many these are
	Longest    int      `json:"longest"`     // value, in bytes
}

type problem struct {
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

// inspectScrape shows the only scrape of a capture.
func (f *inspectFlags) inspectScrape(cmd *cobra.Command, path string, c *capture.Capture) error {
	scrape, size, err := f.capture.readScrape(path, c)
	if err != nil {
		return err
	}
	snapshot := scrape.Snapshot
	e := newExposition(snapshot)
	e.Name, e.Bytes = path, size
	for _, p := range c.Problems {
		e.add(replay.Problem{File: p.File, ID: p.ID, Severity: expfmt.SeverityWarning, Message: p.Message})
	}
	for _, p := range snapshot.Problems {
		e.add(p)
	}
	return f.out.write(cmd, func(w io.Writer) error {
		if f.format == "json" {
			return e.writeJSON(w)
		}
		return e.writeText(w, widthOf(w))
	})
}

func (e *exposition) add(p replay.Problem) {
	e.problems = append(e.problems, p)
	e.Problems = append(e.Problems, problem{p.Line, p.Column, p.ID, string(p.Severity), p.Message})
}

func newExposition(s *expfmt.Snapshot) *exposition {
	c := s.Cardinality()
	e := &exposition{
		Format: s.Format.String(), Series: c.Series,
		Families: []familyInfo{}, Labels: []labelInfo{}, Problems: []problem{},
	}
	for _, size := range c.Families {
		f := size.Family
		info := familyInfo{Name: f.Name, Type: f.Type.String(), Help: f.Help, Unit: f.Unit, Series: size.Series, Metrics: size.Metrics}
		for _, l := range size.Layouts {
			info.Layouts = append(info.Layouts, layoutInfo{l.Metrics, l.Native, l.Schema, boundTexts(l.Bounds)})
		}
		info.Exemplars = e.look(f)
		e.Exemplars += info.Exemplars
		e.Families = append(e.Families, info)
	}
	for _, l := range c.Labels {
		e.Labels = append(e.Labels, labelInfo{l.Name, l.Values, l.Family, l.First, l.Series, l.Most, l.MostOf, len(l.Longest)})
	}
	if e.first > 0 {
		e.StartFirst, e.StartLast = startText(e.first), startText(e.last)
	}
	return e
}

func startText(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func boundTexts(bounds []float64) []string {
	var list []string
	for _, b := range bounds {
		list = append(list, shortest(b))
	}
	return list
}

// look counts what samples bring with them, and returns the exemplars.
func (e *exposition) look(f *expfmt.Family) (exemplars int) {
	for i := range f.Samples {
		s := &f.Samples[i]
		if s.HasTimestamp {
			e.Timestamps++
		}
		if s.Exemplar != nil {
			exemplars++
		}
		e.start(startOf(f, s))
	}
	for i := range f.Histograms {
		h := &f.Histograms[i]
		if h.HasTimestamp {
			e.Timestamps++
		}
		exemplars += len(h.Exemplars)
		e.start(h.StartTimestamp)
	}
	return exemplars
}

func (e *exposition) start(ms int64) {
	if ms <= 0 {
		return
	}
	if e.first == 0 || ms < e.first {
		e.first = ms
	}
	e.last = max(e.last, ms)
}

// startOf returns when a sample's counter began, in ms: what protobuf says, or
// the value of a _created sample; 0: nothing is said.
func startOf(f *expfmt.Family, s *expfmt.Sample) int64 {
	if s.Name == f.Name+"_created" && s.Value > 0 && s.Value < maxSeconds &&
		(f.Type == expfmt.TypeCounter || f.Type == expfmt.TypeHistogram || f.Type == expfmt.TypeSummary) {
		return int64(s.Value * 1000)
	}
	return s.StartTimestamp
}

// maxSeconds is a time in seconds that no counter began after: year 9999.
const maxSeconds = 253402300800

// identity is the same for the same series, however it is written.
func identity(name string, ls expfmt.Labels) string {
	sorted := slices.Clone(ls)
	slices.SortFunc(sorted, func(a, b expfmt.Label) int { return cmp.Compare(a.Name, b.Name) })
	return fmt.Sprintf("%q%q", name, sorted)
}
