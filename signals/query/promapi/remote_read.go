package promapi

import (
	"context"
	"fmt"
	"net/http"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// remoteRead asks for samples as storage/remote's client.go does.
func (c *Client) remoteRead(ctx context.Context, mint, maxt int64, ms []*labels.Matcher) ([]*column, error) {
	asked := &prompb.ReadRequest{
		Queries:               []*prompb.Query{{StartTimestampMs: mint, EndTimestampMs: maxt, Matchers: matchers(ms)}},
		AcceptedResponseTypes: []prompb.ReadRequest_ResponseType{prompb.ReadRequest_SAMPLES},
	}
	data, err := asked.Marshal()
	if err != nil {
		return nil, err
	}
	answer, err := c.send(ctx, http.MethodPost, "read", snappy.Encode(nil, data), http.Header{
		"Content-Type":                     {"application/x-protobuf"},
		"Content-Encoding":                 {"snappy"},
		"Accept-Encoding":                  {"snappy"},
		"X-Prometheus-Remote-Read-Version": {"0.1.0"},
	})
	if err != nil {
		return nil, err
	}
	n, err := snappy.DecodedLen(answer)
	if err == nil && int64(n) > c.opts.MaxBody {
		return nil, errTooLarge
	}
	if err == nil {
		data, err = snappy.Decode(nil, answer)
	}
	var got prompb.ReadResponse
	if err == nil {
		err = got.Unmarshal(data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: the answer to a remote read cannot be read: %w", c.URL(), err)
	}
	var list []*column
	b := labels.NewScratchBuilder(0)
	for _, res := range got.Results {
		for _, s := range res.Timeseries {
			list = append(list, &column{labels: s.ToLabels(&b, nil), samples: merged(s)})
		}
	}
	return list, nil
}

func matchers(ms []*labels.Matcher) []*prompb.LabelMatcher {
	types := map[labels.MatchType]prompb.LabelMatcher_Type{
		labels.MatchEqual: prompb.LabelMatcher_EQ, labels.MatchNotEqual: prompb.LabelMatcher_NEQ,
		labels.MatchRegexp: prompb.LabelMatcher_RE, labels.MatchNotRegexp: prompb.LabelMatcher_NRE,
	}
	out := make([]*prompb.LabelMatcher, len(ms))
	for i, m := range ms {
		out[i] = &prompb.LabelMatcher{Type: types[m.Type], Name: m.Name, Value: m.Value}
	}
	return out
}

// merged are the floats and the histograms of a series in the order of their
// times.
func merged(s *prompb.TimeSeries) []chunks.Sample {
	out := make([]chunks.Sample, 0, len(s.Samples)+len(s.Histograms))
	floats, hists := s.Samples, s.Histograms
	for len(floats)+len(hists) > 0 {
		if len(hists) == 0 || len(floats) > 0 && floats[0].Timestamp <= hists[0].Timestamp {
			out = append(out, sample{t: floats[0].Timestamp, f: floats[0].Value})
			floats = floats[1:]
			continue
		}
		out = append(out, sample{t: hists[0].Timestamp, h: hists[0].ToFloatHistogram()})
		hists = hists[1:]
	}
	return out
}

// sample is a float, or a histogram when h is set. It implements chunks.Sample.
type sample struct {
	t int64
	f float64
	h *histogram.FloatHistogram
}

func (s sample) T() int64                      { return s.t }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.f }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return s.h }
func (s sample) Type() chunkenc.ValueType {
	if s.h != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

func (s sample) Copy() chunks.Sample {
	if s.h != nil {
		s.h = s.h.Copy()
	}
	return s
}
