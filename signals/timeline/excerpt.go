package timeline

import (
	"iter"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
)

// A Span is the time of a series' samples, kept or not, markers included: of
// the first one and the last one, in ms since the epoch.
type Span struct{ First, Last int64 }

// Spans hands out all series that ever had a sample, those of KeepNewest
// included, in the order in which they were created; those that were forgotten
// are not among them. Of series that are in a Row it tells what the last Flush
// knew.
func (t *Timeline) Spans() iter.Seq2[labels.Labels, Span] {
	return func(yield func(labels.Labels, Span) bool) {
		for ref := 1; ref < len(t.series); ref++ {
			if last := &t.last[ref]; last.any && !yield(t.series[ref].labels, Span{last.first, last.ts}) {
				return
			}
		}
	}
}

// Held returns how many bytes the samples take that are kept, about: without
// what is known of the series themselves.
func (t *Timeline) Held() int64 { return t.held }

// Known returns how many bytes it takes to know all series, about: their labels
// and where they are, without samples.
func (t *Timeline) Known() int64 { return t.known }

const (
	ofSeries  = 150 // bytes of a series beside its labels
	ofColumns = 100 // and when samples of it are kept
)

// Excerpt returns a Timeline with the kept series that match all of the
// matchers, in the order of their creation. It takes no more room than it must.
// Nothing may be appended to t or the Timeline that is returned: their samples
// may be the same.
func (t *Timeline) Excerpt(ms ...*labels.Matcher) *Timeline {
	out := New()
	for _, ref := range t.selections.refs(ms) {
		s := t.series[ref]
		if s.keep < 0 {
			continue
		}
		own := out.series[out.Series(s.labels)]
		own.columns = s.clipped()
		out.last[len(out.series)-1] = t.last[ref]
		for i, ts := range own.ts {
			out.held += own.size(i)
			out.newest = max(out.newest, ts)
		}
		out.samples += int64(len(own.ts))
	}
	return out
}

// clipped are the columns of a series without room to grow.
func (s *series) clipped() *columns {
	return &columns{ts: clip(s.ts), vs: clip(s.vs), st: clip(s.st), hs: clip(s.hs)}
}

func clip[T any](column []T) []T {
	if cap(column)-len(column) > len(column)/8 {
		return slices.Clone(column)
	}
	return column
}
