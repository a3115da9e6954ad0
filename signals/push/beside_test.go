package push_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/push"
	"github.com/scrapebook/scrapebook/signals/replay"
)

const openMetrics = `# HELP req What came in.
# TYPE req counter
# UNIT req things
req_total{l="1"} %d # {trace_id="a\"b"} 0.5
req_total{l="2"} 3 # {trace_id="c"} 0.25 1700000000.5
# TYPE up_since gauge
up_since 1
# EOF
`

// pushedBeside pushes scrapes of a target, and returns what stood beside the
// samples.
func pushedBeside(t *testing.T, p push.Protocol, headers string, bodies ...[]byte) []string {
	t.Helper()
	files := fstest.MapFS{"capture.yaml": {Data: []byte("scrape_native_histograms: true\n")}}
	for i, body := range bodies {
		name := fmt.Sprintf("j/a/%d", 1_700_000_010_000+i*10_000)
		files[name+".prom"] = &fstest.MapFile{Data: body}
		files[name+".headers"] = &fstest.MapFile{Data: []byte("HTTP/1.1 200 OK\nContent-Type: " + headers + "\n")}
	}
	c, err := capture.Open(files, "c", capture.Options{})
	require.NoError(t, err)
	r := newReceiver(t)
	_, err = push.Run(context.Background(), push.Options{URL: r.URL, Protocol: p, Replay: replay.Options{Capture: c}})
	require.NoError(t, err)
	return r.beside
}

// Exemplars come once, with their time or their scrape's; what HELP, TYPE and
// UNIT say comes with each series in 2.0, and for each family once in 1.0.
func TestExemplarsAndMetadata(t *testing.T) {
	const headers = "application/openmetrics-text; version=1.0.0"
	bodies := [][]byte{fmt.Appendf(nil, openMetrics, 1), fmt.Appendf(nil, openMetrics, 2), fmt.Appendf(nil, openMetrics, 2)}
	exemplars := []string{
		`exemplar of {__name__="req_total", instance="a", job="j", l="1"}: {trace_id="a\"b"} 0.5 1700000010000`,
		`exemplar of {__name__="req_total", instance="a", job="j", l="2"}: {trace_id="c"} 0.25 1700000000500`,
	}
	require.ElementsMatch(t, append(exemplars,
		`{__name__="req_total", instance="a", job="j", l="1"}: counter "What came in." "things"`,
		`{__name__="req_total", instance="a", job="j", l="2"}: counter "What came in." "things"`,
		`{__name__="up_since", instance="a", job="j"}: gauge "" ""`,
	), pushedBeside(t, push.Version2, headers, bodies...))
	require.ElementsMatch(t, append(exemplars[:2:2],
		`req: COUNTER "What came in." "things"`, `up_since: GAUGE "" ""`,
	), pushedBeside(t, push.Version1, headers, bodies...))
}

// Start times of protobuf go with the samples in 2.0, and exemplars of native
// histograms, too.
func TestStartTimes(t *testing.T) {
	start := timestamppb.New(time.UnixMilli(1_699_999_000_000))
	exemplar := &dto.Exemplar{Label: []*dto.LabelPair{{Name: proto.String("t"), Value: proto.String("x")}}, Value: proto.Float64(1.5), Timestamp: timestamppb.New(time.UnixMilli(1_700_000_009_000))}
	families := []*dto.MetricFamily{
		{Name: proto.String("c_total"), Type: dto.MetricType_COUNTER.Enum(), Metric: []*dto.Metric{{Counter: &dto.Counter{Value: proto.Float64(3), CreatedTimestamp: start}}}},
		{Name: proto.String("h"), Type: dto.MetricType_HISTOGRAM.Enum(), Metric: []*dto.Metric{{Histogram: &dto.Histogram{
			SampleCount: proto.Uint64(2), SampleSum: proto.Float64(3), Schema: proto.Int32(0), ZeroThreshold: proto.Float64(0.1), CreatedTimestamp: start,
			PositiveSpan: []*dto.BucketSpan{{Offset: proto.Int32(1), Length: proto.Uint32(1)}}, PositiveDelta: []int64{2}, Exemplars: []*dto.Exemplar{exemplar},
		}}}},
	}
	var b bytes.Buffer
	for _, f := range families {
		_, err := protodelim.MarshalTo(&b, f)
		require.NoError(t, err)
	}
	const headers = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
	got := pushedBeside(t, push.Version2, headers, b.Bytes(), b.Bytes())
	for _, want := range []string{
		`start of {__name__="c_total", instance="a", job="j"} at 1700000010000: 1699999000000`,
		`start of {__name__="c_total", instance="a", job="j"} at 1700000020000: 1699999000000`,
		`start of {__name__="h", instance="a", job="j"} at 1700000020000: 1699999000000`,
		`exemplar of {__name__="h", instance="a", job="j"}: {t="x"} 1.5 1700000009000`,
	} {
		require.Contains(t, got, want)
	}
	require.Len(t, got, 7, "four starts, an exemplar once, and two families: %v", got)
}
