package report

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// about names what each of a rule's alerts is on: its instance, else its other
// labels, and whatever tells it from the rule's other alerts.
func about(r replay.Rule) []string {
	var out []string
	for _, a := range r.Alerts {
		instance := a.Labels.Get("instance")
		var parts []string
		if instance != "" {
			parts = append(parts, whole(instance))
		}
		a.Labels.Range(func(l labels.Label) {
			switch {
			case l.Name == "instance", l.Name == labels.AlertName, r.Labels.Has(l.Name) && !differs(r, l):
			case instance == "" || tellsApart(r, a, l.Name):
				parts = append(parts, whole(l.Name+"="+l.Value))
			}
		})
		if len(parts) == 0 {
			parts = []string{"all"}
		}
		out = append(out, strings.Join(parts, " "))
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
