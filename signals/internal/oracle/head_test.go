package oracle

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// TestHead feeds the same samples to the head of a tsdb and to a Timeline and
// wants the same errors, and the same samples from every selection.
func TestHead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		db, err := teststorage.NewWithError(func(o *tsdb.Options) {
			o.EnableSTStorage = true
			o.FloatChunkEncoding = chunkenc.EncXOR2
			o.EnableHistogramSTEncoding = true
		})
		if err != nil {
			rt.Fatal(err)
		}
		defer db.Close()
		tl := timeline.New()
		fillBoth(rt, db, tl)
		cuts := chunkCuts(rt, db)
		for range 12 {
			compareSelect(rt, db, tl, cuts)
			compareLabels(rt, db, tl)
		}
	})
}

var (
	nameGen  = rapid.SampledFrom([]string{"__name__", "a", "b", "ab", "always", "nobody"})
	valueGen = rapid.SampledFrom([]string{"", "x", "y", "xy", "there"})
	regexGen = rapid.SampledFrom([]string{"", "x", "x|y", "x|", ".*", ".+", "x.*", ".*y", "(x|y)y?", "there|x|there", "(?i:X)", "x?", "[^x]"})
)

type madeSeries struct {
	labels labels.Labels
	last   int64
	prev   *sample // last one taken
	state  bucketState
}

func fillBoth(t *rapid.T, db *teststorage.TestStorage, tl *timeline.Timeline) {
	base := rapid.SampledFrom([]int64{0, -1000, 1795244469930}).Draw(t, "base")
	series := make([]*madeSeries, rapid.IntRange(1, 6).Draw(t, "series"))
	for i := range series {
		kv := rapid.MapOfN(nameGen, valueGen, 1, 4).Draw(t, "labels")
		kv["always"] = "there" // the head refuses a series without labels, we do not
		series[i] = &madeSeries{labels: labels.FromMap(kv), last: base}
	}
	for range rapid.IntRange(1, 120).Draw(t, "samples") {
		s := rapid.SampledFrom(series).Draw(t, "of series")
		p := s.draw(t)
		errHead := p.appendToStorage(db, s.labels)
		into := tl
		if class(errHead) == "refused" {
			into = timeline.New() // the head makes no series for what it refuses
		}
		errOurs := p.appendTo(into, into.Series(s.labels))
		// The head compares with the stored histogram, to which it has added
		// the empty buckets of its chunk; we compare with what was appended.
		// So the two may disagree on whether a repeat is exact; none stores it.
		if s.repeats(p) && (errOurs == nil || errors.Is(errOurs, timeline.ErrDuplicate)) &&
			(errHead == nil || errors.Is(errHead, storage.ErrDuplicateSampleForTimestamp)) {
			continue
		}
		if head, ours := class(errHead), class(errOurs); head != ours {
			t.Fatalf("%s, sample %v after %v: head says %v, we say %v", s.labels, p, s.prev, errHead, errOurs)
		}
		if errOurs == nil {
			s.last, s.prev = p.ts, &p
		}
	}
}

func class(err error) string {
	switch {
	case err == nil:
		return "accepted"
	case errors.Is(err, storage.ErrOutOfOrderSample), errors.Is(err, timeline.ErrOutOfOrder):
		return "out of order"
	case errors.Is(err, storage.ErrDuplicateSampleForTimestamp), errors.Is(err, timeline.ErrDuplicate):
		return "duplicate"
	default:
		return "refused"
	}
}

// repeats reports whether p is a histogram and says what the one before said,
// whatever its layout.
func (s *madeSeries) repeats(p sample) bool {
	if s.prev == nil || p.kind == chunkenc.ValFloat || p.kind != s.prev.kind {
		return false
	}
	p.st = s.prev.st
	switch {
	case p.h != nil:
		p.h = p.h.Copy()
		p.h.CounterResetHint = s.prev.h.CounterResetHint
	case p.fh != nil:
		p.fh = p.fh.Copy()
		p.fh.CounterResetHint = s.prev.fh.CounterResetHint
	}
	return p.equal(*s.prev)
}

