package main

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/report"
)

// A side is one target of a capture as diff needs it: its first and its last
// scrape that did not fail, and all of them as a period.
type side struct {
	target      *capture.Target
	first, last keptScrape
	scrapes     int
	period      signals.Period
}

// A keptScrape is a scrape that outlives its stream, and its name.
type keptScrape struct {
	capture.Scrape
	name string
}

// sides reads the targets of a capture; whole says that periods are wanted,
// too.
func (f *diffFlags) sides(cmd *cobra.Command, arg string, c *capture.Capture, whole bool) ([]*side, error) {
	of := map[*capture.Target]*side{}
	var list []*side
	for _, t := range c.Targets {
		of[t] = &side{target: t}
		list = append(list, of[t])
	}
	failed, firstFailure := 0, ""
	defer follow(cmd, f.quiet, "reading scrapes", c)()
	stream := c.Stream()
	for stream.Next() {
		s := stream.Scrape()
		sd := of[s.Target]
		if sd == nil {
			continue // of a dump, which is no scrape
		}
		if why := failure(s); why != "" {
			if failed++; firstFailure == "" {
				firstFailure = s.File + ": " + why
			}
			continue
		}
		kept := keptScrape{*s, scrapeName(arg, c, s)}
		kept.Body = bytes.Clone(s.Body)
		if sd.scrapes++; sd.scrapes == 1 {
			sd.first = kept
		}
		sd.last = kept
		if whole {
			read, err := f.capture.readSaved(kept.name, s, false)
			if err != nil {
				return nil, err
			}
			sd.period.Add(read)
		}
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(s *side) bool { return s.scrapes == 0 })
	if failed > 0 {
		say(cmd.ErrOrStderr(), "%s: %d failed scrapes are left out, the first: %s", arg, failed, firstFailure)
	}
	if len(list) == 0 {
		return nil, noScrape(arg)
	}
	return list, nil
}

// noScrape is the error for what holds nothing but dumps, or failed scrapes.
func noScrape(arg string) error {
	return fmt.Errorf("%s holds no scrape that could be compared; of a dump 'scrapebook query' tells what it was at two times", arg)
}

// scrapeName is how messages call a scrape of what an argument names.
func scrapeName(arg string, c *capture.Capture, s *capture.Scrape) string {
	if c.Scrapes == 1 && path.Base(arg) == path.Base(s.File) {
		return arg
	}
	return arg + "/" + s.File
}

// name is what a target is called beside others.
func (s *side) name(jobs bool) string {
	name := s.target.Instance
	if jobs {
		name = s.target.Job + "/" + name
	}
	if !s.target.Labels.IsEmpty() {
		name += " " + s.target.Labels.String()
	}
	return name
}

// pairs matches the targets of two captures: by job, instance and labels, and
// what is left by instance and labels, then by instance alone, where that names
// one of each.
func pairs(older, newer []*side) (both [][2]*side, gone, added []*side) {
	keys := []func(*side) string{
		func(s *side) string {
			return fmt.Sprintf("%q %q %s", s.target.Job, s.target.Instance, s.target.Labels)
		},
		func(s *side) string { return fmt.Sprintf("%q %s", s.target.Instance, s.target.Labels) },
		func(s *side) string { return s.target.Instance },
	}
	gone, added = slices.Clone(older), slices.Clone(newer)
	for _, key := range keys {
		count := func(list []*side) map[string]int {
			n := map[string]int{}
			for _, s := range list {
				n[key(s)]++
			}
			return n
		}
		olds, news := count(gone), count(added)
		gone = slices.DeleteFunc(gone, func(o *side) bool {
			if k := key(o); olds[k] == 1 && news[k] == 1 {
				at := slices.IndexFunc(added, func(n *side) bool { return key(n) == k })
				both = append(both, [2]*side{o, added[at]})
				return true
			}
			return false
		})
		added = slices.DeleteFunc(added, func(n *side) bool {
			return slices.ContainsFunc(both, func(b [2]*side) bool { return b[1] == n })
		})
	}
	if len(gone) == 1 && len(added) == 1 && len(both) == 0 { // one target each: who compares them says that it is one
		return [][2]*side{{gone[0], added[0]}}, nil, nil
	}
	slices.SortStableFunc(both, func(a, b [2]*side) int {
		return cmp.Or(cmp.Compare(a[1].target.Job, b[1].target.Job), cmp.Compare(a[1].target.Instance, b[1].target.Instance))
	})
	return both, gone, added
}

