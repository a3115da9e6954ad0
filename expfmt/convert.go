package expfmt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Convert returns what the format f can hold of s, and as problems what it
// cannot. The Snapshot is sorted; written, read again and sorted it is the
// same. FormatUnknown is text. s is left as it is; strings are shared with it.
//
// What formats say in different ways is rewritten. In OpenMetrics the name of
// a counter's family lacks _total, elsewhere it has it; a start timestamp is a
// _created sample there, nothing in text; the sum and count of a gauge
// histogram are _gsum and _gcount there. The bounds of buckets and quantiles
// get the spelling that the Reader gives them, so le="2" becomes le="2.0".
// Native histograms with custom buckets become the classic histograms that
// Options.ConvertNHCB reads as such. NaN has one form in text, so its bits
// are lost; hints on counter resets are lost in protobuf.
//
// A problem stands for all of its kind in a family and has the place of the
// first. All are of [SeverityError]; [ConvertIDs] lists them.
func Convert(s *Snapshot, f Format) (*Snapshot, []Problem) {
	if f == FormatUnknown || f > FormatProtobuf {
		f = FormatText
	}
	c := converter{from: s.Format, to: f, in: map[string]bool{}, out: &Snapshot{Format: f, byName: map[string]*Family{}}}
	for _, in := range s.Families {
		c.in[in.Name] = true
	}
	for _, in := range s.Families {
		c.family(in)
		c.endFamily()
	}
	c.out.sortFamilies()
	if f == FormatOpenMetrics {
		c.clashes()
	}
	sortProblems(c.lost)
	return c.out, c.lost
}

// A converter holds what has been converted.
type converter struct {
	from, to Format
	in       map[string]bool // names of families
	out      *Snapshot
	lost     []Problem
	own      int   // where in lost those of the current family begin
	counts   []int // how often each of these is met
}

// lose notes what is lost of a sample, or, when it is nil, of the family.
func (c *converter) lose(id, family string, s *Sample, why string) {
	for i := range c.counts {
		if c.lost[c.own+i].ID == id {
			c.counts[i]++
			return
		}
	}
	p := Problem{ID: id, Severity: SeverityError, Done: skipped}
	text := family
	if s != nil {
		p.Line, p.Column = s.Line, s.Column
		text = string(appendSeries(nil, s, -1))
	}
	p.Message = shown(text) + ": " + why
	if p.Text = text; len(text) > maxProblemText {
		p.Text = text[:maxProblemText]
	}
	c.lost, c.counts = append(c.lost, p), append(c.counts, 1)
}

func (c *converter) endFamily() {
	for i, n := range c.counts {
		if n > 1 {
			c.lost[c.own+i].Message += fmt.Sprintf(" (%d times in this family)", n)
		}
	}
	c.own, c.counts = len(c.lost), c.counts[:0]
}

// shown is s as it may stand in a message: of printing characters, in quotes
// if it has others, cut if it is long.
func shown(s string) string {
	if len(s) > maxProblemText/2 {
		end := maxProblemText / 2
		for end > maxProblemText/2-utf8.UTFMax && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end] + "…"
	}
	if strings.ContainsFunc(s, func(c rune) bool { return !strconv.IsPrint(c) || c == utf8.RuneError }) {
		return strconv.Quote(strings.ToValidUTF8(s, "\ufffd"))
	}
	return s
}

// add adds a family whose samples are converted and sorted.
func (c *converter) add(f *Family) {
	if c.to == FormatProtobuf && len(f.Samples)+len(f.Histograms) == 0 {
		if len(c.counts) == 0 {
			c.lose("lost-family", f.Name, nil, "a family of protobuf has samples, and it has none")
		}
		return
	}
	if c.out.byName[f.Name] != nil {
		c.lose("lost-family", f.Name, nil, "another family has this name in "+c.to.String())
		return
	}
	f.declared = true
	c.out.byName[f.Name] = f
	c.out.Families = append(c.out.Families, f)
}

// clashes removes families of which a sample's name could be that of a family
// before it (OpenMetrics 1.0, MetricFamily: names must not clash).
func (c *converter) clashes() {
	seen := map[string]bool{}
	c.out.Families = slices.DeleteFunc(c.out.Families, func(f *Family) bool {
		names := []string{f.Name}
		for _, suffix := range suffixes[f.Type] {
			names = append(names, f.Name+suffix)
		}
		for _, name := range names {
			if seen[name] {
				c.lose("lost-family", f.Name, nil, fmt.Sprintf("in openmetrics %s is a name of another family as well", shown(name)))
				c.endFamily()
				delete(c.out.byName, f.Name)
				return true
			}
		}
		for _, name := range names {
			seen[name] = true
		}
		return false
	})
}

// goodName reports whether a family or label may be called so. OpenMetrics 1.0
// has no quoted names, and reserves those with an underscore in front.
func (c *converter) goodName(name string, start, rest class) bool {
	if c.to == FormatOpenMetrics {
		return isBare(name, start, rest) && name[0] != '_'
	}
	return name != "" && utf8.ValidString(name) && (c.to == FormatProtobuf || strings.IndexByte(name, 0) < 0)
}
