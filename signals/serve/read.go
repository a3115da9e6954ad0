package serve

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// remoteRead answers a remote read with samples or streamed chunks, as
// storage/remote's read_handler.go does.
func (h *Handler) remoteRead(w http.ResponseWriter, r *request) {
	asked, status, err := readRequest(r.Body)
	if err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	form, err := responseType(asked.AcceptedResponseTypes)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if form == prompb.ReadRequest_STREAMED_XOR_CHUNKS {
		h.streamChunks(w, r, asked)
		return
	}
	left := h.maxSamples()
	reply := prompb.ReadResponse{Results: make([]*prompb.QueryResult, len(asked.Queries))}
	for i, q := range asked.Queries {
		if reply.Results[i], err = h.readQuery(r, q, &left); err != nil {
			status := readStatus(err)
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

// readStatus is a server's, but for errors that it has not.
func readStatus(err error) int {
	if errors.As(err, new(*fullError)) {
		return evaluating(err).kind.status
	}
	return http.StatusInternalServerError
}

// responseType is the first that a client accepts and that there is.
func responseType(accepted []prompb.ReadRequest_ResponseType) (prompb.ReadRequest_ResponseType, error) {
	if len(accepted) == 0 {
		return prompb.ReadRequest_SAMPLES, nil
	}
	for _, t := range accepted {
		if t == prompb.ReadRequest_SAMPLES || t == prompb.ReadRequest_STREAMED_XOR_CHUNKS {
			return t, nil
		}
	}
	return 0, fmt.Errorf("server does not support any of the requested response types: %v; supported: SAMPLES, STREAMED_XOR_CHUNKS", accepted)
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
	set, leave, err := h.readSeries(r, asked, false)
	if err != nil {
		return nil, err
	}
	defer leave()
	shift := r.shift.Milliseconds()
	out := &prompb.QueryResult{}
	for set.Next() {
		one := &prompb.TimeSeries{Labels: h.readLabels(set.At().Labels())}
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

// readSeries are the series that one query selects, until leave is called.
func (h *Handler) readSeries(r *request, asked *prompb.Query, sorted bool) (set storage.SeriesSet, leave func(), err error) {
	if asked == nil {
		return nil, nil, errors.New("a query is empty")
	}
	ms, err := h.readMatchers(asked.Matchers)
	if err != nil {
		return nil, nil, err
	}
	lent, err := r.lend(r.Context(), [][]*labels.Matcher{ms})
	if err != nil {
		return nil, nil, err
	}
	shift := r.shift.Milliseconds()
	q, err := lent.Querier(asked.StartTimestampMs-shift, asked.EndTimestampMs-shift)
	if err != nil {
		lent.Close()
		return nil, nil, err
	}
	return q.Select(r.Context(), sorted, nil, ms...), lent.Close, nil
}

// readLabels are labels with the external ones that they lack.
func (h *Handler) readLabels(ls labels.Labels) []prompb.Label {
	b := labels.NewBuilder(ls)
	h.opts.Replay.ExternalLabels.Range(func(l labels.Label) {
		if b.Get(l.Name) == "" {
			b.Set(l.Name, l.Value)
		}
	})
	return prompb.FromLabels(b.Labels(), nil)
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

// readMatchers are those of a query. What asks for an external label asks for
// series without it.
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
			m = &prompb.LabelMatcher{Name: m.Name}
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
