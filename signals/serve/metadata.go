package serve

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// A family is what HELP, TYPE and UNIT lines of a target's last scrape that did
// not fail said of a metric family.
type family struct {
	target *capture.Target
	labels labels.Labels // the target's
	name   string
	about  about
}

// about is the JSON of what is said of a family.
type about struct {
	Type string `json:"type"`
	Help string `json:"help"`
	Unit string `json:"unit"`
}

// readFamilies reads these scrapes again: a replay keeps no help texts.
func (b *book) readFamilies() []family {
	stream := b.capture.Stream()
	defer stream.Close()
	var all []family
	for _, t := range b.capture.Targets {
		last, ok := b.course.last[t]
		if !ok || last.good < 0 {
			continue
		}
		s := stream.At(last.good, nil)
		if s.Err != nil { // it has changed since it was replayed
			continue
		}
		of := familiesOf(s)
		for _, name := range slices.Sorted(maps.Keys(of)) {
			all = append(all, family{target: t, labels: b.label(targetLabels(t)), name: name, about: *of[name]})
		}
	}
	return all
}

// families are those of all captures.
func (r *request) families() (all []family) {
	for _, b := range r.books {
		all = append(all, b.families()...)
	}
	return all
}

func familiesOf(s *capture.Scrape) map[string]*about {
	of := map[string]*about{}
	content := expfmt.Detect(s.Header.Get("Content-Type"), s.Body)
	r := expfmt.NewReader(bytes.NewReader(s.Body), expfmt.Options{Format: content.Format, MaxBytes: -1})
	for r.Next() {
		kind := r.Kind()
		if kind != expfmt.KindHelp && kind != expfmt.KindType && kind != expfmt.KindUnit {
			continue
		}
		m := r.Metadata()
		f := of[m.Name]
		if f == nil {
			f = &about{Type: "unknown"}
			of[string([]byte(m.Name))] = f
		}
		switch kind {
		case expfmt.KindHelp:
			f.Help = string([]byte(m.Text)) // the Reader's buffer is not ours
		case expfmt.KindUnit:
			f.Unit = string([]byte(m.Text))
		case expfmt.KindType:
			f.Type = m.Type.String()
			if m.Type == expfmt.TypeUnknown {
				f.Type = "unknown"
			}
		}
	}
	return of
}

// number is a parameter that is -1 when it is not given.
func (r *request) number(name string) (int, *failure) {
	text := r.FormValue(name)
	if text == "" {
		return -1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, bad(errors.New(name + " must be a number"))
	}
	return n, nil
}

func (h *Handler) metadata(r *request) (answer, *failure) {
	limit, fail := r.number("limit")
	if fail != nil {
		return answer{}, fail
	}
	each, fail := r.number("limit_per_metric")
	if fail != nil {
		return answer{}, fail
	}
	metric := r.FormValue("metric")
	of := map[string][]about{}
	for _, f := range r.families() {
		list := of[f.name]
		if metric != "" && metric != f.name || each > 0 && len(list) >= each || slices.Contains(list, f.about) {
			continue
		}
		of[f.name] = append(list, f.about)
	}
	if limit >= 0 && len(of) > limit { // which, a server leaves to chance
		for _, name := range slices.Sorted(maps.Keys(of))[limit:] {
			delete(of, name)
		}
	}
	return answer{data: of}, nil
}

// targetFamily is the JSON of a family with its target.
type targetFamily struct {
	Target labels.Labels `json:"target"`
	Metric string        `json:"metric,omitempty"`
	about
}

func (h *Handler) targetMetadata(r *request) (answer, *failure) {
	limit, fail := r.number("limit")
	if fail != nil {
		return answer{}, fail
	}
	var ms []*labels.Matcher
	if text := r.FormValue("match_target"); text != "" {
		var err error
		if ms, err = h.parser.ParseMetricSelector(text); err != nil {
			return answer{}, invalid("match_target", err)
		}
	}
	metric := r.FormValue("metric")
	list := []targetFamily{}
	var full *capture.Target // the one with which the limit was reached: a server tells all of it
	for _, f := range r.families() {
		if limit >= 0 && len(list) >= limit && cmp.Or(full, f.target) != f.target {
			break
		}
		ls := f.labels
		if metric != "" && metric != f.name || !fits(ms, ls) {
			continue
		}
		if limit == 0 {
			break
		}
		one := targetFamily{Target: ls, about: f.about}
		if metric == "" {
			one.Metric = f.name
		}
		list, full = append(list, one), f.target
	}
	return answer{data: list}, nil
}

// targetLabels are those that a target gives to its samples.
func targetLabels(t *capture.Target) labels.Labels {
	b := labels.NewBuilder(t.Labels)
	b.Set("job", t.Job)
	b.Set("instance", t.Instance)
	return b.Labels()
}
