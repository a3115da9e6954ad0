package serve

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protodelim"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// histograms are a capture with native histograms, of exponential and of custom
// buckets, and a float.
func histograms(t *testing.T) *capture.Capture {
	t.Helper()
	fsys := fstest.MapFS{"capture.yaml": {Data: []byte("jobs:\n  c:\n    convert_classic_histograms_to_nhcb: true\n  n:\n    scrape_native_histograms: true\n")}}
	for i := range 3 {
		at := 1_000_000_000 + 15*i
		fsys[fmt.Sprintf("c/a/%d.prom", at)] = &fstest.MapFile{Data: []byte("# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"5\"} 3\nh_bucket{le=\"+Inf\"} 7\nh_sum 20\nh_count 7\n# TYPE f gauge\nf 3\n")}
		fsys[fmt.Sprintf("n/a/%d.prom", at)] = &fstest.MapFile{Data: nativeBody(t)}
		fsys[fmt.Sprintf("n/a/%d.headers", at)] = &fstest.MapFile{Data: []byte("HTTP/1.1 200 OK\nContent-Type: application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited\n\n")}
	}
	c, err := capture.Open(fsys, "", capture.Options{})
	require.NoError(t, err)
	return c
}

func nativeBody(t *testing.T) []byte {
	t.Helper()
	number := func(v uint64) *uint64 { return &v }
	sum, schema, zero, offset, length := 5.5, int32(0), 0.001, int32(1), uint32(2)
	name, native := "native", dto.MetricType_HISTOGRAM
	var b strings.Builder
	_, err := protodelim.MarshalTo(&b, &dto.MetricFamily{Name: &name, Type: &native, Metric: []*dto.Metric{{Histogram: &dto.Histogram{
		SampleCount: number(3), SampleSum: &sum, Schema: &schema, ZeroThreshold: &zero, ZeroCount: number(0),
		PositiveSpan: []*dto.BucketSpan{{Offset: &offset, Length: &length}}, PositiveDelta: []int64{1, 1},
	}}}})
	require.NoError(t, err)
	return []byte(b.String())
}

// TestFederateHistograms: native ones are in protobuf alone, those with custom
// buckets are classic ones everywhere.
func TestFederateHistograms(t *testing.T) {
	h, err := New(context.Background(), Options{Replay: replay.Options{Capture: histograms(t)}})
	require.NoError(t, err)
	ask := func(accept string) reply {
		r := httptest.NewRequest("GET", `/federate?match[]={__name__=~"h|native|f"}`, nil)
		r.Header.Set("Accept", accept)
		return do(h, r)
	}
	text := ask("text/plain")
	require.Contains(t, text.header.Get("Content-Type"), "text/plain")
	require.Contains(t, text.body, "# TYPE f untyped\nf{instance=\"a\",job=\"c\"} 3 1000000030000\n# TYPE h histogram\nh_bucket{instance=\"a\",job=\"c\",le=\"1\"} 2 1000000030000\n")
	require.Contains(t, text.body, `h_bucket{instance="a",job="c",le="+Inf"} 7`)
	require.NotContains(t, text.body, "native")

	got := ask(string(expfmt.NewFormat(expfmt.TypeProtoDelim)))
	require.Contains(t, got.header.Get("Content-Type"), "encoding=delimited")
	dec := expfmt.NewDecoder(strings.NewReader(got.body), expfmt.NewFormat(expfmt.TypeProtoDelim))
	families := map[string]*dto.MetricFamily{}
	for {
		f := &dto.MetricFamily{}
		if dec.Decode(f) != nil {
			break
		}
		families[f.GetName()] = f
	}
	require.Len(t, families, 3)
	require.Equal(t, dto.MetricType_UNTYPED, families["f"].GetType())
	n := families["native"].Metric[0].Histogram
	require.Equal(t, dto.MetricType_HISTOGRAM, families["native"].GetType())
	require.Equal(t, []float64{3, 5.5, 0.001, 0}, []float64{n.GetSampleCountFloat(), n.GetSampleSum(), n.GetZeroThreshold(), n.GetZeroCountFloat()})
	require.Equal(t, []float64{1, 2}, n.PositiveCount)
	require.Equal(t, []int32{0, 1, 2}, []int32{n.GetSchema(), n.PositiveSpan[0].GetOffset(), int32(n.PositiveSpan[0].GetLength())})
	c := families["h"].Metric[0].Histogram
	require.Len(t, c.Bucket, 2)
	require.Equal(t, []float64{1, 2, 5, 3}, []float64{c.Bucket[0].GetUpperBound(), c.Bucket[0].GetCumulativeCountFloat(), c.Bucket[1].GetUpperBound(), c.Bucket[1].GetCumulativeCountFloat()})
	require.Equal(t, int64(1_000_000_030_000), families["h"].Metric[0].GetTimestampMs())
}
