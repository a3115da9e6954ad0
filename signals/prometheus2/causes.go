package prometheus2

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// finder watches the replay as Prometheus 2 once more, and tries at the first
// instant at which a rule differs which change of its expression does it.
type finder struct {
	opts  replay.Options
	store storage.Queryable
	three *query.Engine
	all   []*rules.Rule
	about map[int]*question // by the rule's number
}

// question is asked of a rule.
type question struct {
	seen       *seen
	writes     bool      // for a rule with a question: see writers
	last       []Cause   // of what it writes, when it last differed
	at         time.Time // zero: the first instant at which the expression gives something else
	three, two *replay.Rule
	done       bool
	causes     []Cause
}

// Begin implements replay.Observer.
func (f *finder) Begin(opts replay.Options, store storage.Queryable) {
	f.opts, f.store, f.all = opts, store, nil
	f.three = f.engine(false, nil)
	for _, g := range opts.Groups {
		f.all = append(f.all, g.Rules...)
	}
}

// Scraped implements replay.Observer.
func (f *finder) Scraped(int, bool) {}

// Came implements replay.Observer.
func (f *finder) Came(int, time.Time, *rules.Outcome) {}

// Samples implements replay.Observer.
func (f *finder) Samples(storage.Queryable) {}

// Done implements replay.Observer.
func (f *finder) Done(*ingest.Names) {}

// Saw implements replay.Observer.
func (f *finder) Saw(n int, look rules.Look) {
	q := f.about[n]
	due := q != nil && q.two != nil && !q.done && (q.at.IsZero() || q.at.Equal(look.At))
	if q == nil || !due && !q.writes {
		return
	}
	t := &trial{f: f, expr: q.seen.rule.Expr, at: look.At.Add(-q.seen.group.QueryOffset), two: look.Result, twoErr: look.Err}
	t.three, t.threeErr = t.ask(t.expr, false, nil)
	differs := !t.same(t.three, t.threeErr)
	if differs {
		q.last = t.changes(q.seen.earlier.Changes)
	}
	switch {
	case !due || !differs && q.at.IsZero():
		return
	case differs:
		q.causes = slices.Clone(q.last)
	default:
		q.causes = f.inputs(q)
	}
	q.done = true
	for i := range q.causes {
		q.causes[i].At = look.At
	}
}

// writers has questions for the rules that write what rules with a question
// select, and so on.
func (f *finder) writers(all []*seen) {
	for more := true; more; {
		more = false
		for n, w := range all {
			if f.about[n] != nil && f.about[n].writes {
				continue
			}
			for m := range all {
				if q := f.about[m]; q != nil && m != n && slices.ContainsFunc(q.seen.rule.Selectors, func(s query.Selector) bool { return reads(s, w.rule) }) {
					if f.about[n] == nil {
						f.about[n] = &question{seen: w}
					}
					f.about[n].writes, more = true, true
					break
				}
			}
		}
	}
}

// written says how what a rule writes last differed; "" when it did not, nor
// what it was made of.
func (f *finder) written(name string, under []string) string {
	if slices.Contains(under, name) {
		return ""
	}
	for _, n := range slices.Sorted(maps.Keys(f.about)) {
		q := f.about[n]
		if !q.writes || q.seen.rule.Name() != name {
			continue
		}
		if len(q.last) > 0 {
			place := ""
			if c := q.last[0]; c.Line > 0 {
				place = fmt.Sprintf(" (%d:%d)", c.Line, c.Column)
			}
			return ": of " + name + place + ", " + q.last[0].Text
		}
		for _, s := range q.seen.rule.Selectors {
			for _, r := range f.all {
				if reads(s, r) {
					if text := f.written(r.Name(), append(under, name)); text != "" {
						return text
					}
				}
			}
		}
	}
	return ""
}

// engine is one with the replay's settings.
func (f *finder) engine(two bool, only *query.Change) *query.Engine {
	interval := f.opts.Interval
	if interval == 0 {
		interval = f.opts.Capture.Interval
	}
	return query.NewEngine(query.Options{
		Lookback: f.opts.Lookback, Timeout: f.opts.Timeout, EvaluationInterval: interval, Features: f.opts.Features, Prometheus2: two, Only: only,
	})
}

// trial is one expression at one instant, over what Prometheus 2 stored.
type trial struct {
	f                *finder
	expr             string
	at               time.Time
	two, three       []query.Sample
	twoErr, threeErr error
}

// ask evaluates an expression as Prometheus 3, or 2 with one change alone or
// with all.
func (t *trial) ask(expr string, two bool, only *query.Change) ([]query.Sample, error) {
	e := t.f.three
	if two {
		e = t.f.engine(two, only)
	}
	vec, _, _, err := e.Over(t.f.store).Vector(context.Background(), expr, t.at)
	return vec, err
}

// same tells whether a result is that of Prometheus 2.
func (t *trial) same(vec []query.Sample, err error) bool { return equal(vec, err, t.two, t.twoErr) }

func equal(a []query.Sample, aErr error, b []query.Sample, bErr error) bool {
	if aErr != nil || bErr != nil {
		return aErr != nil && bErr != nil
	}
	return slices.Equal(told(a), told(b))
}

// told are the labels and values of a result in a certain order.
func told(vec []query.Sample) []string {
	var list []string
	for _, s := range vec {
		list = append(list, s.Labels.String()+" "+strconv.FormatFloat(s.Value, 'x', -1, 64))
	}
	slices.Sort(list)
	return list
}

