package expfmt

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/prototext"
)

// protoBody writes families as a scrape has them.
func protoBody(t testing.TB, families ...*dto.MetricFamily) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, f := range families {
		if _, err := protodelim.MarshalTo(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// protoText writes families given as text, with a --- between them.
func protoText(t testing.TB, families string) []byte {
	t.Helper()
	var all []*dto.MetricFamily
	for text := range strings.SplitSeq(families, "---") {
		f := new(dto.MetricFamily)
		if err := (prototext.UnmarshalOptions{AllowPartial: true}).Unmarshal([]byte(text), f); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		all = append(all, f)
	}
	return protoBody(t, all...)
}

// clientBody is what a program with client_golang answers, with everything that
// it can say.
func clientBody(t testing.TB) []byte {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "All requests.\nOf \\ all."}, []string{"code", "Method"})
	gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "temperature", Help: ""}, []string{"city.name", "Zone"})
	untyped := prometheus.NewUntypedFunc(prometheus.UntypedOpts{Name: "answer", Help: "x"}, func() float64 { return 42 })
	infinite := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "infinite", Unit: "seconds"}, func() float64 { return math.Inf(-1) })
	summary := prometheus.NewSummaryVec(prometheus.SummaryOpts{Name: "latency", Objectives: map[float64]float64{0.5: 0.05, 0.9: 0.01, 1: 0}}, []string{"path"})
	bare := prometheus.NewSummary(prometheus.SummaryOpts{Name: "bare_latency"})
	classic := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "classic_seconds", Buckets: []float64{0.1, 1, 2.5, 1e6}}, []string{"a", "z"})
	native := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "native_seconds", NativeHistogramBucketFactor: 1.1, NativeHistogramMaxExemplars: 5}, []string{"a"})
	both := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "both_seconds", Buckets: []float64{-1, 0, 1}, NativeHistogramBucketFactor: 2}, []string{"a"})
	empty := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "empty_seconds", NativeHistogramBucketFactor: 1.5, NativeHistogramZeroThreshold: prometheus.NativeHistogramZeroThresholdZero})
	reg.MustRegister(counter, gauge, untyped, infinite, summary, bare, classic, native, both, empty)

	gauge.WithLabelValues("Zürich", "x").Set(math.NaN())
	gauge.WithLabelValues("", "y").Set(-0.5)
	for i := range 200 {
		v := math.Pow(1.07, float64(i-100))
		a := []string{"one", "two", "three"}[i%3]
		ex := prometheus.Labels{"trace_id": a}
		counter.WithLabelValues(a, "GET").(prometheus.ExemplarAdder).AddWithExemplar(1, ex)
		summary.WithLabelValues(a).Observe(v)
		bare.Observe(v)
		classic.WithLabelValues(a, "").(prometheus.ExemplarObserver).ObserveWithExemplar(v, ex)
		native.WithLabelValues(a).(prometheus.ExemplarObserver).ObserveWithExemplar(v, ex)
		both.WithLabelValues(a).(prometheus.ExemplarObserver).ObserveWithExemplar(10-v, ex)
	}
	counter.WithLabelValues("none", "POST")
	native.WithLabelValues("none")
	both.WithLabelValues("none")
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families { // what only other programs write
		for i, m := range f.Metric {
			if i == 1 {
				ms := time.Date(2026, 11, 21, 7, 10, 8, 0, time.UTC).UnixMilli()
				m.TimestampMs = &ms
			}
		}
	}
	return protoBody(t, families...)
}
