package clock

import (
	"testing"
	"time"
)

// FuzzTimes holds for any text: no panic, no time out of bounds, spans within
// it; what is blanked keeps its length, and a time that stands alone is found
// within words as well.
func FuzzTimes(f *testing.F) {
	for _, row := range timeRows {
		f.Add(row.in)
	}
	for _, path := range []string{"2026-11-21/node1/071008.txt", "metrics-20261121-0710.txt", "2026/11/21/07h10m08s.prom", "x_1795244469930123.log", "20261121_071008+0100", "logs/1786123456789012480/1786123456793206784", "2024/05/01/10/05/n1", "2024/05/01/10/00/15"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := Find(s)
		for _, span := range m.spans {
			if span[0] > span[1] || span[1] > len(s) {
				t.Fatalf("%v of %q", m.spans, s)
			}
		}
		if blank := Blank(s, m); len(blank) != len(s) {
			t.Fatalf("%q is blanked to %q", s, blank)
		}
		if ms, _, ok := ParseDateLine([]byte(s)); ok && (ms < -63e12 || ms > 254e12) {
			t.Fatalf("%q is %d", s, ms)
		}
		if ok {
			form := time.UnixMilli(m.Ms).UTC().Format("2006-01-02T15-04-05.000Z")
			if again, ok := Find("x/metrics-" + form + ".txt"); !ok || again.Ms != m.Ms || !again.Zoned {
				t.Fatalf("%q is %d, %q is %d", s, m.Ms, form, again.Ms)
			}
		}
	})
}
