package serve

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"google.golang.org/protobuf/proto"

	"github.com/scrapebook/scrapebook/signals/query"
)

// federate tells the newest sample of each series that match[] selects, as of
// now (web/federate.go), in the form that the client prefers. Native histograms
// are in protobuf alone, and those with custom buckets classic ones everywhere.
func (h *Handler) federate(w http.ResponseWriter, r *request) {
	if r.formErr != nil {
		http.Error(w, fmt.Sprintf("error parsing form values: %v", r.formErr), http.StatusBadRequest)
		return
	}
	sets, err := h.parser.ParseMetricSelectors(r.Form["match[]"])
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	list, err := h.newest(r, sets)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var forms []expfmt.Format
	for _, t := range []expfmt.FormatType{expfmt.TypeProtoDelim, expfmt.TypeProtoText, expfmt.TypeProtoCompact, expfmt.TypeTextPlain} {
		forms = append(forms, expfmt.NewFormat(t))
	}
	format := expfmt.NegotiateAccept(r.Header, forms...)
	w.Header().Set("Content-Type", string(format))
	enc := expfmt.NewEncoder(w, format)
	for _, f := range h.exposed(r, list, format.FormatType() != expfmt.TypeTextPlain) {
		if enc.Encode(f) != nil {
			return // the client has left
		}
	}
}

// newest are the newest samples of series, by their names.
func (h *Handler) newest(r *request, sets [][]*labels.Matcher) ([]query.Series, error) {
	lent, err := r.lend(r.Context(), sets)
	if err != nil {
		return nil, err
	}
	defer lent.Close()
	var list []query.Series
	for _, ms := range sets {
		more, err := h.latest(r, lent, ms)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	slices.SortFunc(list, func(a, b query.Series) int {
		if c := strings.Compare(a.Labels.Get(model.MetricNameLabel), b.Labels.Get(model.MetricNameLabel)); c != 0 {
			return c
		}
		return labels.Compare(a.Labels, b.Labels)
	})
	return slices.CompactFunc(list, func(a, b query.Series) bool { return labels.Equal(a.Labels, b.Labels) }), nil
}

// latest are the newest samples of the series that match, no older than the
// look-back; those that went stale are left out.
func (h *Handler) latest(r *request, from storage.Queryable, ms []*labels.Matcher) ([]query.Series, error) {
	now := h.present(r)
	q, err := from.Querier(millis(now.Add(-h.lookback())), millis(now))
	if err != nil {
		return nil, err
	}
	defer q.Close()
	var list []query.Series
	set := q.Select(r.Context(), false, nil, ms...)
	for set.Next() {
		s := query.Series{Labels: set.At().Labels()}
		var kind chunkenc.ValueType
		it := set.At().Iterator(nil)
		for next := it.Next(); next != chunkenc.ValNone; next = it.Next() {
			if kind = next; kind == chunkenc.ValFloat {
				at, v := it.At()
				s.Floats, s.Histograms = append(s.Floats[:0], query.Point{Time: at, Value: v}), s.Histograms[:0]
				continue
			}
			at, v := it.AtFloatHistogram(nil)
			s.Floats, s.Histograms = s.Floats[:0], append(s.Histograms[:0], query.HistogramPoint{Time: at, Histogram: v})
		}
		if len(s.Floats) > 0 && !value.IsStaleNaN(s.Floats[0].Value) || len(s.Histograms) > 0 && !value.IsStaleNaN(s.Histograms[0].Histogram.Sum) {
			list = append(list, s)
		}
	}
	return list, errors.Join(set.Err(), r.Context().Err())
}

// exposed makes families of samples, with the external labels that they lack. A
// family has one type: samples of others get one of the same name.
func (h *Handler) exposed(r *request, list []query.Series, native bool) []*dto.MetricFamily {
	var all []*dto.MetricFamily
	for _, s := range list {
		name := s.Labels.Get(model.MetricNameLabel)
		if name == "" || len(s.Histograms) > 0 && !native && !s.Histograms[0].Histogram.UsesCustomBuckets() {
			continue
		}
		m := &dto.Metric{Label: h.federatedLabels(s.Labels)}
		kind := dto.MetricType_UNTYPED
		if len(s.Histograms) > 0 {
			p := s.Histograms[0]
			kind, m.Histogram = federatedHistogram(p.Histogram)
			m.TimestampMs = proto.Int64(p.Time + r.shift.Milliseconds())
		} else {
			p := s.Floats[0]
			m.Untyped = &dto.Untyped{Value: proto.Float64(p.Value)}
			m.TimestampMs = proto.Int64(p.Time + r.shift.Milliseconds())
		}
		if n := len(all); n == 0 || all[n-1].GetName() != name || all[n-1].GetType() != kind {
			all = append(all, &dto.MetricFamily{Name: proto.String(name), Type: kind.Enum()})
		}
		f := all[len(all)-1]
		f.Metric = append(f.Metric, m)
	}
	return all
}

// federatedLabels are those of a series, but for its name, and of the external
// ones those that it lacks.
func (h *Handler) federatedLabels(ls labels.Labels) (list []*dto.LabelPair) {
	external := h.opts.Replay.ExternalLabels
	label := func(name, value string) {
		list = append(list, &dto.LabelPair{Name: proto.String(name), Value: proto.String(value)})
	}
	ls.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel {
			label(l.Name, l.Value)
		}
	})
	external.Range(func(l labels.Label) {
		if !ls.Has(l.Name) {
			label(l.Name, l.Value)
		}
	})
	if !ls.Has("instance") && !external.Has("instance") {
		label("instance", "") // so that the scraper's own does not stand for it
	}
	return list
}

// federatedHistogram is a histogram as an exposition has it.
func federatedHistogram(h *histogram.FloatHistogram) (dto.MetricType, *dto.Histogram) {
	kind := dto.MetricType_HISTOGRAM
	if h.CounterResetHint == histogram.GaugeType {
		kind = dto.MetricType_GAUGE_HISTOGRAM
	}
	out := &dto.Histogram{SampleCountFloat: proto.Float64(h.Count), SampleSum: proto.Float64(h.Sum)}
	if !h.UsesCustomBuckets() {
		out.Schema, out.ZeroThreshold, out.ZeroCountFloat = proto.Int32(h.Schema), proto.Float64(h.ZeroThreshold), proto.Float64(h.ZeroCount)
		out.PositiveSpan, out.PositiveCount = federatedSpans(h.PositiveSpans), h.PositiveBuckets
		out.NegativeSpan, out.NegativeCount = federatedSpans(h.NegativeSpans), h.NegativeBuckets
		return kind, out
	}
	counts := make([]float64, len(h.CustomValues)+1) // the last is that of +Inf, which is not told
	for it := h.PositiveBucketIterator(); it.Next(); {
		counts[min(int(it.At().Index), len(h.CustomValues))] += it.At().Count
	}
	sum := 0.0
	for i, bound := range h.CustomValues {
		sum += counts[i]
		out.Bucket = append(out.Bucket, &dto.Bucket{UpperBound: proto.Float64(bound), CumulativeCountFloat: proto.Float64(sum)})
	}
	return kind, out
}

func federatedSpans(spans []histogram.Span) (list []*dto.BucketSpan) {
	for _, s := range spans {
		list = append(list, &dto.BucketSpan{Offset: proto.Int32(s.Offset), Length: proto.Uint32(s.Length)})
	}
	return list
}
