package suite

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// A history is what became of a rule, up to the end of the test.
type history struct{ fired, pending []span }

// A span is a time from its first evaluation to its last.
type span struct{ from, to time.Time }

// record keeps what becomes of a rule's alerts.
func (u *unit) record(rule *rules.Rule, at time.Time, alerts []rules.Alert) {
	if len(alerts) == 0 {
		return
	}
	h := u.histories[rule]
	if h == nil {
		h = &history{}
		u.histories[rule] = h
	}
	in := func(s rules.State) bool {
		return slices.ContainsFunc(alerts, func(a rules.Alert) bool { return a.State == s })
	}
	if in(rules.Firing) {
		h.fired = u.extend(h.fired, at)
	}
	if in(rules.Pending) {
		h.pending = u.extend(h.pending, at)
	}
}

// extend adds an evaluation.
func (u *unit) extend(list []span, at time.Time) []span {
	const most = 10_000
	if n := len(list); n > 0 && (list[n-1].to.Add(u.every).Equal(at) || n == most) {
		list[n-1].to = at
		return list
	}
	return append(list, span{at, at})
}

// spanAt is the span that an evaluation is in.
func spanAt(list []span, at time.Time) (span, bool) {
	for _, s := range list {
		if !at.Before(s.from) && !at.After(s.to) {
			return s, true
		}
	}
	return span{}, false
}

// explain says of alerts that should have fired and did not why that is so.
func (u *unit) explain(ctx context.Context, list []Failure) {
	for i := range list {
		if f := &list[i]; f.asks {
			f.Why = u.waits(f.alert)
			if f.Why == "" {
				f.Why = u.why(ctx, &u.t.AlertRuleTests[f.alert])
			}
		}
	}
}

// waits tells of expected alerts that are pending.
func (u *unit) waits(i int) string {
	var texts []string
	a := &u.t.AlertRuleTests[i]
	for _, p := range u.states[i].pending {
		if slices.ContainsFunc(a.ExpAlerts, func(want Alert) bool { return len(want.rows(a.Alertname.Value, &p.Alert)) == 0 }) && len(texts) < 3 {
			since := u.since(p.ActiveAt)
			texts = append(texts, fmt.Sprintf("%s%s is pending since %s, and `for: %s` lets it fire at %s at the earliest.",
				a.Alertname.Value, shown(p.Labels), since, model.Duration(p.rule.For), since+model.Duration(p.rule.For)))
		}
	}
	return strings.Join(texts, "\n")
}

// why is a sentence on alerts of a name that did not fire; "" when it is not
// known.
func (u *unit) why(ctx context.Context, a *AlertTest) string {
	named := u.set.named(a.Alertname.Value, a.Groupname)
	if len(named) == 0 {
		if u.r.opts.promtool() { // else a check says so
			return "There is " + u.noRule(a) + "."
		}
		return ""
	}
	var said []string
	for _, rule := range named {
		text := u.whyRule(ctx, rule, time.Duration(a.EvalTime))
		if text != "" && len(named) > 1 {
			text = fmt.Sprintf("%s:%d: %s", u.fileOf(rule), rule.Line, text)
		}
		if text != "" {
			said = append(said, text)
		}
	}
	return strings.Join(said, "\n")
}

func (u *unit) fileOf(rule *rules.Rule) string {
	for _, g := range u.set.groups {
		for _, r := range g.Rules {
			if r == rule {
				return g.File
			}
		}
	}
	return ""
}

// whyRule tells what the test has seen, and where that says too little, asks
// package verdict, which replays the test's series up to the time as if they
// were a capture's.
func (u *unit) whyRule(ctx context.Context, rule *rules.Rule, at time.Duration) string {
	h := u.histories[rule]
	if h == nil {
		h = &history{}
	}
	eval := u.start.Add(at / u.every * u.every)
	if _, fires := spanAt(h.fired, eval); fires {
		return "" // others of its alerts do
	}
	if s, pending := spanAt(h.pending, eval); pending {
		return fmt.Sprintf("It is pending since %s, and `for: %s` lets it fire at %s at the earliest.",
			u.since(s.from), model.Duration(rule.For), u.since(s.from)+model.Duration(rule.For))
	}
	if n := len(h.fired); n > 0 {
		if first := h.fired[0].from; first.After(eval) {
			return fmt.Sprintf("It fires from %s on.", u.since(first))
		}
		last := h.fired[0]
		for _, s := range h.fired {
			if s.to.Before(eval) {
				last = s
			}
		}
		return fmt.Sprintf("It fired from %s to %s, and no longer at %s.", u.since(last.from), u.since(last.to), model.Duration(at))
	}
	if text := u.verdict(ctx, rule, at); text != "" {
		return text
	}
	if lacks := u.unmatched(rule.Selectors); rule.Starved(u.matched) && len(lacks) > 0 {
		return "No series of this test matches " + strings.Join(lacks, ", ") + "."
	}
	if len(h.pending) > 0 {
		last := h.pending[len(h.pending)-1]
		return fmt.Sprintf("It was pending from %s to %s, and `for: %s` is longer.", u.since(last.from), u.since(last.to), model.Duration(rule.For))
	}
	return "Its expression gave nothing at any evaluation: " + oneLine(rule.Expr) + "."
}

