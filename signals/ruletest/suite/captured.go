package suite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/fixtures/scenario"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// A recording is a capture that tests of a file ask, replayed once for all of
// them.
type recording struct {
	r     *runner
	file  string
	f     *File
	set   *ruleSet
	tests []*Test

	capture *capture.Capture
	res     *verdict.Result
	signals *packs.Result // nil unless a test asks for some
}

// sameRecording tells whether two tests can ask one replay.
func sameRecording(a, b *Test) bool {
	return a.Capture.Value == b.Capture.Value && a.Scenario.Value == b.Scenario.Value &&
		labels.Equal(labels.FromMap(a.ExternalLabels), labels.FromMap(b.ExternalLabels)) && a.ExternalURL == b.ExternalURL
}

// saved tells whether a test's data are scrapes.
func (t *Test) saved() bool { return t.Capture.Line > 0 || t.Scenario.Line > 0 }

// open opens the capture, or makes the one of a scenario.
func (c *recording) open() (err error) {
	dir := filepath.Dir(c.file)
	within := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	t := c.tests[0]
	if t.Scenario.Line == 0 {
		if name, ok := strings.CutPrefix(t.Capture.Value, demoPrefix); ok {
			var fsys fs.FS
			if fsys, err = fixtures.FS(name); err == nil {
				c.capture, err = capture.Open(fsys, t.Capture.Value, capture.Options{})
			}
			return err
		}
		if t.Capture.Value == "" || t.Capture.Value == "-" {
			return errors.New("write a folder, an archive, a file or demo:NAME")
		}
		c.capture, err = capture.OpenPath(within(t.Capture.Value), nil, capture.Options{})
		return err
	}
	var s *scenario.Scenario
	if name, ok := strings.CutPrefix(t.Scenario.Value, demoPrefix); ok {
		s, err = scenario.Ready(name)
	} else {
		path := within(t.Scenario.Value)
		var data []byte
		if data, err = readFile(path); err == nil {
			s, err = scenario.Parse(path, data)
		}
	}
	if err != nil {
		return err
	}
	made, err := s.Make()
	if err == nil {
		c.capture, err = capture.Open(made.FS, s.Name, capture.Options{})
	}
	return err
}

// replay replays the capture, for all tests that ask it.
func (c *recording) replay(ctx context.Context) error {
	opts := replay.Options{
		Capture: c.capture, Groups: c.set.groups, Interval: time.Duration(c.f.EvaluationInterval), Features: c.r.opts.Features,
		ExternalLabels: labels.FromMap(c.tests[0].ExternalLabels), Workers: 1, Keep: true, Queries: []string{},
	}
	if text := c.tests[0].ExternalURL; text != "" {
		u, err := url.Parse(text)
		if err != nil {
			return fmt.Errorf("external_url: %w", err)
		}
		opts.ExternalURL = u
	}
	asked := false
	for _, t := range c.tests {
		for _, e := range t.PromqlExprTests {
			if _, err := query.Parse("", e.Expr.Value, c.r.opts.Features); err == nil { // else the test says so
				opts.Queries = append(opts.Queries, e.Expr.Value)
			}
		}
		asked = asked || len(t.Signals) > 0
	}
	if c.r.coverage != nil {
		for _, g := range c.set.groups {
			for _, rule := range g.Rules {
				opts.Queries = append(opts.Queries, c.r.coverage.armsOf(rule)...)
			}
		}
	}
	var err error
	if c.res, err = verdict.Run(ctx, opts); err != nil || !asked {
		return err
	}
	load := replay.Options{Capture: c.capture, Features: c.r.opts.Features, Workers: 1}
	if load.Queries, err = (packs.Options{}).Queries(); err != nil {
		return err
	}
	loaded, err := replay.Load(ctx, load)
	if err == nil {
		c.signals, err = packs.Evaluate(ctx, loaded, packs.Options{})
	}
	return err
}

