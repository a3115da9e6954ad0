package verdict

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// again replays the capture once more: changes of rules are tried, and trees
// are drawn of others, in the same pass. Where there is neither, nothing is
// read.
func (r *run) again(ctx context.Context, why [][]Finding, numbers []int, at time.Time) ([]*Tree, error) {
	need := map[*trace]bool{}
	attempts := r.attempts(why, need)
	looks := r.looks(numbers, at, need)
	if len(attempts)+len(looks) == 0 {
		return nil, nil
	}
	opts := r.opts
	opts.Observer, opts.Progress, opts.Keep, opts.Queries = nil, nil, false, nil
	groups, kept, changed := r.regrouped(attempts, need)
	opts.Groups = groups
	if len(looks) > 0 {
		opts.Observer = newExplainer(r, looks, kept)
	}
	list, err := replay.Rules(ctx, opts)
	if err != nil {
		return nil, err
	}
	tell(attempts, list, changed)
	var trees []*Tree
	for _, l := range looks {
		trees = append(trees, l.tree)
	}
	return trees, nil
}

// regrouped are groups of the rules that are needed and of the changed ones,
// each in the place of the rule that it was. Kept are the numbers of the former
// and changed those of the attempts' rules.
func (r *run) regrouped(attempts []attempt, need map[*trace]bool) (groups []*rules.Group, kept map[*trace]int, changed []int) {
	by := map[*trace][]int{}
	for n, a := range attempts {
		by[a.trace] = append(by[a.trace], n)
	}
	kept, changed = map[*trace]int{}, make([]int, len(attempts))
	var group *rules.Group
	number := 0
	for _, t := range r.traces {
		if t.group != group {
			group = t.group
			g := *group
			g.Rules = nil
			groups = append(groups, &g)
		}
		g := groups[len(groups)-1]
		if need[t] {
			g.Rules = append(g.Rules, t.rule)
			kept[t] = number
			number++
		}
		for _, n := range by[t] {
			c := *attempts[n].change.rule
			c.Unwritten = true
			c.Annotations = labels.EmptyLabels() // they change no state
			g.Rules = append(g.Rules, &c)
			changed[n] = number
			number++
		}
	}
	groups = slices.DeleteFunc(groups, func(g *rules.Group) bool { return len(g.Rules) == 0 })
	return groups, kept, changed
}