func (u *unit) since(at time.Time) model.Duration { return model.Duration(at.Sub(u.start)) }

// gridMetric has a sample at the start and one at the end of what is replayed,
// so that the replay has the test's evaluations.
const gridMetric = "scrapebook_test_start_and_end"

// verdict is the first finding on a rule; "" when there is none that surely
// holds of the test, too.
func (u *unit) verdict(ctx context.Context, rule *rules.Rule, at time.Duration) string {
	end := u.start.Add(at / u.every * u.every)
	text, ok := u.dump(end)
	if !ok || end.Equal(u.start) || u.start.Nanosecond()%int(time.Millisecond) != 0 || u.every%time.Millisecond != 0 {
		return ""
	}
	c, err := capture.OpenPath("-", strings.NewReader(text), capture.Options{})
	if err != nil {
		return ""
	}
	opts := replay.Options{
		Capture: c, Interval: u.every, Phase: new(time.Duration), From: u.start, To: end,
		Features: u.r.opts.Features, ExternalLabels: labels.FromMap(u.t.ExternalLabels), Workers: 1,
	}
	for _, g := range u.set.groups { // each at the evaluation interval
		same := *g
		same.Interval = 0
		opts.Groups = append(opts.Groups, &same)
	}
	res, err := verdict.Run(ctx, opts)
	if err != nil {
		return ""
	}
	n := 0
	for _, g := range u.set.groups {
		for _, r := range g.Rules {
			if r == rule && n < len(res.Rules) && len(res.Why[n]) > 0 {
				was := &res.Rules[n]
				if was.Verdict == replay.VerdictFiring || was.Evaluations != int(at/u.every)+1 || (was.Verdict == replay.VerdictPending) != u.pendingBy(rule, end) {
					return ""
				}
				text := res.Why[n][0].Text
				if strings.Contains(text, "capture") {
					text += " (The capture is this test's input_series.)"
				}
				return text
			}
			n++
		}
	}
	return ""
}

// pendingBy tells whether an alert of a rule was pending at a time or before.
func (u *unit) pendingBy(rule *rules.Rule, at time.Time) bool {
	h := u.histories[rule]
	return h != nil && len(h.pending) > 0 && !h.pending[0].from.After(at)
}

// dump writes the series up to a time as promtool tsdb dump-openmetrics does;
// ok is false when a dump cannot hold them: it has neither staleness markers
// nor native histograms.
func (u *unit) dump(end time.Time) (text string, ok bool) {
	var b strings.Builder
	stamp := func(ms int64) { fmt.Fprintf(&b, " %.3f\n", float64(ms)/1000) }
	for _, s := range u.in.list {
		series := spell(s.labels)
		for _, p := range s.samples {
			if p.h != nil || value.IsStaleNaN(p.f) || math.IsNaN(p.f) || series == "" {
				return "", false
			}
			if p.t > end.UnixMilli() {
				break
			}
			b.WriteString(series + " " + number(p.f))
			stamp(p.t)
		}
	}
	for _, at := range []time.Time{u.start, end} {
		b.WriteString(gridMetric + " 0")
		stamp(at.UnixMilli())
	}
	return b.String() + "# EOF\n", true
}

// spell is a series as an exposition has it; "" when it has no name.
func spell(ls labels.Labels) string {
	name := ls.Get(model.MetricNameLabel)
	if name == "" || !model.LegacyValidation.IsValidMetricName(name) {
		return ""
	}
	return name + labels.NewBuilder(ls).Del(model.MetricNameLabel).Labels().String()
}
