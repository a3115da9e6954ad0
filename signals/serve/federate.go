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
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"google.golang.org/protobuf/proto"

	"github.com/scrapebook/scrapebook/signals/query"
)

// federate tells the newest sample of each series that match[] selects, as of
// now (web/federate.go). Native histograms are left out, as a server leaves
// them out of text.
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
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	w.Header().Set("Content-Type", string(format))
	enc := expfmt.NewEncoder(w, format)
	for _, f := range h.exposed(r, list) {
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
		kind := chunkenc.ValNone
		it := set.At().Iterator(nil)
		for next := it.Next(); next != chunkenc.ValNone; next = it.Next() {
			if kind = next; kind == chunkenc.ValFloat {
				at, v := it.At()
				s.Floats = append(s.Floats[:0], query.Point{Time: at, Value: v})
			}
		}
		if kind == chunkenc.ValFloat && !value.IsStaleNaN(s.Floats[0].Value) {
			list = append(list, s)
		}
	}
	return list, errors.Join(set.Err(), r.Context().Err())
}

// exposed makes families of samples, with the external labels that they lack.
func (h *Handler) exposed(r *request, list []query.Series) []*dto.MetricFamily {
	external := h.opts.Replay.ExternalLabels
	var all []*dto.MetricFamily
	for _, s := range list {
		name := s.Labels.Get(model.MetricNameLabel)
		if name == "" || len(s.Floats) == 0 {
			continue
		}
		if n := len(all); n == 0 || all[n-1].GetName() != name {
			all = append(all, &dto.MetricFamily{Name: proto.String(name), Type: dto.MetricType_UNTYPED.Enum()})
		}
		f := all[len(all)-1]
		m := &dto.Metric{
			TimestampMs: proto.Int64(s.Floats[0].Time + r.shift.Milliseconds()),
			Untyped:     &dto.Untyped{Value: proto.Float64(s.Floats[0].Value)},
		}
		label := func(name, value string) {
			m.Label = append(m.Label, &dto.LabelPair{Name: proto.String(name), Value: proto.String(value)})
		}
		s.Labels.Range(func(l labels.Label) {
			if l.Name != model.MetricNameLabel {
				label(l.Name, l.Value)
			}
		})
		external.Range(func(l labels.Label) {
			if !s.Labels.Has(l.Name) {
				label(l.Name, l.Value)
			}
		})
		if !s.Labels.Has("instance") && !external.Has("instance") {
			label("instance", "") // so that the scraper's own does not stand for it
		}
		f.Metric = append(f.Metric, m)
	}
	return all
}
