package expfmt

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// protoBenchBodies are real scrapes, and one of native histograms.
func protoBenchBodies(b *testing.B) map[string][]byte {
	bodies := map[string][]byte{"client": clientBody(b)}
	for _, name := range []string{"kube-proxy-node-a", "kube-apiserver", "node_exporter"} {
		if body, err := os.ReadFile("../../shared/captures/singles/" + name + ".pb"); err == nil {
			bodies[name] = body
		} else {
			b.Logf("../shared is absent: no scrape of %s", name)
		}
	}
	return bodies
}

// BenchmarkProtobuf drains labels, series, values and histograms of a body:
// this package's Reader, reset and over a stream, beside upstream's
// ProtobufParser.
func BenchmarkProtobuf(b *testing.B) {
	opts := Options{Format: FormatProtobuf, KeepClassic: true}
	for name, body := range protoBenchBodies(b) {
		b.Run("body="+name+"/reader=scrapebook", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			r := NewBytesReader(nil, opts)
			for b.Loop() {
				r.Reset(body, opts)
				drain(r)
			}
		})
		b.Run("body="+name+"/reader=scrapebook-stream", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				drain(NewReader(bytes.NewReader(body), opts))
			}
		})
		b.Run("body="+name+"/reader=upstream", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			st := labels.NewSymbolTable()
			for b.Loop() {
				drainProtoUpstream(b, textparse.NewProtobufParser(body, false, true, false, false, st))
			}
		})
	}
}

func drainProtoUpstream(b *testing.B, p textparse.Parser) {
	var ls labels.Labels
	for {
		e, err := p.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
		switch e {
		case textparse.EntrySeries:
			series, _, v := p.Series()
			p.Labels(&ls)
			sinkBytes += len(series) + int(v) + ls.Len()
		case textparse.EntryHistogram:
			series, _, h, fh := p.Histogram()
			p.Labels(&ls)
			sinkBytes += len(series) + ls.Len()
			if h == nil && fh == nil {
				b.Fatal("no histogram")
			}
		}
	}
}
