package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// How often both sides take a pair on which they differ: the order of a Go map
// decides a few results of the engine (which of two equal series topk takes,
// the last bit of a sum), so they differ from run to run. Of two elements a
// small map gives one first seven times in eight.
const (
	manyRuns = 60
	fewRuns  = 6 // while a failing pair shrinks
)

// verdict of a pair.
type verdict struct {
	ours, theirs *outcome
	differences  []string
	undecided    bool // one side differs from itself, and no two runs were alike
}

func comparePair(t *testing.T, p *pair, runs int) (*verdict, error) {
	var v verdict
	var ours, theirs []*outcome // that differ from one another
	for run := range runs {
		a, err := replayPair(p)
		if err != nil {
			return nil, err
		}
		b, err := liveThrough(t, p, a.interval)
		if err != nil {
			return nil, fmt.Errorf("upstream: %w", err)
		}
		ours, theirs = distinct(ours, a), distinct(theirs, b)
		for _, a := range ours {
			for _, b := range theirs {
				v = verdict{ours: a, theirs: b, differences: compareOutcomes(b, a)}
				if len(v.differences) == 0 {
					return &v, nil
				}
			}
		}
		v.undecided = len(ours) > 1 || len(theirs) > 1
		if v.undecided && run > 8 {
			break
		}
	}
	return &v, nil
}

// distinct adds an outcome that is none of the list.
func distinct(list []*outcome, o *outcome) []*outcome {
	if slices.ContainsFunc(list, func(of *outcome) bool { return len(compareOutcomes(of, o)) == 0 }) {
		return list
	}
	return append(list, o)
}

const maxDifferences = 12

// compareOutcomes tells every difference, up to a bound.
func compareOutcomes(theirs, ours *outcome) []string {
	var list []string
	differ := func(format string, args ...any) {
		if len(list) < maxDifferences {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	if (theirs.refused == "") != (ours.refused == "") {
		differ("rules refused:\n  upstream %q\n  ours     %q", theirs.refused, ours.refused)
		return list
	}
	compareStored(theirs.stored, ours.stored, differ)
	if len(theirs.rules) != len(ours.rules) {
		differ("rules: upstream %d, ours %d", len(theirs.rules), len(ours.rules))
		return list
	}
	for i, r := range theirs.rules {
		o := ours.rules[i]
		if r.name != o.name || r.evaluations != o.evaluations || r.failed != o.failed || r.err != o.err {
			differ("rule %d:\n  upstream %s: %d evaluations, %d failed: %s\n  ours     %s: %d evaluations, %d failed: %s",
				i, r.name, r.evaluations, r.failed, r.err, o.name, o.evaluations, o.failed, o.err)
		}
		for _, key := range bothKeys(r.alerts, o.alerts) {
			a, b := "none", "none"
			if r.alerts[key] != nil {
				a = r.alerts[key].String()
			}
			if o.alerts[key] != nil {
				b = o.alerts[key].String()
			}
			if a != b {
				differ("rule %d, alert %s:\n  upstream %s\n  ours     %s", i, key, a, b)
			}
		}
	}
	for i, q := range theirs.queries {
		if q != ours.queries[i] {
			differ("query %d:\n  upstream %s\n  ours     %s", i, q, ours.queries[i])
		}
	}
	return list
}

func compareStored(theirs, ours contents, differ func(string, ...any)) {
	for _, key := range bothKeys(theirs, ours) {
		a, b := theirs[key], ours[key]
		if !slices.EqualFunc(a, b, alike) {
			differ("%s:\n  upstream %s\n  ours     %s", key, samplesText(a, b), samplesText(b, a))
		}
	}
}

// alike is equal but for one thing: that a histogram is no counter reset is
// not known of the first one in a chunk of the head, and hints at what can be
// told from the samples anyway. TestHead has the hints.
func alike(a, b sample) bool {
	for _, p := range []*sample{&a, &b} {
		if p.h != nil {
			p.h = p.h.Copy()
		}
		if p.fh != nil {
			p.fh = p.fh.Copy()
		}
		forgetHint(p)
	}
	return a.equal(b)
}

// samplesText shows a series with what the other lacks in brackets.
func samplesText(list, other []sample) string {
	if len(list) == 0 {
		return "none"
	}
	var b strings.Builder
	for _, s := range list {
		if slices.ContainsFunc(other, func(o sample) bool { return alike(s, o) }) {
			fmt.Fprintf(&b, "%d ", s.ts)
		} else {
			fmt.Fprintf(&b, "[%s] ", s)
		}
	}
	return b.String()
}

func bothKeys[V any](a, b map[string]V) []string {
	keys := slices.Collect(maps.Keys(a))
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
