package expfmt

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Sort brings s into the order in which [Write] writes it: families by name,
// the labels of a sample by name, series as client_golang orders them (by the
// number of labels, then their values, then their names, without a bucket's
// le, a summary's quantile and a state set's state), a series' samples by time,
// those without one first, then by part (quantiles or buckets by bound or
// _total, then _sum, _count, _created). What is equal in all of that keeps its
// order.
func (s *Snapshot) Sort() {
	for _, f := range s.Families {
		for i := range f.Samples {
			sortByName(f.Samples[i].Labels)
		}
		for i := range f.Histograms {
			sortByName(f.Histograms[i].Labels)
		}
		f.sort()
	}
	s.sortFamilies()
}

func (s *Snapshot) sortFamilies() {
	slices.SortStableFunc(s.Families, func(a, b *Family) int { return strings.Compare(a.Name, b.Name) })
}

func sortByName(ls Labels) {
	slices.SortStableFunc(ls, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
}

// A role is what a sample says in its family.
type role uint8

const (
	roleBare role = iota // it has the family's name
	roleTotal
	roleInfo
	roleBucket
	roleSum
	roleCount
	roleCreated
	roleStray // the family's type has no such sample
)

// roleOf tells it from the sample's name. Gauge histograms have _gsum and
// _gcount in OpenMetrics, but _sum and _count when read from protobuf.
func roleOf(f *Family, name string) role {
	suffix, ok := strings.CutPrefix(name, f.Name)
	switch {
	case !ok:
		return roleStray
	case suffix == "":
		return roleBare
	case f.Type == TypeGaugeHistogram && (suffix == "_sum" || suffix == "_count"):
		suffix = "_g" + suffix[1:]
	case int(f.Type) >= len(suffixes) || !slices.Contains(suffixes[f.Type], suffix):
		return roleStray
	}
	switch suffix {
	case "_total":
		return roleTotal
	case "_info":
		return roleInfo
	case "_bucket":
		return roleBucket
	case "_sum", "_gsum":
		return roleSum
	case "_count", "_gcount":
		return roleCount
	}
	return roleCreated
}

// boundName is the label of the family's samples in that role that does not
// tell series apart, "" when there is none.
func boundName(f *Family, r role) string {
	switch {
	case r == roleBucket:
		return "le"
	case r != roleBare:
		return ""
	case f.Type == TypeSummary:
		return "quantile"
	case f.Type == TypeStateSet:
		return f.Name
	}
	return ""
}

// An entry is what a sample is sorted by.
type entry struct {
	sample *Sample
	role   role
	at     int     // where in its labels the bound stands, -1 without one
	bound  float64 // 0 for one that is no number
	number bool    // the bound is a number, if not NaN
}

func entryOf(f *Family, s *Sample) entry {
	p := entry{sample: s, role: roleOf(f, s.Name), at: -1}
	if name := boundName(f, p.role); name != "" {
		p.at = slices.IndexFunc(s.Labels, func(l Label) bool { return l.Name == name })
	}
	if p.at >= 0 && f.Type != TypeStateSet {
		v, err := strconv.ParseFloat(s.Labels[p.at].Value, 64)
		if p.number = err == nil && v == v; p.number {
			p.bound = v
		}
	}
	return p
}

// sort orders samples and histograms, whose labels are sorted, and returns
// the samples' entries.
func (f *Family) sort() []entry {
	entries := f.entries()
	if !slices.IsSortedFunc(entries, entry.compare) {
		slices.SortStableFunc(entries, entry.compare)
		sorted := make([]Sample, len(entries))
		for i, p := range entries {
			sorted[i] = *p.sample
		}
		copy(f.Samples, sorted)
		for i := range entries {
			entries[i].sample = &f.Samples[i]
		}
	}
	slices.SortStableFunc(f.Histograms, func(a, b HistogramSample) int { return a.compare(&b) })
	return entries
}

func (h *HistogramSample) compare(g *HistogramSample) int {
	return cmp.Or(compareLabels(h.Labels, g.Labels, -1, -1),
		compareTimes(h.HasTimestamp, g.HasTimestamp, h.Timestamp, g.Timestamp))
}

func (f *Family) entries() []entry {
	entries := make([]entry, len(f.Samples))
	for i := range f.Samples {
		entries[i] = entryOf(f, &f.Samples[i])
	}
	return entries
}

func (p entry) compare(q entry) int {
	if c := p.compareSeries(q); c != 0 {
		return c
	}
	if c := compareTimes(p.sample.HasTimestamp, q.sample.HasTimestamp, p.sample.Timestamp, q.sample.Timestamp); c != 0 {
		return c
	}
	if c := cmp.Compare(p.role, q.role); c != 0 {
		return c
	}
	if p.number != q.number {
		if p.number {
			return -1
		}
		return +1
	}
	if c := cmp.Compare(p.bound, q.bound); c != 0 {
		return c
	}
	return strings.Compare(p.boundText(), q.boundText())
}

// compareSeries leaves time, role and bound aside.
func (p entry) compareSeries(q entry) int {
	return compareLabels(p.sample.Labels, q.sample.Labels, p.at, q.at)
}

func (p entry) boundText() string {
	if p.at < 0 {
		return ""
	}
	return p.sample.Labels[p.at].Value
}

// compareLabels passes over the labels at skipA and skipB unless they are -1.
func compareLabels(a, b Labels, skipA, skipB int) int {
	n, m := len(a), len(b)
	if skipA >= 0 {
		n--
	}
	if skipB >= 0 {
		m--
	}
	if n != m {
		return cmp.Compare(n, m)
	}
	names := 0
	for i, j := 0, 0; n > 0; n-- {
		if i == skipA {
			i++
		}
		if j == skipB {
			j++
		}
		if c := strings.Compare(a[i].Value, b[j].Value); c != 0 {
			return c
		}
		if names == 0 {
			names = strings.Compare(a[i].Name, b[j].Name)
		}
		i++
		j++
	}
	return names
}

func compareTimes(hasA, hasB bool, a, b int64) int {
	switch {
	case hasA && hasB:
		return cmp.Compare(a, b)
	case hasB:
		return -1
	case hasA:
		return +1
	}
	return 0
}
