package verdict

import (
	"fmt"
	"strings"

	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

// unreachable: no data of this shape could make the expression return a sample.
func unreachable(t *trace) []Finding {
	var out []Finding
	for _, p := range t.proofs() {
		if y := t.unpaired(p); y != nil {
			continue // unmatched tells, with what the sides were
		}
		f := t.unreachable(p)
		// That count() < 1 never holds is said best of what it was blind to.
		f.minor = p.Reason == reachable.Compared && t.silenced()
		out = append(out, f)
	}
	return out
}

// proofs are those that the rule can never give anything.
func (t *trace) proofs() []reachable.Proof {
	if len(t.nodes) == 0 || t.given > 0 {
		return nil
	}
	if !t.analysed {
		t.analysed, t.proven = true, reachable.Analyse(t.nodes[0].expr, t.run.shape(t))
	}
	return t.proven
}

func (t *trace) unreachable(p reachable.Proof) Finding {
	f := Finding{Expr: p.Expr, Start: p.Start, End: p.End, Evidence: Evidence{"kind": string(p.Kind), "reason": string(p.Reason), "any_data": !p.OnShape}}
	if n := t.nodeAt(p.Start, p.End); n != nil {
		f.Expr = n.text
	}
	verb := "fire"
	if t.rule.Record != "" {
		verb = "give anything"
	}
	when := "on any data"
	if p.OnShape {
		when = "on data of the shape that this capture has"
		if p.Reason == reachable.NoLe {
			when = "as long as there are no native histograms"
		}
	}
	what := short(f.Expr) + ": "
	switch {
	case p.Reason == reachable.NoLe:
		what = ""
	case strings.HasPrefix(p.Text, "never ") || strings.HasPrefix(p.Text, "always "):
		what = t.compared(p) + " is "
	}
	f.Text = fmt.Sprintf("%s can never %s, %s: %s%s", t.name(), verb, when, what, p.Text)
	f.Text += t.proofEvidence(&f, p) + "."
	return f
}

// compared is the operand of the comparison that a proof is about.
func (t *trace) compared(p reachable.Proof) string {
	n := t.nodeAt(p.Start, p.End)
	if n == nil || len(n.kids) != 2 {
		return p.Expr
	}
	for _, k := range n.kids {
		if k.start != p.ThresholdStart || k.end != p.ThresholdEnd {
			return t.subject(k)
		}
	}
	return p.Expr
}

// unpaired is how the operator of a proof fared on this capture; nil when its
// sides were never there at once.
func (t *trace) unpaired(p reachable.Proof) *tally {
	if p.Reason != reachable.NoPair {
		return nil
	}
	for _, y := range t.tallies(causeUnpaired) {
		if y.node.start == p.Start && y.node.end == p.End {
			return y
		}
	}
	return nil
}

// proofEvidence adds the numbers and labels of a proof, and returns what is to
// be said of the nearest rule that could fire.
func (t *trace) proofEvidence(f *Finding, p reachable.Proof) (more string) {
	e := f.Evidence
	if p.Reason == reachable.Compared {
		if p.Range.Number {
			e["lowest"], e["highest"] = p.Range.Lo, p.Range.Hi
		}
		e["op"] = p.Op
		if p.Fixed {
			e["threshold"], e["nearest"], e["nearest_op"] = p.Threshold.Lo, p.Nearest, p.NearestOp
			more = fmt.Sprintf("; %s %s could hold", p.NearestOp, exact(p.Nearest))
			if p.HasInside {
				e["inside"] = p.Inside
			}
			e["threshold_start"], e["threshold_end"] = p.ThresholdStart, p.ThresholdEnd
		}
		var limits []Evidence
		for _, l := range p.Limits {
			one := Evidence{"text": l.Text, "start": l.Start, "end": l.End, "metrics": l.Metrics}
			limits = append(limits, one)
			if len(l.Bounds) > 0 && e["caps"] == nil && e["kubernetes"] == nil {
				more = t.capsEvidence(f, l.Metrics) + t.run.knownVersions().caps(f, p, l) + more
			}
		}
		e["limits"] = limits
	}
	var apart []Evidence
	var labels []string
	for _, a := range p.Apart {
		apart = append(apart, Evidence{"label": a.Name, "left": a.Left.Text, "right": a.Right.Text, "left_because": a.Left.Cause.Text, "right_because": a.Right.Cause.Text})
		labels = append(labels, a.Name)
	}
	if apart != nil {
		e["apart"], e["labels"] = apart, labels
	}
	if y := t.ofProof(p); y != nil && !(p.Range.Number && p.Range.Lo == p.Range.Hi) {
		e["value"], e["labels_of"], e["at"] = y.closest.Value, y.closest.Labels, y.closestAt
		more += fmt.Sprintf("; on this capture it was %s (%s)", reached(y.threshold, y.closest.Value), t.whenOn(y.closestAt, y.closest.Labels))
	}
	return more
}

// ofProof is what the comparison of a proof came to on this capture.
func (t *trace) ofProof(p reachable.Proof) *tally {
	for _, y := range t.tallies(causeSafe) {
		if y.node.start == p.Start && y.node.end == p.End && y.closest != nil {
			return y
		}
	}
	return nil
}

// nodeAt is the outermost node at bytes of the expression.
func (t *trace) nodeAt(start, end int) *node {
	for _, n := range t.nodes {
		if n.start == start && n.end == end {
			return n
		}
	}
	return nil
}
