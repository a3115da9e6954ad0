package expfmt

import (
	"fmt"
	"hash/maphash"
	"math"
	"strconv"
)

// groups are the metrics of the current family that must be looked at as a
// whole.
type groups struct {
	points []point // of histograms, one a metric
	index  map[uint64]int32
	now    int    // of points, the one that was last seen; -1 none
	layout uint64 // of the first whole histogram, 0 none
	line   int    // and where that ends
	told   bool   // bucket-layout is reported

	pairs, before []uint64 // of the last sample's labels, and of the bucket's before
}

// maxPairs is how many labels are compared to find a histogram that is split.
const maxPairs = 32

func (g *groups) reset() {
	if len(g.index) > 1024 {
		g.index = nil // clearing it would cost every later family
	}
	clear(g.index)
	*g = groups{points: g.points[:0], index: g.index, now: -1, pairs: g.pairs, before: g.before[:0]}
	if cap(g.points) > 1024 {
		g.points = nil
	}
}

// A point is what is known of one histogram at one time.
type point struct {
	group    uint64
	bound    float64 // of the last bucket
	value    float64 // and its count
	series   uint64  // and a hash of how its series is written
	inf      float64 // the count of the +Inf bucket
	count    float64
	layout   uint64
	time     int64
	last     seenAt // of its last sample, when another metric follows
	has      pointParts
	hasTime  bool
	bySeries bool // a dump that goes series by series through time
	disorder bool // reported
}

type pointParts uint8

const (
	hasBucket pointParts = 1 << iota
	hasInf
	hasCount
	hasSum
	hasNegativeBound
	hasNegativeSum
	hasCreated
)

// histogramSample looks at a sample of a histogram; double says that its
// series was there before. It reports whether that is told.
func (c *checker) histogramSample(s *Sample, suffix string, l labelHashes, double bool) (told bool) {
	p := c.pointOf(s, suffix, l)
	switch suffix {
	case "_bucket":
		return c.bucket(p, s, double)
	case "_count", "_gcount":
		p.has |= hasCount
		p.count = s.Value
	case "_created":
		p.has |= hasCreated
	case "_sum", "_gsum":
		p.has |= hasSum
		if s.Value < 0 {
			p.has |= hasNegativeSum
		}
	}
	return false
}

// pointOf returns the point to which the sample belongs.
func (c *checker) pointOf(s *Sample, suffix string, l labelHashes) *point {
	g := &c.groups
	if g.now >= 0 && g.points[g.now].group == l.group {
		p := &g.points[g.now]
		if p.hasTime != s.HasTimestamp || p.time != s.Timestamp {
			c.nextPoint(p, s)
		}
		return p
	}
	if g.now >= 0 {
		p := &g.points[g.now]
		if p.has&hasInf == 0 || p.has&hasCount == 0 || p.inf != p.count || p.layout != g.points[0].layout {
			p.last = c.last.clone()
		} else {
			p.last = seenAt{line: c.last.line, column: c.last.column}
		}
		if suffix == "_bucket" {
			c.split(p, s)
		}
	}
	if g.index == nil {
		g.index = map[uint64]int32{}
	}
	i, ok := g.index[l.group]
	if !ok {
		i = int32(len(g.points))
		g.index[l.group] = i
		g.points = append(g.points, point{group: l.group, time: s.Timestamp, hasTime: s.HasTimestamp})
	}
	g.now = int(i)
	p := &g.points[i]
	if p.hasTime != s.HasTimestamp || p.time != s.Timestamp {
		p.bySeries = true
	}
	return p
}

// nextPoint begins the point of another time, unless the text goes through
// time series by series: then nothing shows which samples belong together.
func (c *checker) nextPoint(p *point, s *Sample) {
	if p.has&hasBucket != 0 && p.series == maphash.Bytes(c.seed, s.Series) || s.Timestamp < p.time {
		p.bySeries = true
	}
	if !p.bySeries {
		p.last = c.last.clone()
		c.endPoint(p)
	}
	*p = point{group: p.group, time: s.Timestamp, hasTime: s.HasTimestamp, bySeries: p.bySeries}
}

