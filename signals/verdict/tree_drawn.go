package verdict

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// explainer watches the pass that draws trees. All else that it needs is known
// of the pass before.
type explainer struct {
	run  run             // that before, over the store of this one
	want map[int]*looked // by the rule's number in this pass
}

// looked is a tree that is drawn.
type looked struct {
	tree  *Tree
	of    *trace // of the pass before
	nodes []*node
	// same is for each of the nodes the first one with its text: equal
	// sub-expressions are evaluated once.
	same []int
	vecs [][]query.Sample // of the evaluation under way, by the node
}

func newLooked(t *trace, tree *Tree) *looked {
	l := &looked{tree: tree, of: t}
	first := map[string]int{}
	for _, n := range t.nodes {
		if !shown(n) {
			continue
		}
		text := n.expr.String()
		if _, ok := first[text]; !ok {
			first[text] = len(l.nodes)
		}
		l.same = append(l.same, first[text])
		l.nodes = append(l.nodes, n)
	}
	l.vecs = make([][]query.Sample, len(l.nodes))
	return l
}

// newExplainer draws trees of rules that have these numbers in a pass.
func newExplainer(before *run, list []*looked, numbers map[*trace]int) *explainer {
	x := &explainer{run: *before, want: map[int]*looked{}}
	for _, l := range list {
		x.want[numbers[l.of]] = l
	}
	return x
}

// Begin implements replay.Observer.
func (x *explainer) Begin(_ replay.Options, store storage.Queryable) { x.run.store = store }

// Saw implements replay.Observer.
func (x *explainer) Saw(rule int, look rules.Look) {
	l := x.want[rule]
	if l == nil {
		return
	}
	l.tree.Evaluations++
	at := look.At.Equal(l.tree.At)
	if at && look.Err != nil {
		l.tree.Err = look.Err.Error()
	}
	for i, n := range l.nodes {
		if first := l.same[i]; first < i {
			l.vecs[i] = l.vecs[first]
		} else {
			l.vecs[i] = x.vector(n, look)
		}
		k, vec := &l.tree.Nodes[i], l.vecs[i]
		if len(k.Course) < maxCourse {
			k.Course = append(k.Course, pointOf(look.At, vec))
		}
		if at {
			k.fill(n, vec)
			k.Match, k.Quantile = x.match(n, look, vec), x.quantile(n, look, vec)
		}
	}
	if at && look.Err == nil && len(look.Result) == 0 {
		scratch := *l.of
		scratch.run, scratch.causes = &x.run, map[causeKey]*tally{}
		(&walk{t: &scratch, look: look}).root(l.of.nodes[0])
		l.tree.blame(&scratch)
	}
}

// Scraped implements replay.Observer.
func (x *explainer) Scraped(int, bool) {}

// Came implements replay.Observer.
func (x *explainer) Came(int, time.Time, *rules.Outcome) {}

// Samples implements replay.Observer.
func (x *explainer) Samples(storage.Queryable) {}

// Done implements replay.Observer.
func (x *explainer) Done(*ingest.Names) { x.run.store = nil }

// vector is what a node gave; of a range, how many samples each series had.
func (x *explainer) vector(n *node, look rules.Look) []query.Sample {
	if n.parent == nil && n.expr.Type() != parser.ValueTypeMatrix {
		return look.Result
	}
	ask := n.ask()
	if n.expr.Type() == parser.ValueTypeMatrix {
		ask = n.derive("count", "count_over_time("+n.expr.String()+")")
	}
	if ask == nil {
		return nil
	}
	vec, err := look.Ask(ask)
	if err != nil {
		return nil
	}
	return vec
}
