package expfmt

import (
	"strings"
	"unicode/utf8"
)

// family converts one family, which may become several.
func (c *converter) family(in *Family) {
	f := &Family{Name: in.Name, Type: in.Type, Samples: in.Samples}
	if !c.goodName(in.Name, nameStart, nameRest) {
		c.lose("lost-family", in.Name, nil, "this cannot be a family's name")
		return
	}
	if why := c.typeLost(in); why != "" {
		c.split(in, why)
		return
	}
	if in.Type == TypeCounter {
		c.renameCounter(f)
	}
	c.describe(f, in)
	samples := in.Samples
	if custom := c.customSamples(in); len(custom) > 0 {
		samples = append(samples[:len(samples):len(samples)], custom...)
	}
	c.samples(f, in, samples)
	c.natives(f, in)
	c.points(f, f.sort())
	c.besides(f)
	c.add(f)
}

// typeLost says why the family cannot keep its type.
func (c *converter) typeLost(f *Family) string {
	most := [...]Type{FormatText: TypeSummary, FormatOpenMetrics: TypeStateSet, FormatProtobuf: TypeGaugeHistogram}[c.to]
	if f.Type > most {
		return c.to.String() + " has no type " + f.Type.String()
	}
	if f.Type != TypeCounter || c.sameText() {
		return ""
	}
	base, mixed, ok := c.counterBase(f)
	switch {
	case mixed:
		return "only some of the counter's samples are called _total"
	case c.to != FormatOpenMetrics:
	case !ok:
		return "a counter of openmetrics is called _total"
	case base != f.Name && c.in[base]:
		return "in openmetrics the counter would have the name of the family " + shown(base)
	}
	return ""
}

// split makes families without a type of a family's samples.
func (c *converter) split(in *Family, why string) {
	var first *Sample
	if len(in.Samples) > 0 {
		first = &in.Samples[0]
	}
	c.lose("lost-type", in.Name, first, why)
	for i := range in.Histograms {
		c.loseNative(&in.Histograms[i], c.to.String()+" has no native histograms")
	}
	byName := map[string]*Family{}
	var parts []*Family
	part := func(name string) *Family {
		if byName[name] == nil {
			byName[name] = &Family{Name: name, Help: in.Help}
			parts = append(parts, byName[name])
		}
		return byName[name]
	}
	for i := range in.Samples {
		f := part(in.Samples[i].Name)
		f.Samples = append(f.Samples, in.Samples[i])
	}
	if len(parts) == 0 {
		part(in.Name)
	}
	if in.Unit != "" {
		c.lose("lost-unit", in.Name, nil, "the family is no more that has this unit")
	}
	for _, f := range parts {
		c.family(f)
	}
}

// counterBase returns the name of a counter's family without the _total of its
// samples, and whether they have one, or only some of them.
func (c *converter) counterBase(f *Family) (base string, mixed, ok bool) {
	bare := 0
	for i := range f.Samples {
		if f.Samples[i].Name == f.Name {
			bare++
		}
	}
	if bare == 0 && (len(f.Samples) > 0 || c.from == FormatOpenMetrics) {
		return f.Name, false, true
	}
	base, ok = strings.CutSuffix(f.Name, "_total")
	return base, bare < len(f.Samples), ok && base != ""
}

func (c *converter) renameCounter(f *Family) {
	base, _, ok := c.counterBase(f)
	switch {
	case !ok || c.sameText():
	case c.to == FormatOpenMetrics:
		f.Name = base
	default:
		f.Name = base + "_total"
	}
}

// sameText reports that text stays text, in which samples may be called as
// they are.
func (c *converter) sameText() bool {
	return c.to == FormatText && c.from != FormatOpenMetrics && c.from != FormatProtobuf
}

// describe converts help and unit.
func (c *converter) describe(f, in *Family) {
	f.Help, f.Unit = in.Help, in.Unit
	text := c.to != FormatProtobuf
	switch help := f.Help; {
	case !utf8.ValidString(help), text && (strings.IndexByte(help, 0) >= 0 || strings.HasSuffix(help, "\r")),
		c.to == FormatText && help != "" && strings.Trim(help, " \t") == "":
		c.lose("lost-help", f.Name, nil, "the help text cannot be written in "+c.to.String())
		f.Help = ""
	}
	why := ""
	switch u := f.Unit; {
	case u == "":
	case c.to == FormatText:
		why = "text has no units"
	case !utf8.ValidString(u):
		why = "the unit is not UTF-8"
	case c.to != FormatOpenMetrics:
	case f.Type == TypeInfo || f.Type == TypeStateSet:
		why = "in openmetrics this type has no unit"
	case !strings.HasSuffix(f.Name, "_"+u) || len(f.Name) == len(u)+1 || !isBare(u, nameRest, nameRest):
		why = "the name does not end in the unit " + shown(u)
	}
	if why != "" {
		c.lose("lost-unit", f.Name, nil, why)
		f.Unit = ""
	}
}
