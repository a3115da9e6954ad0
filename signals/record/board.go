package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

// A Board keeps what the targets of a recording last came to, for people to
// look at. It may be used by several goroutines at once.
type Board struct {
	mu   sync.Mutex
	rows []row
}

type row struct {
	name    string
	last    Outcome
	scrapes int
	failed  int
	skipped int
}

// NewBoard returns the board of some targets.
func NewBoard(targets []*Target) *Board {
	b := &Board{}
	count := map[string]int{}
	for _, t := range targets {
		count[t.name()]++
	}
	for _, t := range targets {
		name := t.name()
		if count[name] > 1 { // other labels tell them apart
			more := labels.NewBuilder(t.Labels).Del(model.JobLabel, model.InstanceLabel).Labels()
			if !more.IsEmpty() {
				name += more.String()
			}
		}
		b.rows = append(b.rows, row{name: terminal.Clean(name)})
	}
	return b
}

// Note takes an outcome. It returns what is news of the target, "" when there
// is none: that it fails, for another reason than before, or answers again.
func (b *Board) Note(o Outcome) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := &b.rows[o.Target]
	before, was := r.last, r.scrapes
	r.last = o
	r.scrapes++
	r.skipped += o.Skipped
	if o.Failure != "" {
		r.failed++
	}
	switch {
	case o.Lost != nil && (before.Lost == nil || before.Lost.Error() != o.Lost.Error()):
		return r.name + " cannot be saved: " + terminal.Clean(o.Lost.Error())
	case o.Lost != nil:
	case o.Failure != before.Failure && o.Failure != "":
		return r.name + " fails: " + terminal.Clean(o.Failure)
	case o.Failure == "" && before.Failure != "":
		return r.name + " answers again"
	case was == 0:
		return ""
	case before.Lost != nil && o.Lost == nil:
		return r.name + " is saved again"
	}
	return ""
}

// trouble is what is wrong with the target now.
func (r *row) trouble() string {
	if r.last.Lost != nil {
		return "not saved: " + terminal.Clean(r.last.Lost.Error())
	}
	return terminal.Clean(r.last.Failure)
}

// Lines are the board as a table for a screen of so many columns and rows:
// targets that fail come first, and those for which there is no room are
// counted. Names are never cut, so that a long one may take several rows; of
// the columns the size goes first where there is no room, then the duration,
// then the time.
func (b *Board) Lines(width, height int) []string {
	b.mu.Lock()
	rows := slices.Clone(b.rows)
	b.mu.Unlock()
	slices.SortStableFunc(rows, func(x, y row) int { return cmp.Compare(rank(&x), rank(&y)) })
	columns := []struct {
		head string
		text func(*row) string
	}{
		{"TARGET", func(r *row) string { return r.name }},
		{"SCRAPES", func(r *row) string { return fmt.Sprint(r.scrapes) }},
		{"FAILED", func(r *row) string { return fmt.Sprint(r.failed) }},
		{"LAST", func(r *row) string { return r.last.At.UTC().Format(time.TimeOnly) }},
		{"TOOK", func(r *row) string { return r.last.Took.Round(time.Millisecond).String() }},
		{"SIZE", func(r *row) string { return Bytes(r.last.Bytes) }},
	}
	lines := make([]string, len(rows)+1)
	for i, c := range columns {
		cells, wide := []string{c.head}, len(c.head)
		for k := range rows {
			text := c.text(&rows[k])
			if i > 0 && rows[k].scrapes == 0 {
				text = "-"
			}
			cells, wide = append(cells, text), max(wide, terminal.Width(text))
		}
		if i > 0 && terminal.Width(lines[0])+2+wide > width {
			break
		}
		for k, text := range cells {
			pad := strings.Repeat(" ", wide-terminal.Width(text))
			if i == 0 {
				lines[k] = text + pad
			} else {
				lines[k] += "  " + pad + text
			}
		}
	}
	return fit(lines, rows, width, height)
}

// fit puts what is wrong below the targets, and leaves out those that have no
// room.
func fit(lines []string, rows []row, width, height int) (out []string) {
	out = append(out, strings.TrimRight(lines[0], " "))
	used := Rows(width, out...)
	for i := range rows {
		more := []string{strings.TrimRight(lines[i+1], " ")}
		if text := rows[i].trouble(); text != "" {
			more = append(more, terminal.Cut("    "+text, width))
		}
		takes := Rows(width, more...)
		if left := len(rows) - i; left > 1 && used+takes+1 > height || used+takes > height {
			return append(out, fmt.Sprintf("and %s more", terminal.Plural(left, "target", "targets")))
		}
		out, used = append(out, more...), used+takes
	}
	return out
}

// Rows is how many rows lines take on a screen of so many columns.
func Rows(width int, lines ...string) (n int) {
	for _, line := range lines {
		n += max(1, (terminal.Width(line)+width-1)/max(width, 1))
	}
	return n
}

// rank puts what fails first.
func rank(r *row) int {
	switch {
	case r.last.Lost != nil:
		return 0
	case r.last.Failure != "":
		return 1
	}
	return 2
}

// Bytes spells a number of bytes, such as 70.1 KiB.
func Bytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

// Text sums a recording up in a sentence.
func (s Summary) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s, %d failed; %s", terminal.Plural(s.Scrapes, "scrape", "scrapes"), terminal.Plural(s.Targets, "target", "targets"), s.Failed, Bytes(s.Bytes))
	if s.Skipped > 0 {
		fmt.Fprintf(&b, "; %s left out, since the scrape before took too long", terminal.Plural(s.Skipped, "instant was", "instants were"))
	}
	if s.Removed > 0 {
		fmt.Fprintf(&b, "; the oldest %s removed to stay within the bound", terminal.Plural(s.Removed, "scrape was", "scrapes were"))
	}
	if s.Lost > 0 {
		fmt.Fprintf(&b, "; %s not be saved", terminal.Plural(s.Lost, "scrape could", "scrapes could"))
	}
	return b.String()
}
