package reachable

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// relabelled is label_replace and label_join.
func (a *analysis) relabelled(n *parser.Call, in vector) vector {
	if in.dead != nil {
		return in
	}
	var text []string
	for _, arg := range n.Args[1:] {
		s, ok := bareParens(arg).(*parser.StringLiteral)
		if !ok {
			return vector{value: in.value, labels: anyLabels()}
		}
		text = append(text, s.Val)
	}
	dst := text[0]
	cause := callCause(n, n.Func.Name+"() sets "+dst)
	var to texts
	if n.Func.Name == "label_join" {
		to = joined(cause, in.labels, text[1], text[2:])
	} else {
		to = replaced(cause, in.labels, dst, text[1], text[2], text[3])
	}
	// Where names are removed at the end, one that a label was set to stays.
	if dst == model.MetricNameLabel && a.shape.DelayedNames {
		to = anyText
	}
	if !to.any && len(to.list) == 1 {
		to.cause.Text += " to " + quoted(to.list[0])
	}
	in.labels = in.labels.with(dst, to)
	return in
}

// replaced is what label_replace makes of dst.
func replaced(cause Cause, s labelSet, dst, replacement, src, pattern string) texts {
	re, err := regexp.Compile("^(?s:" + pattern + ")$")
	if err != nil {
		return anyText // the query fails
	}
	from, old := s.get(src), s.get(dst)
	cause.Shape = from.cause.Shape
	if !from.any {
		var out texts
		for _, v := range from.list {
			at := re.FindStringSubmatchIndex(v)
			switch {
			case at != nil:
				out = out.or(oneOf(cause, string(re.ExpandString(nil, replacement, v, at))))
			case src == dst:
				out = out.or(oneOf(cause, v))
			default:
				out = out.or(old)
			}
		}
		return out
	}
	// Whether it matches depends on the data, but for what always does.
	if strings.Contains(replacement, "$") {
		return anyText
	}
	cause.Shape = old.cause.Shape
	if pattern == ".*" || pattern == "(.*)" {
		cause.Shape = false
		return oneOf(cause, replacement)
	}
	return oneOf(cause, replacement).or(old)
}

// maxTexts bounds the values of a label that are followed one by one.
const maxTexts = 64

// joined is what label_join makes of the sources.
func joined(cause Cause, s labelSet, separator string, sources []string) texts {
	out := [][]string{nil}
	for _, src := range sources {
		from := s.get(src)
		if from.any || len(out)*len(from.list) > maxTexts {
			return anyText
		}
		cause.Shape = cause.Shape || from.cause.Shape
		var next [][]string
		for _, head := range out {
			for _, v := range from.list {
				next = append(next, append(slices.Clip(head), v))
			}
		}
		out = next
	}
	var values []string
	for _, parts := range out {
		values = append(values, strings.Join(parts, separator))
	}
	return oneOf(cause, values...)
}
