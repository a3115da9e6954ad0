package verdict

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// An absence is why a selector matched nothing at the instants at which it
// didn't.
type absence struct {
	before int // instants at which it looked to before the capture began
	ahead  int // at which it looked to after the evaluation, where nothing is yet
	begun  int // at which none of its series had begun, or there never was one
	gone   int // at which all of its series had ended
	old    int // at which a series had not ended, and its newest sample was too old

	age       time.Duration // of the newest sample, at the first of old
	ageScrape time.Duration // at the scrape before, by its target's scrapes; 0 where the scrape's time was the sample's
	aged      labels.Labels
	agedAt    time.Time

	aheadBy time.Duration // at the last of ahead

	lost   labels.Labels // a series that had ended, at the last of gone
	lostAt int64         // ms: its end
}

// maxLooked bounds the series that an absence looks at.
const maxLooked = 200

// window is how far back a selector or a subquery sees, and how far its offset
// lies back.
func (n *node) window(lookback time.Duration) (back, offset time.Duration) {
	if s, ok := n.expr.(*parser.SubqueryExpr); ok {
		return s.Range, s.OriginalOffset
	}
	vs := n.selector()
	if m, ok := n.expr.(*parser.MatrixSelector); ok {
		return m.Range, vs.OriginalOffset
	}
	return lookback, vs.OriginalOffset
}

// fixed is the time that @ asks a selector or a subquery for, ms.
func (n *node) fixed() (ts int64, ok bool) {
	var at *int64
	if s, is := n.expr.(*parser.SubqueryExpr); is {
		at = s.Timestamp
	} else if vs := n.selector(); vs != nil {
		at = vs.Timestamp
	}
	if at == nil {
		return 0, false
	}
	return *at, true
}

// looksAt is the time, ms, up to which a selector or a subquery sees at an
// evaluation. The start and the end of a rule's query are the same.
func (t *trace) looksAt(n *node, at time.Time) int64 {
	_, offset := n.window(0)
	if ts, ok := n.fixed(); ok {
		return ts - offset.Milliseconds()
	}
	return at.Add(-t.group.QueryOffset - offset).UnixMilli()
}

// add looks at a selector that matched nothing at an evaluation.
func (a *absence) add(t *trace, n *node, at time.Time) {
	r, ts := t.run, t.looksAt(n, at)
	back, _ := n.window(r.lookback())
	vs := n.selector()
	if ts < r.opts.Capture.Start {
		a.before++
		return
	}
	if ahead := ts - at.UnixMilli(); ahead > 0 {
		a.ahead++
		a.aheadBy = time.Duration(ahead) * time.Millisecond
		return
	}
	q, err := r.store.Querier(math.MinInt64, ts)
	if err != nil {
		return // a timeline always has a querier
	}
	defer q.Close()
	var it chunkenc.Iterator
	youngest, ended := int64(math.MinInt64), int64(math.MinInt64)
	var aged, lost labels.Labels
	any := false
	set := q.Select(context.Background(), false, nil, vs.LabelMatchers...)
	for looked := 0; looked < maxLooked && set.Next(); looked++ {
		it = set.At().Iterator(it)
		last, marker, ok := newest(it)
		switch {
		case !ok:
		case marker:
			if any = true; last > ended {
				ended, lost = last, set.At().Labels()
			}
		default:
			if any = true; last > youngest {
				youngest, aged = last, set.At().Labels()
			}
		}
	}
	switch {
	case !any:
		a.begun++
	case youngest == math.MinInt64:
		a.gone++
		a.lost, a.lostAt = lost, ended
	case ts-youngest >= back.Milliseconds():
		if a.old++; a.old == 1 {
			a.age, a.aged, a.agedAt = time.Duration(ts-youngest)*time.Millisecond, aged, at
			if scraped, ok := r.scrapes.before(aged, ts); ok {
				a.ageScrape = time.Duration(scraped-youngest) * time.Millisecond
			}
		}
	}
}

// newest is the last sample that an iterator has, and whether it is a staleness
// marker.
func newest(it chunkenc.Iterator) (ts int64, marker, ok bool) {
	for vt := it.Next(); vt != chunkenc.ValNone; vt = it.Next() {
		switch vt {
		case chunkenc.ValFloat:
			t, v := it.At()
			ts, marker = t, value.IsStaleNaN(v)
		default:
			t, h := it.AtFloatHistogram(nil)
			ts, marker = t, value.IsStaleNaN(h.Sum)
		}
		ok = true
	}
	return ts, marker, ok
}

// newestOf is newest of one series, by its labels without the name, at ts or
// before.
func (r *run) newestOf(ms []*labels.Matcher, ls labels.Labels, ts int64) (last int64, marker, ok bool) {
	q, err := r.store.Querier(math.MinInt64, ts)
	if err != nil {
		return 0, false, false // a timeline always has a querier
	}
	defer q.Close()
	ms = slices.Clone(ms)
	ls.Range(func(l labels.Label) {
		ms = append(ms, labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value))
	})
	for set := q.Select(context.Background(), false, nil, ms...); set.Next(); {
		if labels.Equal(nameless(set.At().Labels()), ls) {
			return newest(set.At().Iterator(nil))
		}
	}
	return 0, false, false
}