// run judges the tests, a list of failures for each.
func (c *recording) run(ctx context.Context) [][]Failure {
	out := make([][]Failure, len(c.tests))
	err := c.open()
	if err != nil {
		err = fmt.Errorf("the capture cannot be used: %w", err)
	} else {
		err = c.replay(ctx)
	}
	for i, t := range c.tests {
		if err != nil {
			out[i] = []Failure{{ID: TestFails, Place: t.Place, Message: err.Error()}}
			continue
		}
		for _, a := range t.Alerts {
			for j := range a.Value {
				out[i] = append(out[i], c.firing(ctx, a.Name, &a.Value[j])...)
			}
		}
		for _, name := range t.Silent {
			never := false
			out[i] = append(out[i], c.firing(ctx, name, &Firing{Place: name.Place, Fired: &never})...)
		}
		for _, w := range t.Why {
			out[i] = append(out[i], c.why(w.Name, w.Value)...)
		}
		for j := range t.PromqlExprTests {
			out[i] = append(out[i], c.samples(ctx, t, &t.PromqlExprTests[j])...)
		}
		for _, b := range t.Signals {
			out[i] = append(out[i], c.bounds(b.Name, &b.Value)...)
		}
	}
	return out
}

// at is a moment on the capture's clock. A time of day is on the day of its
// start, or on the next one if only there it lies within the capture.
func (c *recording) at(m *Moment) time.Time {
	start, end := c.res.Start.UTC(), c.res.End.UTC()
	switch m.kind {
	case instantMoment:
		return m.instant
	case clockMoment:
		y, mon, d := start.Date()
		t := time.Date(y, mon, d, 0, 0, 0, 0, time.UTC).Add(m.clock)
		if next := t.AddDate(0, 0, 1); t.Before(start) && !next.After(end) {
			t = next
		}
		return t
	case offsetMoment:
		return start.Add(m.offset)
	}
	return end
}

// named are the numbers of the rules of an alert's name.
func (c *recording) named(name Word) (list []int, failures []Failure) {
	var names []string
	for i, rule := range c.res.Rules {
		switch {
		case rule.Alert == name.Value:
			list = append(list, i)
		case rule.Alert != "":
			names = addNew(names, []string{rule.Alert})
		}
	}
	if len(list) == 0 {
		failures = []Failure{{ID: NoRule, Place: name.Place, Message: noRule(name.Value, "", names)}}
	}
	return list, failures
}

// whyOf is the first finding on each of some rules.
func (c *recording) whyOf(list []int) string {
	var texts []string
	for _, i := range list {
		if len(c.res.Why[i]) > 0 {
			texts = append(texts, c.res.Why[i][0].Text)
		}
	}
	return strings.Join(texts, "\n")
}

// interval is between the evaluations of a rule.
func (c *recording) interval(rule *replay.Rule) time.Duration {
	for _, g := range c.res.Groups {
		if g.Name == rule.Group && g.File == rule.File {
			return g.Interval
		}
	}
	return c.res.Interval
}

// fired is an alert with one time of firing.
type fired struct {
	alert    *replay.Alert
	interval replay.Interval
	every    time.Duration
}

// firing judges one expectation of an alert.
func (c *recording) firing(ctx context.Context, name Word, want *Firing) []Failure {
	list, failures := c.named(name)
	if failures != nil {
		return failures
	}
	var fires []fired
	for _, i := range list {
		rule := &c.res.Rules[i]
		if rule.Verdict == replay.VerdictError {
			return []Failure{{ID: AlertsDiffer, Place: name.Place, Message: fmt.Sprintf("%s fails at each evaluation: %s", name.Value, rule.Error)}}
		}
		for j := range rule.Alerts {
			a := &rule.Alerts[j]
			if !hasLabels(a.Labels, want.On) {
				continue
			}
			for _, iv := range a.Intervals {
				if iv.State == replay.Firing {
					fires = append(fires, fired{a, iv, c.interval(rule)})
				}
			}
		}
	}
	if want.Fired != nil && !*want.Fired {
		return c.silent(ctx, name, list, fires)
	}
	on := ""
	if len(want.On) > 0 {
		on = " on " + labels.FromMap(want.On).String()
	}
	if len(fires) == 0 {
		f := Failure{ID: AlertsDiffer, Place: want.Place, Message: fmt.Sprintf("%s did not fire%s", name.Value, on), Why: c.whyOf(list)}
		if c.firedAnywhere(list) {
			f.Message, f.Why = f.Message+", but on others", ""
			f.Rows = c.firings(name, list)
		}
		return []Failure{f}
	}
	least := []Row(nil)
	for i, f := range fires {
		rows := c.times(want, f)
		if len(rows) == 0 {
			c.cover(ctx, list, true)
			return nil
		}
		if i == 0 || len(rows) < len(least) {
			least = rows
		}
	}
	return []Failure{{ID: AlertsDiffer, Place: want.Place, Message: fmt.Sprintf("%s fired%s, but at other times", name.Value, on), Rows: least}}
}

