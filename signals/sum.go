package signals

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/histogram"
)

// Sum is one histogram, or what several add up to, since they began.
type Sum struct {
	Series              // its labels are those that the added ones share
	Total  Distribution // what all have observed
	Added  int          // how many histograms it is made of
}

// SumBy adds up histograms that share a name and the values of the labels in
// by, as sum by (…) does, in the order in which they come. Without labels each
// stands for itself. An error says which ones cannot be added up: classic and
// native ones, or native ones with other custom buckets.
func SumBy(list []Histogram, by []string) ([]Sum, error) {
	var sums []Sum
	var groups [][]Histogram
	at := map[string]int{}
	for _, h := range list {
		key := ""
		if len(by) > 0 {
			h.Labels = slices.DeleteFunc(slices.Clone(h.Labels), func(l expfmt.Label) bool { return !slices.Contains(by, l.Name) })
			key = identity(h.Name, h.Labels)
		}
		i, ok := at[key]
		if !ok || len(by) == 0 {
			i = len(sums)
			at[key] = i
			sums, groups = append(sums, Sum{Series: h.Series}), append(groups, nil)
		}
		groups[i] = append(groups[i], h)
	}
	for i := range sums {
		total, err := addUp(groups[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sums[i].Name, err)
		}
		sums[i].Total, sums[i].Added = total, len(groups[i])
	}
	return sums, nil
}

// addUp adds histograms as sum by (…) would. Durations, sizes and the like are
// known not to be negative.
func addUp(list []Histogram) (Distribution, error) {
	var classic []*histogram.Classic
	var native []*histogram.Native
	for _, h := range list {
		switch d := h.After.(type) {
		case *histogram.Classic:
			classic = append(classic, d)
		case *histogram.Native:
			native = append(native, d)
		}
	}
	switch {
	case len(native) == 0 && len(classic) == 1:
		return classic[0], nil
	case len(native) == 0:
		return histogram.SumClassic(classic...), nil
	case len(classic) > 0:
		return nil, errors.New("classic and native histograms cannot be added up")
	}
	return histogram.SumNative(native...)
}

// Above returns how many observations lie above the highest finite bound of a
// classic histogram; ok is false when it has no such bound, or is native.
func (s Sum) Above() (n float64, ok bool) {
	c, ok := s.Total.(*histogram.Classic)
	if !ok {
		return 0, false
	}
	bs := c.Buckets()
	if n := len(bs); n >= 2 && math.IsInf(bs[n-1].UpperBound, 1) {
		return bs[n-1].Count - bs[n-2].Count, true
	}
	return 0, false
}
