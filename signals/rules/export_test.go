package rules

import "github.com/prometheus/prometheus/model/labels"

// SetAnnotation gives the group's first rule a template that no YAML holds.
func SetAnnotation(e *Evaluator, name, text string) {
	e.group.Rules[0].Annotations = labels.FromStrings(name, text)
}
