package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// familyText says in a few words what became of a family.
func familyText(m *signals.Move) string {
	switch m.Kind {
	case signals.MoveRestarted:
		return fmt.Sprintf("%s began at %s", count(m.Metrics, "metric"), strings.TrimSuffix(strings.Replace(m.Is, "T", " ", 1), "Z"))
	case signals.MoveExemplars:
		return fmt.Sprintf("%s → %s, %d new", m.Was, m.Is, m.Metrics)
	case signals.MoveBuckets:
		return bucketChange(m.Was, m.Is)
	}
	before, after := terminal.Clean(m.Was), terminal.Clean(m.Is)
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
	return terminal.Cut(s, 40)
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
