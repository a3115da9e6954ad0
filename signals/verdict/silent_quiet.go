package verdict

import (
	"fmt"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
)

// quiet: the rule was evaluated on live data, and all of it was on the safe
// side.
func quiet(t *trace) []Finding {
	var out []Finding
	if t.given > 0 {
		return nil // it was true
	}
	for _, y := range t.tallies(causeSafe) {
		if y.closest == nil {
			continue // all NaN, or so was the threshold
		}
		f := y.node.finding()
		held := t.held[y.node.id]
		th := y.threshold
		v := y.closest.Value
		f.Evidence["value"], f.Evidence["threshold"], f.Evidence["at"] = v, fmt.Sprintf("%s %s", th.Op, exact(th.Value)), y.closestAt
		f.Evidence["labels"], f.Evidence["evaluations"] = y.closest.Labels, y.count
		where := ""
		if held > 0 {
			where = fmt.Sprintf("at %s ", ofAll(y.count, t.evals))
		}
		came := "was " + reached(th, v)
		if y.moves || y.nanLimit > 0 { // others may have been larger, beside another threshold
			f.Evidence["moves"] = true
			came = "came closest with " + number(v)
		}
		f.Text = fmt.Sprintf("%s was quiet: %s%s %s (%s), and %s %s is asked for%s",
			t.name(), where, t.subject(y.operand()), came, t.whenOn(y.closestAt, y.closest.Labels), th.Op, number(th.Value), percent(v, th.Value))
		switch {
		case held > 0:
			f.Evidence["held"] = held
			f.Text += fmt.Sprintf("; at %d more it held, and what is around it let nothing through", held)
		case y.count < t.evals:
			f.Text += fmt.Sprintf("; it had a value at %s", ofAll(y.count, t.evals))
		}
		f.minor = held > y.count
		f.Text += t.beside(&f, y) + "."
		out = append(out, f)
	}
	return out
}

// beside says what stood beside a node that gave nothing.
func (t *trace) beside(f *Finding, y *tally) string {
	if y.held == 0 || !y.besideThere {
		return ""
	}
	f.Evidence["beside"] = Evidence{"expr": y.beside.text, "labels": y.besideSample.Labels, "value": y.besideSample.Value, "at": y.lastHeld, "evaluations": y.held}
	if len(y.beside.text) > 60 {
		return "" // the evidence has it
	}
	return fmt.Sprintf("; %s gave %s meanwhile (%s)", short(y.beside.text), number(y.besideSample.Value), t.run.clock.at(y.lastHeld))
}

// whenOn is a time and, if there is something to tell, on what.
func (t *trace) whenOn(at time.Time, ls labels.Labels) string {
	if nameless(ls).IsEmpty() {
		return t.run.clock.at(at)
	}
	return t.run.clock.at(at) + ", " + t.about(ls)
}

// reached says how far a value came, by the side on which the threshold lies.
func reached(th query.Threshold, v float64) string {
	switch text := apart(v, th.Value); th.Op {
	case ">", ">=":
		return text + " at most"
	case "<", "<=":
		return text + " at least"
	case "!=":
		return "always " + text
	default:
		return "never nearer than " + text
	}
}

// operand is the side of a comparison that is compared.
func (y *tally) operand() *node {
	if y.node.kids[0].isScalar() {
		return y.node.kids[1]
	}
	return y.node.kids[0]
}

// percent says how much of its threshold a value is, where that means
// something.
func percent(v, limit float64) string {
	if limit == 0 || v == 0 || math.IsInf(limit, 0) || math.IsInf(v, 0) || v/limit < 0 || v/limit > 1000 {
		return ""
	}
	switch p := 100 * v / limit; {
	case p < 0.01:
		return ": less than 0.01 % of it"
	case p >= 1000:
		return fmt.Sprintf(": %.0f %% of it", p)
	default:
		if text := number(p); p == 100 || text != "100" {
			return fmt.Sprintf(": %s %% of it", text)
		}
		return ": nearly all of it"
	}
}
