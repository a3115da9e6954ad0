package serve

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are what /metrics tells of this server itself.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
}

func newMetrics(h *Handler) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "scrapebook_http_requests_total", Help: "Requests that were answered, by the status of the answer.",
	}, []string{"code"})
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	ofBooks := func(value func(*book) float64, join func(a, b float64) float64) func() float64 {
		return func() (out float64) {
			for _, b := range h.book.all() {
				select {
				case <-b.done:
					if b.err == nil {
						out = join(out, value(b))
					}
				default:
				}
			}
			return out
		}
	}
	sum := func(value func(*book) float64) func() float64 {
		return ofBooks(value, func(a, b float64) float64 { return a + b })
	}
	latest := func(value func(*book) float64) func() float64 {
		return ofBooks(value, func(a, b float64) float64 { return max(a, b) })
	}
	m.registry.MustRegister(
		m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("scrapebook_http_requests_in_work", "Requests that are worked on.", func() float64 { return float64(len(h.gate.slots)) }),
		gauge("scrapebook_http_requests_waiting", "Requests that wait for their turn.", func() float64 { return float64(h.gate.waiting.Load()) }),
		gauge("scrapebook_capture_series", "Series of the capture.", sum(func(b *book) float64 { return float64(b.series) })),
		gauge("scrapebook_capture_samples", "Samples of the capture and of what rules wrote, staleness markers included.", sum(func(b *book) float64 { return float64(b.samples) })),
		gauge("scrapebook_capture_scrapes", "Scrapes of the capture.", sum(func(b *book) float64 { return float64(b.capture.Scrapes) })),
		gauge("scrapebook_memory_samples_bytes", "What the samples that are held take, about, and the index of series.", func() float64 { return float64(h.memory.taken()) }),
		gauge("scrapebook_memory_samples_limit_bytes", "What they may take.", func() float64 { return float64(h.memory.most) }),
		gauge("scrapebook_capture_targets", "Targets of the capture.", sum(func(b *book) float64 { return float64(len(b.capture.Targets)) })),
		gauge("scrapebook_capture_end_timestamp_seconds", "When the capture ends, by its own clock.", latest(func(b *book) float64 { return seconds(b.end) })),
		gauge("scrapebook_capture_read_timestamp_seconds", "When the capture was read.", latest(func(b *book) float64 { return seconds(b.read) })),
	)
	return m
}

// count counts an answer.
func (m *metrics) count(w *statusWriter) {
	m.requests.WithLabelValues(strconv.Itoa(max(w.status, http.StatusOK))).Inc()
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
