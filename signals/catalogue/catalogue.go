package catalogue

import (
	_ "embed"
	"path"
	"slices"
	"strings"
	"sync"
)

// Catalogue is what is known of the metrics of one software.
type Catalogue struct {
	Software string
	Versions []string // oldest first
	Sources  []Source // in the order of the list

	lists   []listed  // that were read whole
	metrics []*metric // by name
}

// listed are versions whose list was read whole.
type listed struct {
	in   set
	from string // the list's source; "" when it lists every metric that there is
}

// Source says where facts come from.
type Source struct {
	ID   string // as in Entry.From
	Text string
}

// Entry is what is known of a metric in one version.
type Entry struct {
	// Type is counter, gauge, histogram, summary, unknown (the text format's
	// untyped), gaugehistogram, info, stateset; custom when the program decides
	// with each scrape; "" when it is not known.
	Type string
	// Labels, by name, are known when HasLabels is set; then there may be none.
	// They are those of the family, without le and quantile, and without what
	// a scrape job adds.
	Labels    []Label
	HasLabels bool
	// Bounds are the finite upper bounds of a histogram's buckets, rising; nil
	// when they are not known.
	Bounds    []float64
	Quantiles []float64 // of a summary, rising; nil when they are not known

	Stability  string   // in small letters; "" when it is not known
	Deprecated string   // the version that deprecated it; "" when none is known
	Hidden     bool     // it is not exposed unless a flag asks for it
	Renamed    string   // of a metric that is not there: what took its place
	Note       string   // a sentence for people
	In         []string // components that are known to have it, in this version or another, by name
	From       []string // the IDs of the sources that speak of it, in this version or another

	none bool // a source says that it is not there
}

// Label is a label's name, with its value where it is the same in all series.
type Label struct{ Name, Value string }

// String returns the name, or name=value.
func (l Label) String() string {
	if l.Value == "" {
		return l.Name
	}
	return l.Name + "=" + l.Value
}

// Label returns the label called name, nil when the family has none or its
// labels are not known.
func (e *Entry) Label(name string) *Label {
	for i := range e.Labels {
		if e.Labels[i].Name == name {
			return &e.Labels[i]
		}
	}
	return nil
}

// Cap returns the highest finite bound, above which histogram_quantile never
// answers; ok is false when the bounds are not known.
func (e *Entry) Cap() (bound float64, ok bool) {
	if len(e.Bounds) == 0 {
		return 0, false
	}
	return e.Bounds[len(e.Bounds)-1], true
}

// metric has the facts of one name; no version is in two of them.
type metric struct {
	name  string
	facts []*fact // by their first version
}

type fact struct {
	in set
	Entry
}

//go:generate go run ./internal/generate

//go:embed kubernetes.list
var kubernetesList string

// Kubernetes returns the catalogue that comes with the package, of Kubernetes'
// components by minor version. It is read at the first call, in some
// milliseconds, and shared: it must not be changed.
var Kubernetes = sync.OnceValue(func() *Catalogue {
	c, err := Read(strings.NewReader(kubernetesList), "kubernetes.list")
	if err != nil {
		panic(err) // a test reads it
	}
	return c
})

// Names returns the names of all metrics, sorted.
func (c *Catalogue) Names() []string {
	names := make([]string, len(c.metrics))
	for i := range c.metrics {
		names[i] = c.metrics[i].name
	}
	return names
}

// Has reports whether a source speaks of the metric, if only to say that it is
// not there.
func (c *Catalogue) Has(name string) bool { return c.metric(name) != nil }

// Match returns the names of the metrics that a pattern of [path.Match] means,
// sorted: * is any text, ? any character, [ab] one of some. A pattern that is
// none gives path.ErrBadPattern.
func (c *Catalogue) Match(pattern string) ([]string, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(c.Names(), func(name string) bool {
		ok, _ := path.Match(pattern, name)
		return !ok
	}), nil
}

// Family returns the metric that a series' name belongs to: the name itself,
// or the histogram or summary whose _bucket, _sum or _count it is. It is ""
// when the catalogue has neither.
func (c *Catalogue) Family(series string) string {
	if c.Has(series) {
		return series
	}
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		name, ok := strings.CutSuffix(series, suffix)
		if m := c.metric(name); ok && m != nil && m.has(func(e *Entry) bool {
			return e.Type == "histogram" || e.Type == "gaugehistogram" || e.Type == "custom" || e.Type == "summary" && suffix != "_bucket"
		}) {
			return name
		}
	}
	return ""
}

func (c *Catalogue) metric(name string) *metric {
	i, ok := slices.BinarySearchFunc(c.metrics, name, func(m *metric, name string) int { return strings.Compare(m.name, name) })
	if !ok {
		return nil
	}
	return c.metrics[i]
}

func (m *metric) has(f func(e *Entry) bool) bool {
	return slices.ContainsFunc(m.facts, func(x *fact) bool { return f(&x.Entry) })
}