// changes are those of the expression that make the difference: each by itself
// gives something else than Prometheus 3. Those that add or take away series go
// before those that change values.
func (t *trial) changes(list []query.Change) []Cause {
	var series, values []Cause
	for _, c := range list {
		vec, err := t.ask(t.expr, true, &c)
		switch {
		case equal(vec, err, t.three, t.threeErr):
		case err != nil || t.threeErr != nil || !slices.Equal(names(vec), names(t.three)):
			series = append(series, t.cause(c))
		default:
			values = append(values, t.cause(c))
		}
	}
	if len(series) > 0 {
		return series
	}
	if len(values) == 0 {
		return []Cause{{Kind: "together", Text: "no single piece of the expression makes the difference, all that differ together do"}}
	}
	return values
}

// writersOf are the rules that write what a selector asks for by its name, and
// why that differs.
func (f *finder) writersOf(s query.Selector) (names, why string) {
	var list []string
	for _, r := range f.all {
		if reads(s, r) && !slices.Contains(list, r.Name()) {
			list = append(list, r.Name())
			if why == "" {
				why = f.written(r.Name(), nil)
			}
		}
	}
	return strings.Join(list, ", "), why
}

func names(vec []query.Sample) []string {
	var list []string
	for _, s := range vec {
		list = append(list, s.Labels.String())
	}
	slices.Sort(list)
	return list
}

// cause says what a change does at the instant.
func (t *trial) cause(c query.Change) Cause {
	out := Cause{Kind: CauseKind(c.Kind), Line: c.Line, Column: c.Column, Piece: c.Text}
	piece := strings.Join(strings.Fields(c.Text), " ")
	switch c.Kind {
	case query.ChangeRange:
		out.Text = piece + " takes in a sample on its left edge" + t.difference("count_over_time("+c.Text+")", "0", "samples")
	case query.ChangeRegex:
		out.Text = "`.` matches no line feed in " + piece + t.difference("count("+c.Text+") or vector(0)", "", "series")
	case query.ChangeRounding:
		out.Text = piece + " has other last bits" + t.difference(c.Text, "", "")
	case query.ChangeLookback:
		lookback := t.f.opts.Lookback
		if lookback <= 0 {
			lookback = query.DefaultLookback
		}
		out.Text = "a sample that is " + lookback.String() + " old to the millisecond is still seen"
		for _, s := range t.f.three.Selectors(t.expr) {
			if d := t.difference("count("+s.String+") or vector(0)", "", "series of "+s.String); d != "" {
				out.Text += d
				break
			}
		}
	}
	return out
}

// difference tells of the first series of an expression of which the versions
// have other numbers; "" when there is none, as of a piece within a subquery.
func (t *trial) difference(expr, none, what string) string {
	three, err3 := t.ask(expr, false, nil)
	two, err2 := t.ask(expr, true, nil)
	if err2 != nil || err3 != nil {
		return ""
	}
	of := map[string]string{}
	for _, s := range three {
		of[s.Labels.String()] = strconv.FormatFloat(s.Value, 'g', -1, 64)
	}
	slices.SortFunc(two, func(a, b query.Sample) int { return labels.Compare(a.Labels, b.Labels) })
	for _, s := range two {
		had, ok := of[s.Labels.String()]
		if !ok {
			had = none
		}
		has := strconv.FormatFloat(s.Value, 'g', -1, 64)
		if had == "" {
			had = "none"
		}
		if had == has {
			continue
		}
		text := fmt.Sprintf(": %s %s in Prometheus 2, %s in Prometheus 3", has, what, had)
		if what == "" {
			text = fmt.Sprintf(": %s in Prometheus 2, %s in Prometheus 3", has, had)
		}
		if s.Labels.Len() > 0 {
			text += ", of " + s.Labels.String()
		}
		return text
	}
	return ""
}

// inputs are causes outside of the expression, which over the same samples
// gives the same.
func (f *finder) inputs(q *question) []Cause {
	var list []Cause
	for i, s := range q.seen.rule.Selectors {
		if i >= len(q.two.Selectors) || i >= len(q.three.Selectors) || q.two.Selectors[i].Series == q.three.Selectors[i].Series {
			continue
		}
		if w, why := f.writersOf(s); w != "" {
			list = append(list, Cause{Kind: CauseRules, Piece: s.String, Text: fmt.Sprintf("%s, which is written by %s, matches %d series in Prometheus 2 and %d in Prometheus 3%s", s.String, w, q.two.Selectors[i].Series, q.three.Selectors[i].Series, why)})
			continue
		}
		bounds := ""
		if slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool { return m.Name == "le" || m.Name == "quantile" }) {
			bounds = ", which stores bounds as they are written,"
		}
		list = append(list, Cause{Kind: CauseScrapes, Piece: s.String, Text: fmt.Sprintf("%s matches %d series in Prometheus 2%s and %d in Prometheus 3", s.String, q.two.Selectors[i].Series, bounds, q.three.Selectors[i].Series)})
	}
	if len(list) > 0 {
		return list
	}
	for _, s := range q.seen.rule.Selectors {
		if w, why := f.writersOf(s); w != "" {
			text := "the expression gives the same of the same samples, but " + s.String + " is written by " + w
			if why == "" {
				why = ", which may write others"
			}
			list = append(list, Cause{Kind: CauseRules, Piece: s.String, Text: text + why})
		}
	}
	if len(list) > 0 {
		return list
	}
	return []Cause{{Kind: CauseScrapes, Text: "the expression gives the same of the same samples: scrapes are stored otherwise, with le and quantile as they are written and with other rules for the Content-Type and for names"}}
}
