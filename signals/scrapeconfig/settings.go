package scrapeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/units"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// global is the section of that name, as far as it can be refused or scrape
// jobs take over what it says.
type global struct {
	ScrapeInterval                 model.Duration         `yaml:"scrape_interval"`
	ScrapeTimeout                  model.Duration         `yaml:"scrape_timeout"`
	ScrapeProtocols                []string               `yaml:"scrape_protocols"`
	EvaluationInterval             model.Duration         `yaml:"evaluation_interval"`
	RuleQueryOffset                model.Duration         `yaml:"rule_query_offset"`
	QueryLogFile                   string                 `yaml:"query_log_file"`
	QueryMaxSeries                 uint64                 `yaml:"query_max_series"`
	QueryMaxSamplesRead            uint64                 `yaml:"query_max_samples_read"`
	QueryMaxDuration               model.Duration         `yaml:"query_max_duration"`
	ScrapeFailureLogFile           string                 `yaml:"scrape_failure_log_file"`
	ExternalLabels                 labels.Labels          `yaml:"external_labels"`
	BodySizeLimit                  units.Base2Bytes       `yaml:"body_size_limit"`
	SampleLimit                    uint                   `yaml:"sample_limit"`
	TargetLimit                    uint                   `yaml:"target_limit"`
	LabelLimit                     uint                   `yaml:"label_limit"`
	LabelNameLengthLimit           uint                   `yaml:"label_name_length_limit"`
	LabelValueLengthLimit          uint                   `yaml:"label_value_length_limit"`
	KeepDroppedTargets             uint                   `yaml:"keep_dropped_targets"`
	MetricNameValidationScheme     model.ValidationScheme `yaml:"metric_name_validation_scheme"`
	MetricNameEscapingScheme       string                 `yaml:"metric_name_escaping_scheme"`
	ScrapeNativeHistograms         bool                   `yaml:"scrape_native_histograms"`
	ConvertClassicHistogramsToNHCB bool                   `yaml:"convert_classic_histograms_to_nhcb"`
	AlwaysScrapeClassicHistograms  bool                   `yaml:"always_scrape_classic_histograms"`
	ExtraScrapeMetrics             bool                   `yaml:"extra_scrape_metrics"`
}

// defaultGlobal is the section when nothing is said.
func defaultGlobal() global {
	return global{
		ScrapeInterval:             model.Duration(time.Minute),
		ScrapeTimeout:              model.Duration(10 * time.Second),
		MetricNameValidationScheme: model.UTF8Validation,
		MetricNameEscapingScheme:   model.AllowUTF8,
	}
}

