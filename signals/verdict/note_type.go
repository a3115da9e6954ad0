package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Functions of ranges by what they take their samples for. Those that are in
// none of the lists make sense of both.
var (
	ofCounters = []string{"rate", "irate", "increase"}
	ofGauges   = []string{"delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing", "avg_over_time", "sum_over_time", "quantile_over_time", "stddev_over_time", "stdvar_over_time"}
)

// nature is what a metric is, by its TYPE or by its values.
type nature struct {
	gauge, counter bool
	typ            string // what TYPE says; "" when nothing
	says           string // why, in half a sentence
	life           *life  // an example; nil without one
}

// nature of what a selector selects; neither when that is not known.
func (t *trace) nature(vs *parser.VectorSelector) nature {
	name := metricName(vs)
	if name == "" || t.run.seen == nil {
		return nature{}
	}
	var n nature
	var suffix string
	n.typ, suffix = t.run.seen.Type(name)
	sel := t.run.series.of(vs)
	rises, falls := 0, 0
	for _, l := range sel.lives {
		if n.life == nil || l.falls > n.life.falls || l.falls == n.life.falls && l.last > n.life.last {
			n.life = l
		}
		rises, falls = rises+l.rises, falls+l.falls
	}
	if n.life == nil || sel.native {
		return nature{}
	}
	switch n.typ {
	case "gauge", "info", "stateset":
		n.gauge = true
	case "summary":
		n.gauge, n.counter = suffix == "" || suffix == "_created", suffix == "_count" || suffix == "_sum"
	case "gaugehistogram":
		n.gauge = suffix != ""
	case "counter":
		n.counter, n.gauge = suffix != "_created", suffix == "_created"
	case "histogram":
		n.counter = suffix == "_bucket" || suffix == "_count"
	}
	says := "TYPE says " + n.typ
	if suffix != "" {
		says = fmt.Sprintf("TYPE says %s of %s", n.typ, strings.TrimSuffix(name, suffix))
	}
	// What falls at every third change or more is reset by no restart.
	if falls >= 3 && 3*falls >= rises+falls && !n.gauge {
		n.gauge, n.counter = true, false
		fell := fmt.Sprintf("its value fell at %d of %d changes, and a counter falls when its process restarts alone", falls, rises+falls)
		switch n.typ {
		case "", "unknown":
			says = fell
		default:
			says += ", but " + fell
		}
	}
	n.says = says
	return n
}

// metricName is the name that a selector asks for; "" when it is not one.
func metricName(vs *parser.VectorSelector) string {
	for _, m := range vs.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

// typeMisuse: a function of counters is used on a gauge, or one of gauges on a
// counter.
func typeMisuse(t *trace) []Finding {
	var out []Finding
	done := map[string]bool{}
	for _, n := range t.nodes {
		e, ok := n.expr.(*parser.Call)
		if !ok {
			if f, ok := t.rawCounter(n); ok {
				out = append(out, f)
			}
			continue
		}
		arg := rangeSelector(n)
		if arg == nil || done[n.text] {
			continue
		}
		nat := t.nature(arg)
		name := metricName(arg)
		f := n.finding()
		switch {
		case nat.gauge && slices.Contains(ofCounters, e.Func.Name):
			f.Text = fmt.Sprintf("%s uses %s() on %s, which is a gauge (%s): %s() adds up what it rises and takes each fall for a restart",
				t.name(), e.Func.Name, name, nat.says, e.Func.Name)
		case nat.counter && slices.Contains(ofGauges, e.Func.Name):
			f.Text = fmt.Sprintf("%s uses %s() on %s, which is a counter (%s): %s",
				t.name(), e.Func.Name, name, nat.says, gaugeFunction(e.Func.Name))
		default:
			continue
		}
		done[n.text] = true
		f.Evidence["function"], f.Evidence["metric"], f.Evidence["type"], f.Evidence["series"] = e.Func.Name, name, nat.typ, nat.life.labels
		f.Evidence["min"], f.Evidence["max"], f.Evidence["last"], f.Evidence["rises"], f.Evidence["falls"] = nat.life.min, nat.life.max, nat.life.lastValue, nat.life.rises, nat.life.falls
		if l := nat.life; l.samples == 1 {
			f.Text += fmt.Sprintf("; %s was %s at its only sample", series(l.labels), number(l.lastValue))
		} else if l.min == l.max && l.nan == 0 {
			f.Text += fmt.Sprintf("; %s was %s all the time", series(l.labels), number(l.lastValue))
		} else {
			f.Text += fmt.Sprintf("; %s went from %s to %s", series(l.labels), apart(l.firstValue, l.lastValue), apart(l.lastValue, l.firstValue))
		}
		f.Text += t.misused(e.Func.Name, nat) + "."
		out = append(out, f)
	}
	return out
}

// misused says what to use in place of a function.
func (t *trace) misused(function string, n nature) string {
	switch {
	case n.counter && function == "deriv" || function == "delta" && n.counter || function == "idelta":
		return "; rate() or increase() knows of restarts"
	case n.gauge && n.life.min == n.life.max && n.life.samples > 1:
		return "; compare the value itself"
	case n.gauge:
		return "; delta(), deriv() and changes() are for gauges"
	}
	return ""
}

// gaugeFunction says what a function of gauges makes of a counter.
func gaugeFunction(name string) string {
	switch name {
	case "delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing":
		return "a restart is a fall to it"
	}
	return "it tells more of how long the process runs than of what happens"
}

// rangeSelector is the selector whose range a call takes, also through a
// subquery of it; nil for others.
func rangeSelector(n *node) *parser.VectorSelector {
	for _, k := range n.kids {
		switch k.expr.(type) {
		case *parser.MatrixSelector:
			return k.selector()
		case *parser.SubqueryExpr:
			return k.kids[0].inner().selector()
		}
	}
	return nil
}

// rawCounter is about a comparison of a counter as it is, which once true stays
// so until the process restarts.
func (t *trace) rawCounter(n *node) (Finding, bool) {
	e, ok := n.expr.(*parser.BinaryExpr)
	if !ok || !isFilter(n) || !n.kids[1].isScalar() || e.Op != parser.GTR && e.Op != parser.GTE {
		return Finding{}, false
	}
	c := n.kids[0].inner()
	for {
		a, ok := c.expr.(*parser.AggregateExpr)
		if !ok || a.Op != parser.SUM && a.Op != parser.MAX && a.Op != parser.MIN && a.Op != parser.AVG {
			break
		}
		c = c.kids[0].inner()
	}
	vs, ok := c.expr.(*parser.VectorSelector)
	if !ok {
		return Finding{}, false
	}
	nat := t.nature(vs)
	if !nat.counter || strings.HasSuffix(metricName(vs), "_bucket") {
		return Finding{}, false
	}
	f := n.finding()
	f.Evidence["metric"], f.Evidence["type"], f.Evidence["series"], f.Evidence["last"] = metricName(vs), nat.typ, nat.life.labels, nat.life.lastValue
	f.Text = fmt.Sprintf("%s compares %s as it is, which is a counter (%s) and counts since its process began: once it is %s it stays so until a restart; increase() over a range tells what is new.",
		t.name(), metricName(vs), nat.says, e.Op.String()+" "+short(n.kids[1].text))
	return f, true
}
