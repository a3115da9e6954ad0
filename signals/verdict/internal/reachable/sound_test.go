package reachable

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

var everything = parser.NewParser(parser.Options{EnableExperimentalFunctions: true, EnableBinopFillModifiers: true})

func engineOf(delayedNames bool) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger: slog.New(slog.DiscardHandler), MaxSamples: 1e6, Timeout: time.Minute, LookbackDelta: 5 * time.Minute,
		EnableAtModifier: true, EnableNegativeOffset: true, EnableDelayedNameRemoval: delayedNames, Parser: everything,
		NoStepSubqueryIntervalFn: func(int64) int64 { return 60_000 },
	})
}

var (
	pairs    = flag.Int("pairs", 0, "pairs of a rule and a shape that TestSound draws (default 2,500; 1,000 with -short)")
	seedFlag = flag.Uint64("seed", 1, "where TestSound begins to draw")
	values   = flag.Bool("values", true, "TestSound also compares the values and labels of what can have a sample")
)

// instants are those at which a rule is tried, in seconds.
var instants = []int64{290, 500, 730}

const perShape = 25 // rules that share a shape

// world is a shape and some data of it.
type world struct {
	shape  Shape
	engine *promql.Engine
	data   []*memory
	other  []*memory // not of the shape
}

// drawWorld draws a shape, rules that record, and data.
func drawWorld(r *rand.Rand, engines [2]*promql.Engine) world {
	w := world{shape: drawShape(r), engine: engines[0]}
	if w.shape.DelayedNames {
		w.engine = engines[1]
	}
	recorded := map[string]string{}
	for _, name := range []string{"rec", "rec2"} {
		if r.IntN(3) > 0 {
			expr := rules{r}.vector(2)
			parsed, err := everything.ParseExpr(expr)
			if err != nil || parsed.Type() != parser.ValueTypeVector {
				continue
			}
			set := map[string]string{}
			if r.IntN(2) == 0 {
				set[labelNames[r.IntN(4)]] = []string{"1", "x", ""}[r.IntN(3)]
			}
			w.shape.Recorded[name] = []Recording{{parsed, set}}
			recorded[name] = expr
		}
	}
	for range 4 {
		m := drawData(r, w.shape)
		for _, name := range []string{"rec", "rec2"} {
			if expr, ok := recorded[name]; ok {
				w.record(m, name, expr)
			} else if r.IntN(2) == 0 {
				shape := Metric{Labels: append(slices.Clone(labelNames), labels.BucketLabel), Native: true}
				for range r.IntN(4) {
					m.add(labels.FromStrings(model.MetricNameLabel, name, "a", labelValues[r.IntN(4)], "le", []string{"", "1.0", "+Inf", "1e9"}[r.IntN(4)]), drawSamples(r, shape, 0.1))
				}
			}
		}
		w.data = append(w.data, m)
	}
	for range 2 {
		w.other = append(w.other, drawData(r, Shape{}))
	}
	return w
}

// record writes what a rule gives every half minute.
func (w world) record(m *memory, name, expr string) {
	q, err := w.engine.NewRangeQuery(context.Background(), m, nil, expr, time.Unix(0, 0), time.Unix(700, 0), 30*time.Second)
	if err != nil {
		return
	}
	defer q.Close()
	matrix, _ := q.Exec(context.Background()).Value.(promql.Matrix)
	for _, s := range matrix {
		b := labels.NewBuilder(s.Metric).Set(model.MetricNameLabel, name)
		for l, v := range w.shape.Recorded[name][0].Labels {
			b.Set(l, v)
		}
		var points []chunks.Sample
		for _, p := range s.Floats {
			points = append(points, point{t: p.T, f: p.F})
		}
		for _, p := range s.Histograms {
			points = append(points, point{t: p.T, fh: p.H.Copy()})
		}
		slices.SortStableFunc(points, func(a, b chunks.Sample) int { return int(a.T() - b.T()) })
		m.add(b.Labels(), points)
	}
}

// at evaluates; what fails gives nothing.
func (w world) at(m *memory, expr string, t int64) promql.Vector {
	q, err := w.engine.NewInstantQuery(context.Background(), m, nil, expr, time.Unix(t, 0))
	if err != nil {
		return nil
	}
	defer q.Close()
	switch v := q.Exec(context.Background()).Value.(type) {
	case promql.Vector:
		return slices.Clone(v)
	case promql.Scalar:
		return promql.Vector{{F: v.V}}
	}
	return nil
}

