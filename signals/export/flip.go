package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// A Flip is a small edit of a capture with which an alert does the opposite: a
// silent one fires, or one that fired is silent.
type Flip struct {
	// Test is the unit test of the rule as the capture is, and Flipped that of
	// the rule over the edited series. Either may be refused while the other is
	// not.
	Test, Flipped Test
	Edits         []Edit
	// Tried is how many edits were tried.
	Tried int
	// Least: of the edits that were tried none touches fewer series.
	Least bool
	// Impossible is the proof that no edit of values can do it; NotFound says
	// why none was found. Edits is empty then.
	Impossible, NotFound string
}

// maxEdits bounds how many edits of one rule are tried.
const maxEdits = 600

// Flips looks for an edit for each alerting rule that PromtoolTests makes a
// test of.
//
// Edits are of values: a counter rises faster or slower or stands still, a
// gauge is some times what it was or stands at a value, a series is gone. They
// are tried on one series, then on all series of a metric that belong to the
// labels on which the rule came nearest, and where a selector matches nothing
// on series that are made of those of its metric by changing labels. What was
// found is enough; that it is the least is said where it was tried (Least).
func Flips(ctx context.Context, opts Options) (*replay.Result, []Flip, error) {
	why := verdict.NewWatcher()
	opts.also = why
	var flips []Flip
	var findings [][]verdict.Finding
	opts.each = func(m *maker, res *replay.Result, t Test) error {
		f := Flip{Test: t}
		if findings == nil {
			findings = why.Why(res)
		}
		for _, x := range findings[t.Rule] {
			if x.ID == verdict.Unreachable {
				f.Impossible = x.Text
			}
		}
		if f.Impossible != "" {
			flips = append(flips, f)
			return nil
		}
		if err := m.flip(ctx, &f); err != nil {
			var no *refusal
			if !errors.As(err, &no) {
				return err
			}
			f.NotFound = no.Error()
		}
		flips = append(flips, f)
		return nil
	}
	res, _, err := PromtoolTests(ctx, opts)
	if err != nil {
		return nil, nil, err
	}
	return res, flips, nil
}

// flip finds an edit.
func (m *maker) flip(ctx context.Context, f *Flip) error {
	if m.full == nil {
		return refuse("%s", f.Test.Refused)
	}
	s := &seeker{maker: m, flip: f, wantsFire: !m.claimed.fires}
	on := m.claimed.alert.Labels
	if m.claimed.closest != nil {
		on = m.claimed.closest.Labels
	}
	s.base = related(m.rows, on)
	edited, err := s.seek(ctx)
	if err != nil || edited == nil {
		return err
	}
	return m.flipped(ctx, f, edited)
}

// flipped makes the test of the edited series.
func (m *maker) flipped(ctx context.Context, f *Flip, rows []row) error {
	full, err := m.try(ctx, rows, m.start, m.evaluations)
	if err != nil {
		return err
	}
	c := *m
	c.result = replay.Rule{Verdict: replay.VerdictInactive}
	claim, at, err := c.claim(ctx, full, m.data, m.evaluations)
	if err != nil {
		return err
	}
	t := Test{Rule: f.Test.Rule, Alert: f.Test.Alert, edits: f.Edits}
	if err := c.testOf(ctx, &t, claim, picture{lines: rows, last: at}, m.start); err != nil {
		var no *refusal
		if !errors.As(err, &no) {
			return err
		}
		t.Text, t.Rules, t.Refused = nil, nil, no.Error()
	}
	f.Flipped = t
	return nil
}

// seeker looks for the edit of one rule.
type seeker struct {
	*maker
	flip      *Flip
	wantsFire bool
	base      []row // what is edited: the series that belong to the labels in question
}

// does tells whether the rule does the opposite with some series.
func (s *seeker) does(ctx context.Context, rows []row) (bool, error) {
	s.flip.Tried++
	t, err := s.try(ctx, rows, s.start, s.evaluations)
	if err != nil || t.failed != nil {
		return false, err
	}
	fires := slices.ContainsFunc(t.alerts[s.before:], func(list []rules.Alert) bool { return len(list) > 0 })
	return fires == s.wantsFire, nil
}

