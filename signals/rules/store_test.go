package rules_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// store is a small storage: a Queryable and an Appender that keeps samples in
// lists and refuses late and duplicate ones as a TSDB does.
type store struct {
	series map[string]*memSeries
	log    []string // what rules appended, "TIME LABELS VALUE"
	refuse error    // given to every Append when set
	broken error    // given to every Querier when set
}

type memSeries struct {
	ls      labels.Labels
	samples []chunks.Sample
}

type sample struct {
	t  int64
	f  float64
	fh *histogram.FloatHistogram
}

func (s sample) T() int64                      { return s.t }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.f }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return s.fh }
func (s sample) Copy() chunks.Sample           { return s }
func (s sample) Type() chunkenc.ValueType {
	if s.fh != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

func newStore() *store { return &store{series: map[string]*memSeries{}} }

// load reads `SERIES VALUES` lines in the notation of PromQL tests; the samples
// stand step apart from time 0 on.
func (s *store) load(tb testing.TB, step time.Duration, lines ...string) *store {
	tb.Helper()
	for _, line := range lines {
		ls, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(line)
		if err != nil {
			tb.Fatal(err)
		}
		for i, v := range values {
			if v.Omitted {
				continue
			}
			if err := s.add(ls, sample{int64(i) * step.Milliseconds(), v.Value, v.Histogram}); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return s
}

func (s *store) add(ls labels.Labels, p sample) error {
	m := s.series[ls.String()]
	if m == nil {
		m = &memSeries{ls: ls}
		s.series[ls.String()] = m
	}
	if n := len(m.samples); n > 0 {
		switch last := m.samples[n-1]; {
		case last.T() > p.t:
			return errors.New("out of order")
		case last.T() == p.t && last.F() != p.f:
			return errors.New("duplicate")
		case last.T() == p.t:
			return nil
		}
	}
	m.samples = append(m.samples, p)
	return nil
}

func (s *store) Append(ls labels.Labels, ts int64, v float64) error {
	if s.refuse != nil {
		return s.refuse
	}
	text := fmt.Sprint(v)
	if value.IsStaleNaN(v) {
		text = "stale"
	}
	if err := s.add(ls, sample{t: ts, f: v}); err != nil {
		return err
	}
	s.log = append(s.log, fmt.Sprintf("%d %s %s", ts, ls, text))
	return nil
}

func (s *store) AppendHistogram(ls labels.Labels, ts int64, h *histogram.FloatHistogram) error {
	s.log = append(s.log, fmt.Sprintf("%d %s %s", ts, ls, h))
	return s.add(ls, sample{t: ts, fh: h})
}

func (s *store) Querier(mint, maxt int64) (storage.Querier, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	return &querier{s, mint, maxt}, nil
}

type querier struct {
	*store
	mint, maxt int64
}

func (q *querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	set := &seriesSet{}
	for _, m := range q.series {
		if slices.ContainsFunc(ms, func(matcher *labels.Matcher) bool { return !matcher.Matches(m.ls.Get(matcher.Name)) }) {
			continue
		}
		var in []chunks.Sample
		for _, p := range m.samples {
			if p.T() >= q.mint && p.T() <= q.maxt {
				in = append(in, p)
			}
		}
		set.list = append(set.list, storage.NewListSeries(m.ls, in))
	}
	slices.SortFunc(set.list, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return set
}

func (q *querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errors.ErrUnsupported
}

func (q *querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errors.ErrUnsupported
}

func (q *querier) Close() error { return nil }

type seriesSet struct {
	list []storage.Series
	next int
}

func (s *seriesSet) Next() bool                        { s.next++; return s.next <= len(s.list) }
func (s *seriesSet) At() storage.Series                { return s.list[s.next-1] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// evaluator returns an Evaluator of the only group in a rule file.
func evaluator(tb testing.TB, st *store, file string, change ...func(*rules.EvalOptions)) *rules.Evaluator {
	tb.Helper()
	groups, errs := rules.Parse("rules.yml", []byte(file), rules.ParseOptions{})
	if len(errs) > 0 {
		tb.Fatal(errors.Join(errs...))
	}
	if len(groups) != 1 {
		tb.Fatalf("the file has %d groups, not one", len(groups))
	}
	opts := rules.EvalOptions{Source: query.NewEngine(query.Options{}).Over(st), Appender: st}
	for _, f := range change {
		f(&opts)
	}
	return rules.NewEvaluator(groups[0], opts)
}

// group wraps rules in a group, with the group's other fields before them.
func group(fields, list string) string {
	return "groups:\n- name: g\n" + indent(fields, "  ") + "  rules:\n" + indent(list, "  ")
}

func indent(s, by string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.Trim(s, "\n")) {
		b.WriteString(by + strings.TrimSuffix(line, "\n") + "\n")
	}
	return b.String()
}

func seconds(s float64) time.Time { return time.UnixMilli(int64(s * 1000)).UTC() }