// TestSound draws pairs of a rule and a shape, everything that is free drawn
// freely, and evaluates the rule with upstream's engine: one that is said never
// to return a sample returns none, and what the others return is within what
// the analysis says of them. Proofs that do not rest on the shape are tried on
// other data as well.
func TestSound(t *testing.T) {
	total := 2500
	if testing.Short() {
		total = 1000
	}
	if *pairs > 0 {
		total = *pairs
	}
	engines := [2]*promql.Engine{engineOf(false), engineOf(true)}
	var dead, alive, anyData, samples, failures atomic.Int64
	kinds := map[string]int{}
	var lock sync.Mutex
	work := make(chan int)
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			for i := range work {
				r := rand.New(rand.NewPCG(*seedFlag, uint64(i)))
				w := drawWorld(r, engines)
				for range perShape {
					expr := rules{r}.rule()
					parsed, err := everything.ParseExpr(expr)
					if err != nil || parsed.Type() != parser.ValueTypeVector && parsed.Type() != parser.ValueTypeScalar {
						continue
					}
					proofs := Analyse(parsed, w.shape)
					if len(proofs) > 0 {
						dead.Add(1)
						lock.Lock()
						kinds[string(proofs[0].Reason)]++
						lock.Unlock()
					} else if alive.Add(1); !*values {
						continue
					}
					a := &analysis{shape: w.shape, recording: map[string]bool{}, written: map[string]vector{}}
					said := a.eval(parsed)
					data := w.data
					if len(proofs) > 0 && !slices.ContainsFunc(proofs, func(p Proof) bool { return p.OnShape }) {
						// It holds on any data.
						data = slices.Concat(data, w.other)
						anyData.Add(1)
					}
					for _, m := range data {
						for _, at := range instants {
							out := w.at(m, expr, at)
							samples.Add(int64(len(out)))
							if problem := unlike(out, said, parsed.Type()); problem != "" && failures.Add(1) <= 5 {
								text := ""
								if len(proofs) > 0 {
									text = proofs[0].Text
								}
								t.Errorf("seed %d, world %d: %s at %d: %s (%s)\n%s%s", *seedFlag, i, expr, at, problem, text, shapeText(w.shape), m.only(parsed).describe())
							}
						}
					}
				}
			}
		})
	}
	for i := range total / perShape {
		if n := failures.Load(); n > 5 || n > 0 && !*values {
			break
		}
		work <- i
	}
	close(work)
	wait.Wait()
	t.Logf("%d rules, %d of them unreachable (%d on any data; %v), %d samples compared, %d failures", dead.Load()+alive.Load(), dead.Load(), anyData.Load(), kinds, samples.Load(), failures.Load())
	if dead.Load() < int64(total)/20 {
		t.Errorf("only %d of %d rules are unreachable: the test tries nothing", dead.Load(), total)
	}
}

// unlike says how a result is not what the analysis says.
func unlike(out promql.Vector, said vector, typ parser.ValueType) string {
	if said.dead != nil {
		if len(out) > 0 {
			return fmt.Sprintf("unreachable, and returns %v", out[0])
		}
		return ""
	}
	if said.single && len(out) > 1 {
		return fmt.Sprintf("single, and returns %d", len(out))
	}
	for _, s := range out {
		switch {
		case s.H != nil:
			if !said.hist {
				return fmt.Sprintf("no histogram is expected: %v", s)
			}
		case math.IsNaN(s.F):
			if !said.nan {
				return fmt.Sprintf("no NaN is expected: %v", s)
			}
		case !said.num, s.F < said.lo, s.F > said.hi:
			return fmt.Sprintf("%v is not within %g and %g (%v)", s, said.lo, said.hi, said.num)
		case s.F == 0 && math.Signbit(s.F) && !said.negZero:
			return fmt.Sprintf("no -0 is expected: %v", s)
		case said.whole && s.F != math.Trunc(s.F):
			return fmt.Sprintf("no fraction is expected: %v", s)
		}
		if typ != parser.ValueTypeVector {
			continue
		}
		names := slices.Collect(maps.Keys(said.labels.named))
		s.Metric.Range(func(l labels.Label) { names = append(names, l.Name) })
		for _, name := range names {
			if !said.labels.get(name).has(s.Metric.Get(name)) {
				return fmt.Sprintf("%s is not among %s: %v", name, side(name, said.labels.get(name)).Text, s)
			}
		}
	}
	return ""
}

// only is the series that an expression can select.
func (m *memory) only(expr parser.Expr) *memory {
	out := &memory{}
	names := map[string]bool{}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			names[nameOf(s)] = true
		}
		return nil
	})
	for _, s := range m.series {
		if names[s.ls.Get(model.MetricNameLabel)] {
			out.series = append(out.series, s)
		}
	}
	return out
}

func shapeText(s Shape) string {
	out := "delayed names: " + strconv.FormatBool(s.DelayedNames)
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		out += fmt.Sprintf("\n  %s %+v", name, s.Metrics[name])
	}
	for name, r := range s.Recorded {
		out += fmt.Sprintf("\n  %s = %s %v", name, r[0].Expr, r[0].Labels)
	}
	return out
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}
