package catalogue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
)

// Observed makes a catalogue of what scrapes show: names, types, the names of
// labels and buckets' bounds. The zero value has seen nothing.
type Observed struct {
	families map[place]*family
}

type place struct{ version, name string }

type family struct {
	kind       string
	labels     map[string]bool
	bounds     []float64
	different  bool // series differ in their bounds, or scrapes in the type
	components map[string]bool
	quantiles  map[float64]bool
}

// Add notes the families of a scrape of a component in a version. Labels named
// le and quantile belong to buckets and quantiles. A family without a series
// shows its type alone.
func (o *Observed) Add(s *expfmt.Snapshot, component, version string) {
	if o.families == nil {
		o.families = map[place]*family{}
	}
	for _, f := range s.Families {
		name := f.Name
		// OpenMetrics calls the family of a counter without its _total.
		if f.Type == expfmt.TypeCounter && len(f.Samples) > 0 && f.Samples[0].Name == name+"_total" {
			name += "_total"
		}
		p := place{version, name}
		seen := o.families[p]
		if seen == nil {
			seen = &family{labels: map[string]bool{}, components: map[string]bool{}, quantiles: map[float64]bool{}}
			o.families[p] = seen
		}
		seen.add(f)
		if component != "" {
			seen.components[component] = true
		}
	}
}

func (seen *family) add(f *expfmt.Family) {
	if kind := f.Type.String(); f.Type != expfmt.TypeUnknown {
		if seen.kind != "" && seen.kind != kind {
			kind = "custom"
		}
		seen.kind = kind
	}
	buckets := f.Type == expfmt.TypeHistogram || f.Type == expfmt.TypeGaugeHistogram
	var bounds []float64
	var series expfmt.Labels
	for i := range f.Samples {
		s := &f.Samples[i]
		isBucket := buckets && strings.HasSuffix(s.Name, "_bucket")
		own := s.Labels
		for _, l := range s.Labels {
			switch {
			case isBucket && l.Name == "le":
				own = without(own, "le")
				if len(bounds) > 0 && !slices.Equal(own, series) {
					seen.layout(bounds)
					bounds = bounds[:0]
				}
				series = own
				if v, err := strconv.ParseFloat(l.Value, 64); err == nil {
					bounds = append(bounds, v)
				}
			case f.Type == expfmt.TypeSummary && l.Name == "quantile" && s.Name == f.Name:
				if v, err := strconv.ParseFloat(l.Value, 64); err == nil {
					seen.quantiles[v] = true
				}
			default:
				seen.labels[l.Name] = true
			}
		}
	}
	if len(bounds) > 0 {
		seen.layout(bounds)
	}
	for i := range f.Histograms {
		for _, l := range f.Histograms[i].Labels {
			seen.labels[l.Name] = true
		}
	}
	if len(f.Samples)+len(f.Histograms) > 0 {
		seen.labels[""] = true // its labels were seen, if there are any
	}
}

func without(ls expfmt.Labels, name string) expfmt.Labels {
	return slices.DeleteFunc(slices.Clone(ls), func(l expfmt.Label) bool { return l.Name == name })
}

// layout notes the bounds of one series.
func (seen *family) layout(bounds []float64) {
	finite := slices.DeleteFunc(slices.Clone(bounds), func(v float64) bool { return v != v || v-v != 0 })
	slices.Sort(finite)
	finite = slices.Compact(finite)
	switch {
	case len(finite) == 0:
	case seen.bounds == nil:
		seen.bounds = finite
	case !slices.Equal(seen.bounds, finite):
		seen.different = true
	}
}

// Catalogue returns what was seen. The source, if it has an ID, is named as
// that of every fact. Metrics whose series differ in their bounds have none,
// and a note. It is an error when a version is none, or when there are more
// than a list may have.
func (o *Observed) Catalogue(software string, source Source) (*Catalogue, error) {
	c := &Catalogue{Software: software}
	var from []string
	if source.ID != "" {
		c.Sources = []Source{source}
		from = []string{source.ID}
	}
	places := slices.SortedFunc(maps.Keys(o.families), func(a, b place) int {
		return cmp.Or(newer(a.version, b.version), strings.Compare(a.version, b.version), strings.Compare(a.name, b.name))
	})
	for _, p := range places {
		if !slices.Contains(c.Versions, p.version) {
			c.Versions = append(c.Versions, p.version)
		}
		if !isVersion(p.version) || len(c.Versions) > maxVersions {
			return nil, fmt.Errorf("%s is no version, or one of more than %d", quoted(p.version), maxVersions)
		}
	}
	cells := map[string][]*Entry{}
	for _, p := range places {
		if cells[p.name] == nil {
			cells[p.name] = make([]*Entry, len(c.Versions))
		}
		e := o.families[p].entry()
		e.From = from
		cells[p.name][slices.Index(c.Versions, p.version)] = &e
	}
	for name, versions := range cells {
		c.metrics = append(c.metrics, &metric{name, c.facts(versions)})
	}
	c.sort()
	return c, nil
}

func (seen *family) entry() Entry {
	e := Entry{Type: seen.kind, HasLabels: seen.labels[""], Bounds: seen.bounds}
	for _, name := range slices.Sorted(maps.Keys(seen.labels)) {
		if name != "" {
			e.Labels = append(e.Labels, Label{Name: name})
		}
	}
	if seen.different {
		e.Bounds, e.Note = nil, "series with different bounds were seen"
	}
	if len(seen.components) > 0 {
		e.In = slices.Sorted(maps.Keys(seen.components))
	}
	if len(seen.quantiles) > 0 {
		e.Quantiles = slices.DeleteFunc(slices.Sorted(maps.Keys(seen.quantiles)), func(v float64) bool { return v != v || v-v != 0 })
	}
	return e
}

// BuildInfo returns what a scrape tells about its program: "kubernetes" and the
// minor version, as 1.36, of kubernetes_build_info; of any other
// NAME_build_info with a label version, when there is only one, NAME and this
// version. Both are "" when nothing is told.
func BuildInfo(s *expfmt.Snapshot) (software, version string) {
	if f := s.Family("kubernetes_build_info"); f != nil && len(f.Samples) > 0 {
		git, _ := f.Samples[0].Labels.Get("git_version")
		if parts := strings.SplitN(strings.TrimPrefix(git, "v"), ".", 3); len(parts) > 1 && isVersion(parts[0]+"."+parts[1]) {
			return "kubernetes", parts[0] + "." + parts[1]
		}
		return "", ""
	}
	for _, f := range s.Families {
		name, ok := strings.CutSuffix(f.Name, "_build_info")
		if !ok || name == "go" || len(f.Samples) == 0 {
			continue
		}
		v, _ := f.Samples[0].Labels.Get("version")
		if v = strings.TrimPrefix(v, "v"); !isVersion(v) {
			continue
		}
		if software != "" {
			return "", ""
		}
		software, version = name, v
	}
	return software, version
}
