package sweep

import (
	"cmp"
	"math"
	"slices"
)

// A set is a set of thresholds. Thresholds are the floats from −Inf to +Inf,
// each by its rank, so that the next float is the next rank: what is said of a
// set is exact. Its ranges are in order and apart from each other.
type set []span

// A span is a range of ranks: from is in it, to is not.
type span struct{ from, to int64 }

// rank numbers the floats in their order; −0 is 0. NaN has none.
func rank(v float64) int64 {
	b := int64(math.Float64bits(v))
	if b < 0 {
		return -(b & math.MaxInt64)
	}
	return b
}

// float is the float of a rank.
func float(rank int64) float64 {
	if rank < 0 {
		return -math.Float64frombits(uint64(-rank))
	}
	return math.Float64frombits(uint64(rank))
}

var (
	least  = rank(math.Inf(-1))
	beyond = rank(math.Inf(1)) + 1
	all    = set{{least, beyond}}
)

// passing are the thresholds with which a value passes a comparison.
func passing(op string, v float64) set {
	if math.IsNaN(v) {
		if op == "!=" {
			return all
		}
		return nil
	}
	r := rank(v)
	switch op {
	case ">":
		return one(least, r)
	case ">=":
		return one(least, r+1)
	case "<":
		return one(r+1, beyond)
	case "<=":
		return one(r, beyond)
	case "==":
		return one(r, r+1)
	}
	return all.minus(one(r, r+1))
}

func one(from, to int64) set {
	if from >= to {
		return nil
	}
	return set{{from, to}}
}

func (s set) has(rank int64) bool {
	i, found := slices.BinarySearchFunc(s, rank, func(p span, rank int64) int { return cmp.Compare(p.from, rank) })
	return found || i > 0 && rank < s[i-1].to
}

// and is what both hold.
func (s set) and(o set) set {
	switch {
	case s.isAll():
		return o
	case o.isAll():
		return s
	}
	var out set
	for i, j := 0, 0; i < len(s) && j < len(o); {
		if from, to := max(s[i].from, o[j].from), min(s[i].to, o[j].to); from < to {
			out = append(out, span{from, to})
		}
		if s[i].to < o[j].to {
			i++
		} else {
			j++
		}
	}
	return out
}

// or is what either holds.
func (s set) or(o set) set {
	switch {
	case len(s) == 0:
		return o
	case len(o) == 0:
		return s
	}
	return union(slices.Concat(s, o))
}

// union makes a set of ranges in any order. It uses their memory.
func union(list []span) set {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := list[:0]
	for _, p := range list {
		if n := len(out); n > 0 && p.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, p.to)
			continue
		}
		out = append(out, p)
	}
	return out
}

// minus is what the other does not hold.
func (s set) minus(o set) set {
	if len(s) == 0 || len(o) == 0 {
		return s
	}
	var rest set
	from := least
	for _, p := range o {
		rest = append(rest, one(from, p.from)...)
		from = p.to
	}
	return s.and(append(rest, one(from, beyond)...))
}

func (s set) isAll() bool { return len(s) == 1 && s[0] == all[0] }

// A collector makes the union of many sets.
type collector struct {
	list   []span
	united int // so many of them are a set
}

func (c *collector) add(s set) {
	c.list = append(c.list, s...)
	if len(c.list) > 2*c.united+1000 {
		c.list = c.set()
		c.united = len(c.list)
	}
}

func (c *collector) set() set { return union(c.list) }