// An edition is some series with one operation on those of some places.
type edition struct {
	rows []row
	at   []int
	op   operation
	ops  []operation     // that are tried; nil: those of the first of its series
	from []labels.Labels // by at: what new ones were made of; nil: none is new
	last int             // where alike stands, the last bucket
}

func (e edition) with(op operation) []row {
	out := slices.Clone(e.rows)
	for _, i := range e.at {
		if op.kind == alike {
			out[i].points = e.rows[e.last].points
		} else {
			out[i].points = op.apply(e.rows[i].points)
		}
	}
	if op.kind == gone {
		out = slices.DeleteFunc(out, func(r row) bool {
			return !slices.ContainsFunc(r.points, func(p point) bool { return p.ok })
		})
	}
	return out
}

// seek tries edits, the small ones first, and returns the edited series; nil
// when none does it.
func (s *seeker) seek(ctx context.Context) ([]row, error) {
	if !s.wantsFire {
		// The alert fires on others, too: it is to be silent on these series.
		if ok, err := s.does(ctx, s.base); err != nil || ok {
			if ok {
				err = refuse("without the series of other targets it is silent as it is: it takes all of them")
			}
			return nil, err
		}
	}
	singles, several := s.editions()
	for i, round := range [][]edition{singles, s.inventions(), s.histograms(), several} {
		found, err := s.first(ctx, round)
		if err != nil || found != nil {
			if found != nil {
				s.flip.Least = i == 0 || len(s.flip.Edits) == 1
			}
			return found, err
		}
	}
	if s.flip.Tried >= maxEdits {
		return nil, refuse("none of the first %d edits does it; more were not tried", s.flip.Tried)
	}
	return nil, refuse("none of %d edits does it, which proves nothing", s.flip.Tried)
}

// editions are those of one series each, and those of all series of a metric.
// Buckets are edited as histograms.
func (s *seeker) editions() (singles, several []edition) {
	byName := map[string][]int{}
	var names []string
	for i, r := range s.base {
		if isBucket(r) {
			continue
		}
		singles = append(singles, edition{rows: s.base, at: []int{i}})
		name := r.labels.Get(model.MetricNameLabel)
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], i)
	}
	for _, name := range names {
		if at := byName[name]; len(at) > 1 {
			several = append(several, edition{rows: s.base, at: at})
		}
	}
	return singles, several
}

// histograms are editions of one histogram each: with larger observations its
// lower buckets rise more slowly, with smaller ones its upper buckets count all
// of them.
func (s *seeker) histograms() (list []edition) {
	by := map[string][]int{}
	var keys []string
	for i, r := range s.base {
		if !isBucket(r) {
			continue
		}
		b := labels.NewBuilder(r.labels)
		key := b.Del(model.BucketLabel).Labels().String()
		if by[key] == nil {
			keys = append(keys, key)
		}
		by[key] = append(by[key], i)
	}
	for _, key := range keys {
		at := by[key]
		slices.SortFunc(at, func(i, j int) int { return cmp.Compare(bound(s.base[i]), bound(s.base[j])) })
		n := len(at) - 1
		if n < 1 || !math.IsInf(bound(s.base[at[n]]), 1) {
			continue
		}
		for k := 1; k <= n; k++ {
			list = append(list,
				edition{rows: s.base, at: at[:k], ops: ofBuckets()},
				edition{rows: s.base, at: at[n-k : n], ops: []operation{{kind: alike}}, last: at[n]})
		}
	}
	return list
}

