package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"github.com/scrapebook/scrapebook/signals/capture"
)

const timeForms = "2026-11-21T07:10:00Z, 2026-11-21 07:10, 07:10:00 (on the capture's day; UTC like all without a zone) or Unix seconds or milliseconds"

var (
	dateLayouts = []string{
		time.RFC3339Nano, "2006-01-02 15:04:05Z07:00",
		"2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
		// As in the names of scrapes.
		"20060102T150405Z0700", "20060102T150405", "2006-01-02T15-04-05Z07:00", "2006-01-02T15-04-05",
	}
	clockLayouts = []string{time.TimeOnly, "15:04", "15:04:05Z", "15:04Z"}
)

// parseTime reads the time that a person typed for a flag; "" is the zero time.
// A time of day is on the day of start, or on the next one if only there it
// lies between start and end. Numbers are Unix seconds, from 1e11 on (the year
// 5138) milliseconds.
func parseTime(flag, s string, start, end time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	for _, layout := range clockLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			y, m, d := start.UTC().Date()
			t = time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
			if next := t.AddDate(0, 0, 1); t.Before(start) && !next.After(end) {
				t = next
			}
			return t, nil
		}
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(n) < 1e14 {
		if math.Abs(n) < 1e11 {
			n *= 1000
		}
		return time.UnixMilli(int64(math.Round(n))).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("--%s: %q is no time: write %s", flag, s, timeForms)
}

// window reads --from and --to, which must leave something of the capture.
// What is not given is zero.
func window(from, to string, c *capture.Capture) (a, b time.Time, err error) {
	start, end := time.UnixMilli(c.Start).UTC(), time.UnixMilli(c.End).UTC()
	if a, err = parseTime("from", from, start, end); err != nil {
		return a, b, err
	}
	if b, err = parseTime("to", to, start, end); err != nil {
		return a, b, err
	}
	switch {
	case from != "" && to != "" && b.Before(a):
		return a, b, fmt.Errorf("--to %s lies before --from %s", spellTime(b), spellTime(a))
	case from != "" && a.After(end):
		return a, b, fmt.Errorf("--from %s lies after the capture, which %s", spellTime(a), span(c))
	case to != "" && b.Before(start):
		return a, b, fmt.Errorf("--to %s lies before the capture, which %s", spellTime(b), span(c))
	}
	return a, b, nil
}

// span says when a capture was taken.
func span(c *capture.Capture) string {
	return fmt.Sprintf("runs from %s to %s", spellTime(time.UnixMilli(c.Start)), spellTime(time.UnixMilli(c.End)))
}

func spellTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999Z") }

// duration is a flag's value in Prometheus' notation: 5s or 1m30s.
type duration struct {
	time.Duration
	set  bool
	zero bool // 0 is allowed
}

func (d *duration) String() string {
	if !d.set {
		return ""
	}
	return model.Duration(d.Duration).String()
}

func (d *duration) Type() string { return "DURATION" }

func (d *duration) Set(s string) error {
	v, err := model.ParseDuration(s)
	switch {
	case err != nil:
		return errors.New("write a number with its unit, such as 500ms, 5s or 1m30s")
	case v == 0 && !d.zero:
		return errors.New("it must be more than 0")
	}
	d.Duration, d.set = time.Duration(v), true
	return nil
}
