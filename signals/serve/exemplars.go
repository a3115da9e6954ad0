package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// maxExemplars is how many are kept, the newest ones (storage.exemplars.
// max_exemplars).
const maxExemplars = 100_000

// examples are the exemplars of a series, by their times.
type examples struct {
	labels labels.Labels
	list   []exemplar.Exemplar
}

// exemplarBook gathers exemplars as a server's storage does (tsdb/exemplar.go).
type exemplarBook struct {
	of    map[string]*examples // by the labels' bytes
	order []*examples          // of each exemplar, the oldest first
}

// add takes an exemplar, unless it is the one before or older than that.
func (b *exemplarBook) add(ls labels.Labels, e exemplar.Exemplar) {
	size := 0
	e.Labels.Range(func(l labels.Label) { size += utf8.RuneCountInString(l.Name) + utf8.RuneCountInString(l.Value) })
	if _, twice := e.Labels.HasDuplicateLabelNames(); twice || size > exemplar.ExemplarMaxLabelSetLength {
		return
	}
	key := string(ls.Bytes(nil))
	s := b.of[key]
	if s == nil {
		s = &examples{labels: ls}
		b.of[key] = s
	}
	if n := len(s.list); n > 0 {
		last := s.list[n-1]
		same := e.Ts == last.Ts
		if last.Equals(e) || e.Ts < last.Ts || same && e.Value < last.Value || same && e.Value == last.Value && e.Labels.Hash() < last.Labels.Hash() {
			return
		}
	}
	s.list = append(s.list, e)
	if b.order = append(b.order, s); len(b.order) > maxExemplars {
		b.order[0].list = b.order[0].list[1:]
		b.order = b.order[1:]
	}
}

// readExemplars reads those scrapes again that may have some: a replay keeps
// none, and text has none.
func (b *book) readExemplars() map[string]*examples {
	all := &exemplarBook{of: map[string]*examples{}}
	in := ingest.New(timeline.New(), ingest.Options{})
	may := map[*capture.Target]bool{}
	for i, info := range b.result.Capture.TargetInfos {
		may[b.capture.Targets[i]] = info.Format != "" && info.Format != "text"
	}
	stream := b.capture.Stream()
	defer stream.Close()
	var body []byte
	for n := range b.capture.Scrapes {
		t, _, _ := b.capture.Entry(n)
		if t == nil || !may[t] || b.course.failed[n] {
			continue
		}
		s := stream.At(n, body[:0])
		if body = s.Body; s.Err == nil {
			all.scrape(s, func(own labels.Labels) (labels.Labels, bool) {
				ls, ok := in.SampleLabels(t, own)
				return b.label(ls), ok
			})
		}
	}
	return all.of
}

// scrape takes the exemplars of a scrape.
func (b *exemplarBook) scrape(s *capture.Scrape, final func(labels.Labels) (labels.Labels, bool)) {
	content := expfmt.Detect(s.Header.Get("Content-Type"), s.Body)
	r := expfmt.NewReader(bytes.NewReader(s.Body), expfmt.Options{Format: content.Format, MaxBytes: -1})
	for r.Next() {
		switch r.Kind() {
		case expfmt.KindSample:
			one := r.Sample()
			if one.Exemplar == nil {
				continue
			}
			if ls, ok := final(ownLabels(one.Name, one.Labels)); ok {
				at := s.Time
				if one.HasTimestamp && s.Target.HonorTimestamps {
					at = one.Timestamp
				}
				b.add(ls, example(one.Exemplar, at))
			}
		case expfmt.KindHistogram:
			one := r.Histogram()
			if len(one.Exemplars) == 0 {
				continue
			}
			ls, ok := final(ownLabels(one.Name, one.Labels))
			var list []exemplar.Exemplar
			for i := range one.Exemplars {
				list = append(list, example(&one.Exemplars[i], s.Time))
			}
			slices.SortFunc(list, exemplar.Compare)
			for i := 0; ok && i < len(list); i++ {
				b.add(ls, list[i])
			}
		}
	}
}

// example is an exemplar, with the time of its sample if it has none.
func example(e *expfmt.Exemplar, at int64) exemplar.Exemplar {
	out := exemplar.Exemplar{Labels: ownLabels("", e.Labels), Value: e.Value, Ts: at, HasTs: e.HasTimestamp}
	if e.HasTimestamp {
		out.Ts = e.Timestamp
	}
	return out
}

// ownLabels are those that a Reader lends, copied.
func ownLabels(name string, list expfmt.Labels) labels.Labels {
	b := labels.NewScratchBuilder(len(list) + 1)
	if name != "" {
		b.Add(model.MetricNameLabel, strings.Clone(name))
	}
	for _, l := range list {
		b.Add(strings.Clone(l.Name), strings.Clone(l.Value))
	}
	b.Sort()
	return b.Labels()
}

// The JSON of exemplars (web/api/v1: marshalExemplarJSON).
type (
	examplesJSON struct {
		Labels    labels.Labels `json:"seriesLabels"`
		Exemplars []exampleJSON `json:"exemplars"`
	}
	exampleJSON struct {
		Labels labels.Labels   `json:"labels"`
		Value  json.RawMessage `json:"value"`
		Time   json.RawMessage `json:"timestamp"`
	}
)

// queryExemplars are those of the series that an expression selects.
func (h *Handler) queryExemplars(r *request) (answer, *failure) {
	start, end, fail := r.span()
	if fail != nil {
		return answer{}, fail
	}
	if end.Before(start) {
		return answer{}, &failure{badData, errors.New("end timestamp must not be before start timestamp")}
	}
	expr, err := h.parser.ParseExpr(r.FormValue("query"))
	if err != nil {
		return answer{}, &failure{badData, err}
	}
	sets := parser.ExtractSelectors(expr)
	if len(sets) == 0 {
		return answer{}, nil
	}
	list := []examplesJSON{}
	for _, b := range r.books {
		for _, s := range b.exemplars() {
			if one := r.examples(s, start, end); len(one.Exemplars) > 0 && anyMatches(sets, s.labels) {
				list = append(list, one)
			}
		}
	}
	slices.SortFunc(list, func(a, b examplesJSON) int { return labels.Compare(a.Labels, b.Labels) })
	return answer{data: list}, nil
}

// examples are those of a series within a range.
func (r *request) examples(s *examples, start, end time.Time) examplesJSON {
	out := examplesJSON{Labels: s.labels}
	for _, e := range s.list {
		if e.Ts >= millis(start) && e.Ts <= millis(end) {
			out.Exemplars = append(out.Exemplars, exampleJSON{
				Labels: e.Labels, Value: query.AppendFloat(nil, e.Value), Time: query.AppendTime(nil, e.Ts+r.shift.Milliseconds()),
			})
		}
	}
	return out
}
