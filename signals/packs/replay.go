package packs

import (
	"context"
	"errors"
	"slices"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// Replayed is what the rules of packs found.
type Replayed struct {
	*replay.Result           // groups and rules are those of Applied
	Applied        []*Pack   // the packs whose metrics were there
	Skipped        []Skipped // the others
}

// Replay replays a capture against the rules of packs, nil for All, and keeps
// what concerns the packs that apply: those of which a target had all metrics
// of When, and of a general one a target that is of no other pack. A name in
// set counts for every pack whose rules have such a parameter.
//
// The options are those of replay.Run, whose errors are errors here; Groups
// must be nil. A set that fits no pack is a *SetError.
func Replay(ctx context.Context, opts replay.Options, list []*Pack, set map[string]string) (*Replayed, error) {
	if opts.Groups != nil {
		return nil, errors.New("the groups to replay are those of the packs: Options.Groups must be nil")
	}
	var err error
	if list == nil {
		if list, err = All(); err != nil {
			return nil, err
		}
	}
	if opts.Groups, err = groups(list, set); err != nil {
		return nil, err
	}
	keep := opts.Keep
	if !keep {
		opts.Queries = []string{}
	}
	if opts.Keep = true; opts.Queries != nil {
		opts.Queries = append(slices.Clip(opts.Queries), "up")
	}
	opts.Newest = append(slices.Clip(opts.Newest), presenceQueries(list)...)
	res, err := replay.Run(ctx, opts)
	if err != nil {
		return nil, err
	}
	c, err := choose(ctx, res.Store, list)
	if err != nil {
		return nil, err
	}
	if !keep {
		res.Store = nil
	}
	drop := map[string]bool{}
	for _, p := range list {
		drop[p.File] = !slices.Contains(c.applied, p)
	}
	res.Rules = slices.DeleteFunc(res.Rules, func(r replay.Rule) bool { return drop[r.File] })
	res.Groups = slices.DeleteFunc(res.Groups, func(g replay.Group) bool { return drop[g.File] })
	return &Replayed{Result: res, Applied: c.applied, Skipped: c.skipped}, nil
}
