package report

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Signals writes golden signals for a person: of every pack one line for each
// concern's headline, then all signals, target by target.
func (t Text) Signals(w io.Writer, name string, b *packs.Result) error {
	p := newPage(t, newClock(b.Start, b.End))
	p.wrapped(2, "%s", p.boardHead(name, b))
	for i := range b.Packs {
		p.board(&b.Packs[i], b.Mode)
	}
	if text := notHere(b); text != "" {
		p.WriteString("\n")
		p.wrapped(2, "%s", text)
	}
	return p.write(w)
}

// boardHead says of what and of when the signals are.
func (p *page) boardHead(name string, b *packs.Result) string {
	what := map[packs.Mode]string{
		packs.OverTime: "over " + p.clock.span(b.Start, b.End) + " UTC",
		packs.Between:  "between two scrapes, the later at " + p.clock.span(b.End, b.End) + " UTC",
		packs.Life:     "one scrape: values of the whole life of each process, not of now",
	}[b.Mode]
	return fmt.Sprintf("%s: golden signals of %s, %s", terminal.Clean(name), packNames(b), what)
}

// notHere names the packs that do not apply, or is "".
func notHere(b *packs.Result) string {
	var skipped []string
	for _, s := range b.Skipped {
		if !s.Taken {
			skipped = append(skipped, fmt.Sprintf("%s (no %s)", s.Pack, terminal.Clean(strings.Join(s.Lacked, ", "))))
		}
	}
	if len(skipped) == 0 {
		return ""
	}
	return "not here: " + strings.Join(skipped, "; ")
}

