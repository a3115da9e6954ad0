package rulelint

import (
	"fmt"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// FindDuplicates warns of each rule whose name and labels, those of its group
// included, an earlier one of the same kind has: within a file as promtool's
// lint of duplicate rules does, and of recording rules across all files that
// were added.
func (r *Result) FindDuplicates() {
	type key struct {
		alert, file, record string
		labels              uint64
	}
	type first struct {
		labels labels.Labels
		place  Place
	}
	at := map[key][]first{} // several where hashes collide
	r.eachRule(func(f *File, g *rules.Group, rule *rules.Rule) {
		k := key{alert: rule.Alert, record: rule.Record, labels: rule.Labels.Hash()}
		if rule.Alert != "" { // what several files have to say of one alert is no clash of samples
			k.file = f.Name
		}
		for _, one := range at[k] {
			if labels.Equal(one.labels, rule.Labels) {
				d := found(f, g, rule, DuplicateRule, expfmt.SeverityWarning)
				d.First = &one.place
				d.Message = duplicate(rule, one.place)
				f.Findings = append(f.Findings, d)
				return
			}
		}
		at[k] = append(at[k], first{rule.Labels, Place{f.Name, rule.Line, rule.Column}})
	})
}

func duplicate(r *rules.Rule, at Place) string {
	kind, clash := "a recording rule", "where both give the same series, their samples clash"
	if r.Alert != "" {
		kind, clash = "an alert", "where both fire for the same labels, they are one alert to those who receive it"
	}
	return fmt.Sprintf("%s with this name and these labels stands already at %s:%d:%d: %s", kind, at.File, at.Line, at.Column, clash)
}
