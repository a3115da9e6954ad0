package replay

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/capture"
)

func (ld *loader) summary(c *capture.Capture, s *schedule) Summary {
	sum := Summary{
		Name:        c.Name,
		Targets:     len(c.Targets),
		Scrapes:     ld.read,
		Samples:     ld.tl.NumSamples(),
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
		j.Failed += ld.seen[t].failed
		sum.FailedScrapes += ld.seen[t].failed
	}
	if ld.refused > 0 {
		ld.problem(Problem{ID: "dump-refused", Severity: "warning", Message: fmt.Sprintf(
			"%d samples of dumps were not taken: the series has another value at their time, or has gone on without them", ld.refused)})
	}
	sum.HiddenProblems = ld.dropped
	sum.Restarts = ld.restarts()
	sum.Versions = ld.versions()
	sum.TargetInfos = ld.targets(c, &sum)
	return sum
}

// targets tells of each target what its scrapes, the times and the summary
// know.
func (ld *loader) targets(c *capture.Capture, sum *Summary) []TargetInfo {
	list := make([]TargetInfo, len(c.Targets))
	for i, t := range c.Targets {
		about := ld.seen[t]
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

func (ld *loader) problems() []Problem { return ld.found }

// each hands out the floats of every series that matches, staleness markers
// left out.
func (ld *loader) each(m *labels.Matcher, f func(ls labels.Labels, times []int64, values []float64)) {
	q, err := ld.tl.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return // a timeline always has a querier
	}
	defer q.Close()
	var it chunkenc.Iterator
	set := q.Select(context.Background(), true, nil, m)
	for set.Next() {
		var times []int64
		var values []float64
		it = set.At().Iterator(it)
		for vt := it.Next(); vt != chunkenc.ValNone; vt = it.Next() {
			if vt != chunkenc.ValFloat {
				continue
			}
			if t, v := it.At(); !value.IsStaleNaN(v) {
				times, values = append(times, t), append(values, v)
			}
		}
		f(set.At().Labels(), times, values)
	}
}

// restarts are seen by process_start_time_seconds, which every client library
// exposes.
func (ld *loader) restarts() []Restart {
	var list []Restart
	m := labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "process_start_time_seconds")
	ld.each(m, func(ls labels.Labels, times []int64, values []float64) {
		for i := 1; i < len(values); i++ {
			if values[i] != values[i-1] {
				list = append(list, Restart{
					Job: ls.Get("job"), Instance: ls.Get("instance"),
					Seen:    time.UnixMilli(times[i]).UTC(),
					Started: secondsTime(values[i]),
				})
			}
		}
	})
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return a.Seen.Compare(b.Seen) < 0
	})
	return list
}

func secondsTime(s float64) time.Time {
	if !(math.Abs(s) < 1e11) { // no time of this world
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(s * 1000))).UTC()
}

// versions are what metrics named *_build_info say in the label that each
// uses for it.
func (ld *loader) versions() []Version {
	type key struct{ job, version string }
	seen := map[key][]string{}
	m := labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, ".+_build_info")
	ld.each(m, func(ls labels.Labels, times []int64, _ []float64) {
		version := cmp.Or(ls.Get("git_version"), ls.Get("gitVersion"), ls.Get("version"))
		if version == "" || len(times) == 0 || strings.HasPrefix(ls.Get(model.MetricNameLabel), "go_") {
			return
		}
		k := key{ls.Get("job"), version}
		if in := ls.Get("instance"); !slices.Contains(seen[k], in) {
			seen[k] = append(seen[k], in)
		}
	})
	var list []Version
	for k, instances := range seen {
		slices.Sort(instances)
		list = append(list, Version{Job: k.job, Version: k.version, Instances: instances})
	}
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.Version, b.Version)) < 0
	})
	return list
}
