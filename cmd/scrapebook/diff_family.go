package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// familyKinds are the moves of families, in the order in which they are shown;
// all others are of series.
var familyKinds = []string{"retyped", "help", "unit", "buckets", "restarted", "exemplars"}

// families adds what differs between the families that both scrapes have,
// beside their type and series.
func (d *difference) families(before, after *expfmt.Snapshot, m matchFlag) {
	layouts := layoutsOf(before)
	for name, now := range layoutsOf(after) {
		old := layouts[name]
		if old == nil || !m.matches(signals.Series{Name: name, Family: name}) || slices.Equal(old, now) {
			continue
		}
		d.add(move{Kind: "buckets", Name: name, Type: after.Family(name).Type.String(), Before: strings.Join(old, " | "), After: strings.Join(now, " | ")}, 0)
	}
	for _, f := range after.Families {
		old := before.Family(f.Name)
		if old == nil || !m.matches(signals.Series{Name: f.Name, Family: f.Name}) {
			continue
		}
		mv := move{Name: f.Name, Type: f.Type.String()}
		for _, text := range [...]struct{ kind, before, after string }{{"help", old.Help, f.Help}, {"unit", old.Unit, f.Unit}} {
			if text.before != text.after {
				mv.Kind, mv.Before, mv.After = text.kind, text.before, text.after
				d.add(mv, 0)
			}
		}
		if at, n := restarted(old, f); n > 0 {
			mv.Kind, mv.Before, mv.After, mv.Number = "restarted", "", startText(at), n
			d.add(mv, 0)
		}
		was, is := exemplarsOf(old), exemplarsOf(f)
		isNew := 0
		for e := range is {
			if !was[e] {
				isNew++
			}
		}
		if isNew > 0 || len(was) != len(is) {
			mv.Kind, mv.Before, mv.After, mv.Number = "exemplars", fmt.Sprint(len(was)), fmt.Sprint(len(is)), isNew
			d.add(mv, 0)
		}
	}
}

// layoutsOf returns the bucket layouts of each family of histograms, sorted,
// as texts: the bounds, or the schema of native ones.
func layoutsOf(s *expfmt.Snapshot) map[string][]string {
	of := map[string][]string{}
	for _, f := range s.Cardinality().Families {
		for _, l := range f.Layouts {
			text := strings.Join(boundTexts(l.Bounds), " ")
			if l.Native {
				text = strings.TrimSpace(fmt.Sprintf("native, schema %d %s", l.Schema, text))
			}
			of[f.Family.Name] = append(of[f.Family.Name], text)
		}
		slices.Sort(of[f.Family.Name])
	}
	return of
}

// restarted counts the series of which the start timestamp differs, and
// returns the latest of these in ms.
func restarted(before, after *expfmt.Family) (at int64, n int) {
	was := startsOf(before)
	if len(was) == 0 {
		return 0, 0
	}
	for key, ms := range startsOf(after) {
		if old, known := was[key]; known && old != ms {
			n++
			at = max(at, ms)
		}
	}
	return at, n
}

// startsOf returns the start timestamps of a family's metrics, by labels.
func startsOf(f *expfmt.Family) map[string]int64 {
	starts := map[string]int64{}
	add := func(ls expfmt.Labels, ms int64) {
		if ms == 0 {
			return
		}
		ls = slices.DeleteFunc(slices.Clone(ls), func(l expfmt.Label) bool {
			return l.Name == "le" && f.Type == expfmt.TypeHistogram || l.Name == "quantile" && f.Type == expfmt.TypeSummary
		})
		starts[identity("", ls)] = ms
	}
	for i := range f.Samples {
		add(f.Samples[i].Labels, startOf(f, &f.Samples[i]))
	}
	for i := range f.Histograms {
		add(f.Histograms[i].Labels, f.Histograms[i].StartTimestamp)
	}
	return starts
}

// exemplarsOf returns the exemplars of a family with their series.
func exemplarsOf(f *expfmt.Family) map[string]bool {
	set := map[string]bool{}
	add := func(name string, ls expfmt.Labels, e *expfmt.Exemplar) {
		set[fmt.Sprintf("%s %s %v %v %d", identity(name, ls), identity("", e.Labels), e.Value, e.HasTimestamp, e.Timestamp)] = true
	}
	for i := range f.Samples {
		if s := &f.Samples[i]; s.Exemplar != nil {
			add(s.Name, s.Labels, s.Exemplar)
		}
	}
	for i := range f.Histograms {
		h := &f.Histograms[i]
		for j := range h.Exemplars {
			add(h.Name, h.Labels, &h.Exemplars[j])
		}
	}
	return set
}

// familyChange says in a few words what became of a family.
func (m *move) familyChange() string {
	switch m.Kind {
	case "restarted":
		return fmt.Sprintf("%s began at %s", plural(m.Number, "metric", "metrics"), strings.TrimSuffix(strings.Replace(m.After, "T", " ", 1), "Z"))
	case "exemplars":
		return fmt.Sprintf("%s → %s, %d new", m.Before, m.After, m.Number)
	case "buckets":
		return bucketChange(m.Before, m.After)
	}
	before, after := terminal.Clean(m.Before), terminal.Clean(m.After)
	same := 0 // bytes of whole words that both begin with
	for i := range min(len(before), len(after)) {
		if before[i] != after[i] {
			break
		}
		if before[i] == ' ' {
			same = i + 1
		}
	}
	return fromHere(before, same) + " → " + fromHere(after, same)
}

// fromHere is what stands in s from a byte on, in a few words.
func fromHere(s string, from int) string {
	switch {
	case s == "":
		return "none"
	case from > 0 && from < len(s):
		s = "…" + s[from:]
	}
	return cut(s, 40)
}

// bucketChange names the bounds that came and went.
func bucketChange(before, after string) string {
	old, now := boundSet(before), boundSet(after)
	var parts []string
	for _, side := range [...]struct {
		word string
		a, b map[string]bool
	}{{"gone", old, now}, {"new", now, old}} {
		var list []string
		for _, bound := range slices.Sorted(maps.Keys(side.a)) {
			if !side.b[bound] {
				list = append(list, bound)
			}
		}
		if n := len(list); n > 3 {
			list = append(list[:2], fmt.Sprintf("and %d more", n-2))
		}
		if len(list) > 0 {
			parts = append(parts, side.word+" "+strings.Join(list, " "))
		}
	}
	if len(parts) == 0 {
		return "the same bounds, in other layouts"
	}
	return strings.Join(parts, ", ")
}

func boundSet(layouts string) map[string]bool {
	set := map[string]bool{}
	for layout := range strings.SplitSeq(layouts, " | ") {
		if strings.HasPrefix(layout, "native") {
			set[layout] = true
			continue
		}
		for _, bound := range strings.Fields(layout) {
			set[bound] = true
		}
	}
	return set
}
