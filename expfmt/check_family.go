package expfmt

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
)

// A checkedFamily is what is known of a family for as long as the text lasts.
type checkedFamily struct {
	line    uint32    // where it begins
	meta    [3]uint32 // the lines of HELP, TYPE and UNIT, 0 when there is none
	typ     Type
	sampled bool // it has samples

	names       uint64 // labelHashes.names of the first sample
	interleaved bool   // reported
	labelNames  bool   // reported
}

func (f *checkedFamily) declared() bool { return f.meta != [3]uint32{} }

// takes returns what a sample's name adds to the name of the family to which
// it belongs.
func (f *checkedFamily) takes(family []byte, name string) (suffix string, ok bool) {
	if len(name) < len(family) || name[:len(family)] != string(family) {
		return "", false
	}
	suffix = name[len(family):]
	return suffix, suffix == "" || slices.Contains(suffixes[f.typ], suffix)
}

// enter makes the sample's family the current one, as Snapshot finds it, and
// returns what the sample's name adds to the family's.
func (c *checker) enter(s *Sample) (suffix string) {
	if c.r.format == FormatProtobuf {
		return s.Name[min(len(c.name), len(s.Name)):]
	}
	if c.fam != nil {
		if suffix, ok := c.fam.takes(c.name, s.Name); ok {
			return suffix
		}
	}
	name := s.Name
	hash := maphash.String(c.seed, name)
	f := c.families[hash]
	if f == nil || !f.declared() {
		if i := strings.LastIndexByte(name, '_'); i > 0 {
			baseHash := maphash.String(c.seed, name[:i])
			if base := c.families[baseHash]; base != nil && base.declared() && slices.Contains(suffixes[base.typ], name[i:]) {
				f, hash, name, suffix = base, baseHash, name[:i], name[i:]
			}
		}
	}
	known := f != nil
	c.begin(hash, name, s.Column)
	// Of families without metadata nobody knows what belongs together, and
	// text may say all metadata first.
	if known && (c.r.om || f.declared() && f.sampled) {
		c.interleaved(s.Column)
	}
	return suffix
}

// begin ends the current family and makes another the current one.
func (c *checker) begin(hash uint64, name string, column int) {
	c.endFamily()
	f := c.families[hash]
	if f == nil {
		f = &checkedFamily{line: uint32(c.r.line)}
		c.families[hash] = f
	}
	c.fam, c.famHash, c.name = f, hash, append(c.name[:0], name...)
	c.here(&c.first, column)
	c.elided.line = 0
}

// interleaved reports a family that goes on after another one.
// OpenMetrics 1.0, Text format, MetricFamily: they MUST NOT be interleaved.
func (c *checker) interleaved(column int) {
	f := c.fam
	if !f.interleaved {
		f.interleaved = true
		c.note(column-1, "interleaved-family", fmt.Sprintf("the family %s goes on, which began in %s: its lines do not stand together", quote(c.name), c.lineName(int(f.line))))
	}
}

// metadata looks at a HELP, TYPE or UNIT line. OpenMetrics 1.0, MetricFamily
// metadata: one of each, and before the samples.
func (c *checker) metadata(kind Kind, m *Metadata) {
	hash := maphash.String(c.seed, m.Name)
	f := c.families[hash]
	other := c.fam == nil || hash != c.famHash
	if other {
		c.begin(hash, m.Name, m.Column)
	}
	known := f != nil
	f = c.fam
	word, line := [...]string{"HELP", "TYPE", "UNIT"}[kind-KindHelp], &f.meta[kind-KindHelp]
	switch {
	case *line > 0:
		c.note(m.Column-1, "repeated-metadata", fmt.Sprintf("a second %s for %s, the first is in %s", word, quote(c.name), c.lineName(int(*line))))
	case f.sampled:
		c.note(m.Column-1, "late-metadata", fmt.Sprintf("%s for %s comes after samples, of which the first is in %s", word, quote(c.name), c.lineName(int(f.line))))
	case other && known && c.r.om:
		c.interleaved(m.Column)
	}
	*line = uint32(m.Line)
	if kind == KindHelp {
		c.helpEscapes(m)
	}
	switch kind {
	case KindType:
		f.typ = m.Type
		c.lateType(m)
	case KindUnit:
		if c.strict != nil {
			c.strict.unit.text = c.strict.unit.text[:0]
			if m.Text != "" {
				c.here(&c.strict.unit, m.Column)
			}
		}
	}
}

// lateType reports a type that comes after samples with its suffixes, which
// were read as families of their own.
func (c *checker) lateType(m *Metadata) {
	if c.r.format == FormatProtobuf || c.fam.sampled {
		return
	}
	for _, suffix := range suffixes[m.Type] {
		if suffix == "_created" || m.Type == TypeCounter && !c.r.om {
			continue
		}
		if f := c.families[maphash.String(c.seed, m.Name+suffix)]; f != nil && f.sampled && !f.declared() {
			c.note(m.Column-1, "late-metadata", fmt.Sprintf("TYPE for %s comes after samples, of which one is in %s", quote(c.name), c.lineName(int(f.line))))
			return
		}
	}
}

// labelNames reports, once a family, a metric that has other labels than the
// family's first.
func (c *checker) labelNames(names uint64, first bool, s *Sample) {
	f := c.fam
	switch {
	case first:
		f.names = names
	case f.names != names && !f.labelNames && f.typ != TypeInfo:
		f.labelNames = true
		c.note(s.Column-1, "label-names", fmt.Sprintf("the metric has other label names than the first of the family %s", quote(c.name)))
	}
}

// endFamily looks at the current family as a whole.
func (c *checker) endFamily() {
	if c.fam == nil {
		return
	}
	if c.fam.typ == TypeHistogram || c.fam.typ == TypeGaugeHistogram {
		c.endHistograms()
	}
	if c.strict != nil {
		c.strictFamily()
	}
	c.groups.reset()
	c.fam = nil
}