// bound is the upper bound of a bucket; NaN when it is no number.
func bound(r row) float64 {
	v, err := strconv.ParseFloat(r.labels.Get(model.BucketLabel), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// first finds the first edition with which it does, each operation in its turn
// on all of them.
func (s *seeker) first(ctx context.Context, round []edition) ([]row, error) {
	if len(round) == 0 {
		return nil, nil
	}
	threshold := math.NaN()
	if t := s.rule.Threshold; t != nil {
		threshold = t.Value
	}
	longest := 0
	ops := make([][]operation, len(round))
	for i, e := range round {
		if ops[i] = e.ops; ops[i] == nil {
			ops[i] = operations(e.rows[e.at[0]], threshold)
		}
		longest = max(longest, len(ops[i]))
	}
	for n := range longest {
		for i, e := range round {
			if n >= len(ops[i]) {
				continue
			}
			if s.flip.Tried >= maxEdits {
				return nil, nil
			}
			e.op = ops[i][n]
			rows := e.with(e.op)
			ok, err := s.does(ctx, rows)
			if err != nil {
				return nil, err
			}
			if ok {
				if e, err = s.fewer(ctx, e); err != nil {
					return nil, err
				}
				return s.finer(ctx, e)
			}
		}
	}
	return nil, nil
}

// fewer leaves out series of an edition, one by one, as long as it does.
func (s *seeker) fewer(ctx context.Context, e edition) (edition, error) {
	for i := 0; i < len(e.at) && len(e.at) > 1; {
		less := e
		less.at = slices.Delete(slices.Clone(e.at), i, i+1)
		ok, err := s.does(ctx, less.with(less.op))
		if err != nil {
			return e, err
		}
		if ok && !isBucket(e.rows[e.at[0]]) {
			e = less
		} else {
			i++
		}
	}
	return e, nil
}

// finer brings the number of an operation nearer to what leaves things as they
// are, as long as it does.
func (s *seeker) finer(ctx context.Context, e edition) ([]row, error) {
	best := e.op
	if (best.kind == faster || best.kind == scaled) && best.number > 0 && e.from == nil {
		for far, near := math.Log(best.number), 0.0; math.Abs(far-near) > 0.05; {
			middle := (far + near) / 2
			op := operation{best.kind, round3(math.Exp(middle))}
			ok, err := s.does(ctx, e.with(op))
			if err != nil {
				return nil, err
			}
			if ok {
				far, best = middle, op
			} else {
				near = middle
			}
		}
	}
	rows := e.with(best)
	for i, at := range e.at {
		if best.kind != gone && e.from == nil && slices.Equal(rows[at].points, e.rows[at].points) {
			continue // a bucket that was so already
		}
		edit := Edit{Series: e.rows[at].labels, Change: best.words(s.step)}
		if e.from != nil {
			edit.From = e.from[i]
		}
		s.flip.Edits = append(s.flip.Edits, edit)
	}
	return rows, nil
}

func round3(v float64) float64 {
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

// maxInventions bounds how many series are made anew for one selector.
const maxInventions = 8

// inventions are new series for the selectors that match nothing, made of those
// of the same metric.
func (s *seeker) inventions() (list []edition) {
	for _, sel := range s.data {
		if slices.ContainsFunc(s.rows, func(r row) bool { return labels.Selector(sel.Matchers).Matches(r.labels) }) {
			continue
		}
		seen := map[string]bool{}
		for _, r := range s.others {
			if r.labels.Get(model.MetricNameLabel) != sel.Name() || len(seen) == maxInventions {
				continue
			}
			ls, ok := meet(r.labels, sel.Matchers)
			if !ok || seen[ls.String()] {
				continue
			}
			seen[ls.String()] = true
			rows := append(slices.Clone(s.rows), row{ls, r.points})
			list = append(list, edition{rows: rows, at: []int{len(rows) - 1}, from: []labels.Labels{r.labels}, ops: append([]operation{{faster, 1}}, operations(r, math.NaN())...)})
		}
	}
	return list
}

// related are the series that have no label with another value than on has.
func related(rows []row, on labels.Labels) []row {
	return slices.DeleteFunc(slices.Clone(rows), func(r row) bool {
		other := false
		r.labels.Range(func(x labels.Label) {
			if v := on.Get(x.Name); x.Name != model.MetricNameLabel && v != "" && v != x.Value {
				other = true
			}
		})
		return other
	})
}

// bare are selectors of all series of the metrics that selectors name.
func bare(data []query.Selector) (list []query.Selector) {
	known := map[string]bool{}
	for _, s := range data {
		if name := s.Name(); name != "" && !known[name] {
			known[name] = true
			m := labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name)
			list = append(list, query.Selector{String: "{" + m.String() + "}", Matchers: []*labels.Matcher{m}})
		}
	}
	return list
}

// editsText is edits in words, for a comment.
func editsText(edits []Edit) string {
	var parts []string
	for i, e := range edits {
		if i == 3 {
			parts = append(parts, fmt.Sprintf("and so do %d more", len(edits)-i))
			break
		}
		parts = append(parts, e.String())
	}
	return strings.Join(parts, ", ")
}
