package expfmt

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// roleNames returns what samples of each role are called, "" for those that
// the family cannot have.
func (c *converter) roleNames(f *Family) (names [roleStray + 1]string) {
	om := c.to == FormatOpenMetrics
	g := "_"
	switch f.Type {
	case TypeCounter:
		names[roleTotal] = f.Name
		if om {
			names[roleTotal] = f.Name + "_total"
		}
		names[roleBare], names[roleCreated] = names[roleTotal], f.Name+"_created"
	case TypeInfo:
		names[roleInfo] = f.Name + "_info"
	case TypeGaugeHistogram:
		if om {
			g = "_g"
		}
		fallthrough
	case TypeHistogram, TypeSummary:
		names[roleBucket], names[roleSum], names[roleCount] = f.Name+"_bucket", f.Name+g+"sum", f.Name+g+"count"
		if f.Type == TypeSummary {
			names[roleBare], names[roleBucket] = f.Name, ""
		}
		names[roleCreated] = f.Name + "_created"
	default:
		names[roleBare] = f.Name
	}
	return names
}

// samples converts all samples.
func (c *converter) samples(f, in *Family, samples []Sample) {
	f.Samples = make([]Sample, 0, len(samples))
	n := 0
	for i := range samples {
		n += len(samples[i].Labels)
	}
	arena := make([]Label, 0, n)
	names := c.roleNames(f)
	for i := range samples {
		s := &samples[i]
		r := roleOf(in, s.Name)
		name := names[r]
		if c.sameText() && r != roleStray {
			name = s.Name
		}
		if name == "" {
			c.lose("lost-sample", f.Name, s, "a "+f.Type.String()+" has no such sample in "+c.to.String())
			continue
		}
		if r == roleCreated && c.to == FormatText && !c.sameText() {
			c.lose("lost-start", f.Name, s, "text has no start timestamps")
			continue
		}
		out := *s
		out.Name, out.Type = name, f.Type
		from := len(arena)
		arena = append(arena, s.Labels...)
		out.Labels = arena[from:len(arena):len(arena)]
		if c.labels(f, r, &out) && c.value(f, &out) && c.time(f, &out, out.HasTimestamp, &out.Timestamp) {
			c.start(f, &out)
			c.exemplar(f, r, &out)
			f.Samples = append(f.Samples, out)
		}
	}
}

// labels sorts a sample's labels, checks them and gives its bound the spelling
// that the Reader gives it.
func (c *converter) labels(f *Family, r role, s *Sample) bool {
	if !c.goodLabels(s.Labels) {
		c.lose("lost-label", f.Name, s, "these labels cannot be written in "+c.to.String())
		return false
	}
	bound := boundName(f, r)
	if c.to != FormatProtobuf && f.Type == TypeHistogram {
		bound = "le"
	} else if c.to != FormatProtobuf && f.Type == TypeSummary {
		bound = "quantile"
	}
	for i := range s.Labels {
		l := &s.Labels[i]
		if l.Name == bound && f.Type != TypeStateSet && formOf(l.Value) != boundNormal {
			if v, err := strconv.ParseFloat(l.Value, 64); err == nil {
				l.Value = string(appendBound(nil, v))
			}
		}
	}
	return true
}

func (c *converter) goodLabels(ls Labels) bool {
	sortByName(ls)
	for i, l := range ls {
		if !c.goodName(l.Name, labelStart, labelRest) || l.Name == "__name__" || !utf8.ValidString(l.Value) || i > 0 && ls[i-1].Name == l.Name {
			return false
		}
	}
	return true
}

// value gives NaN the one form that text has.
func (c *converter) value(f *Family, s *Sample) bool {
	switch {
	case c.to == FormatProtobuf || s.Value == s.Value:
	case math.Float64bits(s.Value) == staleNaN:
		c.lose("lost-value", f.Name, s, c.to.String()+" has no staleness markers")
		return false
	default:
		s.Value = normalNaN
	}
	return true
}

// staleNaN is upstream's value.StaleNaN.
const staleNaN = 0x7ff0000000000002

// time checks the time of a sample, or of a histogram that s names.
func (c *converter) time(f *Family, s *Sample, has bool, ms *int64) bool {
	why := ""
	switch {
	case !has:
		*ms = 0
	case c.to == FormatText && *ms < 0:
		why = "in text there is no time before 1970"
	case c.to == FormatProtobuf && *ms == 0:
		why = "in protobuf the time 0 is none"
	case c.to == FormatOpenMetrics:
		if _, ok := appendSeconds(nil, *ms); !ok {
			why = fmt.Sprintf("openmetrics has no seconds that are read as %d ms", *ms)
		}
	}
	if why != "" {
		c.lose("lost-time", f.Name, s, why)
	}
	return why == ""
}

func (c *converter) start(f *Family, s *Sample) {
	why := ""
	switch {
	case s.StartTimestamp == 0:
	case c.to == FormatText:
		why = "text has no start timestamps"
	case f.Type == TypeCounter, f.Type == TypeHistogram, f.Type == TypeSummary, f.Type == TypeGaugeHistogram && c.to == FormatProtobuf:
	default:
		why = "this type has no start timestamp in " + c.to.String()
	}
	if why != "" {
		c.lose("lost-start", f.Name, s, why)
		s.StartTimestamp = 0
	}
}

func (c *converter) exemplar(f *Family, r role, s *Sample) {
	if s.Exemplar == nil {
		return
	}
	why := ""
	e := *s.Exemplar
	e.Labels = append(Labels(nil), e.Labels...)
	switch {
	case c.to == FormatText:
		why = "text has no exemplars"
	case c.to == FormatOpenMetrics && r == roleBucket && beyondBucket(s):
		why = "the exemplar is not in its bucket"
	case r != roleBucket && (f.Type != TypeCounter || r == roleCreated):
		why = "only counters and buckets have exemplars"
	default:
		why = c.badExemplar(&e)
	}
	s.Exemplar = &e
	if why != "" {
		c.lose("lost-exemplar", f.Name, s, why)
		s.Exemplar = nil
	}
}

func beyondBucket(s *Sample) bool {
	le, _ := s.Labels.Get("le")
	bound, err := strconv.ParseFloat(le, 64)
	return err == nil && s.Exemplar.Value > bound
}

// badExemplar says why an exemplar cannot be written; it sorts its labels.
func (c *converter) badExemplar(e *Exemplar) string {
	size := 0
	for i, l := range e.Labels {
		size += utf8.RuneCountInString(l.Name) + utf8.RuneCountInString(l.Value)
		if c.to != FormatProtobuf && strings.IndexByte(l.Value, 0) >= 0 {
			return "the exemplar's label " + strconv.Itoa(i+1) + " has a NUL byte"
		}
	}
	if !e.HasTimestamp {
		e.Timestamp = 0
	}
	if !c.goodLabels(e.Labels) {
		return "the exemplar's labels cannot be written"
	}
	if c.to == FormatProtobuf {
		return ""
	}
	if e.Value != e.Value {
		e.Value = normalNaN
	}
	switch _, ok := appendSeconds(nil, e.Timestamp); {
	case size > maxExemplarRunes:
		return fmt.Sprintf("the exemplar's labels have %d characters, openmetrics allows %d", size, maxExemplarRunes)
	case !ok:
		return "openmetrics has no seconds for the exemplar's time"
	}
	return ""
}
