package clock

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// MaxDateLine bounds a line that may be a date.
const MaxDateLine = 80

// months are the beginnings of their names, in English and where `date` writes
// others in common locales. The first three letters are enough but for juin and
// juillet.
var months = map[string]time.Month{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	"jän": 1, "mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, // German
	"fév": 2, "fev": 2, "avr": 4, "juin": 6, "juil": 7, "aoû": 8, "aou": 8, "déc": 12, // French
	"ene": 1, "abr": 4, "ago": 8, "dic": 12, // Spanish
	"gen": 1, "mag": 5, "giu": 6, "lug": 7, "set": 9, "ott": 10, // Italian
	"out": 10,                    // Portuguese
	"mrt": 3, "mei": 5, "maa": 3, // Dutch
}

// zones are the abbreviations that `date` prints and that mean one thing, in
// seconds east of UTC. CST, IST and others mean several.
var zones = map[string]int{
	"UTC": 0, "GMT": 0, "UCT": 0, "Z": 0, "WET": 0, "WEST": 3600, "BST": 3600, "CET": 3600, "CEST": 7200, "MEZ": 3600, "MESZ": 7200,
	"EET": 7200, "EEST": 10800, "MSK": 10800, "JST": 32400, "KST": 32400, "HKT": 28800, "SGT": 28800,
	"EST": -18000, "EDT": -14400, "CDT": -18000, "MST": -25200, "MDT": -21600, "PST": -28800, "PDT": -25200,
	"AKST": -32400, "AKDT": -28800, "HST": -36000, "AEST": 36000, "AEDT": 39600, "ACST": 34200, "NZST": 43200, "NZDT": 46800,
}

// ParseDateLine reads a line as `date` writes it: by default in the C locale
// (Sat Nov 21 07:10:08 UTC 2026) and in common ones (Sa 21. Nov 07:10:08 UTC
// 2026, Sat 21 Nov 2026 07:10:08 AM UTC), with -R, -I or --rfc-3339, or as +%s
// in any unit. Around it may stand what scripts put there: # = - * [ ] and the
// words date, time or timestamp. Without a zone, or with one that means several
// things, it is UTC and zoned is false.
func ParseDateLine(line []byte) (ms int64, zoned, ok bool) {
	if len(line) > MaxDateLine {
		return 0, false, false
	}
	s := strings.Trim(string(line), " \t\r#=*[]<>-:|")
	if i := strings.IndexAny(s, ":="); i > 0 {
		switch strings.ToLower(strings.TrimSpace(s[:i])) {
		case "date", "time", "timestamp", "at", "scraped at", "scrape time":
			s = strings.TrimSpace(s[i+1:])
		}
	}
	if len(s) < 10 || !bytes.ContainsAny(line, "0123456789") {
		return 0, false, false
	}
	if digitAt(s, 0) {
		if ms, end := unixAt(s, 0); end == len(s) {
			return ms, true, true
		}
		if ms, zoned, ok := Parse(s); ok {
			return ms, zoned, true
		}
		if m, end := momentAt(s, 0); end > 0 {
			rest := strings.TrimSpace(s[end:])
			if rest == "" {
				return m.Ms, m.Zoned, true
			}
			if offset, known := zones[rest]; known && !m.Zoned {
				return m.Ms - int64(offset)*1000, true, true
			}
			return 0, false, false
		}
	}
	return parseDateWords(s)
}

// parseDateWords reads a date whose month is a word, in whatever order.
func parseDateWords(s string) (ms int64, zoned, ok bool) {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	if len(words) < 4 || len(words) > 9 {
		return 0, false, false
	}
	var d dateWords
	for i, w := range words {
		if !d.take(strings.TrimSuffix(w, "."), i == 0, words[1:]) {
			return 0, false, false
		}
	}
	const half = day / 2
	if d.half > 0 && d.clock >= half && d.clock < half+half/12 {
		d.clock -= half // 12:10 AM, and PM adds it again
	}
	if d.half == 2 && d.clock < half {
		d.clock += half
	}
	d.ok = d.year >= 1970 && d.year <= 2099 && d.month > 0 && d.day > 0
	ms, ok = d.at(d.clock, d.offset)
	return ms, d.zoned, ok && d.haveClock
}

// dateWords is what the words of a date have said.
type dateWords struct {
	calendar
	clock     int64 // ms since midnight
	haveClock bool
	offset    int // of the zone
	zoned     bool
	half      int // of the day: 1 is AM, 2 PM, 0 not said
}

// take takes one word, the first of all or not; false: it stands in no date.
func (d *dateWords) take(w string, first bool, others []string) bool {
	n, digits := 0, DigitsAt(w, 0)
	for _, c := range []byte(w[:digits]) {
		n = n*10 + int(c-'0')
		if n > 9999 {
			return false
		}
	}
	zone, known := zones[w]
	month, isMonth := monthOf(w)
	switch {
	case digits == len(w) && digits == 4 && d.year == 0:
		d.year = n
	case digits == len(w) && digits > 0 && digits <= 2 && d.day == 0:
		d.day = n
	case digits > 0 && digits <= 2 && strings.Contains(w, ":") && !d.haveClock:
		p := timeParser{rest: w}
		if digits == 1 {
			p.rest = "0" + w
		}
		d.clock, d.haveClock = p.clockWord()
		return d.haveClock
	case known && d.haveClock:
		d.offset, d.zoned = zone, true
	case d.isOffset(w):
		p := timeParser{rest: w}
		if len(w) == 3 {
			p.rest += "00"
		}
		d.offset, d.zoned = p.signed()
		return d.zoned && p.rest == ""
	case isMonth && first && slices.ContainsFunc(others, isMonthWord): // mar. 21 juil.: a Tuesday
	case isMonth && d.month == 0:
		d.month = int(month)
	case strings.EqualFold(w, "AM") && d.haveClock:
		d.half = 1
	case strings.EqualFold(w, "PM") && d.haveClock:
		d.half = 2
	case digits == 0 && len(w) <= 12 && (first || w == "Uhr" || w == "de" || strings.ToUpper(w) == w && d.haveClock):
		// the day of the week, a word of the locale, or a zone that is not
		// known
	default:
		return false
	}
	return true
}

// isOffset tells whether a word is a zone such as +0100, +01:00 or, behind the
// time, +01.
func (d *dateWords) isOffset(w string) bool {
	if w == "" || w[0] != '+' && w[0] != '-' {
		return false
	}
	return len(w) == 5 || len(w) == 6 && w[3] == ':' || len(w) == 3 && d.haveClock
}

// clockWord reads hh:mm:ss with or without a fraction; that is the whole word.
func (p *timeParser) clockWord() (ms int64, ok bool) {
	hour := p.number(2)
	colon := p.skip(":")
	minute := p.number(2)
	second := 0
	if p.rest != "" {
		colon = colon && p.skip(":")
		second = p.number(2)
	}
	ms = int64(hour*3_600_000+minute*60_000+second*1000) + p.fraction()
	return ms, colon && !p.bad && p.rest == "" && hour < 24 && minute < 60 && second <= 60
}

func isMonthWord(w string) bool {
	_, ok := monthOf(strings.TrimSuffix(w, "."))
	return ok
}

func monthOf(w string) (time.Month, bool) {
	w = strings.ToLower(w)
	for _, n := range [...]int{4, 3} {
		r := []rune(w)
		if len(r) >= n && len(r) <= 10 {
			if m, ok := months[string(r[:n])]; ok {
				return m, true
			}
		}
	}
	return 0, false
}
