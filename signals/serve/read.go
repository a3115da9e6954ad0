package serve

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// remoteRead answers a remote read with samples, as storage/remote's
// read_handler.go does. Streamed chunks are not made: clients that accept
// samples as well get those.
func (h *Handler) remoteRead(w http.ResponseWriter, r *request) {
	asked, status, err := readRequest(r.Body)
	if err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	if types := asked.AcceptedResponseTypes; len(types) > 0 && !slices.Contains(types, prompb.ReadRequest_SAMPLES) {
		http.Error(w, fmt.Sprintf("none of the response types that are accepted, %v, is made here: accept SAMPLES", types), http.StatusBadRequest)
		return
	}
	left := h.maxSamples()
	reply := prompb.ReadResponse{Results: make([]*prompb.QueryResult, len(asked.Queries))}
	for i, q := range asked.Queries {
		if reply.Results[i], err = h.readQuery(r, q, &left); err != nil {
			status := http.StatusInternalServerError
			if left < 0 {
				status = http.StatusBadRequest
			}
			http.Error(w, err.Error(), status)
			return
		}
	}
	data, err := reply.Marshal()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.Header().Set("Content-Encoding", "snappy")
	w.Write(snappy.Encode(nil, data)) // an error is the client's, who has left
}

// readRequest decodes a request; status is that of the error.
func readRequest(body io.Reader) (asked *prompb.ReadRequest, status int, err error) {
	packed, err := io.ReadAll(body)
	if errors.As(err, new(*http.MaxBytesError)) {
		return nil, http.StatusRequestEntityTooLarge, err
	}
	n := 0
	if err == nil {
		n, err = snappy.DecodedLen(packed)
	}
	if err == nil && n > maxBody {
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("the request has %d bytes, unpacked, and %d are the most", n, maxBody)
	}
	var data []byte
	if err == nil {
		data, err = snappy.Decode(nil, packed)
	}
	asked = &prompb.ReadRequest{}
	if err == nil {
		err = asked.Unmarshal(data)
	}
	return asked, http.StatusBadRequest, err
}

// readQuery gives what one query selects, with the external labels, and takes
// its samples from those that are left.
func (h *Handler) readQuery(r *request, asked *prompb.Query, left *int) (*prompb.QueryResult, error) {
	if asked == nil {
		return nil, errors.New("a query is empty")
	}
	ms, err := h.readMatchers(asked.Matchers)
	if err != nil {
		return nil, err
	}
	shift := r.shift.Milliseconds()
	lent, err := r.lend(r.Context(), [][]*labels.Matcher{ms})
	if err != nil {
		return nil, err
	}
	defer lent.Close()
	q, err := lent.Querier(asked.StartTimestampMs-shift, asked.EndTimestampMs-shift)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	out := &prompb.QueryResult{}
	set := q.Select(r.Context(), false, nil, ms...)
	for set.Next() {
		one := &prompb.TimeSeries{}
		b := labels.NewBuilder(set.At().Labels())
		h.opts.Replay.ExternalLabels.Range(func(l labels.Label) {
			if b.Get(l.Name) == "" {
				b.Set(l.Name, l.Value)
			}
		})
		one.Labels = prompb.FromLabels(b.Labels(), nil)
		if *left -= readSamples(set.At(), one, shift); *left < 0 {
			return nil, fmt.Errorf("exceeded sample limit (%d): ask for less, or for it in parts", h.maxSamples())
		}
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		out.Timeseries = append(out.Timeseries, one)
	}
	return out, set.Err()
}

// readSamples copies the samples of a series, and counts them.
func readSamples(s storage.Series, to *prompb.TimeSeries, shift int64) (n int) {
	it := s.Iterator(nil)
	for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
		n++
		switch kind {
		case chunkenc.ValFloat:
			at, v := it.At()
			to.Samples = append(to.Samples, prompb.Sample{Timestamp: at + shift, Value: v})
		case chunkenc.ValHistogram:
			at, v := it.AtHistogram(nil)
			to.Histograms = append(to.Histograms, prompb.FromIntHistogram(at+shift, v))
		case chunkenc.ValFloatHistogram:
			at, v := it.AtFloatHistogram(nil)
			to.Histograms = append(to.Histograms, prompb.FromFloatHistogram(at+shift, v))
		}
	}
	return n
}

// readMatchers are those of a query, without those that external labels fulfil.
func (h *Handler) readMatchers(list []*prompb.LabelMatcher) ([]*labels.Matcher, error) {
	var ms []*labels.Matcher
	for _, m := range list {
		if m == nil {
			return nil, errors.New("a matcher is empty")
		}
		typ, ok := matchTypes[m.Type]
		if !ok {
			return nil, fmt.Errorf("invalid matcher type %d", m.Type)
		}
		if own := h.opts.Replay.ExternalLabels.Get(m.Name); own != "" && own == m.Value && typ == labels.MatchEqual {
			continue
		}
		one, err := labels.NewMatcher(typ, m.Name, m.Value)
		if err != nil {
			return nil, err
		}
		ms = append(ms, one)
	}
	return ms, nil
}

var matchTypes = map[prompb.LabelMatcher_Type]labels.MatchType{
	prompb.LabelMatcher_EQ: labels.MatchEqual, prompb.LabelMatcher_NEQ: labels.MatchNotEqual,
	prompb.LabelMatcher_RE: labels.MatchRegexp, prompb.LabelMatcher_NRE: labels.MatchNotRegexp,
}
