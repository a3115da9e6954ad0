package expfmt

import (
	"fmt"
	"hash/maphash"
	"math"
)

// A strictChecker is what Options.Strict needs beyond a checker. The sections
// named are of OpenMetrics 1.0.
type strictChecker struct {
	names map[uint64]nameOwner // which family may have samples of a name

	// The metric of the sample before, and those before it in the family.
	group          uint64
	in             bool
	seconds        float64
	hasTime        bool
	total, created bool
	seen           map[uint64]struct{}

	unit seenAt // the UNIT line of the current family, if it says one
}

type nameOwner struct {
	family uint64
	line   uint32
}

func newStrictChecker() *strictChecker {
	return &strictChecker{names: map[uint64]nameOwner{}}
}

// strictSample looks at a sample, which is in the current family.
func (c *checker) strictSample(s *Sample, suffix string, l labelHashes) {
	c.strictName(s, suffix)
	c.strictLabels(s, suffix)
	c.strictValue(s, suffix)
	if s.Exemplar != nil {
		c.strictExemplar(s, suffix)
	}
	c.strictOrder(s, l.group)
	c.strict.total = c.strict.total || suffix == "_total"
	c.strict.created = c.strict.created || suffix == "_created"
}

// strictName: Metric types, in each of which the names of samples are said.
func (c *checker) strictName(s *Sample, suffix string) {
	switch t := c.fam.typ; {
	case suffix != "":
	case t == TypeCounter, t == TypeHistogram, t == TypeGaugeHistogram, t == TypeInfo:
		c.note(s.Column-1, "bad-sample-name", fmt.Sprintf("a sample of a %s has a suffix, as in %s", t, quote(append(c.name[:len(c.name):len(c.name)], suffixes[t][0]...))))
	}
}

// strictLabels: StateSet, whose samples have a label of the family's name, and
// Numbers, where +Inf is the one canonical number that must be spelled so.
func (c *checker) strictLabels(s *Sample, suffix string) {
	own := ownLabel(c.fam.typ, suffix, c.name)
	switch own {
	case "":
		return
	case "le", "quantile":
		at := valueOf(s.Series, own)
		if at < 0 {
			return // reported
		}
		end, _ := endOfQuote(s.Series, at+1)
		v, _ := s.Labels.Get(own)
		if f, how := parseFloat(bytesOf(v)); how == floatPlain && math.IsInf(f, +1) && string(s.Series[at+1:end]) != "+Inf" {
			c.note(s.Column-1+at, "not-canonical", fmt.Sprintf("%s is not +Inf, as OpenMetrics writes it", quote(s.Series[at+1:end])))
		}
	default:
		if _, ok := s.Labels.Get(own); !ok {
			c.note(s.Column-1, "no-state", fmt.Sprintf("a sample of a stateset without the label %s, which names the state", quote(c.name)))
		}
	}
}

// strictValue: the numbers that samples of a type may have. Counter, StateSet,
// Info, Histogram, GaugeHistogram, Summary.
func (c *checker) strictValue(s *Sample, suffix string) {
	v := s.Value
	why := ""
	switch t := c.fam.typ; {
	case suffix == "_created":
		if math.IsNaN(v) || math.IsInf(v, 0) {
			why = "is not a time"
		}
	case t == TypeStateSet && v != 0 && v != 1:
		why = "is neither 0 nor 1, as a state is"
	case t == TypeInfo && v != 1:
		why = "is not 1, as an info is"
	case suffix == "_sum" && (t == TypeHistogram || t == TypeSummary) && !(v >= 0):
		why = "is negative or NaN, which a _sum is not"
	case suffix == "_gsum" && v != v:
		why = "is NaN, which a _gsum is not"
	case t == TypeSummary && suffix == "" && v < 0:
		why = "is negative, which a quantile is not"
	case t != TypeCounter && counts(t, suffix) && v >= 0 && v != math.Trunc(v):
		why = "is not a whole number, as a count is"
	}
	if why != "" {
		c.note(c.valueAt(s), "bad-sample-value", fmt.Sprintf("%g %s", v, why))
	}
}

