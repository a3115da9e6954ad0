package verdict

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// A Tree is a rule's expression, node by node, at one of its evaluations.
type Tree struct {
	Rule int       // number in Result.Rules
	At   time.Time // of the evaluation
	// Chosen says why this one: "asked", "firing", "pending", "failing",
	// "closest" to the threshold, "held" (all but what was missing was there)
	// or "empty".
	Chosen string
	Err    string // of the rule's query there; ""
	Nodes  []TreeNode
	// Evaluations are all of the rule; each Course has the first 4096.
	Evaluations int
}

// A TreeNode is one sub-expression: what it gave at the tree's instant, and its
// course over the replay. Parentheses, numbers and strings have no node, but
// for an expression that is nothing else.
type TreeNode struct {
	Depth      int    // 0 for the whole expression
	Expr       string // as it stands in the rule, white space folded
	Short      string // the same without its operands, as `sum by (job) (…)`
	Start, End int    // its bytes in the rule's expression
	Type       string // "vector", "scalar" or "matrix" (a range)

	Series           int // that it gave; of a range, those with samples in it
	Samples          int // of a range: those in it
	NaN              int // values that were NaN
	Min, Median, Max float64
	Course           []CoursePoint // at each evaluation, see Tree.Evaluations

	// Cause is why it gave nothing though its operands, as far as it has any,
	// gave something; "" when that is not so.
	Cause    string
	Match    *Match    // of an operator between vectors
	Quantile *Quantile // of a histogram_quantile of classic buckets
}

// A CoursePoint is what a node gave at one evaluation.
type CoursePoint struct {
	At       time.Time
	Series   int
	Min, Max float64 // NaN where there is no number
}

// A Match is how the sides of an operator look to each other.
type Match struct {
	On          bool     // labels are those that must be equal; else those that need not
	Labels      []string // of on or ignoring
	Left, Right []labels.Labels
	// LeftSeries and RightSeries count all: the lists hold the first few.
	LeftSeries, RightSeries int
	// Apart are labels by which the first series of both sides are no pair;
	// none when something paired.
	Apart []string
}

// A Quantile is a histogram_quantile's value with the interval in which the
// true quantile lies.
type Quantile struct {
	Order               float64
	Labels              labels.Labels
	Value, Lower, Upper float64
}

const (
	maxCourse = 4096
	maxSides  = 5 // label sets of either side
)

// Explain replays the capture once more and returns the trees of some rules of
// the result that Why was given, at the evaluation before or at a time, or at
// the most telling one when that is zero. A rule that was not evaluated has
// none. In the same pass it does what Try does with findings; nil: nothing is
// tried.
func (w *Watcher) Explain(ctx context.Context, numbers []int, at time.Time, why [][]Finding) ([]*Tree, error) {
	return w.again(ctx, why, numbers, at)
}

// looks are the trees of rules before the pass that draws them; need gets the
// rules, and those whose series they see.
func (r *run) looks(numbers []int, at time.Time, need map[*trace]bool) (list []*looked) {
	for _, n := range numbers {
		t := r.left[n]
		if t.evals == 0 || len(t.nodes) == 0 {
			continue
		}
		need[t] = true
		if !r.needs(t.rule, need) {
			for _, other := range r.traces {
				need[other] = true
			}
		}
		tree := &Tree{Rule: n, At: t.instantBefore(at), Chosen: "asked", Nodes: emptyNodes(t)}
		if at.IsZero() {
			tree.At, tree.Chosen = t.telling()
		}
		list = append(list, newLooked(t, tree))
	}
	return list
}

// instantBefore is the last evaluation that is not after a time, or the first
// one.
func (t *trace) instantBefore(at time.Time) time.Time {
	step := t.step()
	switch behind := at.Sub(t.first); {
	case behind <= 0 || step <= 0:
		return t.first
	case at.After(t.last):
		return t.last
	default:
		return t.first.Add(behind / step * step)
	}
}

// telling is the evaluation that tells most of a rule, and why.
func (t *trace) telling() (time.Time, string) {
	var best *replay.Alert
	for i := range t.result.Alerts {
		a := &t.result.Alerts[i]
		if best == nil || a.Fired() && !best.Fired() {
			best = a
		}
	}
	switch {
	case best != nil && best.Fired():
		for _, iv := range best.Intervals {
			if iv.State == replay.Firing {
				return iv.Start, "firing"
			}
		}
	case t.failures.count > 0:
		return t.failures.first, "failing"
	case best != nil:
		return best.PeakAt, "pending"
	case t.result.Closest != nil:
		return t.result.Closest.At, "closest"
	}
	for _, y := range t.tallies(causeApart) {
		if y.closest != nil && 2*y.count >= t.evals-t.given {
			return y.closestAt, "closest"
		}
	}
	var held, close, any *tally
	for _, n := range t.nodes {
		for _, c := range []cause{causeAbsent, causeFew, causeSafe, causeUnpaired, causeApart, causePairs, causeMasked, causePresent, causeNoLe, causeOther} {
			y := t.causes[causeKey{n.id, c}]
			if y == nil {
				continue
			}
			if y.held > 0 && (held == nil || y.held > held.held) {
				held = y
			}
			if y.closest != nil && (close == nil || y.count > close.count) {
				close = y
			}
			if any == nil || y.count > any.count {
				any = y
			}
		}
	}
	switch {
	case held != nil:
		return held.lastHeld, "held"
	case close != nil:
		return close.closestAt, "closest"
	case any != nil:
		return any.last, "empty"
	}
	return t.last, "empty"
}

// blame marks the nodes at which nothing was left.
func (tr *Tree) blame(t *trace) {
	i := 0
	for _, n := range t.nodes {
		if !shown(n) {
			continue
		}
		for key := range t.causes {
			if t.nodes[key.node].inner() == n {
				tr.Nodes[i].Cause = string(key.cause)
			}
		}
		i++
	}
}

func pointOf(at time.Time, vec []query.Sample) CoursePoint {
	p := CoursePoint{At: at, Series: len(vec), Min: math.NaN(), Max: math.NaN()}
	for _, s := range vec {
		if s.Histogram != nil || math.IsNaN(s.Value) {
			continue
		}
		if !(p.Min <= s.Value) {
			p.Min = s.Value
		}
		if !(p.Max >= s.Value) {
			p.Max = s.Value
		}
	}
	return p
}

// fill takes what a node gave at the tree's instant.
func (k *TreeNode) fill(n *node, vec []query.Sample) {
	k.Series = len(vec)
	var values []float64
	for _, s := range vec {
		switch {
		case s.Histogram != nil:
		case math.IsNaN(s.Value):
			k.NaN++
		default:
			values = append(values, s.Value)
			k.Samples += int(s.Value)
		}
	}
	if k.Type != "matrix" {
		k.Samples = 0
	}
	if len(values) == 0 {
		return
	}
	slices.Sort(values)
	k.Min, k.Max = values[0], values[len(values)-1]
	k.Median = values[(len(values)-1)/2]
}
