package reachable

import (
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

func join(names []string) string { return strings.Join(names, ", ") }

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func quoted(s string) string { return strconv.Quote(s) }

// list names labels in order.
func list(names []string, none string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	switch len(names) {
	case 0:
		return none
	case 1:
		return "the label " + names[0]
	}
	return "the labels " + join(names)
}

// never says what a compared value is not, in half a sentence.
func never(op parser.ItemType, v, threshold value) string {
	text := ""
	switch {
	case !v.num && v.nan:
		text = "always NaN"
	case !v.num:
		text = "never a number"
	case !threshold.num:
		text = "compared with NaN, which nothing passes"
	case v.lo == v.hi:
		text = "always " + number(v.lo)
	case op == parser.GTR || op == parser.GTE:
		text = "never above " + number(v.hi)
	case op == parser.LSS || op == parser.LTE:
		text = "never below " + number(v.lo)
	case threshold.hi < v.lo:
		text = "never below " + number(v.lo)
	case threshold.lo > v.hi:
		text = "never above " + number(v.hi)
	default:
		text = "always an integer"
	}
	var parts []string
	for _, l := range v.why {
		if !slices.Contains(parts, l.Text) {
			parts = append(parts, l.Text)
		}
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, "; ")
	}
	return text
}
