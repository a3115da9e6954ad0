// Package clock reads times as people and programs write them: as a whole name,
// within a path, on a line of their own, in a Date header.
package clock

import (
	"strings"
	"time"
)

// Parse reads a whole name as a time: unix seconds of 10 digits with or without
// a fraction, unix milliseconds of 13 digits, RFC 3339 extended or basic with
// T, t, _ or a blank between date and time, `:` or `-` in the time, a fraction
// after `.` or `,`, and a zone: Z, z, +hh:mm, +hh-mm, +hhmm, +hh or with a
// minus sign; without one it is UTC and zoned is false. Digits beyond
// milliseconds are cut off. Second 60 is the next minute's first. The year is 0
// to 9999, in UTC as well.
func Parse(s string) (ms int64, zoned, ok bool) {
	if ms, ok := parseUnix(s); ok {
		return ms, true, true
	}
	p := timeParser{rest: s}
	year := p.number(4)
	extended := p.skip("-")
	month := p.number(2)
	if extended && !p.skip("-") {
		return 0, false, false
	}
	day := p.number(2)
	if p.bad || !p.skip("Tt_ ") {
		return 0, false, false
	}
	hour := p.number(2)
	separated := p.skip(":-")
	minute := p.number(2)
	if separated && !p.skip(":-") {
		return 0, false, false
	}
	second := p.number(2)
	fraction := p.fraction()
	offset, zoned := p.zone()
	if p.bad || p.rest != "" || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60 {
		return 0, false, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, 0, 0, time.UTC)
	if t.Day() != day {
		return 0, false, false // 31 April, 29 February, day 0
	}
	t = t.Add(time.Duration(second-offset) * time.Second)
	if y := t.Year(); y < 0 || y > 9999 {
		return 0, false, false
	}
	return t.UnixMilli() + fraction, zoned, true
}

// parseUnix reads 10 digits as seconds, with or without a fraction, and 13
// digits as milliseconds.
func parseUnix(s string) (int64, bool) {
	p := timeParser{rest: s}
	sec := int64(p.number(5))*1e5 + int64(p.number(5))
	switch {
	case p.bad:
		return 0, false
	case p.rest == "":
		return sec * 1000, true
	case len(p.rest) == 3:
		if ms := p.number(3); !p.bad {
			return sec*1000 + int64(ms), true
		}
		p.bad = false
	}
	fraction := p.fraction()
	return sec*1000 + fraction, !p.bad && p.rest == ""
}

// Forms names what Parse reads, for messages.
const Forms = "unix seconds (1795244469), unix milliseconds (1795244469930), or RFC 3339 (2026-11-21T07:01:09.93Z, 2026-11-21T07-01-09Z, 20261121T070109Z)"

// Format writes a time as messages show it; Parse reads it back.
func Format(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// timeParser takes a name apart from the left. What is not there sets bad.
type timeParser struct {
	rest string
	bad  bool
}

// number takes exactly n digits, at most 9.
func (p *timeParser) number(n int) int {
	if len(p.rest) < n {
		p.bad = true
		return 0
	}
	v := 0
	for i := range n {
		c := p.rest[i]
		if c < '0' || c > '9' {
			p.bad = true
			return 0
		}
		v = v*10 + int(c-'0')
	}
	p.rest = p.rest[n:]
	return v
}

// skip takes one byte of the set, if it is there.
func (p *timeParser) skip(set string) bool {
	if p.rest == "" || strings.IndexByte(set, p.rest[0]) < 0 {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// fraction takes a point and digits, if they are there, and returns
// milliseconds.
func (p *timeParser) fraction() int64 {
	if !p.skip(".,") {
		return 0
	}
	ms, n := int64(0), 0
	for ; n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9'; n++ {
		if n < 3 {
			ms = ms*10 + int64(p.rest[n]-'0')
		}
	}
	if n == 0 {
		p.bad = true
		return 0
	}
	for i := n; i < 3; i++ {
		ms *= 10
	}
	p.rest = p.rest[n:]
	return ms
}

// zone takes a zone, if there is one, and returns its offset in seconds east of
// UTC.
func (p *timeParser) zone() (offset int, ok bool) {
	if p.skip("Zz") {
		return 0, true
	}
	sign := 1
	if p.skip("-") {
		sign = -1
	} else if !p.skip("+") {
		return 0, false
	}
	hours, minutes := p.number(2), 0
	if p.skip(":-") || p.rest != "" {
		minutes = p.number(2)
	}
	if hours > 23 || minutes > 59 {
		p.bad = true
	}
	return sign * (hours*3600 + minutes*60), true
}

// ParseHTTPDate reads the value of a Date header.
func ParseHTTPDate(value string) (int64, bool) {
	for _, layout := range [...]string{time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC} {
		if t, err := time.Parse(layout, strings.TrimSpace(value)); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}