// captures compares two captures target by target.
func (f *diffFlags) captures(cmd *cobra.Command, older, newer string, a, b *capture.Capture) (report.Differences, error) {
	out := report.Differences{Old: older, New: newer}
	whole := rounds(a) && rounds(b)
	olds, err := f.sides(cmd, older, a, whole)
	if err != nil {
		return out, err
	}
	news, err := f.sides(cmd, newer, b, whole)
	if err != nil {
		return out, err
	}
	both, gone, added := pairs(olds, news)
	if len(both) == 0 {
		return out, fmt.Errorf("no target of %s is one of %s: the instances are %s, and %s; --name says which part of a path is the target", older, newer, instances(olds), instances(news))
	}
	jobs := severalJobs(news)
	for _, p := range both {
		d := report.TargetDifference{Target: p[1].name(jobs), Job: p[1].target.Job, Instance: p[1].target.Instance}
		if p[0].scrapes > 1 && p[1].scrapes > 1 {
			d.Old, d.New = periodText(older, p[0]), periodText(newer, p[1])
			d.Difference = signals.DiffPeriods(&p[0].period, &p[1].period, f.match.matches)
			d.Restarts = p[1].period.Restarts()
		} else if err := f.between(cmd, &d, p[0].last, p[1].last, a, b); err != nil {
			return out, err
		}
		out.Targets = append(out.Targets, d)
	}
	for _, s := range gone {
		out.Gone = append(out.Gone, s.name(severalJobs(olds)))
	}
	for _, s := range added {
		out.Added = append(out.Added, s.name(jobs))
	}
	return out, nil
}

// firstAndLast compares the first and the last scrape of each target.
func (f *diffFlags) firstAndLast(cmd *cobra.Command, arg string, c *capture.Capture) (report.Differences, error) {
	out := report.Differences{Old: arg, New: arg}
	list, err := f.sides(cmd, arg, c, false)
	if err != nil {
		return out, err
	}
	for _, s := range list {
		if s.scrapes < 2 {
			out.Single = append(out.Single, s.name(severalJobs(list)))
			continue
		}
		d := report.TargetDifference{Target: s.name(severalJobs(list)), Job: s.target.Job, Instance: s.target.Instance}
		if err := f.between(cmd, &d, s.first, s.last, c, c); err != nil {
			return out, err
		}
		out.Targets = append(out.Targets, d)
	}
	if len(out.Targets) == 0 {
		return out, fmt.Errorf("%s holds one scrape of each target, and a difference needs two: write diff OLD NEW", arg)
	}
	return out, nil
}

// between compares two scrapes.
func (f *diffFlags) between(cmd *cobra.Command, d *report.TargetDifference, older, newer keptScrape, a, b *capture.Capture) error {
	before, err := f.capture.readSaved(older.name, &older.Scrape, guessed(a))
	if err != nil {
		return err
	}
	after, err := f.capture.readSaved(newer.name, &newer.Scrape, guessed(b))
	if err != nil {
		return err
	}
	sayDamage(cmd, older.name, before.Snapshot)
	sayDamage(cmd, newer.name, after.Snapshot)
	d.Old, d.New = older.name, newer.name
	d.Difference = signals.Diff(before, after, f.match.matches)
	if d.Difference.Elapsed < 0 {
		say(cmd.ErrOrStderr(), "%s was scraped after %s: OLD comes before NEW", older.name, newer.name)
	}
	return nil
}

// rounds tells whether any target of a capture was scraped more than once.
func rounds(c *capture.Capture) bool {
	return slices.ContainsFunc(c.Targets, func(t *capture.Target) bool { return t.Scrapes > 1 })
}

func severalJobs(list []*side) bool {
	return slices.ContainsFunc(list, func(s *side) bool { return s.target.Job != list[0].target.Job })
}

func instances(list []*side) string {
	var words []string
	for _, s := range list {
		words = append(words, s.name(severalJobs(list)))
	}
	if n := len(words) - 5; n > 0 {
		words = append(words[:5], fmt.Sprintf("%d more", n))
	}
	return strings.Join(words, ", ")
}

func periodText(arg string, s *side) string {
	first, last := s.period.Span()
	return fmt.Sprintf("%s, %d scrapes in %s", arg, s.scrapes, last.Sub(first).Round(time.Millisecond))
}
