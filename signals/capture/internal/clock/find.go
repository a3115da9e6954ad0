package clock

import (
	"strconv"
	"strings"
	"time"
)

// A Moment is a time found within a text.
type Moment struct {
	Ms    int64
	Zoned bool
	spans [2][2]int // which bytes it was made of; the second span is empty unless a date and a time stood apart
}

// End is where the last of its bytes ends in the text.
func (m Moment) End() int { return max(m.spans[0][1], m.spans[1][1]) }

// MaxName is how much of a name, and of its folders, is looked at, in bytes:
// more than file systems take for a name.
const MaxName = 4096

// Find finds the rightmost time in a path: unix seconds, milliseconds,
// microseconds or nanoseconds; a date and a time of day, YYYY-MM-DD hh:mm:ss
// with or without its separators, its seconds, a fraction and a zone; or a date
// and, right of it, a time of day. Digits may not touch it. Unix times are
// those from 2001 to 2099.
func Find(s string) (m Moment, ok bool) {
	var date calendar // the rightmost
	dateAt := [2]int{-1, -1}
	if len(s) > 4*MaxName {
		return m, false
	}
	for i := 0; i < len(s); i++ {
		if !StartsNumber(s, i) {
			continue
		}
		if full, end := momentAt(s, i); end > 0 {
			m, ok = full, true
			date, _ = dateAtByte(s, i)
			dateAt = m.spans[0]
			i = end - 1
		} else if d, n := dateAtByte(s, i); n > 0 && !digitAt(s, n) {
			date, dateAt = d, [2]int{i, n}
			i = n - 1
		}
	}
	if dateAt[0] < 0 || !date.ok {
		return m, ok
	}
	// A time of day right of the date; after a whole time in a folder, only a
	// file's own with seconds.
	apart := m
	found := false
	for i := dateAt[1]; i < len(s); i++ {
		if !StartsNumber(s, i) {
			continue
		}
		p := clockParser(s[i:])
		c, seconds := p.clock(true)
		end := len(s) - len(p.rest)
		if p.bad || digitAt(s, end) || c > day {
			continue
		}
		if ok && (!seconds || !strings.Contains(s[dateAt[1]:i], "/") || strings.Contains(s[i:], "/")) {
			continue
		}
		offset, zoned := p.looseZone()
		end = len(s) - len(p.rest)
		if ms, valid := date.at(c, offset); valid {
			apart, found = Moment{Ms: ms, Zoned: zoned, spans: [2][2]int{dateAt, {i, end}}}, true
			i = end - 1
		}
	}
	if found {
		return apart, true
	}
	return m, ok
}

// Blank replaces all dates and times of a path, and the spans of m, by zero
// bytes. The length stays.
func Blank(s string, m Moment) string {
	b := []byte(s)
	for i := 0; i < len(s); i++ {
		if !StartsNumber(s, i) {
			continue
		}
		_, end := momentAt(s, i)
		if end == 0 {
			if _, end = dateAtByte(s, i); digitAt(s, end) {
				end = 0
			}
		}
		if end > 0 {
			clear(b[i:end])
			i = end - 1
		}
	}
	for _, span := range m.spans {
		clear(b[span[0]:span[1]])
	}
	return string(b)
}

// day is one in milliseconds.
const day = 24 * 3_600_000

func digitAt(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }

func StartsNumber(s string, i int) bool { return digitAt(s, i) && !digitAt(s, i-1) }

func DigitsAt(s string, i int) (n int) {
	for digitAt(s, i+n) {
		n++
	}
	return n
}

// momentAt reads a whole time that begins at a byte; end is 0 when there is
// none.
func momentAt(s string, i int) (m Moment, end int) {
	if ms, end := unixAt(s, i); end > 0 {
		return Moment{Ms: ms, Zoned: true, spans: [2][2]int{{i, end}}}, end
	}
	d, n := dateAtByte(s, i)
	if n == 0 {
		return m, 0
	}
	if c, end := clockOfFolders(s, i, n); end > 0 {
		if ms, valid := d.at(c, 0); valid {
			return Moment{Ms: ms, spans: [2][2]int{{i, end}}}, end
		}
	}
	p := clockParser(s[n:])
	p.skip("Tt_ -.")
	for _, seconds := range [...]bool{true, false} {
		p := p
		c, _ := p.clock(seconds)
		if p.bad || digitAt(p.rest, 0) {
			continue
		}
		offset, zoned := p.looseZone()
		if ms, valid := d.at(c, offset); valid {
			end = len(s) - len(p.rest)
			return Moment{Ms: ms, Zoned: zoned, spans: [2][2]int{{i, end}}}, end
		}
	}
	return m, 0
}

// clockOfFolders reads the time of day of 2006/01/02/15/04 and of
// 2006/01/02/15/04/05 behind a date from i to n, in milliseconds. Each part is
// a folder of its own, or the whole name.
func clockOfFolders(s string, i, n int) (ms int64, end int) {
	if s[i+len("2006")] != '/' {
		return 0, 0
	}
	parts := 0
	for _, most := range [...]int64{23, 59, 59} {
		if n >= len(s) || s[n] != '/' || DigitsAt(s, n+1) != 2 || n+3 < len(s) && s[n+3] != '/' {
			break
		}
		v := int64(s[n+1]-'0')*10 + int64(s[n+2]-'0')
		if v > most {
			break
		}
		ms = ms*60 + v
		n += 3
		parts++
	}
	switch parts {
	case 2:
		return ms * 60_000, n
	case 3:
		return ms * 1000, n
	}
	return 0, 0
}

