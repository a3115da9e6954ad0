package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// What the program of the folder oracle2 takes and gives.
type request2 struct {
	Step    int64
	Series  []series2
	Queries []query2
	Parse   []string
	Bodies  []body2
}

type body2 struct{ ContentType, Text string }

type series2 struct {
	Labels map[string]string
	Times  []int64
	Bits   []string
}

type query2 struct {
	Expr string
	At   []int64
}

type answer2 struct {
	Results [][]result2
	Parsed  []string
	Held    [][]string
}

type result2 struct {
	Error  string
	Vector []struct {
		Labels map[string]string
		Bits   string
	}
}

// set is a result without its order; "error" where there was one.
func (r result2) set() map[string]string {
	if r.Error != "" {
		return map[string]string{"error": ""}
	}
	out := map[string]string{}
	for _, s := range r.Vector {
		out[labels.FromMap(s.Labels).String()] = plainNaN(s.Bits)
	}
	return out
}

// plainNaN makes one NaN of all: which of two a sum has is the processor's
// choice.
func plainNaN(bits string) string {
	if n, err := strconv.ParseUint(bits, 10, 64); err == nil && math.IsNaN(math.Float64frombits(n)) {
		return "NaN"
	}
	return bits
}

// ask2 asks the program, which go run builds but once.
func ask2(t *testing.T, in request2) answer2 {
	t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	ask := exec.Command("go", "run", ".")
	ask.Dir, ask.Stdin, ask.Stderr = "../oracle2", bytes.NewReader(text), os.Stderr
	said, err := ask.Output()
	if err != nil {
		t.Fatal(err)
	}
	var out answer2
	if err := json.Unmarshal(said, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// world2 is what expressions are asked of: the same series here and there.
type world2 struct {
	tl     *timeline.Timeline
	series []series2
	names  []string
	times  []int64
}

// metrics2 are those of a real capture that are asked for.
var metrics2 = []string{
	"up", "process_cpu_seconds_total", "go_goroutines", "go_memstats_heap_alloc_bytes", "rest_client_requests_total", "rest_client_request_duration_seconds_bucket",
	"kubeproxy_sync_proxy_rules_duration_seconds_bucket", "kubeproxy_sync_proxy_rules_last_timestamp_seconds", "go_gc_duration_seconds", "kubeproxy_network_programming_duration_seconds_count",
}

// captured2 is the world of a real capture, with what is made up.
func captured2(t *testing.T, name string) *world2 {
	w := &world2{tl: timeline.New()}
	dir := capturesDir + name
	if _, err := os.Stat(dir); err != nil {
		t.Logf("no %s here: only what is made up is asked for", dir)
		w.made(1_763_708_400_000)
		return w
	}
	c, err := capture.Open(os.DirFS(dir), ".", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.made(c.Start / 1000 * 1000)
	loaded, err := replay.Load(context.Background(), replay.Options{Capture: c, Queries: metrics2})
	if err != nil {
		t.Fatal(err)
	}
	q, err := loaded.Store.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	for _, metric := range metrics2 {
		set := q.Select(context.Background(), false, nil, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, metric))
		for set.Next() {
			w.add(t, set.At())
		}
		w.names = append(w.names, metric)
	}
	slices.Sort(w.times)
	w.times = slices.Compact(w.times)
	return w
}

func (w *world2) add(t *testing.T, s storage.Series) {
	one := series2{Labels: s.Labels().Map()}
	ref := w.tl.Series(s.Labels())
	for it := s.Iterator(nil); it.Next() == chunkenc.ValFloat; {
		at, v := it.At()
		w.put(&one, ref, at, v)
	}
	w.series = append(w.series, one)
}

func (w *world2) put(s *series2, ref timeline.Ref, at int64, v float64) {
	if w.tl.Append(ref, at, v) != nil {
		return
	}
	s.Times, s.Bits = append(s.Times, at), append(s.Bits, strconv.FormatUint(math.Float64bits(v), 10))
	w.times = append(w.times, at)
}

// made adds series on a grid of whole seconds, with resets, gaps, markers, NaN,
// infinities and line feeds.
func (w *world2) made(start int64) {
	r := rand.New(rand.NewPCG(2, 55))
	for _, name := range []string{"made_total", "made", "made_bucket", "made_odd"} {
		w.names = append(w.names, name)
		for i := range 6 {
			ls := map[string]string{model.MetricNameLabel: name, "instance": fmt.Sprintf("node-%c", 'a'+i%3), "job": "made", "text": []string{"a\nb", "a-b", ""}[i%3], "code": []string{"200", "500"}[i/3]}
			if name == "made_bucket" {
				ls["le"] = []string{"1", "5", "+Inf"}[i/2]
				ls["instance"] = "node-a"
			}
			for k, v := range ls {
				if v == "" {
					delete(ls, k)
				}
			}
			s, ref, v := series2{Labels: ls}, w.tl.Series(labels.FromMap(ls)), 0.0
			for k := range 150 {
				at := start + int64(k)*5_000
				v += float64(r.IntN(100)) / 7 * float64(1+i)
				if name == "made" {
					v = r.NormFloat64() * 1e3
				}
				switch n := r.IntN(60); {
				case n == 0:
					v = 0
				case n == 1:
					continue
				case n == 2:
					w.put(&s, ref, at, math.Float64frombits(value.StaleNaN))
					continue
				case n < 8 && name == "made_odd":
					w.put(&s, ref, at, []float64{math.Inf(1), math.Inf(-1), math.NaN(), 1e308, -1e308}[n-3])
					continue
				}
				w.put(&s, ref, at, v)
			}
			w.series = append(w.series, s)
		}
	}
}

var exprs2Flag = flag.Int("exprs2", 500, "made-up expressions of TestPrometheus2")

// TestPrometheus2 asks 500 made-up expressions of the engine of Prometheus 2
// and of ours with Options.Prometheus2, over real captures and made-up series,
// at instants that often have a sample on the edge of what is looked back on.
// Each result is the same, bit for bit, where there is no doubt.
func TestPrometheus2(t *testing.T) {
	for i, name := range []string{"incident", "flaky-apiserver", "healthy"} {
		t.Run(name, func(t *testing.T) {
			w := captured2(t, name)
			p := w.pair(t, uint64(i), *exprs2Flag/3+1)
			p.compare(t, nil)
			t.Logf("%d expressions, %d instants alike, %d with results of which %d are others in Prometheus 3, %d in doubt", len(p.queries), p.alike, p.results, p.others, p.doubted)
			if len(w.names) > 4 && (p.results < 300 || p.others < 50) {
				t.Error("too few of them have results, or differ")
			}
		})
	}
}

// pair2 are expressions with what both say.
type pair2 struct {
	*world2
	queries                         []query2
	theirs                          answer2
	alike, results, others, doubted int
	different                       []string
}

func (w *world2) pair(t *testing.T, seed uint64, n int) *pair2 {
	p := &pair2{world2: w}
	x := &exprs2{Rand: rand.New(rand.NewPCG(seed, 2)), names: w.names}
	engine := query.NewEngine(query.Options{Prometheus2: true})
	for len(p.queries) < n {
		expr, at := x.expression(w.times)
		if _, err := engine.Instant(context.Background(), w.tl, expr, time.UnixMilli(0)); err != nil && isParse(err) {
			continue
		}
		p.queries = append(p.queries, query2{expr, at})
	}
	p.theirs = ask2(t, request2{Step: time.Minute.Milliseconds(), Series: w.series, Queries: p.queries})
	return p
}

func isParse(err error) bool {
	_, ok := err.(*query.Error)
	return ok
}

// compare asks ours. spoil, if set, changes an answer.
func (p *pair2) compare(t *testing.T, spoil func(map[string]string)) {
	two, three := query.NewEngine(query.Options{Prometheus2: true}), query.NewEngine(query.Options{})
	for i, q := range p.queries {
		doubts := doubtsOf(t, q.Expr)
		for k, at := range q.At {
			theirs, ours := p.theirs.Results[i][k].set(), vector2(two, p.tl, q.Expr, at)
			if spoil != nil {
				spoil(ours)
			}
			switch {
			case maps.Equal(theirs, ours):
				p.alike++
				if _, failed := ours["error"]; len(ours) > 0 && !failed {
					p.results++
					if !maps.Equal(ours, vector2(three, p.tl, q.Expr, at)) {
						p.others++
					}
				}
			case p.inDoubt(two, doubts, at):
				p.doubted++
			default:
				p.different = append(p.different, fmt.Sprintf("%s @ %d\n theirs %v %s\n ours   %v", q.Expr, at, theirs, p.theirs.Results[i][k].Error, ours))
			}
		}
	}
	if spoil == nil {
		for _, d := range p.different[:min(len(p.different), 10)] {
			t.Errorf("%.1500s", d)
		}
		if len(p.different) > 10 {
			t.Errorf("%d in all", len(p.different))
		}
	}
}

func doubtsOf(t *testing.T, expr string) []query.Doubt {
	expr = strings.ReplaceAll(expr, "holt_winters", "double_exponential_smoothing")
	e, err := query.InPrometheus2(expr, query.Options{Features: query.Features()})
	if err != nil {
		t.Fatal(err)
	}
	return e.Doubts
}

func (p *pair2) inDoubt(engine *query.Engine, doubts []query.Doubt, at int64) bool {
	for _, d := range doubts {
		if d.When == "" || len(vector2(engine, p.tl, d.When, at)) > 0 {
			return true
		}
	}
	return false
}

func vector2(engine *query.Engine, q storage.Queryable, expr string, at int64) map[string]string {
	vec, _, _, err := engine.Over(q).Vector(context.Background(), expr, time.UnixMilli(at))
	if err != nil {
		return map[string]string{"error": ""}
	}
	out := map[string]string{}
	for _, s := range vec {
		out[s.Labels.String()] = plainNaN(strconv.FormatUint(math.Float64bits(s.Value), 10))
	}
	return out
}

// TestPrometheus2Notices spoils one bit of ours: a comparison that could not
// fail would prove nothing.
func TestPrometheus2Notices(t *testing.T) {
	w := &world2{tl: timeline.New()}
	w.made(1_763_708_400_000)
	p := w.pair(t, 7, 20)
	spoilt := false
	p.compare(t, func(ours map[string]string) {
		for k, bits := range ours {
			if n, err := strconv.ParseUint(bits, 10, 64); err == nil && !spoilt {
				ours[k], spoilt = strconv.FormatUint(n^1, 10), true
			}
		}
	})
	if !spoilt || len(p.different) != 1 {
		t.Errorf("one bit was spoilt (%v), and %d differences were found: %v", spoilt, len(p.different), p.different)
	}
}

// TestPrometheus2Refuses compares what is not read: each function that we know,
// and what is new in the syntax.
func TestPrometheus2Refuses(t *testing.T) {
	exprs := []string{
		"x[5m*2]", "x offset 5m*2", "x[5m:1m+1s]", "rate(x[5m] anchored)", "rate(x[5m] smoothed)", "a + fill(0) b", "a </ 5", "a >/ 5", `sum by ("a b") (x)`,
		"x[300]", "5m", `{"a.b"}`, `{"ab"}`, "topk(scalar(x), y)", "x[5m:30]", "limitk(1, x)", "limit_ratio(0.5, x)", "x @ end()", "a * ignoring() group_left (x) b", "1_000", "0x1f",
	}
	for _, f := range parser.Functions {
		args := map[parser.ValueType]string{parser.ValueTypeVector: "x", parser.ValueTypeMatrix: "x[5m]", parser.ValueTypeScalar: "1", parser.ValueTypeString: `"a"`}
		text := f.Name + "("
		for i, typ := range f.ArgTypes {
			if f.Variadic != 0 && i >= len(f.ArgTypes)-1 && f.Variadic > 0 {
				break // the last may be left out
			}
			if i > 0 {
				text += ", "
			}
			text += args[typ]
		}
		exprs = append(exprs, text+")")
	}
	said := ask2(t, request2{Parse: exprs}).Parsed
	for i, expr := range exprs {
		e, err := query.InPrometheus2(expr, query.Options{Features: query.Features()})
		if err != nil {
			t.Logf("%s: not even we read it: %v", expr, err)
			continue
		}
		if (said[i] != "") != (e.Refused != nil) {
			t.Errorf("%s: Prometheus 2 says %q, we %v", expr, said[i], e.Refused)
		}
	}
}
