package scrapeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

// The labels that say how histograms are scraped, and the keys they are of.
var histogramLabels = []struct{ label, key string }{
	{"__convert_classic_histograms_to_nhcb__", "convert_classic_histograms_to_nhcb"},
	{"__always_scrape_classic_histograms__", "always_scrape_classic_histograms"},
	{"__scrape_native_histograms__", "scrape_native_histograms"},
}

// Target is what a job makes of one target that was discovered.
type Target struct {
	Job        *Job
	Source     string        // of what the target was made
	Discovered labels.Labels // before relabelling
	// Labels are those after relabelling, with the ones that begin with __ and
	// say how it is scraped; empty for a target that is dropped or refused.
	Labels labels.Labels
	// By is the rule that drops the target, nil if none does.
	By  *Rule
	Err error  // why it is refused
	URL string // of a target that is kept
	// Same tells that an earlier target of the job has the same labels and URL:
	// Prometheus scrapes them once.
	Same  bool
	Steps []Step // of relabelling, if they were asked for
	// Chance tells of a labelmap that makes one label of several: which one
	// wins on a server hangs on the order of a Go map, so that it may be
	// another each time. Nil: nothing does. Here the last of their names wins.
	Chance *Chance
}

// Chance is what relabelling leaves to chance.
type Chance struct {
	Rule *Rule          // the labelmap
	Name string         // the label that it makes
	Of   []labels.Label // of which it makes it, by their names
}

// Step is what one rule does to a target.
type Step struct {
	Rule *Rule
	Keep bool
	// Changed are the labels that the rule set or removed, by their names.
	Changed []Change
}

// Change is one label before and after a rule; "" is one that is not there.
type Change struct{ Name, Before, After string }

// Kept tells whether the target is scraped.
func (t *Target) Kept() bool { return t.By == nil && t.Err == nil }

// Public are the labels that the series of a target get.
func (t *Target) Public() labels.Labels {
	b := labels.NewBuilder(t.Labels)
	t.Labels.Range(func(l labels.Label) {
		if strings.HasPrefix(l.Name, model.ReservedLabelPrefix) {
			b.Del(l.Name)
		}
	})
	return b.Labels()
}

// Relabel says what the job makes of each target of a group, as a server does
// when discovery hands them over. The steps are told with explain.
func (j *Job) Relabel(g discovery.Group, explain bool) (targets []Target) {
	for _, own := range g.Targets {
		targets = append(targets, j.relabel(own, g, explain))
	}
	return targets
}

func (j *Job) relabel(own model.LabelSet, g discovery.Group, explain bool) Target {
	t := j.ordered(own, g, explain, false)
	if slices.ContainsFunc(j.Relabelling, func(r Rule) bool { return r.Action == relabel.LabelMap }) {
		if other := j.ordered(own, g, false, true); other.By != t.By || (other.Err == nil) != (t.Err == nil) || !labels.Equal(other.Labels, t.Labels) {
			t.Chance = j.chance(own, g)
		}
	}
	return t
}

// ordered relabels a target whose labels a server's map holds in one order or
// the other.
func (j *Job) ordered(own model.LabelSet, g discovery.Group, explain, backwards bool) Target {
	b := labels.NewBuilder(labels.EmptyLabels())
	j.discovered(b, own, g.Labels, backwards)
	t := Target{Job: j, Source: g.Source, Discovered: snapshot(b)}
	for i := range j.Relabelling {
		rule := &j.Relabelling[i]
		var before labels.Labels
		if explain {
			before = snapshot(b)
		}
		keep := relabel.ProcessBuilder(b, &rule.Config)
		if explain {
			t.Steps = append(t.Steps, Step{Rule: rule, Keep: keep, Changed: changes(before, snapshot(b))})
		}
		if !keep {
			t.By = rule
			return t
		}
	}
	if t.Err = settleTarget(b); t.Err == nil {
		t.Labels = b.Labels()
		t.URL = j.url(t.Labels)
	}
	return t
}

// chance is the first labelmap that makes another label in the other order.
func (j *Job) chance(own model.LabelSet, g discovery.Group) *Chance {
	one, other := labels.NewBuilder(labels.EmptyLabels()), labels.NewBuilder(labels.EmptyLabels())
	j.discovered(one, own, g.Labels, false)
	j.discovered(other, own, g.Labels, true)
	for i := range j.Relabelling {
		rule := &j.Relabelling[i]
		before := snapshot(one)
		relabel.ProcessBuilder(one, &rule.Config)
		relabel.ProcessBuilder(other, &rule.Config)
		if differ := changes(snapshot(one), snapshot(other)); len(differ) > 0 {
			c := &Chance{Rule: rule, Name: differ[0].Name}
			before.Range(func(l labels.Label) {
				if rule.Regex.MatchString(l.Name) && rule.Regex.ReplaceAllString(l.Name, rule.Replacement) == c.Name {
					c.Of = append(c.Of, l)
				}
			})
			return c
		}
	}
	return nil
}

