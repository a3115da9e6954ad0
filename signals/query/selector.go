package query

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// A Selector is one vector selector of an expression, without range, offset
// and @.
type Selector struct {
	String   string // in PromQL, `up{job="kube-proxy"}`
	Matchers []*labels.Matcher
	// Absent: it stands in absent or absent_over_time alone, which have a value
	// when it matches nothing.
	Absent bool
	// Back is how far before the instant its samples can matter; of Reach.
	Back time.Duration
}

// Name returns the metric name that a selector asks for; "" when it names none
// or several.
func (s Selector) Name() string {
	for _, m := range s.Matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

// Selectors returns the distinct vector selectors of an expression in its
// order; none where it does not parse.
func (e *Engine) Selectors(expr string) []Selector {
	parsed, err := e.tree(expr)
	if err != nil {
		return nil
	}
	return selectorsOf(parsed)
}

// selectorsOf returns the distinct vector selectors below expr in source order.
func selectorsOf(expr parser.Expr) []Selector {
	var out []Selector
	at := map[string]int{}
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		vs, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		s, absent := bare(vs), slices.ContainsFunc(path, asksForAbsence)
		if i, seen := at[s]; seen {
			out[i].Absent = out[i].Absent && absent
			return nil
		}
		at[s] = len(out)
		out = append(out, Selector{String: s, Matchers: vs.LabelMatchers, Absent: absent})
		return nil
	})
	return out
}

// bare is the text of a selector without range, offset and @.
func bare(vs *parser.VectorSelector) string {
	return (&parser.VectorSelector{Name: vs.Name, LabelMatchers: vs.LabelMatchers}).String()
}

func asksForAbsence(node parser.Node) bool {
	call, ok := node.(*parser.Call)
	return ok && (call.Func.Name == "absent" || call.Func.Name == "absent_over_time")
}