// strictOrder: Metric and MetricPoint are not interleaved, and the points of
// one metric go forward in time. Of an info nobody can tell which labels are
// the metric's.
func (c *checker) strictOrder(s *Sample, group uint64) {
	t := c.strict
	if c.fam.typ == TypeInfo {
		group = 0
	}
	switch {
	case !t.in || t.group != group:
		c.strictMetric()
		if t.seen == nil {
			t.seen = map[uint64]struct{}{}
		}
		if _, ok := t.seen[group]; ok {
			c.note(s.Column-1, "interleaved-metric", "the samples of one metric do not stand together")
		}
		t.seen[group] = struct{}{}
		t.in, t.group = true, group
	case t.hasTime != s.HasTimestamp:
		c.note(s.Column-1, "mixed-timestamps", "some samples of a metric have a time and others none")
	case s.HasTimestamp && c.r.seconds < t.seconds && c.fam.typ != TypeInfo:
		c.note(c.timeAt(s), "timestamp-order", "the time goes backwards within the metric")
	}
	t.seconds, t.hasTime = c.r.seconds, s.HasTimestamp
}

// strictMetric ends a metric. Counter: it has a Total.
func (c *checker) strictMetric() {
	t := c.strict
	if t.in && t.created && !t.total && c.fam.typ == TypeCounter {
		c.reportAt(&c.last, "missing-total", fmt.Sprintf("the counter %s has no sample with _total", quote(c.name)))
	}
	t.total, t.created = false, false
}

// strictPoint looks at a histogram as a whole: Histogram, GaugeHistogram.
func (c *checker) strictPoint(p *point) {
	sum, count := p.has&hasSum != 0, p.has&hasCount != 0
	switch negative := p.has&hasNegativeBound != 0; {
	case p.has&hasBucket == 0:
	case sum != count:
		c.reportAt(&p.last, "sum-without-count", fmt.Sprintf("a histogram of the family %s has a sum without a count, or a count without a sum", quote(c.name)))
	case sum && negative && c.fam.typ == TypeHistogram:
		c.reportAt(&p.last, "bad-sum", fmt.Sprintf("a histogram of the family %s has negative bounds, so it must not have a sum", quote(c.name)))
	case p.has&hasNegativeSum != 0 && !negative && c.fam.typ == TypeGaugeHistogram:
		c.reportAt(&p.last, "bad-sum", fmt.Sprintf("a histogram of the family %s has a negative sum, but no negative bound", quote(c.name)))
	}
}

// strictFamily looks at the family that ends.
func (c *checker) strictFamily() {
	c.strictMetric()
	t := c.strict
	// StateSet and Info: an empty unit.
	if len(t.unit.text) > 0 && (c.fam.typ == TypeInfo || c.fam.typ == TypeStateSet) {
		c.reportAt(&t.unit, "unit-not-allowed", fmt.Sprintf("%s is a %s, which has no unit", quote(c.name), c.fam.typ))
	}
	// MetricFamily, Name: underscores in front are reserved.
	if c.name[0] == '_' {
		c.reportAt(&c.first, "reserved-name", fmt.Sprintf("the family's name %s begins with _, which is reserved", quote(c.name)))
	}
	c.clashes()
	if len(t.seen) > 1024 {
		t.seen = nil // clearing it would cost every later family
	}
	clear(t.seen)
	t.in, t.unit.text = false, t.unit.text[:0]
}

// clashes: MetricFamily, Suffixes. The names that samples of a family can have
// are of no other family.
func (c *checker) clashes() {
	line := uint32(0)
	n := len(c.name)
	note := func() {
		hash := maphash.Bytes(c.seed, c.name)
		owner, ok := c.strict.names[hash]
		if ok && owner.family != c.famHash {
			line = owner.line
		} else if !ok {
			c.strict.names[hash] = nameOwner{c.famHash, c.fam.line}
		}
	}
	note()
	for _, suffix := range suffixes[c.fam.typ] {
		c.name = append(c.name[:n], suffix...)
		note()
	}
	c.name = c.name[:n]
	if line > 0 {
		c.reportAt(&c.first, "clashing-name", fmt.Sprintf("samples of %s can have a name that those of the family of line %d can have", quote(c.name), line))
	}
}

// strictLabelName: ABNF, label-name has no quotes; LabelSet, underscores in
// front are reserved.
func (r *Reader) strictLabelName(start int, isQuoted bool, name string) {
	switch {
	case isQuoted:
		r.problem(start, "quoted-name", "a quoted name, which OpenMetrics 1.0 does not have")
	case name[0] == '_':
		r.problem(start, "reserved-name", fmt.Sprintf("the label's name %s begins with _, which is reserved", quote(bytesOf(name))))
	}
}