// firings are rows of all times at which an alert fired.
func (c *recording) firings(name Word, list []int) (rows []Row) {
	for _, i := range list {
		for _, a := range c.res.Rules[i].Alerts {
			for _, iv := range a.Intervals {
				if iv.State == replay.Firing {
					rows = append(rows, Row{Of: name.Value + shown(a.Labels), What: "fires", Expected: none, Got: spanOf(iv)})
				}
			}
		}
	}
	return rows
}

func (c *recording) firedAnywhere(list []int) bool {
	return slices.ContainsFunc(list, func(i int) bool { return c.res.Rules[i].Verdict == replay.VerdictFiring })
}

func hasLabels(ls labels.Labels, want map[string]string) bool {
	for n, v := range want {
		if ls.Get(n) != v {
			return false
		}
	}
	return true
}

// clockText cuts a time to the second, as pages of a replay do.
func clockText(t time.Time) string { return t.UTC().Format(time.TimeOnly) }

func spanOf(iv replay.Interval) string {
	if iv.Open {
		return clockText(iv.Start) + " – the end"
	}
	return clockText(iv.Start) + " – " + clockText(iv.End)
}

// times are the differences of a time of firing to what is expected.
func (c *recording) times(want *Firing, f fired) (rows []Row) {
	within := time.Duration(want.Within)
	if within == 0 {
		within = f.every
	}
	check := func(what string, m *Moment, got time.Time, open bool) {
		if m.kind == noMoment {
			return
		}
		row := Row{Of: f.alert.Labels.Get(model.AlertNameLabel) + shown(f.alert.Labels), What: what, Expected: "the end", Got: clockText(got)}
		if open {
			row.Got = "the end"
		}
		if m.kind != endMoment {
			row.Expected = clockText(c.at(m)) + " ± " + model.Duration(within).String()
		}
		if open != (m.kind == endMoment) || !open && c.at(m).Sub(got).Abs() > within {
			rows = append(rows, row)
		}
	}
	check("from", &want.From, f.interval.Start, false)
	check("to", &want.To, f.interval.End, f.interval.Open)
	return rows
}

// silent judges an alert that should not have fired.
func (c *recording) silent(ctx context.Context, name Word, list []int, fires []fired) []Failure {
	if len(fires) > 0 {
		var rows []Row
		for _, f := range fires {
			rows = append(rows, Row{Of: name.Value + shown(f.alert.Labels), What: "fires", Expected: none, Got: spanOf(f.interval)})
		}
		return []Failure{{ID: AlertsDiffer, Place: name.Place, Message: name.Value + " fired", Rows: rows, Why: c.whyOf(list)}}
	}
	if slices.ContainsFunc(list, func(i int) bool { return c.res.Rules[i].Verdict != replay.VerdictNoData }) {
		c.cover(ctx, list, false)
		return nil
	}
	return []Failure{{ID: NoData, Place: name.Place, Message: name.Value + " was silent, as expected, but it never had data", Why: c.whyOf(list)}}
}

// why judges the reason of an alert's silence or firing.
func (c *recording) why(name, id Word) []Failure {
	list, failures := c.named(name)
	if failures != nil {
		return failures
	}
	var got []string
	for _, i := range list {
		if len(c.res.Why[i]) > 0 {
			got = append(got, c.res.Why[i][0].ID)
		}
	}
	if slices.Contains(got, id.Value) {
		return nil
	}
	return []Failure{{
		ID: AlertsDiffer, Place: id.Place, Message: fmt.Sprintf("%s has another reason", name.Value),
		Rows: []Row{{Of: name.Value, What: "why", Expected: id.Value, Got: strings.Join(got, ", ")}}, Why: c.whyOf(list),
	}}
}

