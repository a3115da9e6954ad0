package report

import (
	"math"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

func count(n int, what string) string { return terminal.Plural(n, what, what+"s") }

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

// shortest spells a number so that it reads back the same.
func shortest(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// brief is a number for a table: five significant digits, or as it is when that
// is short.
func brief(v float64) string { return digits(v, 7, 5) }

// digits spells a number that is longer than so many characters in that many
// significant digits.
func digits(v float64, longest, significant int) string {
	if s := shortest(v); len(s) <= longest {
		return s
	}
	return strconv.FormatFloat(v, 'g', significant, 64)
}

// change spells two numbers in as many digits as show their difference to about
// a hundredth of it.
func change(before, after float64) string {
	for significant := 5; ; significant++ {
		a, b := full(before, significant), full(after, significant)
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		if off := math.Abs((y - x) - (after - before)); significant >= 17 || !(off > math.Abs(after-before)/100) {
			return a + " → " + b
		}
	}
}

// full is brief with so many significant digits, and whole numbers without an
// exponent.
func full(v float64, significant int) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return digits(v, 7, significant)
}
