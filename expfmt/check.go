package expfmt

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/bits"
)

// A checker looks at several records together, for Options.Check and
// Options.Strict. Of a series it keeps a hash and the line, for as long as the
// text lasts, of a family little more; what it must know of the histograms of
// a family goes with the family. Hashes have 64 bits and a random seed: two
// series out of ten million are taken for one in one text out of 300,000.
type checker struct {
	r        *Reader
	seed     maphash.Seed
	series   map[uint64]lastSeen
	families map[uint64]*checkedFamily

	fam     *checkedFamily // the current family, nil before the first
	famHash uint64
	name    []byte // of the current family
	first   seenAt // where it begins
	groups  groups

	last     seenAt // the sample before, of families whose metrics are looked at
	elided   seenAt // a line of dots within the current family
	timeUnit bool   // timestamp-unit is reported

	strict *strictChecker // nil unless Options.Strict
}

// lastSeen is what is known of a series.
type lastSeen struct {
	time    int64
	line    uint32
	hasTime bool
}

// A seenAt is a line that was read, for problems that show later. Its text is a
// copy.
type seenAt struct {
	line, column int
	text         []byte
}

func (p *seenAt) clone() seenAt {
	q := *p
	q.text = bytes.Clone(p.text)
	return q
}

func (c *checker) reset(r *Reader, strict bool) *checker {
	if c == nil {
		c = &checker{seed: maphash.MakeSeed(), series: map[uint64]lastSeen{}, families: map[uint64]*checkedFamily{}}
	}
	clear(c.series)
	clear(c.families)
	c.groups.reset()
	*c = checker{
		r: r, seed: c.seed, series: c.series, families: c.families, groups: c.groups,
		name: c.name[:0], first: seenAt{text: c.first.text}, last: seenAt{text: c.last.text}, elided: seenAt{text: c.elided.text},
	}
	if strict {
		c.strict = newStrictChecker()
	}
	return c
}

// record looks at the record that was just read, if it is one.
func (c *checker) record(kind Kind) {
	r := c.r
	switch kind {
	case KindSample:
		c.sample(&r.sample)
	case KindHistogram:
		h := &r.hist
		l := c.hash(h.Labels, "")
		if line := c.seen(mix(l.series, maphash.String(c.seed, h.Name)), h.Timestamp, h.HasTimestamp, h.Line); line > 0 {
			c.duplicate(line, h.HasTimestamp, h.Column)
		}
	case KindHelp, KindType, KindUnit:
		c.metadata(kind, &r.meta)
	case 0:
		if n := len(r.queue); n > 0 && r.queue[n-1].ID == "bad-line" && c.fam != nil && c.fam.sampled && isEllipsis(r.p.b) {
			c.here(&c.elided, r.queue[n-1].Column)
		}
	}
}

// isEllipsis knows the lines that stand for others in a printed listing.
func isEllipsis(b []byte) bool {
	b = bytes.Trim(b, " \t\r[](){}<>")
	return len(b) > 1 && len(bytes.Trim(b, ".…")) == 0
}

// sample looks at a sample.
func (c *checker) sample(s *Sample) {
	suffix := c.enter(s)
	f := c.fam
	if c.elided.line > 0 {
		c.reportAt(&c.elided, "elided", fmt.Sprintf("lines of the family %s are left out here", quote(c.name)))
		c.elided.line = 0
	}
	first := !f.sampled
	f.sampled = true
	own := ownLabel(f.typ, suffix, c.name)
	l := c.hash(s.Labels, own)
	before := c.seen(mix(l.series, maphash.String(c.seed, s.Name)), s.Timestamp, s.HasTimestamp, s.Line)
	c.seriesEscapes(s)
	c.labelNames(l.names, first, s)
	c.value(s, suffix)
	c.timestamp(s)
	if c.strict != nil {
		c.strictSample(s, suffix, l)
	}
	histogram := f.typ == TypeHistogram || f.typ == TypeGaugeHistogram
	if !(histogram && c.histogramSample(s, suffix, l, before > 0)) && before > 0 {
		c.duplicate(before, s.HasTimestamp, s.Column)
	}
	if histogram || c.strict != nil {
		c.here(&c.last, s.Column)
	}
}

// labelHashes are sums over labels, so their order is of no matter. A label
// with an empty value is none.
type labelHashes struct {
	series uint64 // of all labels
	group  uint64 // of those of the metric: without le, quantile or the state
	names  uint64 // of the metric's label names as they are written, empty values or not
}

func (c *checker) hash(ls Labels, own string) (h labelHashes) {
	c.groups.pairs = c.groups.pairs[:0]
	for i := range ls {
		l := &ls[i]
		name := maphash.String(c.seed, l.Name)
		if own == "" || l.Name != own {
			h.names += mix(name, 1)
		}
		if l.Value == "" {
			continue
		}
		pair := mix(name, maphash.String(c.seed, l.Value))
		h.series += pair
		if own != "" && l.Name == own {
			continue
		}
		h.group += pair
		if len(c.groups.pairs) < maxPairs {
			c.groups.pairs = append(c.groups.pairs, pair)
		}
	}
	return h
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xd1b54a32d192ed03)
	return hi ^ lo
}

// seen returns the line in which the series was before, or 0. Two times make
// two samples of it.
func (c *checker) seen(series uint64, time int64, hasTime bool, line int) (before int) {
	last, ok := c.series[series]
	c.series[series] = lastSeen{time, uint32(line), hasTime}
	if !ok || hasTime != last.hasTime || hasTime && time != last.time {
		return 0
	}
	return int(last.line)
}

func (c *checker) duplicate(before int, hasTime bool, column int) {
	id, with := "duplicate-series", ""
	if hasTime {
		id, with = "duplicate-timestamp", " with this time"
	}
	c.note(column-1, id, fmt.Sprintf("the series stands twice%s, before in %s: Prometheus keeps the first", with, c.lineName(before)))
}

func (c *checker) lineName(line int) string {
	if c.r.format == FormatProtobuf {
		return fmt.Sprintf("message %d", line)
	}
	return fmt.Sprintf("line %d", line)
}

// note reports a problem of the current record at an offset in it.
func (c *checker) note(off int, id, message string) {
	r := c.r
	if r.format == FormatProtobuf {
		r.report(r.line, off+1, id, message, cutName(r.pb.family), 0)
		return
	}
	r.p.b = r.w.buf[r.w.lo:r.w.hi]
	r.problem(off, id, message)
}

// here remembers the current record.
func (c *checker) here(p *seenAt, column int) {
	r := c.r
	p.line, p.column = r.line, column
	if r.format == FormatProtobuf {
		p.text = append(p.text[:0], cutName(r.pb.family)...)
		return
	}
	b := r.w.buf[r.w.lo:r.w.hi]
	p.text = append(p.text[:0], b[:min(len(b), maxProblemText)]...)
	if r.lines > 1 {
		if end := bytes.IndexByte(p.text, '\n'); end >= 0 {
			p.text = p.text[:end]
		}
	}
}

// reportAt reports a problem of a record that was read before.
func (c *checker) reportAt(p *seenAt, id, message string) {
	c.r.report(p.line, p.column, id, message, string(p.text), 0)
}

// end looks at what the end of the text completes.
func (c *checker) end() { c.endFamily() }
