package signals

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
)

// families adds what differs between the families that both scrapes have,
// beside their type and series.
func (b *differ) families(before, after *expfmt.Snapshot) {
	layouts := layoutsOf(before)
	for name, now := range layoutsOf(after) {
		old := layouts[name]
		s := Series{Name: name, Family: name}
		if old == nil || !b.match(s) || slices.Equal(old, now) {
			continue
		}
		s.Type = after.Family(name).Type
		b.add(Move{Kind: MoveBuckets, Series: s, Was: strings.Join(old, " | "), Is: strings.Join(now, " | ")}, 0)
	}
	for _, f := range after.Families {
		if old := before.Family(f.Name); old != nil && b.match(Series{Name: f.Name, Family: f.Name}) {
			b.family(old, f)
		}
	}
}

func (b *differ) family(old, f *expfmt.Family) {
	add := func(kind MoveKind, was, is string, metrics int) {
		b.add(Move{Kind: kind, Series: Series{Name: f.Name, Family: f.Name, Type: f.Type}, Was: was, Is: is, Metrics: metrics}, 0)
	}
	if old.Help != f.Help {
		add(MoveHelp, old.Help, f.Help, 0)
	}
	if old.Unit != f.Unit {
		add(MoveUnit, old.Unit, f.Unit, 0)
	}
	if at, n := restarted(old, f); n > 0 {
		add(MoveRestarted, "", startText(at), n)
	}
	was, is := exemplarsOf(old), exemplarsOf(f)
	isNew := 0
	for e := range is {
		if !was[e] {
			isNew++
		}
	}
	if isNew > 0 || len(was) != len(is) {
		add(MoveExemplars, strconv.Itoa(len(was)), strconv.Itoa(len(is)), isNew)
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

func startText(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func boundTexts(bounds []float64) []string {
	var list []string
	for _, b := range bounds {
		list = append(list, strconv.FormatFloat(b, 'g', -1, 64))
	}
	return list
}
