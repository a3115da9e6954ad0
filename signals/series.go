package signals

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/histogram"
)

var nan = math.NaN()

// series is one series of a snapshot; a classic histogram is one, too, made of
// its buckets, sum and count.
type series struct {
	Series
	value   float64
	started time.Time
	kind    kind
	buckets []histogram.Bucket
	sum     float64
	count   float64
	native  *histogram.Native
}

type kind uint8

const (
	kindGauge kind = iota
	kindCounter
	kindHistogram
)

func (s *series) histogram() bool { return s.kind == kindHistogram }
func (s *series) counts() bool    { return s.kind == kindCounter }

// snapshotIndex finds the series of a snapshot by what they are called.
type snapshotIndex struct {
	list  []*series // in the order of the exposition
	byKey map[string]*series
	key   []byte   // scratch
	slab  []series // to allocate from
	width int      // buckets of the histogram before

	part histogramPart // the last one, whose histogram is nearly always the next one's
}

func (ix *snapshotIndex) get(s *series) *series {
	return ix.byKey[string(ix.keyOf(s.Name, s.Labels, ""))]
}

// keyOf spells name and labels, which are sorted, so that no two series share
// it. The label without and those that are empty are left out.
func (ix *snapshotIndex) keyOf(name string, ls expfmt.Labels, without string) []byte {
	b := append(ix.key[:0], name...)
	for _, l := range ls {
		if l.Value == "" || l.Name == without {
			continue
		}
		b = append(b, 0xff)
		b = append(b, l.Name...)
		b = append(b, 0xfe)
		b = append(b, l.Value...)
	}
	ix.key = b
	return b
}

func index(snap *expfmt.Snapshot) *snapshotIndex {
	n := 0
	for _, f := range snap.Families {
		n += len(f.Samples)
	}
	ix := &snapshotIndex{byKey: make(map[string]*series, n)}
	for _, f := range snap.Families {
		var started []*expfmt.Sample
		for i := range f.Samples {
			s := &f.Samples[i]
			if isCreated(f, s.Name) {
				started = append(started, s)
				continue
			}
			ix.add(f, s)
		}
		for i := range f.Histograms {
			ix.addNative(f, &f.Histograms[i])
		}
		for _, s := range started {
			ix.start(f, s)
		}
	}
	return ix
}

func isCreated(f *expfmt.Family, name string) bool {
	return name != f.Name && strings.HasSuffix(name, "_created") && f.Type != expfmt.TypeUnknown && f.Type != expfmt.TypeGauge
}

// at returns the series of this name and these labels less without, and whether
// it is new.
func (ix *snapshotIndex) at(f *expfmt.Family, name string, ls expfmt.Labels, without string, k kind) (*series, bool) {
	ls = sorted(ls)
	key := ix.keyOf(name, ls, without)
	if s := ix.byKey[string(key)]; s != nil {
		return s, false
	}
	if len(ix.slab) == 0 {
		ix.slab = make([]series, 256)
	}
	s := &ix.slab[0]
	ix.slab = ix.slab[1:]
	*s = series{Series: Series{Family: f.Name, Type: f.Type, Name: name, Labels: less(ls, without)}, kind: k, value: nan, sum: nan, count: nan}
	ix.byKey[string(key)] = s
	ix.list = append(ix.list, s)
	return s, true
}

func (ix *snapshotIndex) add(f *expfmt.Family, smp *expfmt.Sample) {
	if f.Type == expfmt.TypeHistogram || f.Type == expfmt.TypeGaugeHistogram {
		if ix.addPart(f, smp) {
			return
		}
	}
	k := kindGauge
	if f.Type == expfmt.TypeCounter || f.Type == expfmt.TypeSummary && smp.Name != f.Name {
		k = kindCounter
	}
	s, isNew := ix.at(f, smp.Name, smp.Labels, "", k)
	if isNew {
		s.value = smp.Value
		s.started = milliseconds(smp.StartTimestamp)
	}
}

// start puts the time of a _created series to what it speaks of.
func (ix *snapshotIndex) start(f *expfmt.Family, smp *expfmt.Sample) {
	if math.IsNaN(smp.Value) || math.Abs(smp.Value) > 1e11 {
		return
	}
	at := time.UnixMilli(int64(math.Round(smp.Value * 1000))).UTC()
	ls := sorted(smp.Labels)
	for _, name := range []string{f.Name, f.Name + "_total", f.Name + "_sum", f.Name + "_count"} {
		if s := ix.byKey[string(ix.keyOf(name, ls, ""))]; s != nil && s.started.IsZero() {
			s.started = at
		}
	}
}

func milliseconds(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// sorted returns the labels by name. The snapshot's own are left as they are.
func sorted(ls expfmt.Labels) expfmt.Labels {
	byName := func(a, b expfmt.Label) int { return strings.Compare(a.Name, b.Name) }
	if slices.IsSortedFunc(ls, byName) {
		return ls
	}
	ls = slices.Clone(ls)
	slices.SortFunc(ls, byName)
	return ls
}

// less returns ls without the label of that name and those that are empty,
// which are none.
func less(ls expfmt.Labels, without string) expfmt.Labels {
	out := func(l expfmt.Label) bool { return l.Value == "" || l.Name == without }
	if !slices.ContainsFunc(ls, out) {
		return ls
	}
	return slices.DeleteFunc(slices.Clone(ls), out)
}

// compareSeries orders by family, name and labels.
func compareSeries(a, b Series) int {
	if d := cmp.Or(strings.Compare(a.Family, b.Family), strings.Compare(a.Name, b.Name)); d != 0 {
		return d
	}
	return slices.CompareFunc(a.Labels, b.Labels, func(x, y expfmt.Label) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Value, y.Value))
	})
}

func (c *Comparison) sort() {
	sort.SliceStable(c.Counters, func(i, j int) bool {
		a, b := c.Counters[i], c.Counters[j]
		return compareSeries(a.Series, b.Series) < 0
	})
	sort.SliceStable(c.Gauges, func(i, j int) bool {
		a, b := c.Gauges[i], c.Gauges[j]
		return compareSeries(a.Series, b.Series) < 0
	})
	sort.SliceStable(c.Histograms, func(i, j int) bool {
		a, b := c.Histograms[i], c.Histograms[j]
		return compareSeries(a.Series, b.Series) < 0
	})
	slices.SortStableFunc(c.Added, compareSeries)
	slices.SortStableFunc(c.Vanished, compareSeries)
	sort.SliceStable(c.Retyped, func(i, j int) bool {
		a, b := c.Retyped[i], c.Retyped[j]
		return strings.Compare(a.Family, b.Family) < 0
	})
}
