package sweep

import (
	"math"
	"slices"
	"strconv"
)

// Bound is the one of an edge's two floats to name it by: that which was seen.
func (c *Comparison) Bound(e Edge) float64 {
	low, high := min(e.Fires, e.Silent), max(e.Fires, e.Silent)
	switch c.Op {
	case ">", "<=":
		return high
	case ">=", "<":
		return low
	}
	if len(spell(low)) < len(spell(high)) {
		return low
	}
	return high
}

func spell(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

const (
	gridRows = 8  // about so many round numbers
	maxEdges = 12 // so many bounds
)

// grid are the thresholds that are shown of a comparison: its own, those at
// which what it does changes, and round numbers over the values that were
// compared, small being the least of them above 0.
func grid(c *Comparison, small float64) []float64 {
	var list []float64
	if !math.IsNaN(c.Value) {
		list = append(list, c.Value)
	}
	for _, e := range c.Edges[:min(len(c.Edges), maxEdges)] {
		list = append(list, c.Bound(e))
	}
	if c.Op != "==" && c.Op != "!=" && !math.IsNaN(c.Least) {
		lo, hi := c.Least, c.Most
		if !math.IsInf(c.Value, 0) && !math.IsNaN(c.Value) {
			lo, hi = min(lo, c.Value), max(hi, c.Value)
			if c.Value > 0 {
				small = min(small, c.Value)
			}
		}
		list = append(list, round(lo, hi, small)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// round are round numbers from lo to hi, on a logarithmic scale where there are
// two decades or more and nothing below 0.
func round(lo, hi, small float64) []float64 {
	if hi <= lo {
		return nil
	}
	if lo >= 0 && hi/small >= 100 {
		var list []float64
		if lo == 0 {
			list = append(list, 0)
		}
		first, last := int(math.Floor(math.Log10(small))), int(math.Ceil(math.Log10(hi)))
		digits := []int{1, 2, 5}
		if last-first > gridRows/2 {
			digits = digits[:1]
		}
		each := max(1, (last-first)/gridRows)
		for e := first; e <= last; e += each {
			for _, d := range digits {
				if v := decimal(d, e); v >= small && v <= hi {
					list = append(list, v)
				}
			}
		}
		return list
	}
	e := int(math.Floor(math.Log10(hi/gridRows - lo/gridRows)))
	digit := 10
	for _, d := range []int{1, 2, 5} {
		if decimal(d, e) >= hi/gridRows-lo/gridRows {
			digit = d
			break
		}
	}
	step := decimal(digit, e)
	from, to := math.Ceil(lo/step), math.Floor(hi/step)
	if math.Abs(from) > 1e9 || math.Abs(to) > 1e9 { // so near to each other that steps are lost in the digits
		return nil
	}
	var list []float64
	for k := from; k <= to; k++ {
		list = append(list, decimal(int(k)*digit, e))
	}
	return list
}

// decimal is digits·10^e as it is read from a text.
func decimal(digits, e int) float64 {
	v, _ := strconv.ParseFloat(strconv.Itoa(digits)+"e"+strconv.Itoa(e), 64)
	return v
}
