package serve

import (
	"net/url"
	"time"

	"github.com/scrapebook/scrapebook/signals/report/html"
)

// A link is an endpoint with an example.
type link struct{ Path, What string }

// apiView lists what can be asked.
func (h *Handler) apiView(r *request) (html.Document, *failure) {
	return html.Document{
		Title: "The API",
		Lead: []string{
			"This is the HTTP API of Prometheus over a capture.",
			"For Grafana, add this address as a data source of the type Prometheus.",
			h.timesNote(r),
		},
		Sections: []html.Section{section("endpoints", "What can be asked", "api.tmpl", r.links())},
	}, nil
}

// links are examples that give something with this capture.
func (r *request) links() []link {
	end := r.toClient(r.book.end)
	start := r.toClient(time.UnixMilli(r.book.capture.Start))
	at := func(path string, kv ...string) string {
		v := url.Values{}
		for i := 0; i < len(kv); i += 2 {
			v.Set(kv[i], kv[i+1])
		}
		return path + "?" + v.Encode()
	}
	clock := func(t time.Time) string { return t.Format(time.RFC3339) }
	step := max(r.book.every, end.Sub(start)/maxSteps).Round(time.Second)
	return []link{
		{at(api+"query", "query", "up"), "a PromQL expression at one instant; time, limit, timeout, lookback_delta, stats"},
		{at(api+"query_range", "query", "sum(up)", "start", clock(start), "end", clock(end), "step", max(step, time.Second).String()), "an expression over a range"},
		{at(api+"series", "match[]", "up"), "series; start, end, limit"},
		{api + "labels", "names of labels; match[], start, end, limit"},
		{api + "label/__name__/values", "values of a label: the names of metrics"},
		{at(api+"metadata", "limit", "10"), "types and help texts; metric, limit, limit_per_metric"},
		{api + "alerts", "alerts that were pending or firing at the end, or at time"},
		{api + "rules", "rules and their state at the end, or at time; type, rule_name[], match[]"},
		{api + "targets", "targets and their last scrapes"},
		{api + "scrape_pools", "jobs"},
		{at(api+"format_query", "query", "sum(rate(x[5m]))by(job)"), "an expression, laid out"},
		{at(api+"parse_query", "query", "up == 0"), "an expression as a tree"},
		{api + "status/tsdb", "how many series there are, by names and labels"},
		{api + "status/buildinfo", "the version of Prometheus that this is the API of"},
		{at("/federate", "match[]", "up"), "the newest samples, for another Prometheus"},
		{"/metrics", "this server's own metrics"},
		{"/-/healthy", "whether it lives; /-/ready: whether it answers"},
	}
}
