package capture

import (
	"cmp"
	"maps"
	"time"

	"github.com/prometheus/prometheus/model/relabel"
)

// choice is a boolean that may be left open.
type choice uint8

const (
	unsaid choice = iota
	yes
	no
)

// settings are what one level of capture.yaml says; what it leaves open is zero.
type settings struct {
	job                                          string
	labels                                       map[string]string
	interval                                     time.Duration
	honorLabels, honorTimestamps, trackStaleness choice
	relabel, metricRelabel                       *[]*relabel.Config
	limits                                       [len(limitKeys)]*int64
	choices                                      [len(choiceKeys)]choice
	texts                                        [len(textKeys)]string
}

// Keys of the same shape, each an index into the arrays of settings. The names are Prometheus' but for ends.
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

// over returns the settings under a more specific level, which may be nil: what that says wins, and labels are merged.
func (s settings) over(more *settings) settings {
	if more == nil {
		return s
	}
	if more.job != "" {
		s.job = more.job
	}
	if len(more.labels) > 0 {
		merged := make(map[string]string, len(s.labels)+len(more.labels))
		maps.Copy(merged, s.labels)
		maps.Copy(merged, more.labels)
		s.labels = merged
	}
	if more.interval != 0 {
		s.interval = more.interval
	}
	if more.honorLabels != unsaid {
		s.honorLabels = more.honorLabels
	}
	if more.honorTimestamps != unsaid {
		s.honorTimestamps = more.honorTimestamps
	}
	if more.trackStaleness != unsaid {
		s.trackStaleness = more.trackStaleness
	}
	if more.relabel != nil {
		s.relabel = more.relabel
	}
	if more.metricRelabel != nil {
		s.metricRelabel = more.metricRelabel
	}
	for i, v := range more.limits {
		s.limits[i] = cmp.Or(v, s.limits[i])
	}
	for i, v := range more.choices {
		s.choices[i] = cmp.Or(v, s.choices[i])
	}
	for i, v := range more.texts {
		s.texts[i] = cmp.Or(v, s.texts[i])
	}
	return s
}

// manifest is the whole of capture.yaml; the zero value is that of a capture without one.
type manifest struct {
	top           settings
	jobs, targets section
	files         map[string]*frozen
	text          []byte // as it was read, without files
}

// file returns what is said of a file, or nil.
func (m *manifest) file(file string) *frozen {
	if m == nil {
		return nil
	}
	return m.files[file]
}

func (m *manifest) names(file string) bool { return m.file(file) != nil }

// folder returns what is said of a folder, or nil.
func (m *manifest) folder(dir string) *frozen { return m.file(dir + "/") }

// section is `jobs` or `targets`: settings by name.
type section struct {
	names  []string // in the file's order
	byName map[string]*settings
	used   map[string]bool
}

// find returns the settings of a name, or nil, and remembers that the name was asked for.
func (s *section) find(name string) *settings {
	found := s.byName[name]
	if found != nil {
		s.used[name] = true
	}
	return found
}

// unused returns the names never asked for.
func (s *section) unused() (names []string) {
	for _, n := range s.names {
		if !s.used[n] {
			names = append(names, n)
		}
	}
	return names
}
