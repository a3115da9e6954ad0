package reachable

import (
	"math"
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

// filtered tells whether a comparison left v, so that an end can be open.
func (v value) filtered() bool {
	return slices.ContainsFunc(v.why, func(l Limit) bool { return strings.HasPrefix(l.Text, "only what is ") })
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
	case op == parser.GTR || op == parser.GTE, op == parser.EQLC && threshold.lo > v.hi:
		text = "never above " + number(v.hi)
		if open := math.Nextafter(v.hi, posInf); len(number(open)) < len(number(v.hi)) && v.filtered() {
			text = "always below " + number(open)
		}
	case op == parser.LSS || op == parser.LTE, op == parser.EQLC && threshold.hi < v.lo:
		text = "never below " + number(v.lo)
		if open := math.Nextafter(v.lo, negInf); len(number(open)) < len(number(v.lo)) && v.filtered() {
			text = "always above " + number(open)
		}
	default:
		text = "always an integer"
	}
	low := strings.HasPrefix(text, "never below") || strings.HasPrefix(text, "always above")
	high := strings.HasPrefix(text, "never above") || strings.HasPrefix(text, "always below")
	var parts []string
	for _, l := range v.why {
		if (low && !l.Low || high && !l.High) || slices.Contains(parts, l.Text) {
			continue
		}
		parts = append(parts, l.Text)
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, "; ")
	}
	return text
}
