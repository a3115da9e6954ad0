package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/prometheus/common/model"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// Clean makes text from a capture fit for a terminal: control, bidi and other
// invisible characters become visible escapes.
func Clean(s string) string {
	bad := func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if bad(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ProblemLine spells a problem for a person: file:line:column as far as they
// are known, severity, message and id, fit for a terminal.
func ProblemLine(p replay.Problem) string {
	place := ""
	if p.File != "" {
		place = Clean(p.File) + ": "
	}
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d: ", Clean(p.File), p.Line, p.Column)
	}
	return fmt.Sprintf("%s%s: %s [%s]", place, p.Severity, Clean(p.Message), p.ID)
}

// Fold breaks a line between words where it passes the width, and indents what
// follows by so many blanks. A word too long for a line, such as a path, stays
// whole, and so do the blanks at the start.
func Fold(s string, width, indent int) string {
	var b strings.Builder
	used, first := 0, true // first: of its line
	for i, word := range strings.Split(s, " ") {
		n := Width(word)
		switch {
		case i == 0:
		case used+1+n > width && !first && word != "":
			b.WriteString("\n" + strings.Repeat(" ", indent))
			used = indent
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used, first = used+n, first && word == ""
	}
	return b.String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// clip cuts s to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// number spells a value in three significant digits; the JSON has all.
func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e6 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// duration as in rule files, to the millisecond.
func duration(d time.Duration) string { return model.Duration(d.Round(time.Millisecond)).String() }

// clock spells times of one replay: without the date while all are on one day.
type clock struct {
	day bool // the date is needed
}

func newClock(start, end time.Time) clock {
	return clock{day: start.UTC().Format(time.DateOnly) != end.UTC().Format(time.DateOnly)}
}

func (c clock) at(t time.Time) string {
	if c.day {
		return t.UTC().Format("01-02 15:04:05")
	}
	return t.UTC().Format(time.TimeOnly)
}

// span is for the head of a report: it always has the date.
func (c clock) span(start, end time.Time) string {
	layout := time.TimeOnly
	if c.day {
		layout = time.DateTime
	}
	if start.Equal(end) {
		return start.UTC().Format(time.DateTime)
	}
	return start.UTC().Format(time.DateTime) + " – " + end.UTC().Format(layout)
}

func (c clock) interval(iv replay.Interval) string {
	if iv.Open {
		return c.at(iv.Start) + " – end"
	}
	return c.at(iv.Start) + "–" + c.at(iv.End)
}
