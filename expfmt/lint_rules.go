package expfmt

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// names asks the rules about the name of a family.
func (l *linter) names(f lintFamily) {
	if f.Help == "" {
		l.find(f, "no-help", "it has no help text")
	}
	words := strings.Split(f.Name, "_")
	if unit, base := unitOf(words); unit != base {
		l.find(f, "non-base-unit", "write the base unit %s instead of %s", base, unit)
	}
	if short := abbreviations(words); len(short) > 0 {
		l.find(f, "abbreviated-unit", "_%s in the name abbreviates a unit: write it in full", strings.Join(short, " and _"))
	}
	if strings.Contains(f.Name, ":") {
		l.find(f, "colon-in-name", "a colon in the name is for recording rules")
	}
	if camelCase(f.Name) {
		l.find(f, "camel-case", "the name is in camelCase: write snake_case")
	}
}

// types asks whether a family's name fits its type.
func (l *linter) types(f lintFamily) {
	if f.Type == TypeUnknown {
		return
	}
	ends := func(suffix string) bool { return strings.HasSuffix(f.Name, suffix) }
	histogram := f.Type == TypeHistogram || f.Type == TypeGaugeHistogram
	switch {
	case f.Type == TypeCounter && !ends("_total"):
		if l.format != FormatOpenMetrics || slices.ContainsFunc(f.Samples, func(s Sample) bool { return s.Name == f.Name }) {
			l.find(f, "counter-without-total", "a counter's name should end in _total")
		}
	case f.Type != TypeCounter && ends("_total"):
		l.find(f, "total-suffix", "_total is for counters, and this is a %s", f.Type)
	}
	if !histogram && ends("_bucket") {
		l.find(f, "bucket-suffix", "_bucket is for histograms, and this is a %s", f.Type)
	}
	if !histogram && f.Type != TypeSummary {
		for _, suffix := range [...]string{"count", "sum"} {
			if ends("_" + suffix) {
				l.find(f, suffix+"-suffix", "_%s is for histograms and summaries, and this is a %s", suffix, f.Type)
			}
		}
	}
	if lower := strings.ToLower(f.Name) + "_"; strings.Contains(lower, "_"+f.Type.String()+"_") ||
		f.Type == TypeGaugeHistogram && strings.Contains(lower, "_gauge_histogram_") {
		l.find(f, "type-in-name", "the name should not say the type, %s", f.Type)
	}
}

// labels asks about the names of labels, each once for its family.
func (l *linter) labels(f lintFamily) {
	seen := map[string]bool{}
	look := func(ls Labels, line, column int, series []byte) {
		find := func(name, id, format string, args ...any) {
			at := column
			if l.format != FormatProtobuf {
				at += labelOffset(series[:min(len(series), maxLookedAt)], name)
			}
			l.findAt(f, line, at, id, format, args...)
		}
		for i := range ls {
			name := ls[i].Name
			if seen[name] {
				continue
			}
			seen[name] = true
			if f.Type != TypeUnknown && name == "le" && f.Type != TypeHistogram && f.Type != TypeGaugeHistogram {
				find(name, "le-label", "the label le is for histograms, and this is a %s", f.Type)
			}
			if f.Type != TypeUnknown && name == "quantile" && f.Type != TypeSummary {
				find(name, "quantile-label", "the label quantile is for summaries, and this is a %s", f.Type)
			}
			if camelCase(name) {
				find(name, "camel-case-label", "the label %s is in camelCase: write snake_case", quote([]byte(name)))
			}
		}
	}
	for i := range f.Samples {
		s := &f.Samples[i]
		look(s.Labels, s.Line, s.Column, s.Series)
	}
	for i := range f.Histograms {
		h := &f.Histograms[i]
		look(h.Labels, h.Line, h.Column, h.Series)
	}
}

// maxLookedAt is how many bytes of a line are searched for a label's place: a
// line may have very many labels.
const maxLookedAt = 4 << 10

