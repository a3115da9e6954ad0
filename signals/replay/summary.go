package replay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
)

func (ld *loader) summary(c *capture.Capture, s *schedule) Summary {
	sum := Summary{
		Name:        c.Name,
		Targets:     len(c.Targets),
		Scrapes:     ld.read,
		Samples:     ld.samples,
		Start:       time.UnixMilli(c.Start).UTC(),
		End:         time.UnixMilli(c.End).UTC(),
		Interval:    c.Interval,
		Phase:       s.phase,
		Ignored:     c.Ignored,
		Gaps:        ld.times.gapsUntil(s.readTo),
		Ended:       ended(c),
		BulkSamples: ld.bulk,
	}
	for _, t := range c.Targets { // sorted by job
		if n := len(sum.Jobs); n == 0 || sum.Jobs[n-1].Name != t.Job {
			sum.Jobs = append(sum.Jobs, Job{Name: t.Job})
		}
		j := &sum.Jobs[len(sum.Jobs)-1]
		j.Targets++
		j.Scrapes += t.Scrapes
		if ld.server != nil {
			sum.Scrapes += t.Scrapes
		}
		j.Failed += ld.counts[t].failed
		sum.FailedScrapes += ld.counts[t].failed
	}
	if ld.refused > 0 {
		ld.problem(Problem{ID: "dump-refused", Severity: "warning", Message: fmt.Sprintf(
			"%d samples of dumps were not taken: the series has another value at their time, or has gone on without them", ld.refused)})
	}
	sum.HiddenProblems = ld.dropped
	sum.Restarts = ld.watch.restarts()
	sum.Versions = ld.watch.versions()
	sum.TargetInfos = ld.targets(c, &sum)
	return sum
}

// targets tells of each target what its scrapes, the times and the summary
// know.
func (ld *loader) targets(c *capture.Capture, sum *Summary) []TargetInfo {
	list := make([]TargetInfo, len(c.Targets))
	for i, t := range c.Targets {
		about := ld.counts[t]
		info := TargetInfo{
			Job: t.Job, Instance: t.Instance, Labels: t.Labels,
			Scrapes: t.Scrapes, Failed: about.failed,
			Interval: t.Interval, Jitter: ld.times.jitter[t],
			First: instant(t.First), Last: instant(t.Last),
		}
		for _, g := range ld.times.gaps {
			if g.target == t {
				info.Gaps++
			}
		}
		for _, r := range sum.Restarts {
			if r.Job == t.Job && r.Instance == t.Instance {
				info.Restarts++
			}
		}
		for _, v := range sum.Versions {
			if v.Job == t.Job && slices.Contains(v.Instances, t.Instance) {
				info.Versions = append(info.Versions, v.Version)
			}
		}
		info.Format = strings.Join(about.formats, ", ")
		list[i] = info
	}
	return list
}