// unixAt reads a unix time of 10, 13, 16 or 19 digits; seconds may have a
// fraction of three digits or more.
func unixAt(s string, i int) (ms int64, end int) {
	n := DigitsAt(s, i)
	if n != 10 && n != 13 && n != 16 && n != 19 {
		return 0, 0
	}
	if n == 19 && isSnowflake(s[i:i+n]) {
		return 0, 0
	}
	for _, c := range []byte(s[i : i+min(n, 13)]) {
		ms = ms*10 + int64(c-'0')
	}
	if n == 10 {
		ms *= 1000
	}
	if !Plausible(ms) {
		return 0, 0
	}
	end = i + n
	if n == 10 && end < len(s) && s[end] == '.' && DigitsAt(s, end+1) >= 3 {
		p := timeParser{rest: s[end:]}
		ms += p.fraction()
		end = len(s) - len(p.rest)
	}
	return ms, end
}

// isSnowflake tells an id as Prow and others count builds by, of 19 digits,
// from nanoseconds: its last 12 bits, a count within a millisecond, are zero.
// So they are by chance once in 4,096 times that have nanoseconds.
func isSnowflake(digits string) bool {
	n, err := strconv.ParseInt(digits, 10, 64)
	return err == nil && n%4096 == 0 && n%1000 != 0
}

// Plausible says whether a time in milliseconds since the epoch is of the years
// 2001 to 2099.
func Plausible(ms int64) bool { return ms >= 978307200e3 && ms < 4102444800e3 }

// A calendar is a day.
type calendar struct {
	year, month, day int
	ok               bool
}

// at is the moment of a time of day in milliseconds.
func (d calendar) at(clock int64, offset int) (ms int64, ok bool) {
	t := time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC)
	return t.UnixMilli() + clock - int64(offset)*1000, d.ok && t.Day() == d.day && clock <= day
}

// dateAtByte reads a date of the years 1970 to 2099 that begins at a byte:
// YYYYMMDD, or with -, _, . or, for folders, / between its parts, always the
// same. What follows is not looked at. The end is 0 when there is none.
func dateAtByte(s string, i int) (d calendar, end int) {
	p := timeParser{rest: s[i:]}
	d.year = p.number(4)
	sep := ""
	if p.rest != "" && strings.IndexByte("-_./", p.rest[0]) >= 0 {
		sep = p.rest[:1]
		p.rest = p.rest[1:]
	}
	d.month = p.number(2)
	if sep != "" && !p.skip(sep) {
		return d, 0
	}
	d.day = p.number(2)
	if p.bad || d.year < 1970 || d.year > 2099 || d.month < 1 || d.month > 12 {
		return d, 0
	}
	d.ok = true
	if _, ok := d.at(0, 0); !ok {
		return d, 0
	}
	return d, len(s) - len(p.rest)
}

func clockParser(s string) timeParser { return timeParser{rest: s} }

// clock reads a time of day, hh:mm or hh:mm:ss, separators left out or -, :, _,
// . or h and m, in milliseconds. Without separators seconds are only taken when
// asked for.
func (p *timeParser) clock(wantSeconds bool) (ms int64, seconds bool) {
	hour := p.number(2)
	p.skip("-:h_.")
	minute := p.number(2)
	if p.bad || hour > 23 || minute > 59 {
		p.bad = true
		return 0, false
	}
	ms = int64(hour*60+minute) * 60_000
	q := *p
	q.skip("-:m_.")
	second := q.number(2)
	if !wantSeconds || q.bad || second > 60 || digitAt(q.rest, 0) {
		p.skip("m")
		return ms, false
	}
	*p = q
	ms += int64(second) * 1000
	if n := DigitsAt(p.rest, 1); p.rest != "" && strings.IndexByte(".,", p.rest[0]) >= 0 && (n == 3 || n == 6 || n == 9 || n > 0 && zoneFollows(p.rest[1+n:])) {
		ms += p.fraction()
	} else {
		p.skip("s")
	}
	return ms, true
}

func zoneFollows(s string) bool {
	p := timeParser{rest: s}
	_, ok := p.looseZone()
	return ok
}

// looseZone takes a zone that is certain to be one: Z at the end of a word, UTC
// or GMT, and a sign with four digits or hh:mm, which is within 14 hours and of
// whole quarters. A sign with two digits could be anything.
func (p *timeParser) looseZone() (offset int, ok bool) {
	q := *p
	q.skip("_ -")
	for _, name := range [...]string{"UTC", "GMT", "Z"} {
		if name == "Z" {
			q = *p
		}
		if len(q.rest) >= len(name) && strings.EqualFold(q.rest[:len(name)], name) && !WordAt(q.rest, len(name)) {
			p.rest = q.rest[len(name):]
			return 0, true
		}
	}
	q = *p
	if n := DigitsAt(q.rest, 1); n != 4 && !(n == 2 && len(q.rest) > 5 && (q.rest[3] == ':' || q.rest[3] == '-' && q.rest[0] == '+') && DigitsAt(q.rest, 4) == 2) {
		return 0, false
	}
	offset, ok = q.signed()
	if !ok || q.bad || offset%900 != 0 || offset > 14*3600 || offset < -12*3600 {
		return 0, false
	}
	*p = q
	return offset, true
}

// signed takes +hhmm or +hh:mm.
func (p *timeParser) signed() (offset int, ok bool) {
	sign := 1
	if p.skip("-") {
		sign = -1
	} else if !p.skip("+") {
		return 0, false
	}
	hours := p.number(2)
	p.skip(":-")
	minutes := p.number(2)
	return sign * (hours*3600 + minutes*60), !p.bad && minutes < 60
}

func WordAt(s string, i int) bool {
	return i < len(s) && (digitAt(s, i) || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z')
}
