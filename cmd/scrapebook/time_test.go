package main

import (
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	day := time.Date(2026, 11, 21, 7, 10, 7, 966e6, time.UTC)
	end := day.Add(10 * time.Minute)
	midnight := time.Date(2026, 11, 21, 23, 55, 0, 0, time.UTC)
	const ten = "2026-11-21T07:10:00Z"
	for _, tt := range []struct {
		in, want string // want "" is an error
		start    time.Time
		reason   string
	}{
		{ten, ten, day, "RFC 3339"},
		{"2026-11-21T08:10:00+01:00", ten, day, "RFC 3339 with a zone"},
		{"2026-11-21T07:10:00.25Z", "2026-11-21T07:10:00.25Z", day, "with a fraction"},
		{"2026-11-21 08:10:00+01:00", ten, day, "a blank for the T"},
		{"2026-11-21T07:10:00", ten, day, "no zone is UTC"},
		{"2026-11-21 07:10:00", ten, day, "as reports show it"},
		{"2026-11-21 07:10:00.5", "2026-11-21T07:10:00.5Z", day, "as query shows it"},
		{"2026-11-21T07:10", ten, day, "to the minute"},
		{"2026-11-21 07:10", ten, day, "to the minute, with a blank"},
		{"2026-11-21", "2026-11-21T00:00:00Z", day, "a day begins at midnight"},
		{"20261121T071000Z", ten, day, "the basic form in names of scrapes"},
		{"20261121T081000+0100", ten, day, "the basic form with a zone"},
		{"2026-11-21T07-10-00Z", ten, day, "the form in names of scrapes on Windows"},
		{"07:10:00", ten, day, "on the day of the capture, though before its first scrape"},
		{"07:10", ten, day, "to the minute"},
		{"7:10", ten, day, "as people type it"},
		{"07:10Z", ten, day, "UTC said aloud"},
		{"00:02", "2026-11-22T00:02:00Z", midnight, "after midnight, where the capture goes on"},
		{"00:30", "2026-11-21T00:30:00Z", midnight, "no such time in the capture: its first day"},
		{"23:50", "2026-11-21T23:50:00Z", midnight, "before it: not tomorrow"},
		{"1795245000", ten, day, "Unix seconds"},
		{"1795245000.25", "2026-11-21T07:10:00.25Z", day, "Unix seconds with a fraction"},
		{"1795245000000", ten, day, "Unix milliseconds, as in names of scrapes"},
		{"0", "1970-01-01T00:00:00Z", day, "the epoch is a time"},
		{"-1", "1969-12-31T23:59:59Z", day, "and what lies before it"},
		{"yesterday", "", day, "a word"},
		{"25:00", "", day, "no such hour"},
		{"2026-13-01", "", day, "no such month"},
		{"NaN", "", day, "not a number"},
		{"1e300", "", day, "beyond all calendars"},
		{"\x1b[31m", "", day, "hostile"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			got, err := parseTime("from", tt.in, tt.start, max2(end, tt.start.Add(10*time.Minute)))
			if tt.want == "" {
				if err == nil || !strings.Contains(err.Error(), "--from: ") || strings.Contains(err.Error(), "\x1b") {
					t.Fatalf("want an error that names the flag, got %v, %v: %s", got, err, tt.reason)
				}
				return
			}
			if err != nil || got.Format(time.RFC3339Nano) != tt.want {
				t.Errorf("got %s, %v, want %s: %s", got.Format(time.RFC3339Nano), err, tt.want, tt.reason)
			}
		})
	}
	if got, err := parseTime("from", "", day, end); err != nil || !got.IsZero() {
		t.Errorf("nothing given is the zero time, got %v, %v", got, err)
	}
}

func max2(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func TestDuration(t *testing.T) {
	for _, tt := range []struct {
		reason, in string
		zero       bool
		want       time.Duration // -1 is an error
		text       string
	}{
		{"one unit", "5s", false, 5 * time.Second, "5s"},
		{"less than a second", "500ms", false, 500 * time.Millisecond, "500ms"},
		{"two units", "1m30s", false, 90 * time.Second, "1m30s"},
		{"shown in the largest units", "90s", false, 90 * time.Second, "1m30s"},
		{"days, as Prometheus has them", "1d", false, 24 * time.Hour, "1d"},
		{"zero where it may be", "0s", true, 0, "0s"},
		{"zero where it may not", "0s", false, -1, ""},
		{"no unit, though zero", "0", false, -1, ""},
		{"no unit", "5", false, -1, ""},
		{"negative", "-5s", false, -1, ""},
		{"an unknown unit", "5x", false, -1, ""},
		{"a fraction", "1.5s", false, -1, ""},
		{"nothing", "", false, -1, ""},
		{"beyond what a duration holds", "99999999y", false, -1, ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			d := duration{zero: tt.zero}
			if d.String() != "" {
				t.Errorf("unset, help would show a default of %q", d.String())
			}
			err := d.Set(tt.in)
			if tt.want < 0 {
				if err == nil || d.set {
					t.Fatalf("want an error of %q, got %v", tt.in, d.Duration)
				}
				return
			}
			if err != nil || d.Duration != tt.want || d.String() != tt.text {
				t.Errorf("got %v (%q), %v, want %v (%q)", d.Duration, d.String(), err, tt.want, tt.text)
			}
		})
	}
}
