package reachable

import (
	"maps"
	"slices"

	"github.com/prometheus/common/model"
)

// labelSet is what the labels of a vector's samples can be, each label by
// itself.
type labelSet struct {
	named map[string]texts
	rest  texts // of every other name: any, or absent
	// shape is set when samples with other labels are left out because of the
	// Shape.
	shape bool
}

// noLabels is a label set without labels.
func noLabels(cause Cause) labelSet { return labelSet{rest: oneOf(cause, "")} }

func anyLabels() labelSet { return labelSet{rest: anyText} }

func (s labelSet) get(name string) texts {
	if t, ok := s.named[name]; ok {
		return t
	}
	return s.rest
}

func (s labelSet) with(name string, t texts) labelSet {
	out := labelSet{named: maps.Clone(s.named), rest: s.rest, shape: s.shape}
	if out.named == nil {
		out.named = map[string]texts{}
	}
	out.named[name] = t
	return out
}

func (s labelSet) without(cause Cause, names ...string) labelSet {
	for _, name := range names {
		s = s.with(name, oneOf(cause, ""))
	}
	return s
}

// only keeps the named labels and no others.
func (s labelSet) only(cause Cause, names ...string) labelSet {
	out := noLabels(cause)
	out.shape = s.shape
	for _, name := range names {
		out = out.with(name, s.get(name))
	}
	return out
}

func (s labelSet) or(o labelSet) labelSet {
	out := labelSet{named: map[string]texts{}, rest: s.rest.or(o.rest), shape: s.shape || o.shape}
	for _, name := range names(s, o) {
		out.named[name] = s.get(name).or(o.get(name))
	}
	return out
}

// names are those that either set names, in order.
func names(sets ...labelSet) []string {
	var out []string
	for _, s := range sets {
		out = slices.AppendSeq(out, maps.Keys(s.named))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// metadata are the labels that most functions drop with the name.
var metadata = []string{model.MetricNameLabel, model.MetricTypeLabel, model.MetricUnitLabel}

// nameless drops the name, as functions do that make another metric. Where the
// engine removes names at the end, they can still be there.
func (a *analysis) nameless(s labelSet) labelSet {
	if a.shape.DelayedNames {
		for _, name := range metadata {
			s = s.with(name, anyText)
		}
		return s
	}
	return s.without(Cause{}, metadata...)
}