func (s *madeSeries) draw(t *rapid.T) sample {
	if s.prev != nil && rapid.IntRange(0, 9).Draw(t, "repeat") == 0 {
		p := *s.prev
		p.st = rapid.SampledFrom([]int64{0, p.st, 7}).Draw(t, "st of the repeat")
		return p
	}
	p := sample{ts: s.last + rapid.SampledFrom([]int64{-5, 0, 1, 10, 10, 10, 5000, 300_000}).Draw(t, "step")}
	p.st = rapid.SampledFrom([]int64{0, 0, 0, p.ts - 1000, p.ts, 1, p.ts + 1}).Draw(t, "st")
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		p.kind, p.v = chunkenc.ValFloat, math.Float64frombits(value.StaleNaN)
	case 1, 2:
		p.kind = chunkenc.ValFloat
		p.v = rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, 1.5, math.NaN(), math.Inf(-1), math.MaxFloat64}).Draw(t, "value")
	case 3, 4, 5:
		s.state.draw(t)
		p.kind, p.h = chunkenc.ValHistogram, s.state.ints(t)
		switch rapid.IntRange(0, 19).Draw(t, "odd") {
		case 0:
			p.h = &histogram.Histogram{Sum: math.Float64frombits(value.StaleNaN), CounterResetHint: p.h.CounterResetHint}
		case 1:
			p.h.Count-- // more in the buckets than counted: both refuse it
		case 2:
			p.h.Schema = 9
		}
	default:
		s.state.draw(t)
		p.kind, p.fh = chunkenc.ValFloatHistogram, s.state.floats(t)
		switch rapid.IntRange(0, 19).Draw(t, "odd") {
		case 0:
			p.fh = &histogram.FloatHistogram{Sum: math.Float64frombits(value.StaleNaN), CounterResetHint: p.fh.CounterResetHint}
		case 1:
			p.fh.Count = -1
		}
	}
	return p
}

// chunkCuts returns, by series and time, where the head began a chunk though
// it saw that the counters go on: it was for size or time. Readers are told
// nothing of a counter reset there, while we say that there was none.
func chunkCuts(t *rapid.T, db *teststorage.TestStorage) map[string]bool {
	q, err := db.ChunkQuerier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	cuts := map[string]bool{}
	set := q.Select(context.Background(), false, nil, labels.MustNewMatcher(labels.MatchRegexp, "a", ".*"))
	for set.Next() {
		var before chunkenc.CounterResetHeader
		for it := set.At().Iterator(nil); it.Next(); {
			header := chunkenc.UnknownCounterReset
			if c, ok := it.At().Chunk.(interface {
				GetCounterResetHeader() chunkenc.CounterResetHeader
			}); ok {
				header = c.GetCounterResetHeader()
			}
			// After a gauge it says so too, without having looked.
			if header == chunkenc.NotCounterReset && before != chunkenc.GaugeType {
				cuts[fmt.Sprint(set.At().Labels(), it.At().MinTime)] = true
			}
			before = header
		}
	}
	if set.Err() != nil {
		t.Fatal(set.Err())
	}
	return cuts
}

func drawMatchers(t *rapid.T) []*labels.Matcher {
	ms := make([]*labels.Matcher, rapid.IntRange(1, 3).Draw(t, "matchers"))
	for i := range ms {
		typ := rapid.SampledFrom([]labels.MatchType{labels.MatchEqual, labels.MatchNotEqual, labels.MatchRegexp, labels.MatchNotRegexp}).Draw(t, "type")
		gen := valueGen
		if typ == labels.MatchRegexp || typ == labels.MatchNotRegexp {
			gen = regexGen
		}
		ms[i] = labels.MustNewMatcher(typ, nameGen.Draw(t, "name"), gen.Draw(t, "pattern"))
	}
	return ms
}

type selected struct {
	labels  labels.Labels
	samples []sample
}

func (s selected) String() string { return fmt.Sprintf("%s %v", s.labels, s.samples) }

// selectAll returns the non-empty series of a selection.
func selectAll(t *rapid.T, q storage.Queryable, mint, maxt int64, sorted bool, hints *storage.SelectHints, ms []*labels.Matcher) []selected {
	querier, err := q.Querier(mint, maxt)
	if err != nil {
		t.Fatal(err)
	}
	defer querier.Close()
	set := querier.Select(context.Background(), sorted, hints, slices.Clone(ms)...) // upstream reorders them
	var all []selected
	var it chunkenc.Iterator
	for set.Next() {
		it = set.At().Iterator(it)
		samples, err := readSamples(it)
		if err != nil {
			t.Fatal(err)
		}
		if len(samples) > 0 {
			all = append(all, selected{set.At().Labels(), samples})
		}
	}
	if set.Err() != nil {
		t.Fatal(set.Err())
	}
	if !sorted {
		slices.SortFunc(all, func(a, b selected) int { return labels.Compare(a.labels, b.labels) })
	}
	return all
}