// samples judges an expression.
func (c *recording) samples(ctx context.Context, t *Test, e *ExprTest) []Failure {
	at := c.at(&Moment{kind: offsetMoment, offset: time.Duration(e.EvalTime)})
	if e.At.kind != noMoment {
		at = c.at(&e.At)
	}
	name := fmt.Sprintf("%s at %s", oneLine(e.Expr.Value), clockText(at))
	v, err := c.res.Store.Instant(ctx, e.Expr.Value, at)
	if err != nil {
		return []Failure{{ID: SamplesDiffer, Place: e.Place, Message: fmt.Sprintf("%s: %v", name, err)}}
	}
	res := &exprResult{warnings: v.Warnings}
	switch v.Type {
	case "scalar":
		res.samples = []query.Sample{{Labels: labels.EmptyLabels(), Value: v.Number}}
	case "string", "matrix":
		res.err = errors.New("its result is neither a vector nor a scalar")
	}
	for _, s := range v.Series {
		for _, p := range s.Floats {
			res.samples = append(res.samples, query.Sample{Labels: s.Labels, Value: p.Value})
		}
		for _, p := range s.Histograms {
			res.samples = append(res.samples, query.Sample{Labels: s.Labels, Histogram: p.Histogram})
		}
	}
	failures := c.r.judgeSamples(name, e, res, c.f.FuzzyCompare)
	if failures == nil && len(e.ExpSamples) > 0 && c.r.coverage != nil {
		if parsed, err := query.Parse("", e.Expr.Value, c.r.opts.Features); err == nil {
			c.r.coverage.reads(c.set, parsed.Selectors, func(rec *rules.Rule) bool { return c.recorded(rec) > 0 })
		}
	}
	if failures != nil || len(e.ExpSamples) > 0 {
		return failures
	}
	if lacks := c.res.Store.Unmatched(e.Expr.Value); len(lacks) > 0 {
		parsed, err := query.Parse("", e.Expr.Value, c.r.opts.Features)
		if err == nil && parsed.Starved(func(s query.Selector) bool {
			return !slices.ContainsFunc(lacks, func(l replay.Selector) bool { return l.Text == s.String })
		}) {
			return []Failure{{ID: NoData, Place: e.Place, Message: fmt.Sprintf("%s: no sample, as expected, but no series of the capture matches %s", name, lacks[0].Text)}}
		}
	}
	return nil
}

// signal finds a golden signal by its name, or by PACK/NAME.
func (c *recording) signal(name string) (found *packs.SignalResult, names []string) {
	for i := range c.signals.Packs {
		p := &c.signals.Packs[i]
		for j := range p.Signals {
			s := &p.Signals[j]
			names = addNew(names, []string{s.Name})
			if found == nil && (s.Name == name || p.Pack+"/"+s.Name == name) {
				found = s
			}
		}
	}
	return found, names
}

// bounds judges a golden signal.
func (c *recording) bounds(name Word, want *Bounds) []Failure {
	found, names := c.signal(name.Value)
	if found == nil {
		return []Failure{{ID: SamplesDiffer, Place: name.Place, Message: fmt.Sprintf("no signal of this capture is called %s%s", name.Value, meantOf(name.Value, names))}}
	}
	var rows []Row
	values := 0
	for i := range found.Series {
		s := &found.Series[i]
		ls := labels.NewBuilder(labels.FromMap(s.Labels)).Set(model.JobLabel, s.Job).Set(model.InstanceLabel, s.Instance).Labels()
		if !hasLabels(ls, want.On) {
			continue
		}
		low, high, n := extremes(s.Points)
		values += n
		add := func(what, op string, bound float64, p packs.Point) {
			rows = append(rows, Row{Of: name.Value + ls.String(), What: what, Expected: op + " " + number(bound), Got: fmt.Sprintf("%.6g at %s", float64(p.Value), clockText(p.Time))})
		}
		if n > 0 && want.Max != nil && float64(high.Value) > *want.Max {
			add("highest", "≤", *want.Max, high)
		}
		if n > 0 && want.Min != nil && float64(low.Value) < *want.Min {
			add("lowest", "≥", *want.Min, low)
		}
	}
	switch {
	case len(rows) > 0:
		return []Failure{{ID: SamplesDiffer, Place: name.Place, Message: fmt.Sprintf("%s (%s) is out of its bounds", name.Value, found.Title), Rows: rows}}
	case values == 0:
		return []Failure{{ID: NoData, Place: name.Place, Message: fmt.Sprintf("%s (%s) has no value at all", name.Value, found.Title)}}
	}
	return nil
}

// extremes are the lowest and the highest of the values that are numbers, and
// how many there are.
func extremes(list []packs.Point) (low, high packs.Point, n int) {
	for _, p := range list {
		if math.IsNaN(float64(p.Value)) { // of no observation
			continue
		}
		if n == 0 || p.Value < low.Value {
			low = p
		}
		if n == 0 || p.Value > high.Value {
			high = p
		}
		n++
	}
	return low, high, n
}
