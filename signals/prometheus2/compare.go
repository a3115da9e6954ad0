package prometheus2

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// A Comparison holds what Prometheus 2 would have said otherwise.
type Comparison struct {
	// Rules are those of the result of Prometheus 3 that differ, or of which it
	// is not known whether they do, in its order.
	Rules []Rule
	// Same counts the others: they have the same verdict, and the same alerts
	// in the same states at the same instants. Of recording rules the verdict
	// and the most series at once are compared, and no values.
	Same int
	// Failed counts the scrapes that fail in Prometheus 3 and in Prometheus 2.
	Failed [2]int
}

// A Rule is one that differs or is not known: one of Two, Unknown and Refused
// is set.
type Rule struct {
	Index   int          // in the Rules of the result of Prometheus 3
	Two     *replay.Rule // what Prometheus 2 makes of it
	Causes  []Cause      // of the first difference; empty when none can be told
	Unknown []string     // why it is not known, a sentence each
	Refused []string     // why Prometheus 2 does not load the rule's file, a sentence each
	// Unread is set when Refused is about this rule, and not about another of
	// its file.
	Unread bool
}

// A Cause is what makes a difference, at the first instant that has one.
type Cause struct {
	Kind         CauseKind
	At           time.Time
	Line, Column int    // of the piece in the rule's expression; 0 when it is about none
	Piece        string // as it is written
	Text         string // a sentence that stands alone
}

// CauseKind is a query.ChangeKind, or one of those below.
type CauseKind string

// What a rule was given, where its expression is not what makes the
// difference.
const (
	CauseScrapes CauseKind = "scrapes" // series are stored otherwise
	CauseRules   CauseKind = "rules"   // what rules write, which differs itself
)

// errDelayed is about a feature that both have, and that has changed.
var errDelayed = errors.New("it is not known what Prometheus 2 would have said with --enable-feature=" + query.FeatureDelayedNameRemoval + ": leave it out")

// Compare replays the capture of a result as Prometheus 2 and tells where that
// differs. The options are those that run gave the result for; run is called
// with others again, and must leave out the same rules. A result that has no
// rules in common with another is an error.
func Compare(ctx context.Context, opts replay.Options, three *replay.Result, run func(context.Context, replay.Options) (*replay.Result, error)) (*Comparison, error) {
	if three == nil || run == nil {
		return nil, errors.New("there is nothing to compare: the result or the function is nil")
	}
	if slices.Contains(opts.Features, query.FeatureDelayedNameRemoval) {
		return nil, errDelayed
	}
	opts.Prometheus2, opts.Progress, opts.Keep, opts.Queries = true, nil, false, nil
	watch := &doubter{}
	opts.Observer = watch
	two, err := run(ctx, opts)
	if err != nil {
		return nil, err
	}
	numbers, err := watch.numbers(three, two)
	if err != nil {
		return nil, err
	}
	watch.spread()
	out := &Comparison{Failed: [2]int{three.Capture.FailedScrapes, two.Capture.FailedScrapes}}
	find := &finder{about: map[int]*question{}}
	for i, n := range numbers {
		r := Rule{Index: i, Unknown: watch.rules[n].unknown, Refused: watch.rules[n].refused, Unread: watch.rules[n].unread}
		at, differs := firstDifference(&three.Rules[i], &two.Rules[i])
		switch {
		case len(r.Refused) > 0:
			r.Unknown = nil
		case len(r.Unknown) > 0:
		case !differs:
			out.Same++
			continue
		default:
			r.Two = &two.Rules[i]
			find.about[n] = &question{seen: watch.rules[n], at: at, three: &three.Rules[i], two: r.Two}
		}
		out.Rules = append(out.Rules, r)
	}
	if len(find.about) == 0 {
		return out, nil
	}
	find.writers(watch.rules)
	opts.Observer = find
	if _, err := run(ctx, opts); err != nil {
		return nil, err
	}
	for i := range out.Rules {
		if q := find.about[numbers[out.Rules[i].Index]]; q != nil {
			out.Rules[i].Causes = q.causes
		}
	}
	return out, nil
}

// firstDifference is the first instant at which the alerts of two results are
// others; zero, when it is not alerts that differ.
func firstDifference(a, b *replay.Rule) (at time.Time, differs bool) {
	before := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	states := map[string][2][]replay.Interval{}
	for side, r := range []*replay.Rule{a, b} {
		for _, alert := range r.Alerts {
			s := states[alert.Labels.String()]
			s[side] = alert.Intervals
			states[alert.Labels.String()] = s
		}
	}
	for _, s := range states {
		if t, ok := parting(s[0], s[1]); ok {
			before(t)
			differs = true
		}
	}
	return at, differs || a.Verdict != b.Verdict || a.Failed != b.Failed || a.Record != "" && a.Recorded != b.Recorded
}

// parting is the first time at which two lists of intervals are in another
// state.
func parting(a, b []replay.Interval) (at time.Time, ok bool) {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return b[i].Start, true
		case i >= len(b):
			return a[i].Start, true
		}
		x, y := a[i], b[i]
		switch {
		case x.State != y.State || !x.Start.Equal(y.Start):
			return earlier(x.Start, y.Start), true
		case !x.End.Equal(y.End) || x.Open != y.Open:
			return earlier(x.End, y.End), true
		}
	}
	return at, false
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
