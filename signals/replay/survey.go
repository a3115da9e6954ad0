package replay

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// A Surveyed is a Server with what is known of its targets.
type Surveyed struct {
	Server
	// Capture has no scrapes to read. Its targets, their first and last scrapes
	// and the interval are what the samples of `up` tell.
	Capture *capture.Capture
	// Version is what the server says of itself, or "". MetricsQL says that it
	// speaks the dialect of VictoriaMetrics.
	Version   string
	MetricsQL bool

	of  map[*capture.Target]*surveyed
	cut bool // times are missing
}

// Scraped is when a target was scraped, as `up` tells, and when that failed, in
// ms since the epoch, rising. Of more than two million scrapes in all it is
// told of none.
func (s *Surveyed) Scraped(t *capture.Target) (times, failed []int64) {
	of := s.of[t]
	if of == nil || s.cut {
		return nil, nil
	}
	return of.times, of.failures
}

// maxScrapes bounds the times that are kept.
const maxScrapes = 2_000_000

// Survey looks at what a server has of `up` between two times, both included,
// which makes the capture that Options need beside the server. Where it has
// nothing, the capture begins and ends with the times, and has no interval.
//
// All samples of `up` are read: a byte or two for each scrape that there was.
func Survey(ctx context.Context, server Server, name string, from, to time.Time) (*Surveyed, error) {
	if to.Before(from) {
		return nil, errors.New("the end of what is looked at must not be before its start")
	}
	v := &surveyor{targets: map[[2]string]*surveyed{}}
	for at := from; !at.After(to); at = at.Add(lookLength) {
		end := at.Add(lookLength - time.Millisecond)
		if end.After(to) {
			end = to
		}
		if err := v.read(ctx, server, at, end); err != nil {
			return nil, err
		}
	}
	return v.result(server, name, from, to), nil
}

// surveyor gathers what `up` tells.
type surveyor struct {
	targets map[[2]string]*surveyed // by job and instance
	gaps    []int64                 // between scrapes, the first maxGaps, ms
	scrapes int
}

type surveyed struct {
	first, last int64
	scrapes     int
	failed      int
	// The first of them, up to maxScrapes of all targets:
	times, failures []int64
}

const maxGaps = 100_000

var upMatcher = labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "up")

func (v *surveyor) read(ctx context.Context, server Server, from, to time.Time) error {
	q, err := server.Querier(from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return err
	}
	defer q.Close()
	set := q.Select(ctx, false, nil, upMatcher)
	var it chunkenc.Iterator
	for set.Next() {
		ls := set.At().Labels()
		key := [2]string{ls.Get(model.JobLabel), ls.Get(model.InstanceLabel)}
		t := v.targets[key]
		if t == nil {
			t = &surveyed{first: math.MaxInt64, last: math.MinInt64}
			v.targets[key] = t
		}
		it = set.At().Iterator(it)
		for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
			if kind == chunkenc.ValFloat {
				v.add(t, it)
			}
		}
	}
	return set.Err()
}

func (v *surveyor) add(t *surveyed, it chunkenc.Iterator) {
	at, up := it.At()
	if value.IsStaleNaN(up) {
		return
	}
	if t.scrapes > 0 && at > t.last && len(v.gaps) < maxGaps {
		v.gaps = append(v.gaps, at-t.last)
	}
	t.first, t.last = min(t.first, at), max(t.last, at)
	t.scrapes++
	keep := v.scrapes < maxScrapes
	v.scrapes++
	if keep {
		t.times = append(t.times, at)
	}
	if up == 0 {
		t.failed++
		if keep {
			t.failures = append(t.failures, at)
		}
	}
}

func (v *surveyor) result(server Server, name string, from, to time.Time) *Surveyed {
	c := &capture.Capture{Name: name, Start: from.UnixMilli(), End: to.UnixMilli(), Interval: v.interval()}
	out := &Surveyed{Server: server, Capture: c, of: map[*capture.Target]*surveyed{}, cut: v.scrapes > maxScrapes}
	start, end := int64(math.MaxInt64), int64(math.MinInt64)
	for key, s := range v.targets {
		if s.scrapes == 0 {
			continue
		}
		t := &capture.Target{Job: key[0], Instance: key[1], First: s.first, Last: s.last, Scrapes: s.scrapes}
		c.Targets = append(c.Targets, t)
		slices.Sort(s.times) // of several series they come one after the other
		slices.Sort(s.failures)
		t.Interval = intervalBetween(s.times)
		out.of[t] = s
		start, end = min(start, s.first), max(end, s.last)
	}
	slices.SortFunc(c.Targets, func(a, b *capture.Target) int {
		return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.Instance, b.Instance))
	})
	if len(c.Targets) > 0 {
		c.Start, c.End = start, end
	}
	return out
}

// interval is that of a capture with these scrapes; 0 when no target was
// scraped twice.
func (v *surveyor) interval() time.Duration { return capture.MedianInterval(v.gaps) }

// intervalBetween is that of one target.
func intervalBetween(times []int64) time.Duration {
	gaps := make([]int64, 0, len(times))
	for i := 1; i < len(times); i++ {
		gaps = append(gaps, times[i]-times[i-1])
	}
	return capture.MedianInterval(gaps)
}
