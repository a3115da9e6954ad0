package sweep

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A Comparison is one of a vector with a constant, in an alerting rule, and
// what other constants would have come to with all else as it is.
type Comparison struct {
	Rule       int    // number in Result.Rules
	Expr       string // the comparison as it stands in the rule, white space folded
	Start, End int    // its bytes in the rule's expression
	Op         string // with the constant on the right: == != > < >= <=
	Value      float64

	// Why says why it could not be swept; then nothing follows. "" when it was.
	Why string
	// Fires are the thresholds with which an alert of the rule fires, if only
	// once: ranges with both ends in them, in order and apart from each other.
	Fires []Range
	// Edges are the places where that changes, in order: of `x > T` there is
	// one at most, the largest T that still fires beside the smallest that
	// stays silent.
	Edges []Edge
	// Points are some thresholds, in order, and what the rule did with each.
	Points []Point
	// Separates are the thresholds with which the rule tells of each incident
	// that names it, or where none does of one at least, without a false alarm;
	// see judge.Incidents. nil when no incident is known that it may tell of.
	Separates []Range
	// Histograms are the samples that no threshold is about, of all
	// evaluations.
	Histograms int
	// Values are the numbers that were compared, of all evaluations, and Least
	// and Most the finite ones at the ends; NaN when there is none.
	Values      int
	Least, Most float64

	rule       string
	begin, end int // the bytes of the constant
}

// A Range is a range of thresholds; both ends are in it.
type Range struct{ From, To float64 }

// An Edge is a threshold that fires and the float beside it that does not.
type Edge struct{ Fires, Silent float64 }

// A Point is what a rule does with one threshold.
type Point struct {
	Threshold float64
	Own       bool          // it is the rule's
	Fired     time.Duration // for so long at least one alert was firing
	Alerts    int           // so many label sets fired, if only at one evaluation
}

// With is the rule's expression with another threshold.
func (c *Comparison) With(threshold float64) string {
	text := strconv.FormatFloat(threshold, 'g', -1, 64)
	return c.rule[:c.begin] + "(" + text + ")" + c.rule[c.end:]
}

// A Result is a replay's with the comparisons of its alerting rules.
type Result struct {
	*replay.Result
	Comparisons []Comparison // in the order of the rules, then of their places in them
}

