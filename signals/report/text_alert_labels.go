package report

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// about names what each of a rule's alerts is on: its instance, else its other
// labels, and whatever tells it from the rule's other alerts.
func about(r replay.Rule) []string {
	var out []string
	for _, a := range r.Alerts {
		instance := a.Labels.Get("instance")
		var parts []string
		if instance != "" {
			parts = append(parts, instance)
		}
		a.Labels.Range(func(l labels.Label) {
			switch {
			case l.Name == "instance", l.Name == labels.AlertName, r.Labels.Has(l.Name) && !differs(r, l):
			case instance == "" || tellsApart(r, a, l.Name):
				parts = append(parts, l.Name+"="+difference(r, a, l))
			}
		})
		if len(parts) == 0 {
			parts = []string{"all"}
		}
		out = append(out, clip(terminal.Clean(strings.Join(parts, " ")), 36))
	}
	return out
}

// differs reports whether another alert of the rule has another value of the
// label, which the rule then makes from a template.
func differs(r replay.Rule, l labels.Label) bool {
	return slices.ContainsFunc(r.Alerts, func(b replay.Alert) bool { return b.Labels.Get(l.Name) != l.Value })
}

// tellsApart reports whether another alert of the rule on the same instance
// has another value of the label.
func tellsApart(r replay.Rule, a replay.Alert, name string) bool {
	return slices.ContainsFunc(r.Alerts, func(b replay.Alert) bool {
		return b.Labels.Get("instance") == a.Labels.Get("instance") && b.Labels.Get(name) != a.Labels.Get(name)
	})
}

// difference is a label's value; of a long one without what it begins with in
// the rule's other alerts on the same instance, too.
func difference(r replay.Rule, a replay.Alert, l labels.Label) string {
	shared := len(l.Value)
	for _, b := range r.Alerts {
		if v := b.Labels.Get(l.Name); v != l.Value && b.Labels.Get("instance") == a.Labels.Get("instance") {
			n := 0
			for n < min(shared, len(v)) && v[n] == l.Value[n] {
				n++
			}
			shared = n
		}
	}
	for shared < len(l.Value) && shared > 0 && !utf8.RuneStart(l.Value[shared]) {
		shared--
	}
	if len(l.Value) <= 20 || shared < 4 || shared == len(l.Value) {
		return l.Value
	}
	return "…" + l.Value[shared:]
}
