package scrapeconfig

import (
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"
)

// Scraping is how the targets of a job are scraped.
type Scraping struct {
	HTTP config.HTTPClientConfig
	// Protocols are scrape_protocols; nil: those that Prometheus prefers, of
	// which protobuf is the first with NativeHistograms.
	Protocols        []string
	NativeHistograms bool
	Escaping         string // metric_name_escaping_scheme
	Compression      bool   // enable_compression
	BodySizeLimit    int64  // in bytes; 0: there is none
}

// Scraping tells how the job's targets are scraped.
func (j *Job) Scraping() Scraping {
	s := &j.settings
	return Scraping{
		HTTP: s.HTTP, Protocols: s.ScrapeProtocols, NativeHistograms: isTrue(s.ScrapeNativeHistograms),
		Escaping: s.MetricNameEscapingScheme, Compression: s.EnableCompression, BodySizeLimit: int64(s.BodySizeLimit),
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

// Capture is what a capture.yaml must say of the job, by its keys, so that what
// its targets answered becomes the samples that a server stores. What it need
// not say is left out. Nothing of it is secret.
func (j *Job) Capture() map[string]any {
	s := &j.settings
	out := map[string]any{}
	say := func(key string, value any, differs bool) {
		if differs {
			out[key] = value
		}
	}
	say("honor_labels", true, s.HonorLabels)
	say("honor_timestamps", false, !s.HonorTimestamps)
	say("track_timestamps_staleness", true, s.TrackTimestampsStaleness)
	for key, n := range map[string]uint{
		"sample_limit": s.SampleLimit, "label_limit": s.LabelLimit, "label_name_length_limit": s.LabelNameLengthLimit,
		"label_value_length_limit": s.LabelValueLengthLimit, "body_size_limit": uint(s.BodySizeLimit),
	} {
		say(key, n, n > 0)
	}
	for key, b := range map[string]*bool{
		"scrape_native_histograms": s.ScrapeNativeHistograms, "always_scrape_classic_histograms": s.AlwaysScrapeClassicHistograms,
		"convert_classic_histograms_to_nhcb": s.ConvertClassicHistogramsToNHCB, "extra_scrape_metrics": s.ExtraScrapeMetrics,
	} {
		say(key, true, isTrue(b))
	}
	say("fallback_scrape_protocol", s.ScrapeFallbackProtocol, s.ScrapeFallbackProtocol != "")
	say("metric_name_validation_scheme", "legacy", s.MetricNameValidationScheme == model.LegacyValidation)
	var rules []map[string]any
	for i := range j.MetricRelabel {
		rules = append(rules, ruleOf(&j.MetricRelabel[i].Config))
	}
	say("metric_relabel_configs", rules, len(rules) > 0)
	return out
}

// ruleOf is a rule of relabelling as it is written, without what it need not
// say.
func ruleOf(c *relabel.Config) map[string]any {
	d := relabel.DefaultRelabelConfig
	out := map[string]any{"action": string(c.Action)}
	if len(c.SourceLabels) > 0 {
		names := make([]string, len(c.SourceLabels))
		for i, n := range c.SourceLabels {
			names[i] = string(n)
		}
		out["source_labels"] = names
	}
	if c.Modulus != d.Modulus {
		out["modulus"] = c.Modulus
	}
	if text := c.Regex.String(); text != d.Regex.String() {
		out["regex"] = text
	}
	for key, v := range map[string][2]string{
		"separator": {c.Separator, d.Separator}, "target_label": {c.TargetLabel, d.TargetLabel}, "replacement": {c.Replacement, d.Replacement},
	} {
		if v[0] != v[1] {
			out[key] = v[0]
		}
	}
	return out
}
