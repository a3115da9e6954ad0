package query_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
)

func TestInstant(t *testing.T) {
	st := load(t, 10*time.Second, `m{a="1"} 1 2 3`, `m{a="2"} 5 4 3`, `c_count{a="1"} 1 2 3`, `h {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x3`)
	for _, tt := range []struct{ name, expr, want string }{
		{"vector", "m", `{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"1"},"value":[15.500,"2"]},{"metric":{"__name__":"m","a":"2"},"value":[15.500,"4"]}]}`},
		{"empty", "none", `{"resultType":"vector","result":[]}`},
		{"ordered", "sort_desc(m)", `{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"2"},"value":[15.500,"4"]},{"metric":{"__name__":"m","a":"1"},"value":[15.500,"2"]}]}`},
		{"topk", "topk(1, m)", `{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"2"},"value":[15.500,"4"]}]}`},
		{"scalar", "time()", `{"resultType":"scalar","result":[15.5,"15.5"]}`},
		{"string", `"<a&\"b\">"`, `{"resultType":"string","result":[15.5,"\u003ca\u0026\"b\"\u003e"]}`},
		{"matrix", `m{a="1"}[20s]`, `{"resultType":"matrix","result":[{"metric":{"__name__":"m","a":"1"},"values":[[0,"1"],[10,"2"]]}]}`},
		{"histogram", "h", `{"resultType":"vector","result":[{"metric":{"__name__":"h"},"histogram":[15.500,{"count":"4","sum":"5","buckets":[[0,"0.5","1","1"],[0,"1","2","2"],[0,"2","4","1"]]}]}]}`},
		{"default subquery step", `count_over_time(vector(1)[15s:])`, `{"resultType":"vector","result":[{"metric":{},"value":[15.500,"3"]}]}`},
		{"at modifier and negative offset", `m{a="1"} @ 0 offset -10s`, `{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"1"},"value":[15.500,"2"]}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := query.NewEngine(query.Options{EvaluationInterval: 5 * time.Second})
			v, err := e.Instant(context.Background(), st, tt.expr, seconds(15.5))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(v.AppendJSON(nil)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestRange(t *testing.T) {
	st := load(t, 10*time.Second, `m{a="1"} 1 2 3`, `h {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x3`)
	e := query.NewEngine(query.Options{})
	v, err := e.Range(context.Background(), st, "m", seconds(0), seconds(20), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"resultType":"matrix","result":[{"metric":{"__name__":"m","a":"1"},"values":[[0,"1"],[10,"2"],[20,"3"]]}]}`
	if got := string(v.AppendJSON(nil)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if v, err = e.Range(context.Background(), st, "h or m", seconds(20), seconds(20), time.Second); err != nil || len(v.Series) != 2 || len(v.Series[0].Histograms) != 1 || v.Series[0].Floats != nil {
		t.Errorf("got %+v, %v", v, err)
	}
	for _, tt := range []struct {
		name, expr string
		start, end float64
		step       time.Duration
		want       string
	}{
		{"no step", "m", 0, 1, 0, "step"},
		{"step below a millisecond", "m", 0, 1, time.Microsecond, "step"},
		{"backwards", "m", 1, 0, time.Second, "before its start"},
		{"a range vector", "m[1m]", 0, 1, time.Second, "invalid expression type"},
		{"a mistake", "m +", 0, 1, time.Second, "parse error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := e.Range(context.Background(), st, tt.expr, seconds(tt.start), seconds(tt.end), tt.step)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestEngineErrors(t *testing.T) {
	st := load(t, 10*time.Second, `m{a="1"} 1`, `m{a="2"} 1`)
	ctx := context.Background()
	_, err := query.NewEngine(query.Options{}).Instant(ctx, st, "m +\n * 2", seconds(0))
	var e *query.Error
	if !errors.As(err, &e) || e.Line != 2 || e.Column != 2 {
		t.Errorf("a mistake has its place: %v", err)
	}
	if _, err := query.NewEngine(query.Options{MaxSamples: 1}).Instant(ctx, st, "m", seconds(0)); err == nil || !strings.Contains(err.Error(), "too many samples") {
		t.Errorf("MaxSamples: %v", err)
	}
	if v, err := query.NewEngine(query.Options{Lookback: time.Second}).Instant(ctx, st, "m", seconds(1)); err != nil || len(v.Series) != 0 {
		t.Errorf("Lookback: %v, %v", v, err)
	}
	if _, err := query.NewEngine(query.Options{}).Instant(ctx, st, "limitk(1, m)", seconds(0)); err == nil {
		t.Error("an experimental aggregation was accepted")
	}
	if _, err := query.NewEngine(query.Options{}).Instant(ctx, st, "sort_by_label(m, 'a')", seconds(0)); err == nil {
		t.Error("an experimental function was accepted")
	}
	broken := errors.New("disk on fire")
	if _, err := query.NewEngine(query.Options{}).Instant(ctx, brokenStore{broken}, "m", seconds(0)); !errors.Is(err, broken) {
		t.Errorf("the storage's error is lost: %v", err)
	}
}

func TestAnnotations(t *testing.T) {
	st := load(t, 10*time.Second, `m 1 2 3`, `b{le="x"} 1`)
	v, err := query.NewEngine(query.Options{}).Instant(context.Background(), st, "rate(m[30s]) or histogram_quantile(2, b)", seconds(20))
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Infos) != 1 || !strings.Contains(v.Infos[0], "might not be a counter") {
		t.Errorf("infos: %q", v.Infos)
	}
	if len(v.Warnings) != 2 || !strings.Contains(v.Warnings[1], "quantile value should be between 0 and 1") {
		t.Errorf("warnings: %q", v.Warnings)
	}
}

// TestJSON: values whose form is easily got wrong.
func TestJSON(t *testing.T) {
	mixed := &histogram.FloatHistogram{
		Schema: 0, Count: 6, Sum: -1e-7, ZeroThreshold: 0.001, ZeroCount: 2,
		PositiveSpans: []histogram.Span{{Offset: 0, Length: 2}}, PositiveBuckets: []float64{1, 0},
		NegativeSpans: []histogram.Span{{Offset: 0, Length: 1}}, NegativeBuckets: []float64{3},
	}
	for _, tt := range []struct {
		name, reason string
		v            query.Value
		want         string
	}{
		{"infinity", "quoted as Go writes it", scalarOf(math.Inf(-1), 0), `{"resultType":"scalar","result":[0,"-Inf"]}`},
		{"large scalar", "scalars never have an exponent", scalarOf(1e21, 1), `{"resultType":"scalar","result":[0.001,"1000000000000000000000"]}`},
		{"large sample", "samples have one from 1e21", sampleOf(1e21, 1), `{"resultType":"vector","result":[{"metric":{},"value":[0.001,"1e+21"]}]}`},
		{"small sample", "and below 1e-6", sampleOf(9.9e-7, 20), `{"resultType":"vector","result":[{"metric":{},"value":[0.020,"9.9e-07"]}]}`},
		{"negative time", "the sign stands before the seconds", sampleOf(math.NaN(), -1500), `{"resultType":"vector","result":[{"metric":{},"value":[-1.500,"NaN"]}]}`},
		{"negative zero", "keeps its sign", sampleOf(math.Copysign(0, -1), 0), `{"resultType":"vector","result":[{"metric":{},"value":[0,"-0"]}]}`},
		{"labels", "only what JSON demands is escaped", query.Value{Type: query.Matrix, Series: []query.Series{{Labels: labels.FromStrings("a", "<\"\\\n\r\t\x01\u2028é\xff>")}}},
			`{"resultType":"matrix","result":[{"metric":{"a":"<\"\\\n\r\t\u0001` + "\u2028é\xff" + `>"}}]}`},
		{"both kinds", "values before histograms, empty buckets left out", query.Value{Type: query.Matrix, Series: []query.Series{{
			Floats:     []query.Point{{Time: 1000, Value: 1}, {Time: 2000, Value: 2}},
			Histograms: []query.HistogramPoint{{Time: 3000, Histogram: mixed}},
		}}}, `{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[2,"2"]],"histograms":[[3,{"count":"6","sum":"-1e-07","buckets":[[1,"-1","-0.5","3"],[3,"-0.001","0.001","2"],[0,"0.5","1","1"]]}]]}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.v.AppendJSON(nil)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s\n%s", got, tt.want, tt.reason)
			}
		})
	}
	v := sampleOf(1, 1)
	if b, err := json.Marshal(&v); err != nil || string(b) != string(v.AppendJSON(nil)) {
		t.Errorf("json.Marshal: %s, %v", b, err)
	}
}

func scalarOf(f float64, t int64) query.Value {
	return query.Value{Type: query.Scalar, Number: f, Time: t}
}

func sampleOf(f float64, t int64) query.Value {
	return query.Value{Type: query.Vector, Series: []query.Series{{Floats: []query.Point{{Time: t, Value: f}}}}}
}
