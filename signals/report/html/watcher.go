package html

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A Watcher gathers in a replay what its pictures need: it is the Observer of
// the replay's options, or one of them. Of each rule it keeps a few hundred
// points of a few series, however long the replay is.
type Watcher struct {
	opts    replay.Options
	rules   []*watched
	scrapes []byte // by number: what came of it
}

// NewWatcher makes one.
func NewWatcher() *Watcher { return &Watcher{} }

type watched struct {
	group *rules.Group
	rule  *rules.Rule
	sides []*course
}

// What came of a scrape; 0 is one that was not read.
const (
	answered byte = iota + 1
	failed
)

// Begin implements replay.Observer.
func (w *Watcher) Begin(opts replay.Options, _ storage.Queryable) {
	*w = Watcher{opts: opts, scrapes: make([]byte, opts.Capture.Scrapes)}
	start, end := time.UnixMilli(opts.Capture.Start).UTC(), time.UnixMilli(opts.Capture.End).UTC()
	if opts.From.After(start) {
		start = opts.From
	}
	if !opts.To.IsZero() && opts.To.Before(end) {
		end = opts.To
	}
	part := end.Sub(start)/courseParts + 1
	for _, g := range opts.Groups {
		for _, r := range g.Rules {
			one := &watched{group: g, rule: r}
			sides := sidesOf(r.Expr, opts.Features)
			for _, x := range sides {
				one.sides = append(one.sides, &course{name: x.String(), expr: x, threshold: r.Threshold, start: start, part: part})
			}
			if len(sides) == 0 {
				one.sides = []*course{{name: strings.Join(strings.Fields(r.Expr), " "), start: start, part: part}}
			}
			w.rules = append(w.rules, one)
		}
	}
}

// Scraped implements replay.Observer.
func (w *Watcher) Scraped(n int, bad bool) {
	w.scrapes[n] = answered
	if bad {
		w.scrapes[n] = failed
	}
}

// Saw implements replay.Observer.
func (w *Watcher) Saw(rule int, look rules.Look) {
	for _, side := range w.rules[rule].sides {
		var vec []query.Sample
		var err error
		if side.expr == nil {
			vec, err = look.Result, look.Err
		} else {
			vec, err = look.Ask(side.expr)
		}
		if err != nil {
			vec = nil
		}
		side.take(look.At, vec)
	}
}

// Came implements replay.Observer.
func (w *Watcher) Came(int, time.Time, *rules.Outcome) {}

// Samples implements replay.Observer.
func (w *Watcher) Samples(storage.Queryable) {}

// Done implements replay.Observer.
func (w *Watcher) Done(*ingest.Names) {}

// Charts are the values of the rules of the replay's result, a chart for each
// of them in their order; rules may have been left out of the result. A rule of
// which no side ever had a value has a Chart without lines.
func (w *Watcher) Charts(res *replay.Result) []Chart {
	list := make([]Chart, len(res.Rules))
	at := 0
	for i := range res.Rules {
		r := &res.Rules[i]
		found := slices.IndexFunc(w.rules[at:], func(x *watched) bool {
			return x.rule.Alert == r.Alert && x.rule.Record == r.Record && x.rule.Expr == r.Expr && x.group.Name == r.Group && x.group.File == r.File
		})
		if found < 0 {
			continue
		}
		list[i] = w.rules[at+found].chart(res)
		at += found + 1
	}
	return list
}

func (x *watched) chart(res *replay.Result) Chart {
	c := Chart{Name: "Values of " + x.sides[0].name, Span: Span{Start: res.Start, End: res.End}}
	if len(x.sides) > 1 {
		c.Name = "Both sides of " + strings.Join(strings.Fields(x.rule.Expr), " ")
	}
	if t := x.rule.Threshold; t != nil && x.sides[0].threshold != nil {
		c.Threshold, c.Compared = &t.Value, t.Op
	}
	for _, side := range x.sides {
		lines, more := side.drawn(len(x.sides) > 1)
		c.Lines, c.More = append(c.Lines, lines...), c.More+more
	}
	return c
}

// Targets are the rows of the capture's targets.
func (w *Watcher) Targets(res *replay.Result) Targets {
	out := Targets{Span: Span{Start: res.Start, End: res.End}}
	rows := map[*capture.Target]int{}
	for n, came := range w.scrapes {
		t, at, _ := w.opts.Capture.Entry(n)
		if t == nil || came == 0 {
			continue
		}
		i, ok := rows[t]
		if !ok {
			i = len(out.Rows)
			rows[t] = i
			out.Rows = append(out.Rows, TargetRow{Job: t.Job, Instance: t.Instance, Labels: t.Labels, Interval: t.Interval})
		}
		out.Rows[i].Scrapes = append(out.Rows[i].Scrapes, Scrape{time.UnixMilli(at).UTC(), came == failed})
	}
	slices.SortStableFunc(out.Rows, TargetRow.compare)
	for i := range out.Rows {
		out.Rows[i].happened(&res.Capture)
	}
	return out
}
