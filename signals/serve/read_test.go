package serve

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net/http/httptest"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"
)

func remoteRead(t *testing.T, h *Handler, asked *prompb.ReadRequest) (reply, *prompb.ReadResponse) {
	t.Helper()
	data, err := asked.Marshal()
	require.NoError(t, err)
	got := do(h, httptest.NewRequest("POST", api+"read", bytes.NewReader(snappy.Encode(nil, data))))
	if got.code != 200 {
		return got, nil
	}
	require.Equal(t, "snappy", got.header.Get("Content-Encoding"))
	data, err = snappy.Decode(nil, []byte(got.body))
	require.NoError(t, err)
	out := &prompb.ReadResponse{}
	require.NoError(t, out.Unmarshal(data))
	return got, out
}

// TestRemoteRead asks for samples. That they are upstream's is compared in
// signals/internal/oracle.
func TestRemoteRead(t *testing.T) {
	h := handler(t, func(o *Options) {
		o.Clock, o.Replay.ExternalLabels = ClockStill, labels.FromStrings("site", "x", "job", "other")
	})
	shift := h.shift(h.book.Load()).Milliseconds()
	ms := func(kv ...string) (out []*prompb.LabelMatcher) {
		for i := 0; i < len(kv); i += 2 {
			out = append(out, &prompb.LabelMatcher{Name: kv[i], Value: kv[i+1]})
		}
		return out
	}
	query := &prompb.Query{StartTimestampMs: first*1000 + shift, EndTimestampMs: first*1000 + 10_000 + shift, Matchers: ms("__name__", "load", "instance", "a", "site", "x")}
	_, got := remoteRead(t, h, &prompb.ReadRequest{Queries: []*prompb.Query{query, {Matchers: ms("__name__", "none")}}, AcceptedResponseTypes: []prompb.ReadRequest_ResponseType{prompb.ReadRequest_SAMPLES, prompb.ReadRequest_STREAMED_XOR_CHUNKS}})
	require.Len(t, got.Results, 2)
	require.Empty(t, got.Results[1].Timeseries)
	require.Len(t, got.Results[0].Timeseries, 1)
	series := got.Results[0].Timeseries[0]
	require.Equal(t, prompb.FromLabels(labels.FromStrings("__name__", "load", "instance", "a", "job", "app", "site", "x"), nil), series.Labels, "external labels are added, and none is replaced")
	require.Equal(t, []prompb.Sample{{Timestamp: first*1000 + shift, Value: 0}, {Timestamp: first*1000 + 10_000 + shift, Value: 1}}, series.Samples)

	refused, _ := remoteRead(t, h, &prompb.ReadRequest{Queries: []*prompb.Query{query}, AcceptedResponseTypes: []prompb.ReadRequest_ResponseType{7}})
	require.Equal(t, 400, refused.code)
	require.Contains(t, refused.body, "does not support")
	refused, _ = remoteRead(t, handler(t, func(o *Options) { o.MaxSamples = 3 }), &prompb.ReadRequest{Queries: []*prompb.Query{{EndTimestampMs: last * 1000, Matchers: ms("__name__", "load")}}})
	require.Equal(t, 400, refused.code)
	require.Contains(t, refused.body, "exceeded sample limit (3)")
}

// TestStreamedChunks asks for chunks, whose times are the client's, too.
func TestStreamedChunks(t *testing.T) {
	h := handler(t, func(o *Options) { o.Clock = ClockStill })
	shift := h.shift(h.book.Load()).Milliseconds()
	asked := &prompb.ReadRequest{
		AcceptedResponseTypes: []prompb.ReadRequest_ResponseType{prompb.ReadRequest_STREAMED_XOR_CHUNKS, prompb.ReadRequest_SAMPLES},
		Queries: []*prompb.Query{{
			StartTimestampMs: first*1000 + shift, EndTimestampMs: first*1000 + 10_000 + shift,
			Matchers: []*prompb.LabelMatcher{{Name: "__name__", Value: "load"}, {Name: "instance", Value: "a"}},
		}},
	}
	data, err := asked.Marshal()
	require.NoError(t, err)
	got := do(h, httptest.NewRequest("POST", api+"read", bytes.NewReader(snappy.Encode(nil, data))))
	require.Equal(t, 200, got.code, got.body)
	require.Equal(t, "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse", got.header.Get("Content-Type"))
	size, n := binary.Uvarint([]byte(got.body))
	frame := got.body[n+4:]
	require.Len(t, frame, int(size), "there is one")
	require.Equal(t, crc32.Checksum([]byte(frame), crc32.MakeTable(crc32.Castagnoli)), binary.BigEndian.Uint32([]byte(got.body[n:])))
	var out prompb.ChunkedReadResponse
	require.NoError(t, out.Unmarshal([]byte(frame)))
	c := out.ChunkedSeries[0].Chunks[0]
	require.Equal(t, []int64{first*1000 + shift, first*1000 + 10_000 + shift}, []int64{c.MinTimeMs, c.MaxTimeMs})
	chunk, err := chunkenc.FromData(chunkenc.EncXOR, c.Data)
	require.NoError(t, err)
	it := chunk.Iterator(nil)
	for _, v := range []float64{0, 1} {
		require.Equal(t, chunkenc.ValFloat, it.Next())
		at, got := it.At()
		require.Equal(t, v, got)
		require.Equal(t, first*1000+int64(v)*10_000+shift, at)
	}
	require.Equal(t, chunkenc.ValNone, it.Next())
}

// TestRemoteReadOfAnything: no bytes make more of it than they may.
func TestRemoteReadOfAnything(t *testing.T) {
	h := handler(t, nil)
	for _, row := range []struct {
		name, reason string
		body         []byte
		code         int
	}{
		{"nothing", "no snappy", nil, 400},
		{"text", "no snappy", []byte("match[]=up"), 400},
		{"no protobuf", "in snappy", snappy.Encode(nil, []byte("\xff\xff")), 400},
		{"a bomb", "a length that memory has not", []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0}, 413},
		{"a large body", "as any", make([]byte, maxBody+1), 413},
		{"a type of matchers that is none", "7; the status is a server's", snappy.Encode(nil, []byte{0x0a, 0x04, 0x1a, 0x02, 0x08, 7}), 500},
		{"a regular expression that is none", "as a server", snappy.Encode(nil, []byte{0x0a, 0x08, 0x1a, 0x06, 0x08, 2, 0x1a, 2, '(', '('}), 500},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := do(h, httptest.NewRequest("POST", api+"read", bytes.NewReader(row.body)))
			require.Equal(t, row.code, got.code, row.reason+": "+got.body)
		})
	}
}
