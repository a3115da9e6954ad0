package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"

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
	Series     int          `json:"series"`
	Timestamps int          `json:"samples_with_timestamp"`
	Exemplars  int          `json:"exemplars"`
	Families   []familyInfo `json:"families"` // the largest first
	Labels     []labelInfo  `json:"labels"`   // that with the most values first
	Problems   []problem    `json:"problems"`

	problems []replay.Problem
}

type familyInfo struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Help   string `json:"help"`
	Unit   string `json:"unit"`
	Series int    `json:"series"`
}

type labelInfo struct {
	Name     string   `json:"name"`
	Values   int      `json:"values"`
	Family   string   `json:"family"` // the one with the most of them
	Examples []string `json:"examples"`
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
	e := &exposition{Format: s.Format.String(), Families: []familyInfo{}, Labels: []labelInfo{}, Problems: []problem{}}
	labels := map[string]*labelCount{}
	for _, f := range s.Families {
		n := e.family(f, labels)
		e.Series += n
		e.Families = append(e.Families, familyInfo{f.Name, f.Type.String(), f.Help, f.Unit, n})
	}
	sort.SliceStable(e.Families, func(i, j int) bool {
		a, b := e.Families[i], e.Families[j]
		return cmp.Or(cmp.Compare(b.Series, a.Series), cmp.Compare(a.Name, b.Name)) < 0
	})
	for name, l := range labels {
		e.Labels = append(e.Labels, l.info(name))
	}
	sort.SliceStable(e.Labels, func(i, j int) bool {
		a, b := e.Labels[i], e.Labels[j]
		return cmp.Or(cmp.Compare(b.Values, a.Values), cmp.Compare(a.Name, b.Name)) < 0
	})
	return e
}

// family counts the series of a family: a series that stands twice is one.
func (e *exposition) family(f *expfmt.Family, labels map[string]*labelCount) int {
	seen := map[string]bool{}
	for i := range f.Samples {
		s := &f.Samples[i]
		if s.HasTimestamp {
			e.Timestamps++
		}
		if s.Exemplar != nil {
			e.Exemplars++
		}
		seen[identity(s.Name, s.Labels)] = true
		count(labels, f.Name, s.Labels)
	}
	for i := range f.Histograms {
		h := &f.Histograms[i]
		if h.HasTimestamp {
			e.Timestamps++
		}
		e.Exemplars += len(h.Exemplars)
		seen["native "+identity(h.Name, h.Labels)] = true
		count(labels, f.Name, h.Labels)
	}
	return len(seen)
}

// identity is the same for the same series, however it is written.
func identity(name string, ls expfmt.Labels) string {
	sorted := slices.Clone(ls)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i], sorted[j]
		return cmp.Compare(a.Name, b.Name) < 0
	})
	return fmt.Sprintf("%q%q", name, sorted)
}

// labelCount holds the values of a label, as a whole and by family.
type labelCount struct {
	values   map[string]bool
	families map[string]map[string]bool
}

func count(labels map[string]*labelCount, family string, ls expfmt.Labels) {
	for _, l := range ls {
		c := labels[l.Name]
		if c == nil {
			c = &labelCount{map[string]bool{}, map[string]map[string]bool{}}
			labels[l.Name] = c
		}
		c.values[l.Value] = true
		if c.families[family] == nil {
			c.families[family] = map[string]bool{}
		}
		c.families[family][l.Value] = true
	}
}

func (c *labelCount) info(name string) labelInfo {
	values := slices.Sorted(maps.Keys(c.values))
	info := labelInfo{Name: name, Values: len(values), Examples: values[:min(len(values), 3)]}
	most := 0
	for _, f := range slices.Sorted(maps.Keys(c.families)) {
		if n := len(c.families[f]); n > most {
			most, info.Family = n, f
		}
	}
	return info
}
