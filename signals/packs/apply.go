package packs

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// Choice is which packs apply to a capture, and which do not.
type Choice struct {
	Applied []*Pack
	Skipped []Skipped

	targets map[*Pack][]Target
	seen    *sightings
}

// Choose tells which packs apply to what a store holds: a replay.Loaded, or what
// replay.Options.Stored is given. A pack applies when a target had all metrics
// of its When; a general one when such a target is of no other pack.
func Choose(ctx context.Context, q storage.Queryable, list []*Pack) (*Choice, error) {
	c := &Choice{targets: map[*Pack][]Target{}, seen: &sightings{ctx: ctx, q: q, by: map[string]map[Target]sighting{}}}
	taken := map[Target]bool{}
	skipped := map[*Pack]Skipped{}
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(a, b *Pack) int { return cmp.Compare(rankGeneral(a), rankGeneral(b)) })
	for _, p := range order {
		had, lacked, err := c.seen.all(p.When)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", p.Name, err)
		}
		if len(had) == 0 {
			skipped[p] = Skipped{Pack: p.Name, Lacked: lacked}
			continue
		}
		var targets []Target
		for t := range had {
			if !p.General || !taken[t] {
				targets = append(targets, t)
			}
		}
		if len(targets) == 0 {
			skipped[p] = Skipped{Pack: p.Name, Lacked: []string{}, Taken: true}
			continue
		}
		if targets, err = c.neverUp(targets, taken, p.General); err != nil {
			return nil, err
		}
		if !p.General {
			for _, t := range targets {
				taken[t] = true
			}
		}
		slices.SortFunc(targets, compareTargets)
		c.targets[p] = targets
	}
	for _, p := range list {
		if s, ok := skipped[p]; ok {
			c.Skipped = append(c.Skipped, s)
		} else {
			c.Applied = append(c.Applied, p)
		}
	}
	return c, nil
}

func rankGeneral(p *Pack) int {
	if p.General {
		return 1
	}
	return 0
}

func compareTargets(a, b Target) int {
	return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.Instance, b.Instance))
}

// neverUp adds the targets that never answered, of jobs of which others did.
func (c *Choice) neverUp(targets []Target, taken map[Target]bool, general bool) ([]Target, error) {
	up, err := c.seen.of("up", true)
	if err != nil {
		return nil, err
	}
	jobs, known := map[string]bool{}, map[Target]bool{}
	for _, t := range targets {
		jobs[t.Job], known[t] = true, true
	}
	for t, s := range up {
		if jobs[t.Job] && !s.nonzero && !known[t] && !(general && taken[t]) {
			targets = append(targets, t)
		}
	}
	return targets, nil
}

// Prune removes the rules and groups of the packs that do not apply from the
// result of a replay of Groups.
func (c *Choice) Prune(res *replay.Result, list []*Pack) {
	drop := map[string]bool{}
	for _, p := range list {
		drop[p.File] = !slices.Contains(c.Applied, p)
	}
	res.Rules = slices.DeleteFunc(res.Rules, func(r replay.Rule) bool { return drop[r.File] })
	res.Groups = slices.DeleteFunc(res.Groups, func(g replay.Group) bool { return drop[g.File] })
}

// sighting is when a target had a metric.
type sighting struct {
	times   []int64 // ms, rising; of the first sample alone unless all were asked for
	nonzero bool    // some value
}

// sightings remembers which targets had what.
type sightings struct {
	ctx context.Context
	q   storage.Queryable
	by  map[string]map[Target]sighting
}

// all are the targets that had all selectors. Without one, lacked are the
// selectors that no target had or, if each was had by some, all of them.
func (s *sightings) all(selectors []string) (had map[Target]bool, lacked []string, err error) {
	lacked = []string{}
	for i, sel := range selectors {
		of, err := s.of(sel, false)
		if err != nil {
			return nil, nil, err
		}
		if len(of) == 0 {
			lacked = append(lacked, sel)
		}
		both := map[Target]bool{}
		for t := range of {
			if i == 0 || had[t] {
				both[t] = true
			}
		}
		had = both
	}
	if len(had) == 0 && len(lacked) == 0 {
		lacked = slices.Clone(selectors)
	}
	return had, lacked, nil
}

// of are the targets that ever had a series that a selector matches, and when:
// at all times, or at one.
func (s *sightings) of(selector string, everyTime bool) (map[Target]sighting, error) {
	key := fmt.Sprint(everyTime, selector)
	if m, ok := s.by[key]; ok {
		return m, nil
	}
	parsed, err := parsePromQL(selector)
	if err != nil {
		return nil, err
	}
	list, ok := selectorsOf(parsed)
	if !ok {
		return nil, fmt.Errorf("%s is no selector", selector)
	}
	querier, err := s.q.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	defer querier.Close()
	found := map[Target]sighting{}
	for _, vs := range list {
		if err := s.look(querier.Select(s.ctx, false, nil, vs.LabelMatchers...), everyTime, found); err != nil {
			return nil, err
		}
	}
	s.by[key] = found
	return found, nil
}

// look adds to found the targets of some series.
func (s *sightings) look(set storage.SeriesSet, everyTime bool, found map[Target]sighting) error {
	var it chunkenc.Iterator
	for set.Next() {
		series := set.At()
		t := Target{series.Labels().Get("job"), series.Labels().Get("instance")}
		if _, known := found[t]; known && !everyTime {
			continue
		}
		it = series.Iterator(it)
		one, err := sight(it, everyTime)
		if err != nil {
			return err
		}
		if len(one.times) > 0 {
			found[t] = found[t].and(one)
		}
	}
	return set.Err()
}

func sight(it chunkenc.Iterator, everyTime bool) (s sighting, err error) {
	for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
		if kind == chunkenc.ValFloat {
			_, v := it.At()
			if value.IsStaleNaN(v) {
				continue
			}
			s.nonzero = s.nonzero || v != 0
		}
		s.times = append(s.times, it.AtT())
		if !everyTime {
			break
		}
	}
	return s, it.Err()
}

func (s sighting) and(other sighting) sighting {
	if len(s.times) > 0 {
		other.times = append(slices.Clone(s.times), other.times...)
		slices.Sort(other.times)
		other.times = slices.Compact(other.times)
	}
	other.nonzero = other.nonzero || s.nonzero
	return other
}
