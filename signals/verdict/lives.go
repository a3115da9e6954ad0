package verdict

import (
	"context"
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// A life is what was seen of one series, sample by sample. Native histograms
// count as samples, by their sum.
type life struct {
	labels            labels.Labels
	first, last       int64 // ms: the first sample and the last one
	firstValue        float64
	lastValue         float64
	min, max          float64 // NaN left out; NaN when there is nothing else
	samples           int
	rises, falls, nan int
	ends              []int64 // the first maxEnds staleness markers, ms
	ended             bool    // the newest is a marker

	seen int64 // up to here it was looked at
}

const maxEnds = 16

// selection is the series that a selector matched over the capture.
type selection struct {
	matchers []*labels.Matcher
	lives    []*life // in the order in which they were first there
	more     int     // series of which nothing was gathered, for there were maxLives of others
	byHash   map[uint64][]*life
	native   bool // some sample was a native histogram
	found    bool // it matched something, which may not have been looked at yet
}

// any tells whether it matched something.
func (s *selection) any() bool { return len(s.lives)+s.more > 0 }

// onlyLabels are hints of who needs no samples, as upstream's API has them: a
// server then sends none.
var onlyLabels = &storage.SelectHints{Start: math.MinInt64, End: math.MaxInt64, Func: "series"}

// matched tells whether a selector has matched a series so far.
func (r *run) matched(sel *selection) bool {
	if sel.any() || sel.found {
		return true
	}
	q, err := r.store.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return true // a timeline always has a querier
	}
	defer q.Close()
	sel.found = q.Select(context.Background(), false, onlyLabels, sel.matchers...).Next()
	return sel.found
}

// selections by the selector's text, without range, offset and @.
type selections struct {
	by    map[string]*selection
	order []string
	lives int
}

// maxLives bounds the series of which something is gathered; of what comes then
// findings say nothing that needs it.
const maxLives = 50_000

func selectorText(vs *parser.VectorSelector) string {
	return (&parser.VectorSelector{Name: vs.Name, LabelMatchers: vs.LabelMatchers}).String()
}

func (s *selections) add(vs *parser.VectorSelector) *selection {
	text := selectorText(vs)
	if s.by == nil {
		s.by = map[string]*selection{}
	}
	if s.by[text] == nil {
		s.by[text] = &selection{matchers: vs.LabelMatchers, byHash: map[uint64][]*life{}}
		s.order = append(s.order, text)
	}
	return s.by[text]
}

// of is what a selector matched.
func (s *selections) of(vs *parser.VectorSelector) *selection { return s.by[selectorText(vs)] }

// look takes the samples that are new since it was called before.
func (s *selections) look(store storage.Queryable) {
	q, err := store.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return // a timeline always has a querier
	}
	defer q.Close()
	var it chunkenc.Iterator
	for _, text := range s.order {
		sel := s.by[text]
		for set := q.Select(context.Background(), false, nil, sel.matchers...); set.Next(); {
			l := s.life(sel, set.At().Labels())
			if l == nil {
				continue
			}
			it = set.At().Iterator(it)
			sel.native = l.read(it) || sel.native
		}
	}
}

// life finds a series, or makes room for it; nil when there is none.
func (s *selections) life(sel *selection, ls labels.Labels) *life {
	hash := ls.Hash()
	for _, l := range sel.byHash[hash] {
		if labels.Equal(l.labels, ls) {
			return l
		}
	}
	if s.lives >= maxLives {
		sel.more++
		return nil
	}
	s.lives++
	l := &life{labels: ls, seen: math.MinInt64, min: math.NaN(), max: math.NaN()}
	sel.byHash[hash] = append(sel.byHash[hash], l)
	sel.lives = append(sel.lives, l)
	return l
}

// read takes what is new, and tells whether a native histogram was among it.
func (l *life) read(it chunkenc.Iterator) (native bool) {
	vt := it.Next()
	if l.seen > math.MinInt64 {
		vt = it.Seek(l.seen + 1)
	}
	var h *histogram.FloatHistogram
	for ; vt != chunkenc.ValNone; vt = it.Next() {
		var t int64
		var v float64
		switch vt {
		case chunkenc.ValFloat:
			t, v = it.At()
		default:
			t, h = it.AtFloatHistogram(h)
			v, native = h.Sum, true
		}
		l.add(t, v)
	}
	return native
}

func (l *life) add(t int64, v float64) {
	l.seen = t
	if value.IsStaleNaN(v) {
		l.ended = true
		if len(l.ends) < maxEnds {
			l.ends = append(l.ends, t)
		}
		return
	}
	l.ended = false
	switch {
	case l.samples == 0:
		l.first, l.firstValue = t, v
	case v > l.lastValue:
		l.rises++
	case v < l.lastValue:
		l.falls++
	}
	l.samples++
	l.last, l.lastValue = t, v
	if math.IsNaN(v) {
		l.nan++
		return
	}
	if !(l.min <= v) {
		l.min = v
	}
	if !(l.max >= v) {
		l.max = v
	}
}
