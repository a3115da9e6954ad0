package expfmt

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// benchBody is a real scrape of kube-proxy, or one made up where the captures
// are absent.
func benchBody(b *testing.B) []byte {
	if body, err := os.ReadFile("../../shared/captures/singles/kube-proxy-node-a.prom"); err == nil {
		return body
	}
	b.Log("../shared is absent: a made-up body instead of a scrape of kube-proxy")
	return madeUpBody(1000)
}

// madeUpBody looks like a scrape of n series.
func madeUpBody(n int) []byte {
	var b bytes.Buffer
	bounds := []string{"0.005", "0.025", "0.1", "0.25", "0.5", "1", "2", "4", "8", "15", "30", "60", "+Inf"}
	for family := 0; n > 0; family++ {
		name := fmt.Sprintf("rest_client_request_%d_duration_seconds", family)
		fmt.Fprintf(&b, "# HELP %s [ALPHA] Request latency in seconds. Broken down by verb and host.\n# TYPE %s histogram\n", name, name)
		for _, verb := range []string{"GET", "POST", "PUT"} {
			for i, le := range bounds {
				fmt.Fprintf(&b, "%s_bucket{host=\"127.0.0.1:6443\",verb=%q,le=%q} %d\n", name, verb, le, 100*i)
			}
			fmt.Fprintf(&b, "%s_sum{host=\"127.0.0.1:6443\",verb=%q} 0.11051893900000001\n", name, verb)
			fmt.Fprintf(&b, "%s_count{host=\"127.0.0.1:6443\",verb=%q} 1200\n", name, verb)
			n -= len(bounds) + 2
		}
	}
	return b.Bytes()
}

var sinkBytes int

// BenchmarkFirstScrape drains labels, series and values of a text: this
// package's Reader, new, reset and over a stream, beside upstream's
// PromParser, whose symbol table is known from the turn before.
func BenchmarkFirstScrape(b *testing.B) {
	body := benchBody(b)
	b.Run("reader=scrapebook", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			drain(NewBytesReader(body, Options{}))
		}
	})
	b.Run("reader=scrapebook-reset", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		r := NewBytesReader(nil, Options{})
		for b.Loop() {
			r.Reset(body, Options{})
			drain(r)
		}
	})
	b.Run("reader=scrapebook-stream", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			drain(NewReader(bytes.NewReader(body), Options{}))
		}
	})
	b.Run("reader=upstream", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		st := labels.NewSymbolTable()
		for b.Loop() {
			drainUpstream(b, textparse.NewPromParser(body, st, false))
		}
	})
}

// BenchmarkPeers is one run beside all peers, on real scrapes: labels, series
// and values are drained. Of the OpenMetrics bodies one is the scrape with an
// end that makes it OpenMetrics, the other has a time and an exemplar at every
// sample as well.
func BenchmarkPeers(b *testing.B) {
	for _, name := range []string{"kube-proxy-node-a", "kube-apiserver"} {
		text, err := os.ReadFile("../../shared/captures/singles/" + name + ".prom")
		if err != nil {
			b.Skip("../shared is absent: no real scrapes")
		}
		run := func(body, reader string, in []byte, f func(in []byte)) {
			b.Run("body="+name+body+"/reader="+reader, func(b *testing.B) {
				b.SetBytes(int64(len(in)))
				b.ReportAllocs()
				for b.Loop() {
					f(in)
				}
			})
		}
		r := NewBytesReader(nil, Options{})
		ours := func(opts Options) func([]byte) {
			return func(in []byte) {
				r.Reset(in, opts)
				drain(r)
			}
		}
		st := labels.NewSymbolTable()
		run("/format=text", "scrapebook", text, ours(Options{}))
		run("/format=text", "scrapebook-check", text, ours(Options{Check: true}))
		run("/format=text", "upstream", text, func(in []byte) { drainUpstream(b, textparse.NewPromParser(in, st, false)) })
		run("/format=text", "common", text, func(in []byte) {
			p := expfmt.NewTextParser(model.UTF8Validation)
			families, err := p.TextToMetricFamilies(bytes.NewReader(in))
			if err != nil {
				b.Fatal(err)
			}
			drainCommon(families)
		})
		om := append(bytes.Clone(text), "# EOF\n"...)
		full := regexp.MustCompile(`(?m)^([^#].*)$`).ReplaceAll(text, []byte(`$1 1795244469.930 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.25 1795244469.125`))
		full = append(full, "# EOF\n"...)
		for body, in := range map[string][]byte{"/format=openmetrics": om, "/format=openmetrics-exemplars": full} {
			run(body, "scrapebook", in, ours(Options{Format: FormatOpenMetrics}))
			run(body, "scrapebook-strict", in, ours(Options{Format: FormatOpenMetrics, Strict: true}))
			run(body, "upstream", in, func(in []byte) { drainUpstream(b, textparse.NewOpenMetricsParser(in, st)) })
		}
	}
}

// BenchmarkOpenMetrics reads the same text with an end that makes it
// OpenMetrics.
func BenchmarkOpenMetrics(b *testing.B) {
	body := append(benchBody(b), "# EOF\n"...)
	b.Run("reader=scrapebook", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			drain(NewBytesReader(body, Options{Format: FormatOpenMetrics}))
		}
	})
	b.Run("reader=upstream", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		st := labels.NewSymbolTable()
		for b.Loop() {
			drainUpstream(b, textparse.NewOpenMetricsParser(body, st))
		}
	})
}

func drain(r *Reader) {
	for r.Next() {
		if r.Kind() == KindSample {
			s := r.Sample()
			sinkBytes += len(s.Name) + len(s.Series) + int(s.Value)
			for i := range s.Labels {
				sinkBytes += len(s.Labels[i].Name) + len(s.Labels[i].Value)
			}
		}
	}
}

func drainCommon(families map[string]*dto.MetricFamily) {
	for name, f := range families {
		sinkBytes += len(name)
		for _, m := range f.Metric {
			for _, l := range m.Label {
				sinkBytes += len(l.GetName()) + len(l.GetValue())
			}
			sinkBytes += int(m.Counter.GetValue() + m.Gauge.GetValue() + m.Untyped.GetValue() + m.Histogram.GetSampleSum() + m.Summary.GetSampleSum())
			for _, b := range m.Histogram.GetBucket() {
				sinkBytes += int(b.GetUpperBound()) + int(b.GetCumulativeCount())
			}
		}
	}
}

func drainUpstream(b *testing.B, p textparse.Parser) {
	var ls labels.Labels
	for {
		e, err := p.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
		if e != textparse.EntrySeries {
			continue
		}
		series, _, v := p.Series()
		p.Labels(&ls)
		sinkBytes += len(series) + int(v) + ls.Len()
	}
}

// BenchmarkThorough reads lines that the fast reading does not take.
func BenchmarkThorough(b *testing.B) {
	var body bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&body, "{\"http.server.duration\",path=\"C:\\\\dir\",city=\"Zürich\"} %d\n", i)
	}
	b.Run("reader=scrapebook", func(b *testing.B) {
		b.SetBytes(int64(body.Len()))
		b.ReportAllocs()
		r := NewBytesReader(nil, Options{})
		for b.Loop() {
			r.Reset(body.Bytes(), Options{})
			drain(r)
		}
	})
	b.Run("reader=upstream", func(b *testing.B) {
		b.SetBytes(int64(body.Len()))
		b.ReportAllocs()
		st := labels.NewSymbolTable()
		for b.Loop() {
			drainUpstream(b, textparse.NewPromParser(body.Bytes(), st, false))
		}
	})
}
