package suite

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

const (
	maxSamples    = 10_000_000  // of one test
	maxHistograms = 200_000_000 // of one series: how many there are times the length of its text
)

// An input is one series of a test.
type input struct {
	place   Place
	labels  labels.Labels
	samples []point
	loaded  int // samples that are in the timeline
}

type point struct {
	t int64 // ms since the epoch
	f float64
	h *histogram.FloatHistogram
}

// inputs are the series of a test as promtool loads them: it writes
//
//	load 1m
//	  SERIES VALUES
//
// for promqltest, whose loader ends at an empty line, takes lines that begin
// with # as empty ones, and keeps the last of two definitions of a series. lost
// are the items of input_series that it therefore leaves out.
type inputs struct {
	list  []*input
	lost  []Place // behind an empty line
	twice []Place // defined again further below
}

// loadInputs reads the series of a test; every is the time between two values.
func loadInputs(t *Test, start time.Time, every time.Duration) (*inputs, error) {
	l := loading{start: start, every: every, at: map[string]int{}}
	for i, s := range t.InputSeries {
		if l.ended {
			l.lost = append(l.lost, s.Place)
			continue
		}
		for line := range strings.SplitSeq("  "+s.Series.Value+" "+s.Values.Value, "\n") {
			line = strings.TrimSpace(line)
			if l.ended = line == "" || line[0] == '#'; l.ended {
				break
			}
			if err := l.line(line, s.Place); err != nil {
				return nil, fmt.Errorf("input_series %d: %w", i+1, err)
			}
		}
	}
	if l.stamps != nil {
		return nil, errors.New("input_series: a line of start times (@st) has no line of values below it")
	}
	return &l.inputs, nil
}

type loading struct {
	inputs
	start time.Time
	every time.Duration
	total int
	ended bool
	at    map[string]int // places in list, by labels.Bytes

	stamps  []bool // of a line of start times, one for each value
	stamped labels.Labels
}

// seriesParser is what promqltest reads series with.
var seriesParser = parser.NewParser(parser.Options{
	EnableExperimentalFunctions: true, EnableBinopFillModifiers: true, EnableUnquotedUTF8Names: true,
})

// line takes one line of the loader's input.
func (l *loading) line(line string, place Place) error {
	n := countValues(line)
	if strings.Contains(line, "{{") && n > 0 && len(line) > maxHistograms/n {
		return errors.New("more native histograms than are computed here: write fewer")
	}
	if l.total+n > maxSamples {
		return fmt.Errorf("more than %d values in a test: write fewer", maxSamples)
	}
	if metric, values, ok := startTimes(line); ok {
		return l.startTimes(metric, values)
	}
	ls, values, err := seriesParser.ParseSeriesDesc(line)
	if err != nil {
		return err
	}
	if l.stamps != nil {
		if !labels.Equal(ls, l.stamped) || len(l.stamps) != len(values) {
			return errors.New("a line of start times (@st) is of another series than the line below it, or has more or fewer values")
		}
		l.stamps = nil
	}
	l.total += len(values)
	points := l.points(values)
	markChunks(points)
	l.add(&input{place: place, labels: ls, samples: points})
	return nil
}

func (l *loading) points(values []parser.SequenceValue) []point {
	points := make([]point, 0, len(values))
	at := l.start
	for _, v := range values {
		if !v.Omitted {
			points = append(points, point{at.UnixNano() / int64(time.Millisecond), v.Value, v.Histogram})
		}
		at = at.Add(l.every)
	}
	return points
}

func (l *loading) add(in *input) {
	key := string(in.labels.Bytes(nil))
	if i, ok := l.at[key]; ok {
		l.twice = append(l.twice, l.list[i].place)
		l.list[i] = in
		return
	}
	l.at[key] = len(l.list)
	l.list = append(l.list, in)
}

// countValues is how many values a line makes at most, without making them: a
// repetition such as 1x1000000000 takes memory before anybody can look at it.
func countValues(line string) int {
	n := 0
	for i := afterSeries(line); i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t':
			n++
		case 'x':
			digits := strings.TrimLeft(line[i+1:], " \t")
			end := 0
			for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
				end++
			}
			if end > 0 {
				times, err := strconv.ParseUint(digits[:end], 10, 32)
				if err != nil || times > maxSamples {
					return maxSamples + 1
				}
				n += int(times)
			}
		}
	}
	return n
}

// afterSeries is where the values of a line begin: at the first blank that
// stands neither in braces nor in quotes.
func afterSeries(line string) int {
	quote, braces := byte(0), 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{':
			braces++
		case c == '}':
			braces--
		case (c == ' ' || c == '\t') && braces <= 0:
			return i
		}
	}
	return len(line)
}

// startTimes splits a line of start times, SERIES@st VALUES.
func startTimes(line string) (metric, values string, ok bool) {
	i := strings.IndexAny(line, " \t")
	if i < 0 || !strings.HasSuffix(line[:i], "@st") {
		return "", "", false
	}
	return strings.TrimSuffix(line[:i], "@st"), strings.TrimSpace(line[i+1:]), true
}

