package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// A CaptureTest is the test of an alerting rule on saved scrapes, as scrapebook
// test reads it.
type CaptureTest struct {
	Test
	// Files are the capture that Text names, by their paths in it.
	Files map[string][]byte
}

// maxTrimmed bounds the capture of a test, in bytes.
const maxTrimmed = 64 << 20

// CaptureTests makes tests as PromtoolTests does, of what the targets said: the
// capture of each has only the scrapes around what is shown, of the targets and
// with the metrics that the rule selects. It is replayed, and where the rule
// does something else on it there is no test, but the reason.
//
// dir is the path of a rule's capture, as seen from where its test is kept.
func CaptureTests(ctx context.Context, opts Options, dir func(rule int) string) (*replay.Result, []CaptureTest, error) {
	ro := opts.Replay
	if ro.Capture == nil || len(ro.Groups) == 0 {
		return nil, nil, errors.New("export: a capture and rules are needed")
	}
	why := verdict.NewWatcher()
	ro.Observer = why
	res, err := replay.Run(ctx, ro)
	if err != nil {
		return nil, nil, err
	}
	findings := why.Why(res)
	var tests []CaptureTest
	n := 0
	for _, g := range ro.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" && (opts.Alert == "" || opts.Alert == r.Alert) {
				t := CaptureTest{Test: Test{Rule: n, Alert: r.Alert}}
				tr := &trimmer{opts: ro, group: g, rule: r, result: res.Rules[n], found: findings[n], file: opts.RuleFile(n), dir: dir(n)}
				if err := tr.make(ctx, &t); err != nil {
					var no *refusal
					if !errors.As(err, &no) {
						return nil, nil, fmt.Errorf("export: %s: %w", r.Alert, err)
					}
					t.Text, t.Rules, t.Files, t.Refused = nil, nil, nil, no.Error()
				}
				tests = append(tests, t)
			}
			n++
		}
	}
	return res, tests, nil
}

// trimmer makes the test of one rule.
type trimmer struct {
	opts      replay.Options
	group     *rules.Group
	rule      *rules.Rule
	result    replay.Rule
	found     []verdict.Finding
	file, dir string

	needed []*rules.Group
	data   []query.Selector
	fires  *replay.Alert // the first that fired; nil: it is silent
	since  time.Time     // when it began to
	back   time.Duration
}

func (t *trimmer) make(ctx context.Context, out *CaptureTest) error {
	if t.result.Verdict == replay.VerdictError {
		return refuse("it fails at every evaluation: %s", t.result.Error)
	}
	t.needed, t.data = dependencies(t.opts.Groups, t.group, t.rule)
	engine := query.NewEngine(query.Options{EvaluationInterval: t.opts.Interval, Features: t.opts.Features, Lookback: t.opts.Lookback})
	for _, g := range t.needed {
		for _, r := range g.Rules {
			t.back += g.Reach(engine, r).Back
		}
	}
	for i, a := range t.result.Alerts {
		for _, iv := range a.Intervals {
			if iv.State == replay.Firing && (t.fires == nil || iv.Start.Before(t.since)) {
				t.fires, t.since = &t.result.Alerts[i], iv.Start
			}
		}
	}
	every := t.group.Interval
	for _, d := range []time.Duration{t.opts.Interval, t.opts.Capture.Interval, time.Minute} {
		if every <= 0 {
			every = d
		}
	}
	for _, window := range t.windows(every) {
		files, err := t.trim(window[0], window[1])
		if err != nil {
			return err
		}
		ok, err := t.same(ctx, files, every)
		if err != nil {
			return err
		}
		if ok {
			out.Files = files
			t.write(out, every)
			return nil
		}
	}
	return refuse("over the scrapes of what it selects alone it does something else")
}

// windows are the times of the scrapes that are kept: those around what is
// shown, and all.
func (t *trimmer) windows(every time.Duration) (list [][2]time.Time) {
	at := t.since
	if t.fires == nil && t.result.Closest != nil && t.result.Verdict == replay.VerdictInactive {
		at = t.result.Closest.At
	}
	if !at.IsZero() {
		for _, back := range []time.Duration{0, max(0, t.back-query.DefaultLookback), t.back} {
			list = append(list, [2]time.Time{at.Add(-back - t.rule.For - 3*every), at.Add(3 * every)})
		}
	}
	return append(list, [2]time.Time{time.UnixMilli(t.opts.Capture.Start), time.UnixMilli(t.opts.Capture.End)})
}

