package export

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
)

// A point of the grid: a value, a staleness marker (a NaN of its own), or
// nothing.
type point struct {
	v  float64
	ok bool
}

// notation writes values as promtool's input_series: `1 2 _ stale 5+0x3`. The
// repeated ones are added up as its parser does, and stand so only where that
// gives the same bits.
func notation(points []point) string {
	for len(points) > 0 && !points[len(points)-1].ok {
		points = points[:len(points)-1]
	}
	var words []string
	for i := 0; i < len(points); {
		p, n := points[i], 1
		switch {
		case !p.ok:
			for i+n < len(points) && !points[i+n].ok {
				n++
			}
			words = append(words, times("_", n))
		case value.IsStaleNaN(p.v):
			words = append(words, "stale")
		default:
			text := number(p.v)
			step, more := run(points[i:])
			if n = more; n > 1 {
				sign := "+"
				if math.Signbit(step) {
					sign, step = "-", -step
				}
				text += sign + number(step) + "x" + strconv.Itoa(n-1)
			}
			words = append(words, text)
		}
		i += n
	}
	return strings.Join(words, " ")
}

func times(word string, n int) string {
	if n == 1 {
		return word
	}
	return word + "x" + strconv.Itoa(n)
}

// run is how many points rise by the same step, if they are three or more; else
// 1.
func run(points []point) (step float64, n int) {
	if len(points) < 3 || !points[1].ok {
		return 0, 1
	}
	v := points[0].v
	step = points[1].v - v
	if math.IsNaN(step) || math.IsInf(step, 0) {
		return 0, 1
	}
	for n = 1; n < len(points) && points[n].ok; n++ {
		if v += step; math.Float64bits(v) != math.Float64bits(points[n].v) {
			break
		}
	}
	if n < 3 {
		return 0, 1
	}
	return step, n
}

// number is a value as the parser of series reads it.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	case math.Abs(v) >= 1e21 || v != 0 && math.Abs(v) < 1e-6:
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// series is a series as PromQL writes it, its name before the braces.
func series(ls labels.Labels) string {
	name := ls.Get(model.MetricNameLabel)
	var parts []string
	if name != "" && !model.LegacyValidation.IsValidMetricName(name) {
		parts, name = append(parts, quoted(name)), ""
	}
	ls.Range(func(l labels.Label) {
		if l.Name == model.MetricNameLabel {
			return
		}
		label := l.Name
		if !model.LegacyValidation.IsValidLabelName(label) {
			label = quoted(label)
		}
		parts = append(parts, fmt.Sprintf("%s=%s", label, quoted(l.Value)))
	})
	if len(parts) == 0 && name != "" {
		return name
	}
	return name + "{" + strings.Join(parts, ", ") + "}"
}

// quoted is a string as PromQL reads it, whose lexer takes U+FFFD for damage.
func quoted(s string) string {
	return strings.ReplaceAll(strconv.Quote(s), "\ufffd", `\ufffd`)
}
