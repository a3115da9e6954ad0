package verdict

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

// buildInfo is what Kubernetes' components say of their version.
const buildInfo, buildVersion = "kubernetes_build_info", "git_version"

// known is the catalogue, with the versions of it that the capture is of; none
// where that is not known.
type known struct {
	catalogue *catalogue.Catalogue
	versions  []string // oldest first
}

// known looks for the capture's versions the first time that it is asked.
func (r *run) knownVersions() *known {
	if r.known != nil {
		return r.known
	}
	r.known = &known{}
	if r.facts == nil || r.seen == nil {
		return r.known
	}
	told := r.seen.Values(buildInfo, buildVersion)
	if len(told) == 0 {
		return r.known
	}
	r.known.catalogue = r.facts()
	for _, v := range r.known.catalogue.Versions {
		if slices.ContainsFunc(told, func(t string) bool { name, ok := r.known.catalogue.Version(t); return ok && name == v }) {
			r.known.versions = append(r.known.versions, v)
		}
	}
	return r.known
}

// history is what is known of the metric that a series' name belongs to; false
// when the capture's version is not known, or the metric is not.
func (k *known) history(series string) (h catalogue.History, ok bool) {
	if len(k.versions) == 0 {
		return h, false
	}
	family := k.catalogue.Family(series)
	if family == "" {
		return h, false
	}
	return k.catalogue.History(family), true
}

// exists says since or until when Kubernetes has a metric that the capture
// lacks; "" when nothing is known.
func (k *known) exists(f *Finding, name string) string {
	h, ok := k.history(name)
	if !ok {
		return ""
	}
	existence, newest := h.Existence(), k.versions[len(k.versions)-1]
	f.Evidence["kubernetes"] = h.String()
	for _, v := range slices.Backward(k.versions) {
		if existence.At(v) != catalogue.Yes {
			continue
		}
		who, verb := "Kubernetes", "has"
		if in := h.In(); len(in) > 0 {
			who = list(in, 3) + " of Kubernetes"
			if len(in) > 1 {
				verb = "have"
			}
		}
		return fmt.Sprintf("; %s %s it %s, and a process may not have made it yet", who, verb, existence.When(v))
	}
	if existence.At(newest) != catalogue.No {
		return ""
	}
	text := "; no version of Kubernetes that is known has it"
	if when := existence.Otherwise(newest); when != "" {
		text = fmt.Sprintf("; Kubernetes has it %s, and this is %s", when, list(k.versions, 3))
	}
	if renamed := k.catalogue.At(h.Metric, newest).Renamed; renamed != "" {
		f.Evidence["renamed"] = renamed + strings.TrimPrefix(name, h.Metric)
		text += "; " + renamed + " took its place"
	}
	return text
}

// label says until or since when a metric has a label that it lacks here; ""
// when nothing is known.
func (k *known) label(f *Finding, name, label string) string {
	h, ok := k.history(name)
	if !ok {
		return ""
	}
	has := h.Label(label)
	for _, v := range k.versions {
		if has.At(v) != catalogue.No {
			return ""
		}
	}
	when := has.Otherwise(k.versions[len(k.versions)-1])
	if when == "" {
		return ""
	}
	f.Evidence["kubernetes"] = when
	return fmt.Sprintf("; Kubernetes has it %s, and this is %s", when, list(k.versions, 3))
}

// caps says where the buckets that limit a quantile end on other versions, and
// whether the comparison can hold on any of them; "" when nothing is known.
func (k *known) caps(f *Finding, p reachable.Proof, l reachable.Limit) string {
	if len(l.Metrics) != 1 || len(l.Bounds) == 0 {
		return ""
	}
	h, ok := k.history(l.Metrics[0])
	if !ok || h.Caps() == "" {
		return ""
	}
	f.Evidence["kubernetes"] = h.Caps()
	// A quantile may lie above the last bound by as much as its interpolation
	// rounds; and what is compared may be a multiple of it.
	top, direct := l.Bounds[len(l.Bounds)-1], false
	if p.Range.Number {
		direct = p.Range.Hi == top || p.Range.Hi > top && p.Range.Hi < top*(1+1e-9)
	}
	every := direct && p.Fixed && (p.Op == ">" || p.Op == ">=")
	highest := math.Inf(-1)
	for _, period := range h.Periods {
		bound, known := period.Cap()
		if !period.State.Has() {
			continue
		}
		if !known {
			every = false
			continue
		}
		highest = max(highest, bound)
	}
	limit := p.Threshold.Lo
	if every && (limit > highest*(1+1e-9) || limit == highest && p.Op == ">" && highest == math.Trunc(highest) && p.Range.Hi == top && top == highest) {
		f.Evidence["every_version"] = true
		return fmt.Sprintf("; no known version of Kubernetes has higher ones (%s)", h.Caps())
	}
	return fmt.Sprintf("; Kubernetes' end at %s", h.Caps())
}
