package ingest

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/util/convertnhcb"

	"github.com/scrapebook/scrapebook/expfmt"
)

// collector makes native histograms with custom buckets of the classic
// histograms of a text, as textparse.NHCBParser does line by line: the series
// of a histogram are gathered until another series, a line of metadata or a
// comment comes.
type collector struct {
	r     *reading
	lines lineCursor
	last  int // line of the sample before

	family string // of the last TYPE line
	typ    expfmt.Type

	collecting bool
	name       string
	base       labels.Labels // of the histogram under way, with its name and without le
	hash       uint64        // of its labels as they are written, empty ones included
	buf        []byte
	temp       convertnhcb.TempHistogram

	// The time of the last series read, which a finished histogram gets, even
	// where that is the series after it.
	timestamp int64
	own       bool
}

// converting is plain for convert_classic_histograms_to_nhcb.
func (r *reading) converting() string {
	c := collector{r: r, lines: lineCursor{body: r.body}, temp: convertnhcb.NewTempHistogram()}
	dec := r.decoder
	for dec.Next() {
		reason := ""
		switch dec.Kind() {
		case expfmt.KindProblem:
			if r.damage && dec.Problem().ID == "duplicate-label" { // a series like others, to upstream's parser
				if reason = c.finish(); reason != "" {
					return reason
				}
			}
			var end bool
			if reason, end = r.problem(dec.Problem()); end && reason == "" {
				return c.finish()
			}
		case expfmt.KindSample:
			reason = c.series(dec.Current())
		case expfmt.KindType:
			m := dec.Metadata()
			c.family, c.typ, c.last = strings.Clone(m.Name), m.Type, m.Line
			reason = c.finish()
		default:
			c.last = dec.Metadata().Line
			reason = c.finish()
		}
		if reason != "" {
			return reason
		}
	}
	return c.finish()
}

// series takes a sample: into the histogram under way, to begin one, or as it
// is.
func (c *collector) series(smp *expfmt.Sample) string {
	if c.comment(smp.Line) {
		if reason := c.finish(); reason != "" {
			return reason
		}
	}
	c.timestamp, c.own = smp.Timestamp, smp.HasTimestamp
	if c.typ != expfmt.TypeHistogram && !c.collecting || tooLong(smp.Name, smp.Labels) {
		return c.r.sample(smp)
	}
	name := smp.Name
	if c.r.blankAt == smp.Line {
		name = c.r.blanks + name
	}
	ls := exposed(&c.r.maker.builder, name, smp.Labels)
	if c.collecting && c.differs(ls) {
		if reason := c.finish(); reason != "" {
			return reason
		}
	}
	if c.take(ls, smp.Value) && !c.r.conf.keepClassic {
		c.r.blankAt = 0
		return ""
	}
	return c.r.sample(smp)
}

// comment tells whether there is a comment between the sample before and line.
func (c *collector) comment(line int) bool {
	from := c.last + 1
	c.last = line
	for n := from; c.collecting && n < line; n++ {
		if text := bytes.TrimLeft(c.lines.line(n), " \t"); len(text) > 0 && text[0] == '#' {
			return true
		}
	}
	return false
}

// differs tells whether a series is none of the histogram under way.
func (c *collector) differs(ls labels.Labels) bool {
	if c.typ != expfmt.TypeHistogram {
		return true
	}
	_, name := convertnhcb.GetHistogramMetricBaseName(ls.Get(model.MetricNameLabel))
	return name != c.name || c.hashOf(ls) != c.hash
}

// hashOf tells one histogram's series from another's, by all but name and le.
func (c *collector) hashOf(ls labels.Labels) (hash uint64) {
	hash, c.buf = ls.HashWithoutLabels(c.buf, labels.BucketLabel)
	return hash
}

// take adds a series' value to its histogram; false: it is part of none.
func (c *collector) take(ls labels.Labels, v float64) bool {
	if c.typ != expfmt.TypeHistogram {
		return false
	}
	suffix, name := convertnhcb.GetHistogramMetricBaseName(ls.Get(model.MetricNameLabel))
	if name != c.family {
		return false
	}
	le := 0.0
	switch suffix {
	case convertnhcb.SuffixBucket:
		if !ls.Has(labels.BucketLabel) {
			return false
		}
		var err error
		if le, err = strconv.ParseFloat(ls.Get(labels.BucketLabel), 64); err != nil || math.IsNaN(le) {
			return false
		}
	case convertnhcb.SuffixNone:
		return false
	}
	if !c.collecting {
		c.collecting = true
		c.name = name
		c.base = convertnhcb.GetHistogramMetricBase(ls, name)
		c.hash = c.hashOf(ls)
	}
	c.r.d.taken = true
	// An error stays in temp, and then there is no histogram.
	switch suffix {
	case convertnhcb.SuffixBucket:
		_ = c.temp.SetBucketCount(le, v)
	case convertnhcb.SuffixCount:
		_ = c.temp.SetCount(v)
	case convertnhcb.SuffixSum:
		_ = c.temp.SetSum(v)
	}
	return true
}

// finish stages the histogram under way, if it is one.
func (c *collector) finish() string {
	if !c.collecting {
		return ""
	}
	h, fh, err := c.temp.Convert()
	if err == nil && h != nil && h.Validate() != nil || fh != nil && fh.Validate() != nil {
		return "" // upstream goes on collecting
	}
	c.collecting = false
	c.temp.Reset()
	if err != nil {
		return "" // upstream says nothing either
	}
	key := c.base.Get(model.MetricNameLabel)
	if rest := c.base.DropReserved(func(n string) bool { return n == model.MetricNameLabel }); !rest.IsEmpty() {
		key += rest.StringNoSpace()
	}
	base := c.base
	smp := &expfmt.Sample{Timestamp: c.timestamp, HasTimestamp: c.own, Line: c.last}
	return c.r.add(smp, c.r.maker.named([]byte(key), func() labels.Labels { return base }), histo{h, fh})
}
