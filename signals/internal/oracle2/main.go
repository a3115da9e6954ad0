// Command oracle2 answers queries as Prometheus 2.55.1 does: with the engine of
// its module, v0.55.1, which cannot be in one build with the version that we
// use. It reads one request as JSON and writes one answer; the test of the
// module signals/internal/oracle that asks it says what stands in both.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

type request struct {
	// Step is that of subqueries that name none, in ms.
	Step    int64
	Series  []series
	Queries []asked
	// Parse are expressions of which it is asked whether they parse.
	Parse []string
	// Bodies are expositions of which it is asked which series they hold.
	Bodies []body
}

type body struct{ ContentType, Text string }

// Bits of float64 are written as decimal numbers in strings: JSON has neither
// NaN nor 64 bits.
type series struct {
	Labels map[string]string
	Times  []int64
	Bits   []string
}

type asked struct {
	Expr string
	At   []int64
}

type answer struct {
	Results [][]result // for each query, for each instant
	Parsed  []string   // "" or the error
	Held    [][]string // the series of each body, and at last "error: …" if there is one
}

type result struct {
	Error  string
	Vector []sample
}

type sample struct {
	Labels map[string]string
	Bits   string
}

func main() {
	var in request
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		log.Fatal(err)
	}
	out, err := in.answer()
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}

func (in *request) answer() (*answer, error) {
	model.NameValidationScheme = model.LegacyValidation // as a server without --enable-feature=utf8-names
	parser.EnableExperimentalFunctions = true
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples:               50_000_000,
		Timeout:                  2 * time.Minute,
		LookbackDelta:            5 * time.Minute,
		NoStepSubqueryIntervalFn: func(int64) int64 { return in.Step },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
	})
	var st store
	for _, s := range in.Series {
		one := held{labels: labels.FromMap(s.Labels)}
		for i, t := range s.Times {
			bits, err := strconv.ParseUint(s.Bits[i], 10, 64)
			if err != nil {
				return nil, err
			}
			one.points = append(one.points, point{t, math.Float64frombits(bits)})
		}
		st = append(st, one)
	}
	out := &answer{}
	for _, q := range in.Queries {
		var list []result
		for _, at := range q.At {
			list = append(list, ask(engine, st, q.Expr, at))
		}
		out.Results = append(out.Results, list)
	}
	for _, text := range in.Parse {
		said := ""
		if _, err := parser.ParseExpr(text); err != nil {
			said = err.Error()
		}
		out.Parsed = append(out.Parsed, said)
	}
	for _, b := range in.Bodies {
		out.Held = append(out.Held, b.series())
	}
	return out, nil
}

// series are those of a body, in its order.
func (b body) series() (list []string) {
	p, err := textparse.New([]byte(b.Text), b.ContentType, false, labels.NewSymbolTable())
	if err != nil { // it is parsed all the same (scrape.go, scrapeLoop.append)
		log.Print(err)
	}
	for {
		entry, err := p.Next()
		switch {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			return append(list, "error: "+err.Error())
		case entry == textparse.EntrySeries:
			var ls labels.Labels
			p.Metric(&ls)
			list = append(list, ls.WithoutEmpty().String()) // as scrapes store them
		}
	}
}

func ask(engine *promql.Engine, st store, expr string, at int64) (out result) {
	query, err := engine.NewInstantQuery(context.Background(), st, nil, expr, timestamp.Time(at))
	if err != nil {
		return result{Error: err.Error()}
	}
	defer query.Close()
	res := query.Exec(context.Background())
	if res.Err != nil {
		return result{Error: res.Err.Error()}
	}
	add := func(ls labels.Labels, v float64) {
		out.Vector = append(out.Vector, sample{ls.Map(), strconv.FormatUint(math.Float64bits(v), 10)})
	}
	switch v := res.Value.(type) {
	case promql.Vector:
		for _, s := range v {
			if s.H != nil {
				return result{Error: "a native histogram"}
			}
			add(s.Metric, s.F)
		}
	case promql.Scalar:
		add(labels.EmptyLabels(), v.V)
	default:
		return result{Error: fmt.Sprintf("a result of the type %s", res.Value.Type())}
	}
	return out
}

// store is a storage.Queryable of series in memory, in the order in which they
// came.
type store []held

type held struct {
	labels labels.Labels
	points []chunks.Sample
}

func (st store) Querier(int64, int64) (storage.Querier, error) { return querier{st: st}, nil }

// querier answers Select alone.
type querier struct {
	storage.LabelQuerier
	st store
}

func (querier) Close() error { return nil }

func (q querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	set := &found{at: -1}
	for _, s := range q.st {
		if matches(s.labels, ms) {
			set.list = append(set.list, storage.NewListSeries(s.labels, s.points))
		}
	}
	return set
}

func matches(ls labels.Labels, ms []*labels.Matcher) bool {
	for _, m := range ms {
		if !m.Matches(ls.Get(m.Name)) {
			return false
		}
	}
	return true
}

type found struct {
	list []storage.Series
	at   int
}

func (f *found) Next() bool                        { f.at++; return f.at < len(f.list) }
func (f *found) At() storage.Series                { return f.list[f.at] }
func (f *found) Err() error                        { return nil }
func (f *found) Warnings() annotations.Annotations { return nil }

// point is a float sample.
type point struct {
	t int64
	v float64
}

func (p point) T() int64                      { return p.t }
func (p point) F() float64                    { return p.v }
func (p point) H() *histogram.Histogram       { return nil }
func (p point) FH() *histogram.FloatHistogram { return nil }
func (p point) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
