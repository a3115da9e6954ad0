package replay

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// watch gathers what the summary tells of single series, as they go by: their
// samples need not be kept.
type watch struct {
	starts map[string]*started // by the labels' bytes
	builds map[string]*built
}

// started is what a series of process_start_time_seconds said.
type started struct {
	labels   labels.Labels
	seen     int64 // its last sample that was looked at
	any      bool
	last     float64
	restarts []Restart
}

type built struct {
	labels labels.Labels
	any    bool // it had a sample that is no marker
}

func newWatch() *watch {
	return &watch{starts: map[string]*started{}, builds: map[string]*built{}}
}

// look takes what is new in the timeline since it was called before.
func (w *watch) look(tl storage.Queryable) {
	each(tl, watched[0], func(ls labels.Labels, it chunkenc.Iterator) {
		key := string(ls.Bytes(nil))
		s := w.starts[key]
		if s == nil {
			s = &started{labels: ls, seen: math.MinInt64}
			w.starts[key] = s
		}
		for t, v := range floats(it) {
			if t <= s.seen {
				continue
			}
			if s.any && v != s.last {
				s.restarts = append(s.restarts, Restart{
					Job: ls.Get("job"), Instance: ls.Get("instance"),
					Seen:    time.UnixMilli(t).UTC(),
					Started: secondsTime(v),
				})
			}
			s.any, s.last, s.seen = true, v, t
		}
	})
	each(tl, watched[1], func(ls labels.Labels, it chunkenc.Iterator) {
		key := string(ls.Bytes(nil))
		b := w.builds[key]
		if b == nil {
			b = &built{labels: ls}
			w.builds[key] = b
		}
		if b.any {
			return
		}
		for range floats(it) {
			b.any = true
			break
		}
	})
}

// each hands out every series that a matcher matches.
func each(tl storage.Queryable, m *labels.Matcher, f func(labels.Labels, chunkenc.Iterator)) {
	q, err := tl.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return // a timeline always has a querier
	}
	defer q.Close()
	var it chunkenc.Iterator
	for set := q.Select(context.Background(), false, nil, m); set.Next(); {
		it = set.At().Iterator(it)
		f(set.At().Labels(), it)
	}
}

// floats are the floats of a series, staleness markers left out.
func floats(it chunkenc.Iterator) func(func(int64, float64) bool) {
	return func(yield func(int64, float64) bool) {
		for vt := it.Next(); vt != chunkenc.ValNone; vt = it.Next() {
			if vt != chunkenc.ValFloat {
				continue
			}
			if t, v := it.At(); !value.IsStaleNaN(v) && !yield(t, v) {
				return
			}
		}
	}
}

// restarts are seen by process_start_time_seconds, which every client library
// exposes.
func (w *watch) restarts() []Restart {
	var series []*started
	for _, s := range w.starts {
		series = append(series, s)
	}
	slices.SortFunc(series, func(a, b *started) int { return labels.Compare(a.labels, b.labels) })
	var list []Restart
	for _, s := range series {
		list = append(list, s.restarts...)
	}
	slices.SortStableFunc(list, func(a, b Restart) int { return a.Seen.Compare(b.Seen) })
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
func (w *watch) versions() []Version {
	type key struct{ job, version string }
	seen := map[key][]string{}
	for _, b := range w.builds {
		ls := b.labels
		version := cmp.Or(ls.Get("git_version"), ls.Get("gitVersion"), ls.Get("version"))
		if version == "" || !b.any || strings.HasPrefix(ls.Get(model.MetricNameLabel), "go_") {
			continue
		}
		k := key{ls.Get("job"), version}
		if in := ls.Get("instance"); !slices.Contains(seen[k], in) {
			seen[k] = append(seen[k], in)
		}
	}
	var list []Version
	for k, instances := range seen {
		slices.Sort(instances)
		list = append(list, Version{Job: k.job, Version: k.version, Instances: instances})
	}
	slices.SortFunc(list, func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.Version, b.Version))
	})
	return list
}
