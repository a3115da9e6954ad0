package serve

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/prometheus/util/httputil"
)

const api = "/api/v1/"

// An endpoint answers one path of the API.
type endpoint func(*request) (answer, *failure)

// routes are all paths that are answered.
func (h *Handler) routes() *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(methods, path string, when moment, f endpoint) {
		for method := range strings.FieldsSeq(methods) {
			mux.Handle(method+" "+api+path, h.api(when, f))
		}
	}
	both := func(path string, f endpoint) { handle("GET POST", path, atOnce, f) }
	get := func(path string, f endpoint) { handle("GET", path, atOnce, f) }
	whole := func(path string, f endpoint) { handle("GET", path, afterwards, f) }
	both("query", h.query)
	both("query_range", h.queryRange)
	handle("GET POST", "query_exemplars", afterwards, h.queryExemplars)
	both("format_query", h.formatQuery)
	both("parse_query", h.parseQuery)
	handle("GET POST", "labels", afterwards, h.labelNames)
	whole("label/{name}/values", h.labelValues)
	handle("GET POST", "series", afterwards, h.series)
	whole("metadata", h.metadata)
	whole("targets", h.targets)
	whole("targets/metadata", h.targetMetadata)
	get("scrape_pools", h.scrapePools)
	get("alertmanagers", noAlertmanagers)
	whole("rules", h.rules)
	whole("alerts", h.alerts)
	get("status/buildinfo", h.buildInfo)
	get("status/runtimeinfo", h.runtimeInfo)
	get("status/flags", h.flags)
	whole("status/config", h.config)
	whole("status/tsdb", h.tsdb)
	get("status/walreplay", h.walReplay)
	get("notifications", func(*request) (answer, *failure) { return answer{data: []string{}}, nil })
	get("features", h.features)
	for path, why := range senseless {
		mux.Handle(api+path, h.api(atOnce, func(*request) (answer, *failure) { return answer{}, why }))
	}
	mux.Handle(api, h.api(atOnce, h.unknown(mux)))
	mux.Handle("POST "+api+"read", h.bounded(atOnce, h.remoteRead))
	mux.Handle("GET /federate", h.bounded(atOnce, h.federate))
	mux.Handle("GET /-/healthy", lives("Prometheus Server is Healthy.\n"))
	mux.Handle("GET /-/ready", lives("Prometheus Server is Ready.\n"))
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics.registry, promhttp.HandlerOpts{}))
	h.pages(mux)
	return mux
}

// senseless are the endpoints of a server that a capture cannot have.
var senseless = map[string]*failure{
	"write":                       {notFound, errors.New("remote write receiver needs to be enabled with --web.enable-remote-write-receiver, which a capture cannot be: it is read-only")},
	"otlp/v1/metrics":             {notFound, errors.New("otlp write receiver needs to be enabled with --web.enable-otlp-receiver, which a capture cannot be: it is read-only")},
	"admin/tsdb/delete_series":    {unavailable, errors.New("admin APIs disabled: a capture is read-only")},
	"admin/tsdb/clean_tombstones": {unavailable, errors.New("admin APIs disabled: a capture is read-only")},
	"admin/tsdb/snapshot":         {unavailable, errors.New("admin APIs disabled: a capture is read-only")},
	"search/metric_names":         {unavailable, errors.New("search API disabled: use label/__name__/values")},
	"search/label_names":          {unavailable, errors.New("search API disabled: use labels")},
	"search/label_values":         {unavailable, errors.New("search API disabled: use label/NAME/values")},
	"status/tsdb/blocks":          {notFound, errors.New("a capture has no blocks")},
	"status/self_metrics":         {notFound, errors.New("the metrics of this server itself are at /metrics alone")},
	"targets/relabel_steps":       {badData, errors.New("error retrieving scrape config: nothing is scraped here; the labels of a capture's targets are final")},
	"scrape_pools/config":         {badData, errors.New("error retrieving scrape config: nothing is scraped here; status/config says what is known of the jobs")},
	"notifications/live":          {notFound, errors.New("a capture has no notifications to come")},
	"openapi.yaml":                {notFound, errors.New("the description of this API is that of Prometheus v0.316.0, which is not repeated here")},
}

// api wraps an endpoint: its parameters, its turn, its compression.
func (h *Handler) api(when moment, f endpoint) http.Handler {
	return httputil.CompressionHandler{Handler: h.bounded(when, func(w http.ResponseWriter, r *request) {
		a, fail := f(r)
		if fail != nil {
			respondError(w, fail)
			return
		}
		respond(w, a)
	})}
}

// A moment says when a request can be answered.
type moment bool

const (
	atOnce     moment = false // it needs what it names alone
	afterwards moment = true  // when the first reading is over
)

// bounded lets a request wait for its turn, and reads its parameters.
func (h *Handler) bounded(when moment, f func(http.ResponseWriter, *request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The body is read before the turn: a slow client holds nobody up.
		fail, err := form(r)
		if fail != nil {
			respondError(w, fail)
			return
		}
		all := h.book.all()
		if when == afterwards {
			if fail := h.gate.await(r.Context(), all, h.timeout()); fail != nil {
				respondError(w, fail)
				return
			}
		}
		leave, fail := h.gate.enter(r.Context())
		if fail != nil {
			respondError(w, fail)
			return
		}
		defer leave()
		f(w, &request{Request: r, book: all[0], books: all, shift: h.shift(all[0]), formErr: err})
	})
}

// unknown is the endpoint of all other paths.
func (h *Handler) unknown(mux *http.ServeMux) endpoint {
	return func(r *request) (answer, *failure) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, method+" ") {
				return answer{}, &failure{notAllowed, fmt.Errorf("%s is not answered with %s: use GET", r.URL.Path, r.Method)}
			}
		}
		return answer{}, &failure{notFound, fmt.Errorf("there is no %s in the API of Prometheus v0.316.0", r.URL.Path)}
	}
}

func lives(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) })
}