// startTimes checks a line of start times. They are not kept: promtool's
// storage does not keep them either.
func (l *loading) startTimes(metric, values string) error {
	if l.stamps != nil {
		return errors.New("a line of start times (@st) has no line of values below it")
	}
	ls, _, err := seriesParser.ParseSeriesDesc(metric + " _")
	if err != nil {
		return fmt.Errorf("start times (@st) of %q: %w", metric, err)
	}
	l.stamped, l.stamps = ls, []bool{}
	for item := range strings.FieldsSeq(values) {
		n, err := countStartTimes(item)
		if err != nil {
			return fmt.Errorf("start times (@st) of %s: %q: %w", metric, item, err)
		}
		if len(l.stamps)+n > maxSamples {
			return fmt.Errorf("more than %d start times (@st)", maxSamples)
		}
		l.stamps = append(l.stamps, make([]bool, n)...)
	}
	return nil
}

// countStartTimes is how many values an item of start times stands for: _, _xN,
// DURATION, DURATIONxN, and DURATION+DURATIONxN or with a minus.
func countStartTimes(item string) (int, error) {
	if item == "_" {
		return 1, nil
	}
	if times, ok := strings.CutPrefix(item, "_x"); ok {
		n, err := repeats(times)
		if err == nil && n == 0 {
			err = errors.New("it is repeated 0 times")
		}
		return n, err
	}
	rest, err := afterDuration(item)
	if err != nil || rest == "" {
		return 1, err
	}
	if rest[0] == '+' || rest[0] == '-' {
		if rest, err = afterDuration(rest[1:]); err != nil {
			return 0, err
		}
	}
	times, ok := strings.CutPrefix(rest, "x")
	if !ok {
		return 0, fmt.Errorf("an x should stand before %q", rest)
	}
	n, err := repeats(times)
	return n + 1, err
}

func repeats(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > maxSamples {
		return 0, fmt.Errorf("%q is no number of repetitions", text)
	}
	return int(n), nil
}

// afterDuration is what follows a duration, which may have a sign.
func afterDuration(s string) (string, error) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	end := digits
	for end < len(s) && s[end] != 'x' && (s[end] >= 'a' && s[end] <= 'z' || s[end] >= 'A' && s[end] <= 'Z') {
		end++
	}
	if _, err := model.ParseDuration(s[:end]); err != nil || digits == 0 {
		return "", fmt.Errorf("%q is no duration", s[:end])
	}
	return s[end:], nil
}

// appendTill puts the samples up to a time into the timeline, as the loader
// does before each evaluation.
func (in *inputs) appendTill(tl *timeline.Timeline, ts int64) error {
	for _, s := range in.list {
		if s.loaded == len(s.samples) || s.samples[s.loaded].t > ts {
			continue
		}
		if s.labels.WithoutEmpty().IsEmpty() {
			return errors.New("a series without any label: empty labelset: invalid sample")
		}
		if name, twice := s.labels.HasDuplicateLabelNames(); twice {
			return fmt.Errorf("%s: the label %s stands twice", s.labels, name)
		}
		ref := tl.Series(s.labels)
		for ; s.loaded < len(s.samples) && s.samples[s.loaded].t <= ts; s.loaded++ {
			var err error
			if p := s.samples[s.loaded]; p.h != nil {
				err = tl.AppendHistogram(ref, 0, p.t, nil, p.h)
			} else {
				err = tl.Append(ref, p.t, p.f)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", s.labels, err)
			}
		}
	}
	return nil
}

// has tells whether a series has one of some names.
func (in *inputs) has(names map[string]bool) bool {
	return slices.ContainsFunc(in.list, func(s *input) bool { return names[s.labels.Get(model.MetricNameLabel)] })
}

// A stretched series goes on for longer than the test's does.
type stretched struct {
	labels labels.Labels
	last   time.Time // of the test's own values
}

// until are the series with the last value going on to a time, of those that
// are no longer visible then. One that ends with stale, or with a histogram,
// stays as it is.
func (in *inputs) until(end time.Time, step time.Duration) (*inputs, []stretched) {
	const most = 1_000_000 // samples that are added
	out, longer, added := &inputs{}, []stretched(nil), 0
	for _, s := range in.list {
		c := &input{place: s.place, labels: s.labels, samples: s.samples}
		out.list = append(out.list, c)
		if len(s.samples) == 0 {
			continue
		}
		last := s.samples[len(s.samples)-1]
		at := time.UnixMilli(last.t)
		if last.h != nil || value.IsStaleNaN(last.f) || end.Sub(at) < query.DefaultLookback {
			continue
		}
		if added += int(end.Sub(at) / step); added > most {
			return out, nil
		}
		c.samples = slices.Clone(s.samples)
		for t := at.Add(step); !t.After(end); t = t.Add(step) {
			c.samples = append(c.samples, point{t: t.UnixMilli(), f: last.f})
		}
		longer = append(longer, stretched{s.labels, at})
	}
	return out, longer
}
