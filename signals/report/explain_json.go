package report

import (
	"io"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

type jsonExplanations struct {
	Rules []jsonExplained `json:"rules"`
}

// jsonExplained is a rule with its tree.
type jsonExplained struct {
	Rule       jsonRule `json:"rule"`
	At         string   `json:"at"`
	Chosen     string   `json:"chosen"`
	QueryError string   `json:"query_error"`
	// Evaluations are all of the rule; the courses have the first 4096.
	Evaluations int        `json:"evaluations"`
	Nodes       []jsonNode `json:"nodes"`
}

type jsonNode struct {
	Depth    int               `json:"depth"`
	Expr     string            `json:"expr"`
	Start    int               `json:"expr_start"`
	End      int               `json:"expr_end"`
	Type     string            `json:"type"`
	Series   int               `json:"series"`
	Samples  int               `json:"samples,omitempty"`
	NaN      int               `json:"nan"`
	Min      string            `json:"min"`
	Median   string            `json:"median"`
	Max      string            `json:"max"`
	Cause    string            `json:"cause"`
	Match    *jsonMatch        `json:"match,omitempty"`
	Quantile *jsonNodeQuantile `json:"quantile,omitempty"`
	Course   []jsonCourse      `json:"course"`
}

type jsonMatch struct {
	On          bool                `json:"on"`
	Labels      []string            `json:"labels"`
	LeftSeries  int                 `json:"left_series"`
	RightSeries int                 `json:"right_series"`
	Left        []map[string]string `json:"left"`
	Right       []map[string]string `json:"right"`
	Apart       []string            `json:"apart"`
}

type jsonNodeQuantile struct {
	Order  string            `json:"order"`
	Labels map[string]string `json:"labels"`
	Value  string            `json:"value"`
	Lower  string            `json:"lower"`
	Upper  string            `json:"upper"`
}

type jsonCourse struct {
	At     string `json:"at"`
	Series int    `json:"series"`
	Min    string `json:"min"`
	Max    string `json:"max"`
}

// Explain writes the trees of some rules of a result, each with its rule and
// its findings, as {"rules": […]}.
func (j JSON) Explain(w io.Writer, res *replay.Result, trees []*verdict.Tree) error {
	out := jsonExplanations{[]jsonExplained{}}
	for _, tree := range trees {
		e := jsonExplained{Rule: newJSONRule(&res.Rules[tree.Rule]), At: jsonTime(tree.At), Chosen: tree.Chosen, QueryError: tree.Err, Evaluations: tree.Evaluations, Nodes: []jsonNode{}}
		if tree.Rule < len(j.Why) {
			e.Rule.Why = newJSONFindings(j.Why[tree.Rule])
		}
		for i := range tree.Nodes {
			e.Nodes = append(e.Nodes, newJSONNode(&tree.Nodes[i]))
		}
		out.Rules = append(out.Rules, e)
	}
	return terminal.EncodeJSON(w, out)
}

func newJSONNode(n *verdict.TreeNode) jsonNode {
	out := jsonNode{
		Depth: n.Depth, Expr: n.Expr, Start: n.Start, End: n.End, Type: n.Type, Series: n.Series, Samples: n.Samples, NaN: n.NaN,
		Min: SampleValue(n.Min), Median: SampleValue(n.Median), Max: SampleValue(n.Max), Cause: n.Cause, Course: []jsonCourse{},
	}
	for _, c := range n.Course {
		out.Course = append(out.Course, jsonCourse{At: jsonTime(c.At), Series: c.Series, Min: SampleValue(c.Min), Max: SampleValue(c.Max)})
	}
	if m := n.Match; m != nil {
		out.Match = &jsonMatch{
			On: m.On, Labels: append([]string{}, m.Labels...), LeftSeries: m.LeftSeries, RightSeries: m.RightSeries,
			Left: mapsOf(m.Left), Right: mapsOf(m.Right), Apart: append([]string{}, m.Apart...),
		}
	}
	if q := n.Quantile; q != nil {
		out.Quantile = &jsonNodeQuantile{Order: SampleValue(q.Order), Labels: q.Labels.Map(), Value: SampleValue(q.Value), Lower: SampleValue(q.Lower), Upper: SampleValue(q.Upper)}
	}
	return out
}

func mapsOf(sets []labels.Labels) []map[string]string {
	out := []map[string]string{}
	for _, ls := range sets {
		out = append(out, ls.Map())
	}
	return out
}
