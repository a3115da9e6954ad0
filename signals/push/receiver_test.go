package push_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"
)

// A receiver is a server that stores what it is sent, in memory. It takes a
// sample of a series only behind the newest one, or the same one again.
type receiver struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	stored   map[string][]string // by the series, each sample as a text
	newest   map[string]int64
	requests int
	versions map[string]int
	beside   []string // exemplars, starts and metadata, as they come
	max      int      // samples in a request
	// before, if set, may answer a request by itself, with true.
	before func(w http.ResponseWriter, n int, series []got) bool
	// after, if set, may answer one that is stored.
	after func(w http.ResponseWriter, n int) bool
	only1 string // "415", or "silent": how 2.0 is not known
}

// got is a series of a request.
type got struct {
	labels  string
	times   []int64
	samples []string
	beside  []string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, stored: map[string][]string{}, newest: map[string]int64{}, versions: map[string]int{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	n := r.requests
	packed, err := io.ReadAll(req.Body)
	if err != nil {
		return // the sender has gone
	}
	version := req.Header.Get("X-Prometheus-Remote-Write-Version")
	if version == "2.0.0" && r.only1 != "" {
		if r.only1 == "415" {
			http.Error(w, "what is this?", http.StatusUnsupportedMediaType)
		}
		return // as 1.0 reads it, there is nothing in it
	}
	r.versions[version]++
	body, err := snappy.Decode(nil, packed)
	var all []got
	switch {
	case err != nil || req.Header.Get("Content-Encoding") != "snappy" || req.Method != http.MethodPost:
		http.Error(w, "not snappy", http.StatusBadRequest)
		return
	case version == "2.0.0" && req.Header.Get("Content-Type") == "application/x-protobuf;proto=io.prometheus.write.v2.Request":
		all, err = read2(body)
	case version == "0.1.0" && req.Header.Get("Content-Type") == "application/x-protobuf":
		all, err = read1(body)
	default:
		err = fmt.Errorf("version %q, type %q", version, req.Header.Get("Content-Type"))
	}
	if err != nil {
		r.t.Errorf("a message that is none: %v", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, s := range all {
		r.beside = append(r.beside, s.beside...)
	}
	if r.before != nil && r.before(w, n, all) {
		return
	}
	count := 0
	for _, s := range all {
		count += len(s.samples)
	}
	r.max = max(r.max, count)
	taken := r.store(all, version == "2.0.0")
	if r.after != nil && r.after(w, n) {
		return
	}
	if version == "2.0.0" {
		w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", strconv.Itoa(taken))
		w.Header().Set("X-Prometheus-Remote-Write-Histograms-Written", "0")
	}
	if taken < count {
		http.Error(w, "out of order sample", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// store takes what is in order. Of 1.0 it takes all or nothing, as Prometheus
// does.
func (r *receiver) store(all []got, partly bool) (taken int) {
	good := func(s got, i int) bool {
		newest, ok := r.newest[s.labels]
		list := r.stored[s.labels]
		return !ok || s.times[i] > newest || s.times[i] == newest && s.samples[i] == list[len(list)-1]
	}
	if !partly {
		for _, s := range all {
			if len(s.samples) > 0 && !good(s, 0) {
				return 0
			}
		}
	}
	for _, s := range all {
		for i := range s.samples {
			if !good(s, i) {
				continue
			}
			taken++
			if newest, ok := r.newest[s.labels]; ok && newest == s.times[i] {
				continue
			}
			r.newest[s.labels] = s.times[i]
			r.stored[s.labels] = append(r.stored[s.labels], s.samples[i])
		}
	}
	return taken
}

func read1(body []byte) (all []got, err error) {
	var m prompb.WriteRequest
	if err := m.Unmarshal(body); err != nil {
		return nil, err
	}
	b := labels.NewScratchBuilder(0)
	for _, ts := range m.Timeseries {
		s := got{labels: ts.ToLabels(&b, nil).String()}
		for _, x := range ts.Samples {
			s.add(x.Timestamp, 0, x.Value, nil, nil)
		}
		for _, x := range ts.Histograms {
			if x.IsFloatHistogram() {
				s.add(x.Timestamp, 0, 0, nil, x.ToFloatHistogram())
			} else {
				s.add(x.Timestamp, 0, 0, x.ToIntHistogram(), nil)
			}
		}
		for _, x := range ts.Exemplars {
			e := x.ToExemplar(&b, nil)
			s.beside = append(s.beside, fmt.Sprintf("exemplar of %s: %s %g %d", s.labels, e.Labels, e.Value, e.Ts))
		}
		all = append(all, s)
	}
	for _, x := range m.Metadata {
		all = append(all, got{beside: []string{fmt.Sprintf("%s: %s %q %q", x.MetricFamilyName, x.Type, x.Help, x.Unit)}})
	}
	return all, nil
}

func read2(body []byte) (all []got, err error) {
	var m writev2.Request
	if err := m.Unmarshal(body); err != nil {
		return nil, err
	}
	if len(m.Symbols) == 0 || m.Symbols[0] != "" {
		return nil, fmt.Errorf("symbols begin with %q", m.Symbols[:1])
	}
	b := labels.NewScratchBuilder(0)
	for _, ts := range m.Timeseries {
		ls, err := ts.ToLabels(&b, m.Symbols)
		if err != nil {
			return nil, err
		}
		if len(ts.Samples) > 0 == (len(ts.Histograms) > 0) {
			return nil, fmt.Errorf("%s has %d samples and %d histograms", ls, len(ts.Samples), len(ts.Histograms))
		}
		s := got{labels: ls.String()}
		for _, x := range ts.Samples {
			s.add(x.Timestamp, x.StartTimestamp, x.Value, nil, nil)
		}
		for _, x := range ts.Histograms {
			if x.IsFloatHistogram() {
				s.add(x.Timestamp, x.StartTimestamp, 0, nil, x.ToFloatHistogram())
			} else {
				s.add(x.Timestamp, x.StartTimestamp, 0, x.ToIntHistogram(), nil)
			}
		}
		for _, x := range ts.Exemplars {
			e, err := x.ToExemplar(&b, m.Symbols)
			if err != nil {
				return nil, err
			}
			s.beside = append(s.beside, fmt.Sprintf("exemplar of %s: %s %g %d", s.labels, e.Labels, e.Value, e.Ts))
		}
		meta, err := ts.ToMetadata(m.Symbols)
		if err != nil {
			return nil, err
		}
		if !meta.IsEmpty() {
			s.beside = append(s.beside, fmt.Sprintf("%s: %s %q %q", s.labels, meta.Type, meta.Help, meta.Unit))
		}
		all = append(all, s)
	}
	return all, nil
}

func (s *got) add(ts, start int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram) {
	if start != 0 {
		s.beside = append(s.beside, fmt.Sprintf("start of %s at %d: %d", s.labels, ts, start))
	}
	s.times = append(s.times, ts)
	s.samples = append(s.samples, text(ts, v, h, fh))
}

// text is a sample, bit for bit.
func text(ts int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram) string {
	switch {
	case h != nil:
		return fmt.Sprintf("%d %x %d %s", ts, math.Float64bits(h.Sum), h.CounterResetHint, h)
	case fh != nil:
		return fmt.Sprintf("%d float %x %d %s", ts, math.Float64bits(fh.Sum), fh.CounterResetHint, fh)
	}
	return fmt.Sprintf("%d %x", ts, math.Float64bits(v))
}

// held is what a store holds, as a receiver does.
func held(t *testing.T, q storage.Queryable, shift int64) map[string][]string {
	t.Helper()
	querier, err := q.Querier(math.MinInt64, math.MaxInt64)
	require.NoError(t, err)
	out := map[string][]string{}
	set := querier.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, ".*"))
	for set.Next() {
		name := set.At().Labels().String()
		it := set.At().Iterator(nil)
		for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
			switch kind {
			case chunkenc.ValFloat:
				ts, v := it.At()
				out[name] = append(out[name], text(ts+shift, v, nil, nil))
			case chunkenc.ValHistogram:
				ts, h := it.AtHistogram(nil)
				h.CounterResetHint = 0 // the reader's, which is not stored
				out[name] = append(out[name], text(ts+shift, 0, h, nil))
			case chunkenc.ValFloatHistogram:
				ts, h := it.AtFloatHistogram(nil)
				h.CounterResetHint = 0
				out[name] = append(out[name], text(ts+shift, 0, nil, h))
			}
		}
	}
	require.NoError(t, set.Err())
	return out
}

// same compares series by series, for a message that can be read.
func same(t *testing.T, want, got map[string][]string) {
	t.Helper()
	for name, list := range want {
		if a, b := strings.Join(list, "\n"), strings.Join(got[name], "\n"); a != b {
			require.Equal(t, a, b, name)
		}
	}
	for name := range got {
		require.Contains(t, want, name, "nobody has it")
	}
}
