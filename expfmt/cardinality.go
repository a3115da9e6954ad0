package expfmt

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Cardinality is how many series there are, and what makes them so many.
type Cardinality struct {
	Series   int          // names with labels that differ: see FamilySize
	Families []FamilySize // the largest first
	Labels   []LabelSize  // of all families, the one with the most values first
}

// FamilySize is how many series a family has. A series that stands twice is
// one.
type FamilySize struct {
	Family *Family
	// Series counts each bucket, sum, count, quantile and _created as one, as
	// Prometheus stores them, and a native histogram as one.
	Series int
	// Metrics counts what a program would: a histogram or summary is one,
	// however many buckets it has. They are the label sets without le and
	// quantile.
	Metrics int
	Layouts []Layout    // of a histogram: the most frequent first
	Labels  []LabelSize // the one with the most values first
}

// LabelSize is how many values a label has.
type LabelSize struct {
	Name    string
	Values  int      // that differ, the empty one included
	Series  int      // that have the label
	Family  string   // the one with the most of the values
	Most    string   // the value that the most series have, the first of them by name
	MostOf  int      // and how many have it
	Longest string   // value, the first of them by name
	First   []string // up to three values, by name
}

// Layout is a set of buckets that histograms of one family have.
type Layout struct {
	Bounds  []float64 // upper ones, rising, of a classic histogram or one with custom buckets
	Native  bool
	Schema  int32 // of a native histogram: its resolution, -53 for custom buckets
	Metrics int   // how many histograms have it
}

// Cardinality counts the series of s. It takes memory for all of them.
func (s *Snapshot) Cardinality() Cardinality {
	var c Cardinality
	all := labelCounts{}
	for _, f := range s.Families {
		own := labelCounts{}
		size := f.size(own)
		size.Labels = own.sizes()
		all.merge(f.Name, own)
		c.Series += size.Series
		c.Families = append(c.Families, size)
	}
	slices.SortStableFunc(c.Families, func(a, b FamilySize) int {
		return cmp.Or(cmp.Compare(b.Series, a.Series), cmp.Compare(a.Family.Name, b.Family.Name))
	})
	c.Labels = all.sizes()
	return c
}

// size counts a family's series, and their labels into labels.
func (f *Family) size(labels labelCounts) FamilySize {
	size := FamilySize{Family: f}
	series := make(map[string]bool, len(f.Samples)+len(f.Histograms))
	metrics := map[string]bool{}
	layouts := layoutCounts{of: map[string][]float64{}}
	part := "" // the label that tells the parts of a metric apart
	switch f.Type {
	case TypeHistogram, TypeGaugeHistogram:
		part = "le"
	case TypeSummary:
		part = "quantile"
	}
	var key []byte
	isNew := func(seen map[string]bool) bool {
		if seen[string(key)] {
			return false
		}
		seen[string(key)] = true
		return true
	}
	for i := range f.Samples {
		s := &f.Samples[i]
		if key = seriesKey(key[:0], s.Name, s.Labels, ""); !isNew(series) {
			continue
		}
		labels.add(f.Name, s.Labels)
		key = seriesKey(key[:0], "", s.Labels, part)
		isNew(metrics)
		if bound, err := strconv.ParseFloat(s.bound(f), 64); err == nil && !math.IsNaN(bound) {
			layouts.of[string(key)] = append(layouts.of[string(key)], bound)
		}
	}
	for i := range f.Histograms {
		h := &f.Histograms[i]
		if key = append(seriesKey(key[:0], h.Name, h.Labels, ""), 'n'); !isNew(series) {
			continue
		}
		labels.add(f.Name, h.Labels)
		key = seriesKey(key[:0], "", h.Labels, part)
		isNew(metrics)
		layouts.native(h)
	}
	size.Series, size.Metrics, size.Layouts = len(series), len(metrics), layouts.list()
	return size
}

// bound returns le of a bucket of f, "" of other samples.
func (s *Sample) bound(f *Family) string {
	if f.Type != TypeHistogram && f.Type != TypeGaugeHistogram || !strings.HasSuffix(s.Name, "_bucket") {
		return ""
	}
	le, _ := s.Labels.Get("le")
	return le
}

// seriesKey appends what is the same for one series in all its spellings,
// without the label called less.
func seriesKey(b []byte, name string, ls Labels, less string) []byte {
	if !slices.IsSortedFunc(ls, byName) {
		ls = slices.Clone(ls)
		slices.SortFunc(ls, byName)
	}
	b = append(strconv.AppendInt(b, int64(len(name)), 10), ' ')
	b = append(b, name...)
	for i := range ls {
		if ls[i].Name == less && less != "" {
			continue
		}
		for _, text := range [...]string{ls[i].Name, ls[i].Value} {
			b = append(strconv.AppendInt(b, int64(len(text)), 10), ' ')
			b = append(b, text...)
		}
	}
	return b
}

func byName(a, b Label) int { return cmp.Compare(a.Name, b.Name) }

// labelCounts are labels by name.
type labelCounts map[string]*labelCount

// labelCount holds how many series have each value of a label.
type labelCount struct {
	values map[string]int
	series int
	family string // with the most values
	most   int    // how many
}

func (c labelCounts) add(family string, ls Labels) {
	for i := range ls {
		l := c.of(ls[i].Name)
		l.series++
		l.values[ls[i].Value]++
		l.family, l.most = family, len(l.values)
	}
}

func (c labelCounts) of(name string) *labelCount {
	l := c[name]
	if l == nil {
		l = &labelCount{values: map[string]int{}}
		c[name] = l
	}
	return l
}

// merge adds the counts of a family.
func (c labelCounts) merge(family string, own labelCounts) {
	for name, o := range own {
		l := c.of(name)
		l.series += o.series
		for v, n := range o.values {
			l.values[v] += n
		}
		if n := len(o.values); n > l.most || n == l.most && family < l.family {
			l.family, l.most = family, n
		}
	}
}

func (c labelCounts) sizes() []LabelSize {
	var list []LabelSize
	for name, l := range c {
		size := LabelSize{Name: name, Values: len(l.values), Series: l.series, Family: l.family}
		values := slices.Sorted(maps.Keys(l.values))
		size.First = values[:min(len(values), 3):min(len(values), 3)]
		for _, v := range values {
			if n := l.values[v]; n > size.MostOf {
				size.Most, size.MostOf = v, n
			}
			if len(v) > len(size.Longest) {
				size.Longest = v
			}
		}
		list = append(list, size)
	}
	slices.SortFunc(list, func(a, b LabelSize) int {
		return cmp.Or(cmp.Compare(b.Values, a.Values), cmp.Compare(a.Name, b.Name))
	})
	return list
}
