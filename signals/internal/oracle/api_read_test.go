package oracle

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// TestAPIRead reads remotely on both sides: the same series, labels, samples
// and histograms, external labels included.
func TestAPIRead(t *testing.T) {
	p := newAPIPair(t, mixedCapture(t))
	type matchers = []*prompb.LabelMatcher
	rows := []struct {
		name, reason string
		matchers     matchers
		some         bool
	}{
		{"by name", "equal", matchers{{Name: "__name__", Value: "temp"}}, true},
		{"histograms", "of custom buckets, markers among them", matchers{{Name: "__name__", Value: "lat"}}, true},
		{"all but some", "not equal", matchers{{Type: prompb.LabelMatcher_NEQ, Name: "__name__", Value: "temp"}}, true},
		{"by a regular expression", "anchored", matchers{{Type: prompb.LabelMatcher_RE, Name: "__name__", Value: "reqs.*|up"}}, true},
		{"not by one", "anchored", matchers{{Type: prompb.LabelMatcher_NRE, Name: "instance", Value: "a|b"}}, true},
		{"by an external label", "it is taken away", matchers{{Name: "site", Value: "x"}, {Name: "__name__", Value: "up"}}, true},
		{"by another value of one", "it is not", matchers{{Name: "site", Value: "y"}, {Name: "__name__", Value: "up"}}, false},
		{"of nothing", "no series", matchers{{Name: "__name__", Value: "none"}}, false},
		{"by what is no regular expression", "an error", matchers{{Type: prompb.LabelMatcher_RE, Name: "a", Value: "("}}, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			asked := &prompb.ReadRequest{Queries: []*prompb.Query{
				{StartTimestampMs: p.start * 1000, EndTimestampMs: p.end*1000 + 999, Matchers: row.matchers},
				{StartTimestampMs: p.start*1000 + 30_000, EndTimestampMs: p.start*1000 + 60_000, Matchers: row.matchers},
			}}
			want, got := readRemotely(t, p.theirs, asked), readRemotely(t, p.ours, asked)
			if want != got {
				at := 0
				for at < min(len(want), len(got)) && want[at] == got[at] {
					at++
				}
				around := func(s string) string { return s[max(0, at-200):min(len(s), at+200)] }
				t.Errorf("%s\nupstream …%s\nours     …%s", row.reason, around(want), around(got))
			}
			asked.AcceptedResponseTypes = []prompb.ReadRequest_ResponseType{prompb.ReadRequest_STREAMED_XOR_CHUNKS, prompb.ReadRequest_SAMPLES}
			want, got = readChunks(t, p.theirs, asked), readChunks(t, p.ours, asked)
			if want != got {
				t.Errorf("%s, in chunks\nupstream %.2000s\nours     %.2000s", row.reason, want, got)
			}
			if some := len(want) > 100; some != row.some {
				t.Errorf("%d bytes were read", len(want))
			}
		})
	}
}

// askRead is the answer to a remote read.
func askRead(t *testing.T, h http.Handler, asked *prompb.ReadRequest) *httptest.ResponseRecorder {
	t.Helper()
	data, err := asked.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/api/v1/read", bytes.NewReader(snappy.Encode(nil, data)))
	r.Host = "localhost"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// readRemotely is what came back, its series sorted, or the status by class.
func readRemotely(t *testing.T, h http.Handler, asked *prompb.ReadRequest) string {
	t.Helper()
	w := askRead(t, h, asked)
	if w.Code != http.StatusOK {
		return fmt.Sprint("status ", w.Code/100)
	}
	data, err := snappy.Decode(nil, w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var out prompb.ReadResponse
	if err := out.Unmarshal(data); err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, result := range out.Results {
		for _, series := range result.Timeseries {
			for i, h := range series.Histograms { // a head's chunks add empty buckets
				series.Histograms[i] = prompb.FromIntHistogram(h.Timestamp, h.ToIntHistogram().Compact(0))
			}
		}
		slices.SortFunc(result.Timeseries, func(a, b *prompb.TimeSeries) int { return cmp.Compare(a.String(), b.String()) })
		text += result.String() + "\n"
	}
	return text
}

// readChunks is what came back in streamed chunks, in its order, or the status
// by class. How samples are cut into chunks is left out.
func readChunks(t *testing.T, h http.Handler, asked *prompb.ReadRequest) string {
	t.Helper()
	w := askRead(t, h, asked)
	if w.Code != http.StatusOK {
		return fmt.Sprint("status ", w.Code/100)
	}
	text, before := w.Header().Get("Content-Type"), ""
	frames := remote.NewChunkedReader(w.Body, 1<<25, nil)
	for {
		var frame prompb.ChunkedReadResponse
		if err := frames.NextProto(&frame); err == io.EOF {
			return text
		} else if err != nil {
			t.Fatal(err)
		}
		for _, s := range frame.ChunkedSeries {
			if head := fmt.Sprint("\n", frame.QueryIndex, s.Labels); head != before {
				text, before = text+head, head
			}
			for _, c := range s.Chunks {
				chunk, err := chunkenc.FromData(chunkenc.Encoding(c.Type), c.Data)
				if err != nil {
					t.Fatal(err)
				}
				samples, err := readSamples(chunk.Iterator(nil))
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range samples {
					text += fmt.Sprint(" ", one.ts, "=", one.v)
					if one.h != nil { // a head's chunks add empty buckets
						one.h.CounterResetHint = 0
						text += one.h.Compact(0).String()
					}
				}
			}
		}
	}
}
