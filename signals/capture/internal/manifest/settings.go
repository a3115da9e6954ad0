package manifest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/relabel"
)

// choice is a boolean that may be left open.
type choice uint8

const (
	unsaid choice = iota
	Yes
	No
)

// Settings are what one level of capture.yaml says; what it leaves open is
// zero.
type Settings struct {
	Job                                          string
	Labels                                       map[string]string
	Interval                                     time.Duration
	HonorLabels, HonorTimestamps, TrackStaleness choice
	Relabel, MetricRelabel                       *[]*relabel.Config
	Limits                                       [len(limitKeys)]*int64
	Choices                                      [len(choiceKeys)]choice
	Texts                                        [len(textKeys)]string
}

// Keys of the same shape, each an index into the arrays of settings. The names
// are Prometheus' but for ends.
var (
	limitKeys  = [...]string{"sample_limit", "label_limit", "label_name_length_limit", "label_value_length_limit", "body_size_limit"}
	choiceKeys = [...]string{"scrape_native_histograms", "always_scrape_classic_histograms", "convert_classic_histograms_to_nhcb", "extra_scrape_metrics"}
	textKeys   = [...]string{"fallback_scrape_protocol", "metric_name_validation_scheme", "ends"}
	textValues = [...][]string{
		{"PrometheusProto", "PrometheusText0.0.4", "PrometheusText1.0.0", "OpenMetricsText0.0.1", "OpenMetricsText1.0.0"},
		{"utf8", "legacy"},
		{"removed", "kept"},
	}
)

// Over returns the settings under a more specific level, which may be nil: what
// that says wins, and labels are merged.
func (s Settings) Over(more *Settings) Settings {
	if more == nil {
		return s
	}
	if more.Job != "" {
		s.Job = more.Job
	}
	if len(more.Labels) > 0 {
		merged := make(map[string]string, len(s.Labels)+len(more.Labels))
		maps.Copy(merged, s.Labels)
		maps.Copy(merged, more.Labels)
		s.Labels = merged
	}
	if more.Interval != 0 {
		s.Interval = more.Interval
	}
	if more.HonorLabels != unsaid {
		s.HonorLabels = more.HonorLabels
	}
	if more.HonorTimestamps != unsaid {
		s.HonorTimestamps = more.HonorTimestamps
	}
	if more.TrackStaleness != unsaid {
		s.TrackStaleness = more.TrackStaleness
	}
	if more.Relabel != nil {
		s.Relabel = more.Relabel
	}
	if more.MetricRelabel != nil {
		s.MetricRelabel = more.MetricRelabel
	}
	for i, v := range more.Limits {
		s.Limits[i] = cmp.Or(v, s.Limits[i])
	}
	for i, v := range more.Choices {
		s.Choices[i] = cmp.Or(v, s.Choices[i])
	}
	for i, v := range more.Texts {
		s.Texts[i] = cmp.Or(v, s.Texts[i])
	}
	return s
}

// Manifest is the whole of capture.yaml; the zero value is that of a capture
// without one.
type Manifest struct {
	Top           Settings
	Jobs, Targets Section
	files         map[string]*File
	Incidents     []Incident // nil when nothing is said of them
	Text          []byte     // as it was read, without files
}

// File returns what is said of a file, or nil.
func (m *Manifest) File(file string) *File {
	if m == nil {
		return nil
	}
	return m.files[file]
}

func (m *Manifest) Names(file string) bool { return m.File(file) != nil }

// Folder returns what is said of a folder, or nil.
func (m *Manifest) Folder(dir string) *File { return m.File(dir + "/") }

// Section is `jobs` or `targets`: settings by name.
type Section struct {
	names  []string // in the file's order
	byName map[string]*Settings
	used   map[string]bool
}

// Find returns the settings of a name, or nil, and remembers that the name was
// asked for.
func (s *Section) Find(name string) *Settings {
	found := s.byName[name]
	if found != nil {
		s.used[name] = true
	}
	return found
}

// Unused returns the names never asked for.
func (s *Section) Unused() (names []string) {
	for _, n := range s.names {
		if !s.used[n] {
			names = append(names, n)
		}
	}
	return names
}

// FallbackScrapeProtocols returns what fallback_scrape_protocol may be.
func FallbackScrapeProtocols() []string { return slices.Clone(textValues[0]) }
