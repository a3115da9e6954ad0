package serve

import (
	_ "embed"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"time"
)

//go:embed page.html
var pageText string

//go:embed page.css
var styleText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	io.WriteString(w, styleText)
}

// pageData is what the start page tells.
type pageData struct {
	Name             string
	Targets, Scrapes int
	Series, Samples  int
	Start, End       string // by the capture's clock
	Now              string // what clients call the capture's end; "": the same
	Running          bool
	Problems         int
	Firing, Pending  int
	Links            []link
}

// A link is an endpoint with an example.
type link struct{ Path, What string }

// page lists what can be asked.
func (h *Handler) page(w http.ResponseWriter, r *http.Request) {
	b := h.book.Load()
	rq := &request{Request: r, book: b, books: h.book.all(), shift: h.shift(b)}
	spell := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
	data := pageData{
		Name: b.capture.Name, Targets: len(b.capture.Targets), Scrapes: b.capture.Scrapes, Series: b.series, Samples: b.samples,
		Start: spell(time.UnixMilli(b.capture.Start)), End: spell(b.end), Problems: len(b.result.Problems) + b.result.Capture.HiddenProblems,
		Links: rq.links(),
	}
	if h.opts.Clock != ClockCapture {
		data.Now, data.Running = spell(rq.toClient(b.end)), h.opts.Clock == ClockRun
	}
	for _, g := range b.course.groups {
		for _, rule := range g.rules {
			switch now, ok := rule.at(h.present(rq)); stateOf(ok, now.alerts) {
			case "firing":
				data.Firing++
			case "pending":
				data.Pending++
			}
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if pageTemplate.Execute(w, data) != nil {
		return // the client has left
	}
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