// labelOffset returns where the label's name stands in a series as it was
// written, 0 when it is not written so.
func labelOffset(series []byte, name string) int {
	i := max(bytes.IndexByte(series, '{'), 0) + 1
	for i < len(series) {
		if strings.IndexByte(" \t\r\n,=", series[i]) >= 0 {
			i++
			continue
		}
		from, to := i, i+1
		if series[i] == '"' { // a name in quotes, or a value
			end, _ := endOfQuote(series, i+1)
			if end < 0 {
				return 0
			}
			from, to = i+1, end
			i = end + 1
		} else {
			for to < len(series) && strings.IndexByte(" \t=,}", series[to]) < 0 {
				to++
			}
			i = to
		}
		if string(series[from:to]) == name && bytes.HasPrefix(trimLeft(series[i:]), []byte{'='}) {
			return from
		}
	}
	return 0
}

// duplicates finds series that stand twice. Of the lines of a histogram or
// summary in text promlint makes one metric, whatever they are.
func (l *linter) duplicates(f lintFamily) {
	if l.format != FormatOpenMetrics && l.format != FormatProtobuf && (f.Type == TypeHistogram || f.Type == TypeSummary) {
		return
	}
	if len(f.Samples) < 2 {
		return
	}
	first := make(map[string]int, len(f.Samples))
	for i := range f.Samples {
		s := &f.Samples[i]
		l.key = seriesKey(l.key[:0], s.Name, s.Labels, "")
		if l.format == FormatOpenMetrics && s.HasTimestamp {
			l.key = fmt.Appendf(l.key, "%d", s.Timestamp)
		}
		line, twice := first[string(l.key)]
		switch {
		case !twice:
			first[string(l.key)] = s.Line
		case line > 0:
			l.findAt(f, s.Line, s.Column, "duplicate-metric", "the series stands in line %d already", line)
		default:
			l.findAt(f, s.Line, s.Column, "duplicate-metric", "a series stands twice")
		}
	}
}

// camelCase reports whether a small letter stands before a capital one.
func camelCase(s string) bool {
	for i := 1; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' && 'a' <= s[i-1] && s[i-1] <= 'z' {
			return true
		}
	}
	return false
}

// baseUnits lists units behind the base unit that stands for them, which
// itself may be written in each of its spellings.
var baseUnits = [...]struct{ base, others string }{
	{"amperes", ""},
	{"bytes", "bits"},
	{"celsius", "fahrenheit rankine"},
	{"grams", "ounces pounds"},
	{"joules", "calories"},
	{"kelvin", "kelvins"}, // a base unit beside celsius, for what is not the weather
	{"meters", "inches miles yards"},
	{"metres", ""},
	{"seconds", "days hours minutes weeks"},
	{"volts", ""},
}

// unitPrefixes has mibi and gibi as promlint spells them.
const unitPrefixes = "pico nano micro milli centi deci deca hecto kilo kibi mega mibi giga gibi tera tebi peta pebi"

// unitBases maps each unit, with every prefix, to its base unit.
var unitBases = func() map[string]string {
	m := map[string]string{}
	for _, u := range baseUnits {
		for _, name := range append(strings.Fields(u.others), u.base) {
			m[name] = u.base
			for _, prefix := range strings.Fields(unitPrefixes) {
				m[prefix+name] = u.base
			}
		}
	}
	return m
}()

// unitOf returns the first unit among the words of a name, and its base unit.
func unitOf(words []string) (unit, base string) {
	for _, w := range words {
		if base, ok := unitBases[w]; ok {
			return w, base
		}
	}
	return "", ""
}

const shortUnits = "s ms us ns sec b kb mb gb tb pb m h d"

// abbreviations returns the words behind an underscore that abbreviate a unit.
func abbreviations(words []string) []string {
	var found []string
	for _, w := range words[1:] {
		w = strings.ToLower(w)
		if slices.Contains(strings.Fields(shortUnits), w) && !slices.Contains(found, w) {
			found = append(found, w)
		}
	}
	return found
}
