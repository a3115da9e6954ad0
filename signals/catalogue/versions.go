package catalogue

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// maxVersions bounds what a line can make: each version is a bit in each fact.
const maxVersions = 1000

// set is a set of versions, as bits at their index in Catalogue.Versions.
type set []uint64

func (s set) has(i int) bool { return i/64 < len(s) && s[i/64]>>(i%64)&1 == 1 }

func (s *set) add(i int) {
	for i/64 >= len(*s) {
		*s = append(*s, 0)
	}
	(*s)[i/64] |= 1 << (i % 64)
}

func (s *set) union(t set) {
	for len(*s) < len(t) {
		*s = append(*s, 0)
	}
	for i := range t {
		(*s)[i] |= t[i]
	}
}

// common returns the first of s that is in t too, -1 when none is.
func (s set) common(t set) int {
	for i := range min(len(s), len(t)) {
		if both := s[i] & t[i]; both != 0 {
			return i*64 + bits.TrailingZeros64(both)
		}
	}
	return -1
}

// first returns the lowest index, -1 of an empty set.
func (s set) first() int { return s.common(s) }

// Version returns the catalogue's name for a version as programs tell it: with
// a v in front, and with more behind than the catalogue tells apart. v1.36.3
// is 1.36 where the versions are minor ones. ok is false when it is outside of
// the catalogue.
func (c *Catalogue) Version(v string) (name string, ok bool) {
	i := c.index(v)
	if i < 0 {
		return "", false
	}
	return c.Versions[i], true
}

// index returns the place of a version, -1 when there is none.
func (c *Catalogue) index(v string) int {
	for _, v := range []string{v, strings.TrimPrefix(v, "v")} {
		for v != "" {
			if i := slices.Index(c.Versions, v); i >= 0 {
				return i
			}
			v = v[:max(strings.LastIndexAny(v, ".-+"), 0)]
		}
	}
	return -1
}

// expand reads the versions of a line "versions" and gives them to f, until it
// says that it has enough: 1.0..1.3 are 1.0, 1.1, 1.2 and 1.3.
func expand(item string, f func(v string) bool) error {
	from, to, isRange := strings.Cut(item, "..")
	if !isRange {
		f(item)
		return nil
	}
	stem, low, ok := lastNumber(from)
	stemTo, high, okTo := lastNumber(to)
	switch {
	case !ok || !okTo || stem != stemTo:
		return fmt.Errorf("%s and %s are no two versions that differ in their last number alone", quoted(from), quoted(to))
	case high < low:
		return fmt.Errorf("%s is older than %s", to, from)
	}
	for n := low; n <= high && f(stem+strconv.Itoa(n)); n++ {
	}
	return nil
}

// lastNumber takes 1.23 apart into "1." and 23.
func lastNumber(v string) (stem string, n int, ok bool) {
	i := len(v)
	for i > 0 && '0' <= v[i-1] && v[i-1] <= '9' {
		i--
	}
	n, err := strconv.Atoi(v[i:])
	return v[:i], n, err == nil && (v[i] != '0' || len(v) == i+1)
}

// span reads the versions of a fact or a line "listed", one item of it.
func (c *Catalogue) span(item string) (set, error) {
	from, to, isRange := strings.Cut(item, "..")
	if !isRange {
		to = from
	}
	low, high := 0, len(c.Versions)-1
	if from != "" || !isRange {
		if low = slices.Index(c.Versions, from); low < 0 {
			return nil, c.noVersion(from)
		}
	}
	if to != "" || !isRange {
		if high = slices.Index(c.Versions, to); high < 0 {
			return nil, c.noVersion(to)
		}
	}
	if high < low {
		return nil, fmt.Errorf("%s is older than %s", to, from)
	}
	var s set
	for i := low; i <= high; i++ {
		s.add(i)
	}
	return s, nil
}

func (c *Catalogue) noVersion(v string) error {
	return fmt.Errorf("%s is none of the versions, which are %s", quoted(v), strings.Join(c.ranges(c.all()), ","))
}

func (c *Catalogue) all() set {
	var s set
	for i := range c.Versions {
		s.add(i)
	}
	return s
}

// ranges writes a set as items that span reads. One that stands for several
// versions has no number left out, so that it means the same in a list of more.
func (c *Catalogue) ranges(s set) []string {
	var items []string
	for i := 0; i < len(c.Versions); i++ {
		if !s.has(i) {
			continue
		}
		from := i
		for i+1 < len(c.Versions) && s.has(i+1) && follows(c.Versions[i], c.Versions[i+1]) {
			i++
		}
		item := c.Versions[from]
		if i > from {
			item += ".." + c.Versions[i]
		}
		items = append(items, item)
	}
	return items
}

// follows reports whether b is a with a last number that is one more.
func follows(a, b string) bool {
	stem, n, ok := lastNumber(a)
	return ok && b == stem+strconv.Itoa(n+1)
}

// compressed writes the versions themselves as items that expand reads.
func compressed(versions []string) []string {
	c := &Catalogue{Versions: versions}
	return c.ranges(c.all())
}
