package signals

import (
	"math"
	"strconv"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/histogram"
)

// histogramPart is a bucket, sum or count, and the histogram that it belongs
// to.
type histogramPart struct {
	of      *series
	family  *expfmt.Family
	labels  expfmt.Labels // as exposed
	without string        // the label that is none of the histogram's
}

// addPart adds a bucket, the sum or the count to its histogram. It returns
// false for a sample that is none of these.
func (ix *snapshotIndex) addPart(f *expfmt.Family, smp *expfmt.Sample) bool {
	part, ok := strings.CutPrefix(smp.Name, f.Name)
	if !ok {
		return false
	}
	var bound float64
	without := ""
	switch part {
	case "_bucket":
		le, ok := smp.Labels.Get("le")
		var err error
		if bound, err = strconv.ParseFloat(le, 64); !ok || err != nil || math.IsNaN(bound) { // as in PromQL
			return false
		}
		without = "le"
	case "_sum", "_gsum", "_count", "_gcount":
	default:
		return false
	}
	s := ix.histogram(f, smp.Labels, without)
	switch part {
	case "_bucket":
		if s.buckets == nil {
			s.buckets = make([]histogram.Bucket, 0, ix.width)
		}
		s.buckets = append(s.buckets, histogram.Bucket{UpperBound: bound, Count: smp.Value})
		ix.width = len(s.buckets)
	case "_sum", "_gsum":
		s.sum = firstOf(s.sum, smp.Value)
	default:
		s.count = firstOf(s.count, smp.Value)
	}
	if s.started.IsZero() {
		s.started = milliseconds(smp.StartTimestamp)
	}
	return true
}

// histogram returns the histogram with these labels less without.
func (ix *snapshotIndex) histogram(f *expfmt.Family, ls expfmt.Labels, without string) *series {
	last := &ix.part
	if last.family != f || !alike(last.labels, last.without, ls, without) {
		last.of, _ = ix.at(f, f.Name, ls, without, kindHistogram)
	}
	last.family, last.labels, last.without = f, ls, without
	return last.of
}

// alike tells whether two lists hold the same labels in the same order, each
// less one label.
func alike(a expfmt.Labels, aWithout string, b expfmt.Labels, bWithout string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && a[i].Name == aWithout {
			i++
		}
		for j < len(b) && b[j].Name == bWithout {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if a[i] != b[j] {
			return false
		}
		i++
		j++
	}
}

func (ix *snapshotIndex) addNative(f *expfmt.Family, h *expfmt.HistogramSample) {
	var n *histogram.Native
	var err error
	if h.H != nil {
		n, err = histogram.NewNativeInt(h.H)
	} else {
		n, err = histogram.NewNative(h.FH)
	}
	if err != nil {
		return // the reader reports histograms that make no sense
	}
	s, _ := ix.at(f, f.Name, h.Labels, "", kindHistogram)
	if s.native == nil {
		s.native = n
		s.started = milliseconds(h.StartTimestamp)
	}
}

func firstOf(old, v float64) float64 {
	if math.IsNaN(old) {
		return v
	}
	return old
}
