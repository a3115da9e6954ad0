package expfmt

import (
	"bytes"
	"io"
	"os"
	"testing"

	upstream "github.com/prometheus/common/expfmt"
)

// BenchmarkWrite writes a scrape of kube-proxy: this package's Write, which
// checks and sorts as well, beside common/expfmt's encoders, which do neither.
func BenchmarkWrite(b *testing.B) {
	body, err := os.ReadFile("../../shared/captures/singles/kube-proxy-node-a.pb")
	if err != nil {
		b.Log("../shared is absent: a made-up body instead of a scrape of kube-proxy")
		body = clientBody(b)
	}
	s := readBytes(b, body, Options{Format: FormatProtobuf})
	all := families(b, body)
	encoders := map[Format]upstream.Format{
		FormatText: upstream.NewFormat(upstream.TypeTextPlain), FormatOpenMetrics: upstream.NewFormat(upstream.TypeOpenMetrics),
		FormatProtobuf: upstream.NewFormat(upstream.TypeProtoDelim),
	}
	for _, f := range []Format{FormatText, FormatOpenMetrics, FormatProtobuf} {
		kept, _ := Convert(s, f)
		var out bytes.Buffer
		if err := Write(&out, kept, f); err != nil {
			b.Fatal(err)
		}
		b.Run("format="+f.String()+"/writer=scrapebook", func(b *testing.B) {
			b.SetBytes(int64(out.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if err := Write(io.Discard, kept, f); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("format="+f.String()+"/writer=common", func(b *testing.B) {
			b.SetBytes(int64(out.Len()))
			b.ReportAllocs()
			for b.Loop() {
				e := upstream.NewEncoder(io.Discard, encoders[f])
				for _, family := range all {
					if err := e.Encode(family); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