// discovered sets the labels of a target before relabelling, in the order in
// which a server does: what is a map there is taken in the order of names here,
// or backwards.
func (j *Job) discovered(b *labels.Builder, own, shared model.LabelSet, backwards bool) {
	for _, n := range ordered(own, backwards) {
		b.Set(string(n), string(own[n])) // which may be empty, and is not the shared one then
	}
	for _, n := range ordered(shared, backwards) {
		if _, ok := own[n]; !ok {
			b.Set(string(n), string(shared[n]))
		}
	}
	s := &j.settings
	set := func(name, value string) {
		if b.Get(name) == "" {
			b.Set(name, value)
		}
	}
	set(model.JobLabel, j.Name)
	set(model.ScrapeIntervalLabel, s.ScrapeInterval.String())
	set(model.ScrapeTimeoutLabel, s.ScrapeTimeout.String())
	set(model.MetricsPathLabel, s.MetricsPath)
	set(model.SchemeLabel, s.Scheme)
	for i, on := range []*bool{s.ConvertClassicHistogramsToNHCB, s.AlwaysScrapeClassicHistograms, s.ScrapeNativeHistograms} {
		set(histogramLabels[i].label, strconv.FormatBool(on != nil && *on))
	}
	for _, k := range ordered(s.Params, backwards) {
		if v := s.Params[k]; len(v) > 0 {
			set(model.ParamLabelPrefix+k, v[0])
		}
	}
}

// snapshot is what a builder holds. Its own Labels would sort what was set, and
// with it the order in which a labelmap goes through it.
func snapshot(b *labels.Builder) labels.Labels {
	c := labels.NewBuilder(labels.EmptyLabels())
	b.Range(func(l labels.Label) { c.Set(l.Name, l.Value) })
	return c.Labels()
}

// ordered are the keys of a map in their order, or backwards.
func ordered[K cmp.Ordered, V any](m map[K]V, backwards bool) []K {
	keys := slices.Sorted(maps.Keys(m))
	if backwards {
		slices.Reverse(keys)
	}
	return keys
}

// settleTarget checks what relabelling left, and makes of it the labels of a
// target.
func settleTarget(b *labels.Builder) error {
	address := b.Get(model.AddressLabel)
	switch {
	case address == "":
		return errors.New("no address")
	case strings.Contains(address, "/"):
		return fmt.Errorf("%q is no host:port, but a URL", address)
	}
	interval, err := model.ParseDuration(b.Get(model.ScrapeIntervalLabel))
	if err != nil || interval == 0 {
		return fmt.Errorf("%s is %q: it must be a duration above 0", model.ScrapeIntervalLabel, b.Get(model.ScrapeIntervalLabel))
	}
	timeout, err := model.ParseDuration(b.Get(model.ScrapeTimeoutLabel))
	if err != nil || timeout == 0 {
		return fmt.Errorf("%s is %q: it must be a duration above 0", model.ScrapeTimeoutLabel, b.Get(model.ScrapeTimeoutLabel))
	}
	if timeout > interval {
		return fmt.Errorf("the timeout %s is longer than the interval %s", timeout, interval)
	}
	for _, l := range histogramLabels {
		if v := b.Get(l.label); v != "" {
			if _, err := strconv.ParseBool(v); err != nil {
				return fmt.Errorf("%s is %q: it must be true or false", l.label, v)
			}
		}
	}
	b.Range(func(l labels.Label) {
		if strings.HasPrefix(l.Name, model.MetaLabelPrefix) {
			b.Del(l.Name)
		}
	})
	if b.Get(model.InstanceLabel) == "" {
		b.Set(model.InstanceLabel, address)
	}
	return b.Labels().Validate(func(l labels.Label) error {
		if !model.LabelValue(l.Value).IsValid() {
			return fmt.Errorf("the value %q of the label %s is no UTF-8", l.Value, l.Name)
		}
		return nil
	})
}

// url is where a target is scraped.
func (j *Job) url(ls labels.Labels) string {
	params := url.Values{}
	for k, v := range j.settings.Params {
		params[k] = append([]string{}, v...)
	}
	ls.Range(func(l labels.Label) {
		k, ok := strings.CutPrefix(l.Name, model.ParamLabelPrefix)
		switch {
		case !ok:
		case len(params[k]) > 0:
			params[k][0] = l.Value
		default:
			params[k] = []string{l.Value}
		}
	})
	u := url.URL{Scheme: ls.Get(model.SchemeLabel), Host: ls.Get(model.AddressLabel), Path: ls.Get(model.MetricsPathLabel), RawQuery: params.Encode()}
	return u.String()
}

// changes are the labels in which two sets differ.
func changes(before, after labels.Labels) (out []Change) {
	before.Range(func(l labels.Label) {
		if v := after.Get(l.Name); v != l.Value {
			out = append(out, Change{l.Name, l.Value, v})
		}
	})
	after.Range(func(l labels.Label) {
		if !before.Has(l.Name) {
			out = append(out, Change{l.Name, "", l.Value})
		}
	})
	return out
}