// bucket looks at a bucket. OpenMetrics 1.0, Histogram: cumulative, sorted,
// with unique thresholds that are not NaN.
func (c *checker) bucket(p *point, s *Sample, double bool) (told bool) {
	text, ok := s.Labels.Get("le")
	bound, err := strconv.ParseFloat(text, 64)
	switch {
	case !ok:
		c.note(s.Column-1, "bad-le", "a bucket without a label le")
		return false
	case err != nil || bound != bound:
		c.note(c.labelAt(s, "le"), "bad-le", fmt.Sprintf("the bound %s is not a number", quote(bytesOf(text))))
		return false
	}
	series := maphash.Bytes(c.seed, s.Series)
	switch {
	case p.has&hasBucket == 0:
	case bound == p.bound && (!double || series != p.series):
		c.note(c.labelAt(s, "le"), "repeated-bound", fmt.Sprintf("the bound %g stands twice", bound))
		told = true
	case bound < p.bound && !p.disorder && !double:
		p.disorder = true
		c.note(c.labelAt(s, "le"), "unordered-buckets", fmt.Sprintf("the bound %g comes after %g", bound, p.bound))
	case bound > p.bound && s.Value < p.value:
		c.note(c.valueAt(s), "falling-buckets", fmt.Sprintf("the count falls from %g at the bound %g to %g at %g: buckets are cumulative", p.value, p.bound, s.Value, bound))
	}
	if double {
		return told
	}
	p.has |= hasBucket
	if bound < 0 {
		p.has |= hasNegativeBound
	}
	p.layout += mix(math.Float64bits(bound), 2)
	p.bound, p.value, p.series = bound, s.Value, series
	if math.IsInf(bound, +1) {
		p.has |= hasInf
		p.inf = s.Value
	}
	c.groups.before = append(c.groups.before[:0], c.groups.pairs...)
	return told
}

// endHistograms looks at the histograms of the family that ends.
func (c *checker) endHistograms() {
	g := &c.groups
	for i := range g.points {
		p := &g.points[i]
		if i == g.now {
			p.last = c.last.clone()
		}
		if !p.bySeries {
			c.endPoint(p)
		}
	}
}

// endPoint looks at a histogram as a whole. OpenMetrics 1.0, Histogram: one
// bucket has the threshold +Inf, which counts all.
func (c *checker) endPoint(p *point) {
	switch {
	case p.has&hasBucket == 0 && (p.has&^hasCreated != 0 || p.has != 0 && c.strict != nil):
		c.reportAt(&p.last, "missing-buckets", fmt.Sprintf("a histogram of the family %s has no buckets", quote(c.name)))
	case p.has&hasBucket != 0 && p.has&hasInf == 0:
		c.reportAt(&p.last, "missing-inf", fmt.Sprintf("a histogram of the family %s has no bucket with the bound +Inf", quote(c.name)))
	case p.has&hasInf != 0 && p.has&hasCount != 0 && p.inf != p.count && p.inf == p.inf && p.count == p.count:
		c.reportAt(&p.last, "count-mismatch", fmt.Sprintf("the count of a histogram of the family %s is %g, its +Inf bucket has %g", quote(c.name), p.count, p.inf))
	}
	if c.strict != nil {
		c.strictPoint(p)
	} else if c.r.format == FormatText && p.has&hasBucket != 0 && p.has&(hasSum|hasCount) != hasSum|hasCount {
		c.reportAt(&p.last, "missing-sum", fmt.Sprintf("a histogram of the family %s has not both _sum and _count", quote(c.name)))
	}
	g := &c.groups
	switch {
	case p.has&hasInf == 0:
	case g.layout == 0:
		g.layout, g.line = p.layout, p.last.line
	case g.layout != p.layout && !g.told:
		g.told = true
		c.reportAt(&p.last, "bucket-layout", fmt.Sprintf("a histogram of the family %s has other bounds than the first, which ends in %s", quote(c.name), c.lineName(g.line)))
	}
}

// split reports a histogram that is left without +Inf for a bucket that would
// go on with it, if not for one label.
func (c *checker) split(p *point, s *Sample) {
	g := &c.groups
	if p.has&(hasCount|hasSum|hasInf) != 0 || p.has&hasBucket == 0 || len(g.pairs) != len(g.before) || len(g.pairs) == maxPairs || c.r.format == FormatProtobuf {
		return
	}
	text, _ := s.Labels.Get("le")
	bound, err := strconv.ParseFloat(text, 64)
	if err != nil || !(bound > p.bound) {
		return
	}
	others := 0
	for i := range g.pairs {
		if g.pairs[i] != g.before[i] {
			others++
		}
	}
	if others != 1 {
		return
	}
	b := c.r.w.buf[c.r.w.lo:c.r.w.hi]
	at := p.last
	at.column += common(at.text[min(at.column-1, len(at.text)):], b[min(s.Column-1, len(b)):])
	c.reportAt(&at, "split-histogram", fmt.Sprintf("the next bucket, of the bound %g, would go on with this histogram, but one of its labels differs", bound))
}