func compareSelect(t *rapid.T, db *teststorage.TestStorage, tl *timeline.Timeline, cuts map[string]bool) {
	ms := drawMatchers(t)
	mint, maxt := drawRange(t, tl)
	sorted := rapid.Bool().Draw(t, "sorted")
	var hints *storage.SelectHints
	if rapid.Bool().Draw(t, "with hints") {
		hints = &storage.SelectHints{Start: mint, End: maxt}
		// The head looks only at what it holds of the querier's own range.
		mint, maxt = math.MinInt64, math.MaxInt64
	}
	want := selectAll(t, db, mint, maxt, sorted, hints, ms)
	got := selectAll(t, tl, mint, maxt, sorted, hints, ms)
	describe := fmt.Sprintf("%v [%d, %d] sorted=%v hints=%+v", ms, mint, maxt, sorted, hints)
	if len(want) != len(got) {
		t.Fatalf("%s: head has %d series, we have %d\nhead %v\nours %v", describe, len(want), len(got), want, got)
	}
	for i := range want {
		if !labels.Equal(want[i].labels, got[i].labels) || len(want[i].samples) != len(got[i].samples) {
			t.Fatalf("%s: series %d\nhead %v\nours %v", describe, i, want[i], got[i])
		}
		for j, w := range want[i].samples {
			g := got[i].samples[j]
			if cuts[fmt.Sprint(want[i].labels, w.ts)] {
				forgetHint(&g)
			}
			if !w.equal(g) {
				t.Fatalf("%s: %s, sample %d\nhead %v\nours %v", describe, want[i].labels, j, w, g)
			}
		}
	}
}

func forgetHint(p *sample) {
	if p.h != nil && p.h.CounterResetHint == histogram.NotCounterReset {
		p.h.CounterResetHint = histogram.UnknownCounterReset
	}
	if p.fh != nil && p.fh.CounterResetHint == histogram.NotCounterReset {
		p.fh.CounterResetHint = histogram.UnknownCounterReset
	}
}

// drawRange draws a range with edges on, before and after samples' times.
func drawRange(t *rapid.T, tl *timeline.Timeline) (mint, maxt int64) {
	times := []int64{math.MinInt64, math.MaxInt64}
	for _, s := range selectAll(t, tl, math.MinInt64, math.MaxInt64, false, nil, nil) {
		for _, p := range s.samples {
			times = append(times, p.ts-1, p.ts, p.ts+1)
		}
	}
	mint = rapid.SampledFrom(times).Draw(t, "mint")
	maxt = rapid.SampledFrom(times).Draw(t, "maxt")
	return min(mint, maxt), max(mint, maxt)
}

func compareLabels(t *rapid.T, db *teststorage.TestStorage, tl *timeline.Timeline) {
	ms := drawMatchers(t)[rapid.IntRange(0, 1).Draw(t, "without the first"):]
	name := nameGen.Draw(t, "label")
	// The head applies a limit before it sorts values, so any of them will do.
	limit := &storage.LabelHints{Limit: rapid.SampledFrom([]int{0, 0, 1, 2, 3}).Draw(t, "limit")}
	read := func(q storage.Queryable) (values, names []string) {
		querier, err := q.Querier(math.MinInt64, math.MaxInt64)
		if err != nil {
			t.Fatal(err)
		}
		defer querier.Close()
		ctx := context.Background()
		if values, _, err = querier.LabelValues(ctx, name, limit, slices.Clone(ms)...); err != nil {
			t.Fatal(err)
		}
		if names, _, err = querier.LabelNames(ctx, limit, slices.Clone(ms)...); err != nil {
			t.Fatal(err)
		}
		return values, names
	}
	wantValues, wantNames := read(db)
	values, names := read(tl)
	all := tl.LabelValues(name)
	for _, v := range wantValues {
		if !slices.Contains(all, v) {
			t.Fatalf("values of %s: head has %q, we have %q", name, v, all)
		}
	}
	if limit.Limit == 0 && !slices.Equal(values, wantValues) || len(values) != len(wantValues) || !slices.IsSorted(values) {
		t.Fatalf("values of %s, limit %d, %v: head %q, ours %q", name, limit.Limit, ms, wantValues, values)
	}
	if !slices.Equal(names, wantNames) {
		t.Fatalf("names, limit %d, %v: head %q, ours %q", limit.Limit, ms, wantNames, names)
	}
}