// trim copies the scrapes of a time, of the targets and with the metrics that
// the rule selects.
func (t *trimmer) trim(from, to time.Time) (map[string][]byte, error) {
	files, size := map[string][]byte{}, 0
	w := capture.NewWriter(func(name string, data []byte) error {
		if size += len(data); size > maxTrimmed {
			return refuse("its scrapes have more than %d bytes", maxTrimmed)
		}
		files[name] = bytes.Clone(data)
		return nil
	})
	stream := t.opts.Capture.Stream()
	for stream.Next() {
		s := stream.Scrape()
		switch {
		case s.Bulk:
			return nil, refuse("the capture has a dump, of which no part can be taken")
		case s.Err != nil || s.Time < from.UnixMilli() || s.Time > to.UnixMilli() || !t.keeps(s.Target):
			continue
		}
		c := *s
		if len(s.Body) > 0 {
			body, err := t.body(s)
			if err != nil {
				continue // it is a failed scrape, and stays out: same tells whether that matters
			}
			c.Body, c.Header, c.Status = body, nil, 0
			c.File = s.File
		}
		if err := w.Write(&c); err != nil {
			return nil, err
		}
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	return files, w.Close()
}

// keeps tells whether the scrapes of a target are kept: those of targets that
// may have a series that is selected or, where none may, of all, since then it
// is what is not there that matters.
func (t *trimmer) keeps(target *capture.Target) bool {
	return t.selects(target) || !slices.ContainsFunc(t.opts.Capture.Targets, t.selects)
}

// selects tells whether a target may have a series that is selected.
func (t *trimmer) selects(target *capture.Target) bool {
	of := func(name string) (string, bool) {
		switch name {
		case "job":
			return target.Job, true
		case "instance":
			return target.Instance, true
		}
		return target.Labels.Get(name), target.Labels.Has(name)
	}
	return slices.ContainsFunc(t.data, func(s query.Selector) bool {
		return !slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool {
			v, ok := of(m.Name)
			return ok && !m.Matches(v)
		})
	})
}

// body is an exposition with nothing but the metrics that are selected.
func (t *trimmer) body(s *capture.Scrape) ([]byte, error) {
	in, err := expfmt.ReadBody(s.Body, s.Header.Get("Content-Type"), expfmt.Options{KeepClassic: true})
	if err != nil {
		return nil, err
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	kept := in.Families[:0]
	for _, f := range in.Families {
		f.Samples = slices.DeleteFunc(f.Samples, func(x expfmt.Sample) bool { return !t.named(x.Name) })
		f.Histograms = slices.DeleteFunc(f.Histograms, func(x expfmt.HistogramSample) bool { return !t.named(x.Name) })
		if len(f.Samples)+len(f.Histograms) > 0 {
			kept = append(kept, f)
		}
	}
	in.Families = kept
	var b bytes.Buffer
	if in.Format == expfmt.FormatText {
		b.WriteString("# What its rule does not select is left out.\n")
	}
	err = expfmt.Write(&b, in, in.Format)
	return b.Bytes(), err
}

// named tells whether a selector may mean a metric of such a name.
func (t *trimmer) named(name string) bool {
	return slices.ContainsFunc(t.data, func(s query.Selector) bool {
		return !slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && !m.Matches(name) })
	})
}

// same tells whether the rule does on the files what it did on the capture.
func (t *trimmer) same(ctx context.Context, files map[string][]byte, every time.Duration) (bool, error) {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: data}
	}
	c, err := capture.Open(fsys, t.dir, capture.Options{})
	if err != nil {
		return false, nil // nothing is left of it
	}
	opts := replay.Options{Capture: c, Groups: t.needed, Features: t.opts.Features, ExternalLabels: t.opts.ExternalLabels, ExternalURL: t.opts.ExternalURL}
	watch := verdict.NewWatcher()
	opts.Observer = watch
	res, err := replay.Run(ctx, opts)
	var none *replay.NoInstantError
	if errors.As(err, &none) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	why := watch.Why(res)
	for i, r := range res.Rules {
		if r.Alert != t.rule.Alert || r.Expr != t.rule.Expr || r.Labels.String() != t.result.Labels.String() {
			continue
		}
		if t.fires == nil {
			return r.Verdict != replay.VerdictFiring && r.Verdict != replay.VerdictError && len(why[i]) > 0 && len(t.found) > 0 && why[i][0].ID == t.found[0].ID, nil
		}
		return slices.ContainsFunc(r.Alerts, func(a replay.Alert) bool {
			return labels.Equal(a.Labels, t.fires.Labels) && slices.ContainsFunc(a.Intervals, func(iv replay.Interval) bool {
				return iv.State == replay.Firing && iv.Start.Sub(t.since).Abs() <= every
			})
		}), nil
	}
	return false, nil
}

// write writes the test file.
func (t *trimmer) write(out *CaptureTest, every time.Duration) {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	out.Fires = t.fires != nil
	if out.Fires {
		out.On = t.fires.Labels
		out.Shows = "it fires on " + t.fires.Labels.String()
	} else {
		out.Shows = "it is silent"
		if len(t.found) > 0 {
			out.Shows += ": " + t.found[0].ID
		}
	}
	line("# From %s: %s", comment(t.opts.Capture.Name), comment(out.Shows))
	line("rule_files: [%s]", quote(t.file))
	line("tests:")
	line("- name: %s", quote(t.rule.Alert))
	line("  capture: %s", quote(t.dir))
	if out.Fires {
		b := labels.NewBuilder(t.fires.Labels)
		t.result.Labels.Range(func(l labels.Label) { b.Del(l.Name) })
		line("  alerts: {%s: {on: %s, from: %s, within: %s}}", quote(t.rule.Alert), mapping(b.Labels()), quote(t.since.UTC().Format("2006-01-02T15:04:05Z")), model.Duration(max(every, time.Second)))
	} else {
		if t.result.Verdict == replay.VerdictNoData {
			line("  allow: [no-data]")
		}
		if len(t.found) > 0 {
			line("  why: {%s: %s}", quote(t.rule.Alert), t.found[0].ID)
		}
		if t.result.Verdict != replay.VerdictNoData {
			line("  silent: [%s]", quote(t.rule.Alert))
		}
	}
	out.Text, out.Rules = []byte(b.String()), ruleFile(t.needed)
}