// settle checks the section that was read and fills in what it left out.
func (g *global) settle() error {
	if g.MetricNameValidationScheme == model.UnsetValidation {
		g.MetricNameValidationScheme = model.UTF8Validation
	}
	err := g.ExternalLabels.Validate(func(l labels.Label) error {
		switch {
		case !g.MetricNameValidationScheme.IsValidLabelName(l.Name):
			return fmt.Errorf("%q is not a valid label name", l.Name)
		case !model.LabelValue(l.Value).IsValid():
			return fmt.Errorf("%q is not a valid label value", l.Value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	g.ScrapeInterval = cmp.Or(g.ScrapeInterval, model.Duration(time.Minute))
	if g.ScrapeTimeout > g.ScrapeInterval {
		return fmt.Errorf("scrape_timeout %s is longer than scrape_interval %s", g.ScrapeTimeout, g.ScrapeInterval)
	}
	g.ScrapeTimeout = cmp.Or(g.ScrapeTimeout, min(model.Duration(10*time.Second), g.ScrapeInterval))
	if g.ScrapeProtocols != nil {
		return checkProtocols(g.ScrapeProtocols)
	}
	return nil
}

var protocols = []string{
	"PrometheusProto", "PrometheusText0.0.4", "PrometheusText1.0.0",
	"OpenMetricsText0.0.1", "OpenMetricsText1.0.0", "OpenMetricsText2.0.0",
}

func checkProtocols(list []string) error {
	if len(list) == 0 {
		return errors.New("scrape_protocols is empty: leave it out, or name some")
	}
	for i, p := range list {
		if !slices.Contains(protocols, p) {
			return fmt.Errorf("%q is no scrape protocol: these are %s", p, strings.Join(protocols, ", "))
		}
		if slices.ContainsFunc(list[:i], func(o string) bool { return strings.EqualFold(o, p) }) {
			return fmt.Errorf("scrape_protocols: %q stands twice", p)
		}
	}
	return nil
}

// settings are the keys of a job but for relabelling and discovery.
type settings struct {
	JobName                        string                  `yaml:"job_name"`
	HonorLabels                    bool                    `yaml:"honor_labels"`
	HonorTimestamps                bool                    `yaml:"honor_timestamps"`
	TrackTimestampsStaleness       bool                    `yaml:"track_timestamps_staleness"`
	Params                         url.Values              `yaml:"params"`
	ScrapeInterval                 model.Duration          `yaml:"scrape_interval"`
	ScrapeTimeout                  model.Duration          `yaml:"scrape_timeout"`
	ScrapeProtocols                []string                `yaml:"scrape_protocols"`
	ScrapeFallbackProtocol         string                  `yaml:"fallback_scrape_protocol"`
	ScrapeNativeHistograms         *bool                   `yaml:"scrape_native_histograms"`
	AlwaysScrapeClassicHistograms  *bool                   `yaml:"always_scrape_classic_histograms"`
	ConvertClassicHistogramsToNHCB *bool                   `yaml:"convert_classic_histograms_to_nhcb"`
	ScrapeFailureLogFile           string                  `yaml:"scrape_failure_log_file"`
	MetricsPath                    string                  `yaml:"metrics_path"`
	Scheme                         string                  `yaml:"scheme"`
	EnableCompression              bool                    `yaml:"enable_compression"`
	BodySizeLimit                  units.Base2Bytes        `yaml:"body_size_limit"`
	SampleLimit                    uint                    `yaml:"sample_limit"`
	TargetLimit                    uint                    `yaml:"target_limit"`
	LabelLimit                     uint                    `yaml:"label_limit"`
	LabelNameLengthLimit           uint                    `yaml:"label_name_length_limit"`
	LabelValueLengthLimit          uint                    `yaml:"label_value_length_limit"`
	NativeHistogramBucketLimit     uint                    `yaml:"native_histogram_bucket_limit"`
	NativeHistogramMinBucketFactor float64                 `yaml:"native_histogram_min_bucket_factor"`
	KeepDroppedTargets             uint                    `yaml:"keep_dropped_targets"`
	MetricNameValidationScheme     model.ValidationScheme  `yaml:"metric_name_validation_scheme"`
	MetricNameEscapingScheme       string                  `yaml:"metric_name_escaping_scheme"`
	ExtraScrapeMetrics             *bool                   `yaml:"extra_scrape_metrics"`
	HTTP                           config.HTTPClientConfig `yaml:",inline"`
	// These are read piece by piece; here they are only known.
	RelabelConfigs       []any `yaml:"relabel_configs"`
	MetricRelabelConfigs []any `yaml:"metric_relabel_configs"`
	// Others are discovery, and what is unknown.
	Others map[string]any `yaml:",inline"`
}

func defaultSettings() settings {
	return settings{
		MetricsPath: "/metrics", Scheme: "http", HonorTimestamps: true, EnableCompression: true,
		HTTP: config.DefaultHTTPClientConfig,
	}
}

// settle checks what is said of a job and takes over from global what is not.
func (s *settings) settle(g global) error {
	unnamed := s.MetricNameValidationScheme == model.UnsetValidation
	if unnamed {
		s.MetricNameValidationScheme = g.MetricNameValidationScheme
	}
	if err := s.settleNames(g, unnamed); err != nil {
		return err
	}
	s.ScrapeInterval = cmp.Or(s.ScrapeInterval, g.ScrapeInterval)
	if s.ScrapeTimeout > s.ScrapeInterval {
		return fmt.Errorf("scrape_timeout %s is longer than scrape_interval %s", s.ScrapeTimeout, s.ScrapeInterval)
	}
	s.ScrapeTimeout = cmp.Or(s.ScrapeTimeout, min(g.ScrapeTimeout, s.ScrapeInterval))
	s.TargetLimit = cmp.Or(s.TargetLimit, g.TargetLimit)
	s.BodySizeLimit = cmp.Or(s.BodySizeLimit, g.BodySizeLimit)
	s.SampleLimit = cmp.Or(s.SampleLimit, g.SampleLimit)
	s.LabelLimit = cmp.Or(s.LabelLimit, g.LabelLimit)
	s.LabelNameLengthLimit = cmp.Or(s.LabelNameLengthLimit, g.LabelNameLengthLimit)
	s.LabelValueLengthLimit = cmp.Or(s.LabelValueLengthLimit, g.LabelValueLengthLimit)
	for _, b := range []struct {
		own    **bool
		global bool
	}{
		{&s.ScrapeNativeHistograms, g.ScrapeNativeHistograms},
		{&s.AlwaysScrapeClassicHistograms, g.AlwaysScrapeClassicHistograms},
		{&s.ConvertClassicHistogramsToNHCB, g.ConvertClassicHistogramsToNHCB},
		{&s.ExtraScrapeMetrics, g.ExtraScrapeMetrics},
	} {
		if *b.own == nil {
			*b.own = &b.global
		}
	}
	if s.ScrapeProtocols != nil {
		if err := checkProtocols(s.ScrapeProtocols); err != nil {
			return err
		}
	} else {
		s.ScrapeProtocols = g.ScrapeProtocols
	}
	if p := s.ScrapeFallbackProtocol; p != "" && !slices.Contains(protocols, p) {
		return fmt.Errorf("%q is no scrape protocol: these are %s", p, strings.Join(protocols, ", "))
	}
	return nil
}

var escapings = []string{model.AllowUTF8, model.EscapeUnderscores, model.EscapeDots, model.EscapeValues}

// settleNames finds how names that are not valid are escaped; unnamed tells
// that the job does not say which are.
func (s *settings) settleNames(g global, unnamed bool) error {
	byScheme := func(v model.ValidationScheme) string {
		if v == model.LegacyValidation {
			return model.EscapeUnderscores
		}
		return model.AllowUTF8
	}
	ofGlobal := cmp.Or(g.MetricNameEscapingScheme, byScheme(g.MetricNameValidationScheme))
	if !slices.Contains(escapings, ofGlobal) {
		return fmt.Errorf("metric_name_escaping_scheme %q of global is none of %s", ofGlobal, strings.Join(escapings, ", "))
	}
	if s.MetricNameEscapingScheme == "" {
		s.MetricNameEscapingScheme = byScheme(s.MetricNameValidationScheme)
		if unnamed {
			s.MetricNameEscapingScheme = ofGlobal
		}
	}
	switch e := s.MetricNameEscapingScheme; {
	case !slices.Contains(escapings, e):
		return fmt.Errorf("metric_name_escaping_scheme %q is none of %s", e, strings.Join(escapings, ", "))
	case e == model.AllowUTF8 && s.MetricNameValidationScheme != model.UTF8Validation:
		return errors.New("metric_name_escaping_scheme allow-utf-8 needs metric_name_validation_scheme utf8")
	}
	return nil
}

// rulePath is what rule_files and scrape_config_files may hold.
var rulePath = regexp.MustCompile(`^[^*]*(\*[^/]*)?$`)
