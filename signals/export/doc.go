// Package export writes what a capture holds for other tools. So far that is
// the unit test of a rule, in the form of promtool: only the series and the
// time that the rule needs, and what it must do with them.
package export

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A Test is the unit test of an alerting rule.
type Test struct {
	Rule  int // in Result.Rules and, group by group, in Options.Groups
	Alert string
	// Fires tells what is tested: that the alert fires, on On, or that it is
	// silent.
	Fires bool
	On    labels.Labels
	// Text is the test as a file for `promtool test rules`, which names
	// RuleFile; Rules are the rules that it needs, as a rule file.
	Text, Rules []byte
	Shows       string // in words
	// Refused says why there is no test; Text and Rules are nil then.
	Refused string

	edits []Edit
}

// Options are the settings of PromtoolTests. Replay is that of the capture;
// all else may stay zero.
type Options struct {
	Replay replay.Options
	// Alert picks the rules of this name; "": all alerting rules.
	Alert string
	// RuleFile is the path of the file of rules that the tests name, as seen
	// from where they are kept, by the rule's number; nil: NAME.rules.yml for
	// an alert of such a name.
	RuleFile func(rule int) string

	also replay.Observer                          // beside ours
	each func(*maker, *replay.Result, Test) error // called with each test
}

// maxLines is how long a test may be.
const maxLines = 100

// PromtoolTests replays a capture and makes of each alerting rule a test of
// what it did: that it fires on the labels on which it fired first, or that it
// stays silent, and how near it came.
//
// promtool knows series with a value every so many seconds, and rules that are
// evaluated in step with them. So scrapes are put on the grid of the rule's
// instants: each sample counts from the next point of the grid on. The rule is
// evaluated again over that, and where it does not do what it did over the
// capture there is no test, but the reason (Test.Refused). Then series and time
// are left out as long as the rule does the same. What the test expects is what
// the rule does with the rest.
//
// The error is one of the replay.
func PromtoolTests(ctx context.Context, opts Options) (*replay.Result, []Test, error) {
	ro := opts.Replay
	if ro.Capture == nil || len(ro.Groups) == 0 {
		return nil, nil, errors.New("export: a capture and rules are needed")
	}
	w := &watcher{}
	ro.Observer, ro.Keep = replay.Observers{w, opts.also}, true
	if opts.also == nil {
		ro.Observer = w
	}
	ro.Queries = []string{}
	for _, g := range ro.Groups {
		for _, r := range g.Rules {
			ro.Queries = append(ro.Queries, r.Expr)
			if opts.also != nil {
				for _, s := range bare(r.Selectors) {
					ro.Queries = append(ro.Queries, s.String)
				}
			}
		}
	}
	res, err := replay.Run(ctx, ro)
	if err != nil {
		return nil, nil, err
	}
	if opts.RuleFile == nil {
		opts.RuleFile = func(rule int) string { return FileName(res.Rules[rule].Alert) + ".rules.yml" }
	}
	var tests []Test
	n := 0
	for _, g := range ro.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" && (opts.Alert == "" || opts.Alert == r.Alert) {
				t := Test{Rule: n, Alert: r.Alert}
				m := &maker{opts: ro, store: res.Store, group: g, rule: r, seen: w.of(n), result: res.Rules[n], file: opts.RuleFile(n), flips: opts.also != nil}
				if err := m.make(ctx, &t); err != nil {
					var why *refusal
					if !errors.As(err, &why) {
						return nil, nil, fmt.Errorf("export: %s: %w", r.Alert, err)
					}
					t.Text, t.Rules, t.Refused = nil, nil, why.Error()
				}
				if opts.each != nil {
					if err := opts.each(m, res, t); err != nil {
						return nil, nil, err
					}
				}
				tests = append(tests, t)
			}
			n++
		}
	}
	return res, tests, nil
}

// A refusal is why there is no test of a rule.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

// FileName is an alert's name as that of a file.
func FileName(alert string) string {
	out := []rune{}
	for _, r := range alert {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' && len(out) > 0 {
			out = append(out, r)
		} else if n := len(out); n > 0 && out[n-1] != '-' {
			out = append(out, '-')
		}
		if len(out) == 100 {
			break
		}
	}
	if len(out) == 0 {
		return "alert"
	}
	return string(out)
}

// maker makes the test of one rule.
type maker struct {
	opts   replay.Options
	store  *replay.Store
	group  *rules.Group
	rule   *rules.Rule
	seen   *seen
	result replay.Rule
	file   string

	engine *query.Engine
	needed []*rules.Group // the group and those whose recorded series it needs, rules that it does not need left out
	step   time.Duration  // of the grid
	every  time.Duration  // between evaluations
	before int            // evaluations that are added before the rule's first, to reach back
	flips  bool           // others are wanted

	// What makes no difference to what is left out, once it is known.
	data        []query.Selector
	rows        []row // what data selects, on the grid
	others      []row // of the same metrics, what no selector matches among them
	start       time.Time
	evaluations int
	full        *trial // over rows
	claimed     *claim
}
