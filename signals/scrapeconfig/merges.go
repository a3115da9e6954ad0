package scrapeconfig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// merges tries the metric_relabel_configs that take labels away on the last
// scrape of each target of a capture that could be read, and says which series
// become one, once for each job.
func (r *Result) merges(c *capture.Capture) {
	jobs := map[string][]dropping{}
	for _, f := range r.Files {
		for _, j := range f.Jobs {
			if slices.ContainsFunc(j.MetricRelabel, takesLabels) {
				jobs[j.Name] = append(jobs[j.Name], dropping{f, j})
			}
		}
	}
	if len(jobs) == 0 {
		return
	}
	left := map[*capture.Target]bool{}
	for _, t := range c.Targets {
		left[t] = len(jobs[t.Job]) > 0
	}
	stream := c.Stream()
	defer stream.Close()
	for i := c.Scrapes - 1; i >= 0; i-- { // what was counted once is counted on
		if t, _, _ := c.Entry(i); t == nil || !left[t] {
			continue
		}
		s := stream.At(i, nil)
		if s.Failure != "" || s.Err != nil || len(s.Body) == 0 {
			continue
		}
		left[s.Target] = false
		jobs[s.Target.Job] = slices.DeleteFunc(jobs[s.Target.Job], func(d dropping) bool { return d.try(s) }) // once a job
	}
}

// dropping is a job that takes labels away.
type dropping struct {
	file *File
	job  *Job
}

func takesLabels(r Rule) bool {
	return r.Action == relabel.LabelDrop || r.Action == relabel.LabelKeep
}

// maxCompared is how many series of a scrape are compared.
const maxCompared = 200_000

// try adds a finding when series of a scrape become one, and tells whether they
// did.
func (d dropping) try(s *capture.Scrape) bool {
	seen := map[string]string{} // what was there, by what it became
	clashes := 0
	var first [2]string
	reader := expfmt.NewReader(strings.NewReader(string(s.Body)), expfmt.Options{})
	for reader.Next() && len(seen) < maxCompared {
		if reader.Kind() != expfmt.KindSample {
			continue
		}
		was := seriesOf(reader.Sample())
		b := labels.NewBuilder(was)
		if !d.relabelled(b) {
			continue
		}
		now := b.Labels().String()
		if before, twice := seen[now]; twice && before != was.String() {
			if clashes++; clashes == 1 {
				first = [2]string{before, was.String()}
			}
			continue
		}
		seen[now] = was.String()
	}
	if clashes == 0 {
		return false
	}
	at := d.job.MetricRelabel[slices.IndexFunc(d.job.MetricRelabel, takesLabels)]
	d.file.add(Finding{
		Place: at.Place, Job: d.job.Name, ID: MergesSeries, Severity: expfmt.SeverityWarning, Repair: d.repair(),
		Message: fmt.Sprintf("in %s, %d of the series become another of the same target, the first %s as %s: the server keeps one sample of them", s.File, clashes, first[1], first[0]),
	})
	return true
}

// relabelled runs the job's rules; false when the series is dropped.
func (d dropping) relabelled(b *labels.Builder) bool {
	for i := range d.job.MetricRelabel {
		if !relabel.ProcessBuilder(b, &d.job.MetricRelabel[i].Config) {
			return false
		}
	}
	return true
}

// repair is the job's metric_relabel_configs without those that take labels
// away, by which no two series become one that were not before.
func (d dropping) repair() string {
	for i := range d.job.MetricRelabel {
		if !takesLabels(d.job.MetricRelabel[i]) {
			return "" // the others may rest on it
		}
	}
	return "metric_relabel_configs: []\n"
}

func seriesOf(s *expfmt.Sample) labels.Labels {
	b := labels.NewScratchBuilder(len(s.Labels) + 1)
	b.Add(model.MetricNameLabel, s.Name)
	for _, l := range s.Labels {
		b.Add(strings.Clone(l.Name), strings.Clone(l.Value))
	}
	b.Sort()
	return b.Labels()
}