// Run replays a capture and sweeps the comparisons of its rules, beside what is
// known to have happened. The Observer of the options must be nil.
func Run(ctx context.Context, opts replay.Options, incidents ...capture.Incident) (*Result, error) {
	w := NewWatcher(incidents...)
	opts.Observer = w
	res, err := replay.Run(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &Result{Result: res, Comparisons: w.Comparisons(res)}, nil
}

// A Watcher gathers in one replay what a sweep needs, for who can't use Run: it
// is the Observer of the replay's options, or one of them.
type Watcher struct{ run }

// NewWatcher makes one.
func NewWatcher(incidents ...capture.Incident) *Watcher {
	return &Watcher{run{incidents: incidents, room: maxValues}}
}

// Comparisons are those of the rules of the replay's result, which may lack
// rules of the replay. The list is not nil.
func (w *Watcher) Comparisons(res *replay.Result) []Comparison { return w.comparisons(res) }

// run is a sweep under way.
type run struct {
	incidents []capture.Incident
	swept     []*swept // by the rule's number
	values    int      // that are kept, of all
	room      int      // for so many
}

const (
	maxValues      = 2_000_000 // that are kept; see the comment of the package
	maxComparisons = 100       // of a rule: each is computed for itself at each evaluation
)

// Begin implements replay.Observer.
func (r *run) Begin(opts replay.Options, _ storage.Queryable) {
	*r = run{incidents: r.incidents, room: r.room}
	writers := rules.NewWriters(opts.Groups)
	for _, g := range opts.Groups {
		for _, rule := range g.Rules {
			r.swept = append(r.swept, newSwept(g, rule, writers, opts.Features))
		}
	}
}

// Scraped implements replay.Observer.
func (r *run) Scraped(int, bool) {}

// Saw implements replay.Observer.
func (r *run) Saw(rule int, look rules.Look) {
	r.values += r.swept[rule].saw(look)
	for r.values > r.room {
		r.giveUp()
	}
}

// giveUp drops the comparison that takes most.
func (r *run) giveUp() {
	var most *sweeping
	for _, s := range r.swept {
		for _, c := range s.list {
			if most == nil || c.kept > most.kept {
				most = c
			}
		}
	}
	r.values -= most.stop(fmt.Sprintf("it would take more memory than %d values", r.room))
}

// Came implements replay.Observer.
func (r *run) Came(int, time.Time, *rules.Outcome) {}

// Samples implements replay.Observer.
func (r *run) Samples(storage.Queryable) {}

// Done implements replay.Observer.
func (r *run) Done(*ingest.Names) {}

func (r *run) comparisons(res *replay.Result) []Comparison {
	list := []Comparison{}
	at := 0
	for i := range res.Rules {
		for at < len(r.swept) && !r.swept[at].is(&res.Rules[i]) {
			at++
		}
		if at == len(r.swept) {
			break
		}
		s := r.swept[at]
		for _, c := range s.list {
			list = append(list, s.comparison(c, i, incidentsOf(r.incidents, s.rule.Alert, res)))
		}
		at++
	}
	return list
}

// swept is a rule under way.
type swept struct {
	group    *rules.Group
	rule     *rules.Rule
	root     *node
	leaves   []*node
	list     []*sweeping // the comparisons, by their places
	instants []time.Time
	failed   []bool // the rule's query failed at it
}

func newSwept(g *rules.Group, rule *rules.Rule, writers rules.Writers, features []string) *swept {
	s := &swept{group: g, rule: rule}
	if rule.Alert == "" {
		return s
	}
	expr, err := query.NewParser(features).ParseExpr(rule.Expr)
	if err != nil {
		return s // it was not read with these features: there is nothing to sweep
	}
	root, read := read(expr, features)
	s.root, s.leaves = root, read.leaves
	slices.SortStableFunc(read.found, func(a, b *threshold) int {
		return int(a.number.PositionRange().Start) - int(b.number.PositionRange().Start)
	})
	why := s.unfit(writers)
	if n := len(read.found); n > maxComparisons {
		read.found, why = read.found[:maxComparisons], fmt.Sprintf("the rule has %d comparisons, and %d are the most", n, maxComparisons)
	}
	for _, t := range read.found {
		c := newSweeping(t, rule)
		if c.why == "" {
			c.why = why
		}
		s.list = append(s.list, c)
	}
	return s
}

// unfit says why no comparison of the rule can be swept; "" when they can.
func (s *swept) unfit(writers rules.Writers) string {
	needs, unknown := writers.Needs(s.rule)
	switch {
	case unknown != "":
		return unknown + ", so that it may rest on what the rule itself writes"
	case needs[s.rule]:
		return "the rule rests on what it writes itself"
	case s.root.matchesNames():
		return "and, or, unless look at the metrics' names"
	}
	return ""
}

// is tells whether it is of a rule of a result.
func (s *swept) is(r *replay.Rule) bool {
	return r.Alert == s.rule.Alert && r.Record == s.rule.Record && r.Expr == s.rule.Expr && r.Group == s.group.Name && r.File == s.group.File
}

// saw takes one evaluation and returns by how much more is kept.
func (s *swept) saw(look rules.Look) int {
	if !slices.ContainsFunc(s.list, func(c *sweeping) bool { return c.why == "" }) {
		return 0
	}
	n := len(s.instants)
	s.instants = append(s.instants, look.At)
	s.failed = append(s.failed, look.Err != nil)
	before := s.kept()
	var failed error
	for _, leaf := range s.leaves {
		vec, err := look.Ask(leaf.leaf)
		if err != nil {
			failed = err
		}
		leaf.vec = vec
	}
	for _, c := range s.list {
		switch {
		case c.why != "":
		case (failed == nil) != (look.Err == nil):
			c.stop("its parts and the whole do not fail at the same evaluations")
		case failed == nil:
			c.saw(s.root, n, look)
		}
	}
	return s.kept() - before
}

func (s *swept) kept() int {
	n := 0
	for _, c := range s.list {
		n += c.kept
	}
	return n
}

// comparison is what came of one.
func (s *swept) comparison(c *sweeping, rule int, incidents []incident) Comparison {
	if c.why == "" {
		c.limited(s.group.Limit)
	}
	t := c.threshold
	out := Comparison{
		Rule: rule, Op: t.op, Value: t.value, Why: c.why, rule: s.rule.Expr,
		Histograms: c.histograms, Values: c.values, Least: c.least, Most: c.most,
	}
	out.Start, out.End = place(t.expr, s.rule.Expr)
	out.begin, out.end = place(t.number, s.rule.Expr)
	out.Expr = strings.Join(strings.Fields(s.rule.Expr[out.Start:out.End]), " ")
	if c.why != "" {
		return out
	}
	m := &machine{s}
	fires := m.fires(c.alerts)
	out.Fires, out.Edges = ranges(fires), edges(fires)
	if apart, ok := m.separates(c.alerts, incidents); ok {
		out.Separates = ranges(apart)
	}
	for _, v := range grid(&out, c.small) {
		p := m.point(c.alerts, v)
		p.Own = v == t.value
		out.Points = append(out.Points, p)
	}
	return out
}

// place are the bytes of a part of an expression.
func place(part parser.Expr, expr string) (start, end int) {
	at := part.PositionRange()
	start = max(0, min(int(at.Start), len(expr)))
	return start, max(start, min(int(at.End), len(expr)))
}

func ranges(s set) []Range {
	out := []Range{}
	for _, p := range s {
		out = append(out, Range{float(p.from), float(p.to - 1)})
	}
	return out
}

func edges(s set) []Edge {
	var out []Edge
	for _, p := range s {
		if p.from > least {
			out = append(out, Edge{Fires: float(p.from), Silent: float(p.from - 1)})
		}
		if p.to < beyond {
			out = append(out, Edge{Fires: float(p.to - 1), Silent: float(p.to)})
		}
	}
	return out
}

var nan = math.NaN()