func packNames(b *packs.Result) string {
	var names []string
	for _, pb := range b.Packs {
		names = append(names, pb.Pack)
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func (p *page) board(pb *packs.PackResult, mode packs.Mode) {
	p.WriteString("\n")
	p.wrapped(2, "%s", p.bold(fmt.Sprintf("%s, %s", pb.Pack, count(len(pb.Targets), "target"))))
	t := p.table(terminal.Column{Once: true, Yield: 4}, terminal.Column{Yield: 3}, terminal.Column{Least: 27}, terminal.Column{Right: true, Yield: 2}, terminal.Column{Least: 16, Yield: 1})
	for _, c := range packs.Concerns() {
		s := pb.Headline(c)
		if s == nil {
			continue
		}
		head := strings.ToUpper(string(c))
		t.Row(append([]string{head, p.level(s.Level)}, p.worstOf(s, mode)...)...)
		// A headline must not hide what is worse than itself.
		for i := range pb.Signals {
			if o := &pb.Signals[i]; o.Concern == c && o.Level == packs.Bad && s.Level != packs.Bad {
				t.More(append([]string{head, p.level(o.Level)}, p.worstOf(o, mode)...)...)
			}
		}
	}
	p.WriteString(t.String())
	shown, others := p.shown(pb)
	for _, target := range shown {
		p.target(pb, target, mode)
	}
	if others != "" {
		p.WriteString("\n")
		p.wrapped(2, "and %s%s", others, p.rest())
	}
}

// maxBoards is how many targets are shown one by one, whatever they are like:
// of more than these only those with a value that is not good.
const maxBoards = 8

// maxBadBoards bounds the targets with such a value.
const maxBadBoards = 24

// shown are the targets that are shown one by one, the worst first where it is
// not all of them, and what others there are.
func (p *page) shown(pb *packs.PackResult) (shown []packs.Target, others string) {
	if p.All || len(pb.Targets) <= maxBoards {
		return pb.Targets, ""
	}
	worst := worstLevels(pb)
	bad := slices.DeleteFunc(slices.Clone(pb.Targets), func(t packs.Target) bool { return badness[worst[t]] == 0 })
	slices.SortStableFunc(bad, func(a, b packs.Target) int { return badness[worst[b]] - badness[worst[a]] })
	shown = bad[:min(len(bad), maxBadBoards)]
	left, more := len(pb.Targets)-len(shown), len(bad)-len(shown)
	switch {
	case left == 0:
		return shown, ""
	case more == 0:
		return shown, count(left, "target") + " without a bad value"
	}
	return shown, fmt.Sprintf("%s, %d of them with values that are not good", count(left, "target"), more)
}

// badness says how much a level is worth to be seen.
var badness = map[packs.Level]int{packs.Warn: 1, packs.Bad: 2}

// worstLevels is the worst level that each target has.
func worstLevels(pb *packs.PackResult) map[packs.Target]packs.Level {
	worst := map[packs.Target]packs.Level{}
	for i := range pb.Signals {
		for _, s := range pb.Signals[i].Series {
			if badness[s.Level] > badness[worst[s.Target]] {
				worst[s.Target] = s.Level
			}
		}
	}
	return worst
}

// worstOf is a signal in one line: what it is, its worst value, on what and
// when.
func (p *page) worstOf(s *packs.SignalResult, mode packs.Mode) []string {
	if s.Worst == nil {
		return []string{s.Title, "–", "no value"}
	}
	series := s.Series[s.Worst.Series]
	where := whole(series.Instance)
	if mode == packs.OverTime {
		where += " " + p.clock.at(s.Worst.Time)
		if s.FirstBad != nil {
			where += ", bad from " + p.clock.at(s.FirstBad.Time)
		}
	}
	return []string{s.Title, quantity(s.Worst.Value, s.Unit), where}
}

// sparkWidth is how many marks a sparkline has at most.
const sparkWidth = 16

func (p *page) target(pb *packs.PackResult, target packs.Target, mode packs.Mode) {
	t := p.table( // how good, what, of which labels, the worst, its course and when
		terminal.Column{Yield: 5}, terminal.Column{Least: 27}, terminal.Column{Yield: 1}, terminal.Column{Right: true, Yield: 4},
		terminal.Column{Yield: 2}, terminal.Column{Least: 12, Yield: 3},
	)
	t.Indent = 2
	rows := 0
	for i := range pb.Signals {
		s := &pb.Signals[i]
		for _, series := range s.Series {
			if series.Target != target || series.Worst == nil {
				continue
			}
			spark := ""
			if mode == packs.OverTime {
				spark = terminal.Whole(sparkline(series.Points))
			}
			t.Row(p.mark(series.Level), s.Title, labelText(series.Labels), quantity(series.Worst.Value, s.Unit), spark, p.note(series, mode))
			rows++
		}
	}
	if rows == 0 {
		return
	}
	p.wrapped(2, "\n%s/%s", terminal.Clean(target.Job), terminal.Clean(target.Instance))
	p.WriteString(t.String())
}

// note says when the worst was and when it began to be bad, and what its
// quantile is worth.
func (p *page) note(s packs.Series, mode packs.Mode) string {
	var parts []string
	if mode == packs.OverTime {
		at := p.clock.at(s.Worst.Time)
		if s.FirstBad != nil && !s.FirstBad.Equal(s.Worst.Time) {
			at += ", bad from " + p.clock.at(*s.FirstBad)
		}
		parts = append(parts, at)
	}
	if s.Worst.Flags != "" {
		parts = append(parts, strings.ReplaceAll(s.Worst.Flags, ",", ", "))
	}
	return strings.Join(parts, " ")
}

func labelText(ls map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(ls)) {
		parts = append(parts, whole(k+"="+ls[k]))
	}
	return strings.Join(parts, " ")
}

// sparkline draws the values in time order, the highest of each part of the
// time, from 0 or the lowest value to the highest. A blank is no value.
func sparkline(points []packs.Point) string {
	n := min(sparkWidth, len(points))
	if n < 2 {
		return ""
	}
	highest := make([]float64, n)
	low, high := math.Inf(1), math.Inf(-1)
	for i := range highest {
		highest[i] = math.NaN()
		for _, pt := range points[i*len(points)/n : (i+1)*len(points)/n] {
			v := pt.Value
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			if math.IsNaN(highest[i]) || v > highest[i] {
				highest[i] = v
			}
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	low = math.Min(low, 0)
	marks := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, v := range highest {
		switch {
		case math.IsNaN(v):
			b.WriteByte(' ')
		case high == low:
			b.WriteRune(marks[0])
		default:
			b.WriteRune(marks[int((v-low)/(high-low)*float64(len(marks)-1)+0.5)])
		}
	}
	return b.String()
}

// quantity is a value with its unit.
func quantity(v float64, u packs.Unit) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return number(v)
	}
	switch u {
	case packs.Seconds:
		switch abs := math.Abs(v); {
		case abs == 0 || abs >= 1 && abs < 600:
			return number(v) + "s"
		case abs >= 600:
			return time.Duration(v * float64(time.Second)).Round(time.Second).String()
		case abs >= 1e-3:
			return number(v*1e3) + "ms"
		default:
			return number(v*1e6) + "µs"
		}
	case packs.Ratio:
		return number(v*100) + "%"
	case packs.Bytes, packs.BytesPerSecond:
		s := bytes(v)
		if u == packs.BytesPerSecond {
			s += "/s"
		}
		return s
	case packs.PerSecond:
		return number(v) + "/s"
	case packs.Cores:
		return number(v) + " cores"
	}
	return number(v)
}

func bytes(v float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for math.Abs(v) >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return number(v) + units[i]
}

// level is a word for how good a value is, in colour.
func (p *page) level(l packs.Level) string {
	word := string(l)
	if l == packs.None {
		word = "–"
	}
	return p.colour(l, word)
}

// mark is what stands before a signal: so that bad ones are found without
// colour, too.
func (p *page) mark(l packs.Level) string {
	return p.colour(l, map[packs.Level]string{packs.Bad: "!!", packs.Warn: "!", packs.Good: "ok"}[l])
}

func (p *page) colour(l packs.Level, s string) string {
	code, ok := map[packs.Level]string{packs.Bad: "31", packs.Warn: "33", packs.Good: "32"}[l]
	if !p.Color || !ok || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
