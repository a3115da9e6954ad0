package record

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
)

// A Request is what a scrape asks for. The zero value asks as Prometheus 3 does
// by default.
type Request struct {
	// Protocols are the names of formats, the preferred one first, as in
	// scrape_protocols; nil: Prometheus' own, see Protobuf.
	Protocols []string
	// Protobuf puts protobuf before Prometheus' own protocols, as
	// scrape_native_histograms does.
	Protobuf bool
	// Escaping is metric_name_escaping_scheme; "" is allow-utf-8.
	Escaping string
	// Identity asks for an answer that is not compressed, as
	// enable_compression: false does.
	Identity bool
}

// userAgent names the program to targets.
const userAgent = "scrapebook (as Prometheus/3.16.0)"

// mediaTypes are those of config.ScrapeProtocolsHeaders.
var mediaTypes = map[string]string{
	"PrometheusProto":      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
	"PrometheusText0.0.4":  "text/plain;version=0.0.4",
	"PrometheusText1.0.0":  "text/plain;version=1.0.0",
	"OpenMetricsText0.0.1": "application/openmetrics-text;version=0.0.1",
	"OpenMetricsText1.0.0": "application/openmetrics-text;version=1.0.0",
	"OpenMetricsText2.0.0": "application/openmetrics-text;version=2.0.0",
}

var (
	textFirst  = []string{"OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0", "PrometheusText0.0.4"}
	protoFirst = append([]string{"PrometheusProto"}, textFirst...)
)

// Accept is the header of that name, as scrape.acceptHeader of Prometheus
// v0.316.0 makes it.
func (r Request) Accept() string {
	protocols := r.Protocols
	switch {
	case protocols != nil:
	case r.Protobuf:
		protocols = protoFirst
	default:
		protocols = textFirst
	}
	var list []string
	weight := len(mediaTypes) + 1
	for _, p := range protocols {
		text := mediaTypes[p]
		switch p {
		case "PrometheusText1.0.0", "OpenMetricsText1.0.0", "OpenMetricsText2.0.0":
			text += ";" + model.EscapingKey + "=" + cmp.Or(r.Escaping, model.AllowUTF8)
		}
		list = append(list, fmt.Sprintf("%s;q=0.%d", text, weight))
		weight--
	}
	return strings.Join(append(list, fmt.Sprintf("*/*;q=0.%d", weight)), ",")
}

// acceptEncoding is the header of that name.
func (r Request) acceptEncoding() string {
	if r.Identity {
		return "identity"
	}
	return "gzip"
}
