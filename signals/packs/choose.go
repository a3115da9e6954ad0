package packs

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/storage"
)

// choice is which packs apply to a capture, and which do not.
type choice struct {
	applied []*Pack
	skipped []Skipped

	targets  map[*Pack][]Target
	presence *presence
}

// choose tells which packs apply to what a store holds. A pack applies when a
// target had all metrics of its When; a general one when such a target is of no
// other pack.
func choose(ctx context.Context, q storage.Queryable, list []*Pack) (*choice, error) {
	c := &choice{targets: map[*Pack][]Target{}, presence: &presence{ctx: ctx, q: q, by: map[string]map[Target]hadTimes{}}}
	taken := map[Target]bool{}
	skipped := map[*Pack]Skipped{}
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(a, b *Pack) int { return cmp.Compare(rankGeneral(a), rankGeneral(b)) })
	for _, p := range order {
		had, lacked, err := c.presence.all(p.When)
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
			c.skipped = append(c.skipped, s)
		} else {
			c.applied = append(c.applied, p)
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
func (c *choice) neverUp(targets []Target, taken map[Target]bool, general bool) ([]Target, error) {
	up, err := c.presence.of("up", true)
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
