package oracle

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	v1 "github.com/prometheus/prometheus/web/api/v1"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/query"
)

// TestQueryJSON draws results of every type and wants the bytes that the
// Prometheus API sends as `data`.
func TestQueryJSON(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		theirs, ours := drawResult(rt)
		body, err := v1.JSONCodec{}.Encode(&v1.Response{Status: "success", Data: &v1.QueryData{ResultType: theirs.Type(), Result: theirs}})
		if err != nil {
			rt.Fatal(err)
		}
		want, ok := strings.CutPrefix(string(body), `{"status":"success","data":`)
		if !ok {
			rt.Fatalf("an answer of another form: %s", body)
		}
		want = strings.TrimSuffix(want, "}")
		if diff := cmp.Diff(want, string(ours.AppendJSON(nil))); diff != "" {
			rt.Errorf("(-upstream +ours):\n%s", diff)
		}
	})
}

func drawResult(rt *rapid.T) (parser.Value, *query.Value) {
	switch rapid.IntRange(0, 3).Draw(rt, "type") {
	case 0:
		s := promql.Scalar{T: drawTime(rt), V: drawFloat(rt)}
		return s, &query.Value{Type: query.Scalar, Time: s.T, Number: s.V}
	case 1:
		s := promql.String{T: drawTime(rt), V: drawText(rt)}
		return s, &query.Value{Type: query.String, Time: s.T, Text: s.V}
	case 2:
		theirs, ours := promql.Vector{}, &query.Value{Type: query.Vector}
		for range rapid.IntRange(0, 3).Draw(rt, "series") {
			s := promql.Sample{Metric: drawLabels(rt), T: drawTime(rt)}
			out := query.Series{Labels: s.Metric}
			if rapid.Bool().Draw(rt, "histogram") {
				s.H = drawHistogram(rt)
				out.Histograms = []query.HistogramPoint{{Time: s.T, Histogram: s.H}}
			} else {
				s.F = drawFloat(rt)
				out.Floats = []query.Point{{Time: s.T, Value: s.F}}
			}
			theirs, ours.Series = append(theirs, s), append(ours.Series, out)
		}
		return theirs, ours
	}
	theirs, ours := promql.Matrix{}, &query.Value{Type: query.Matrix}
	for range rapid.IntRange(0, 3).Draw(rt, "series") {
		s := promql.Series{Metric: drawLabels(rt)}
		out := query.Series{Labels: s.Metric}
		for range rapid.IntRange(0, 3).Draw(rt, "floats") {
			p := promql.FPoint{T: drawTime(rt), F: drawFloat(rt)}
			s.Floats, out.Floats = append(s.Floats, p), append(out.Floats, query.Point{Time: p.T, Value: p.F})
		}
		for range rapid.IntRange(0, 2).Draw(rt, "histograms") {
			p := promql.HPoint{T: drawTime(rt), H: drawHistogram(rt)}
			s.Histograms, out.Histograms = append(s.Histograms, p), append(out.Histograms, query.HistogramPoint{Time: p.T, Histogram: p.H})
		}
		theirs, ours.Series = append(theirs, s), append(ours.Series, out)
	}
	return theirs, ours
}

func drawTime(rt *rapid.T) int64 {
	return rapid.OneOf(rapid.Int64Range(-5000, 5000), rapid.Int64Range(-1<<52, 1<<52)).Draw(rt, "t")
}

func drawFloat(rt *rapid.T) float64 {
	return rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, 1e-6, 9.9e-7, 1e21, 9.99e20, math.NaN(), math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64, math.MaxFloat64})).Draw(rt, "f")
}

func drawText(rt *rapid.T) string {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "<&>", "\"\\\n\r\t\x00\x1f\x7f", "\u2028é\ufffd", "a\xffb"})).Draw(rt, "s")
}

func drawLabels(rt *rapid.T) labels.Labels {
	m := map[string]string{}
	for range rapid.IntRange(0, 3).Draw(rt, "labels") {
		m[drawText(rt)] = drawText(rt)
	}
	return labels.FromMap(m)
}

func drawHistogram(rt *rapid.T) *histogram.FloatHistogram {
	var b bucketState
	b.draw(rt)
	return b.floats(rt)
}
