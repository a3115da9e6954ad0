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
	var d calendar
	var clock int64 // ms since midnight
	haveClock, offset, pm := false, 0, 0
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	if len(words) < 4 || len(words) > 9 {
		return 0, false, false
	}
	for i, w := range words {
		w = strings.TrimSuffix(w, ".")
		n, digits := 0, DigitsAt(w, 0)
		for _, c := range []byte(w[:digits]) {
			n = n*10 + int(c-'0')
			if n > 9999 {
				return 0, false, false
			}
		}
		zone, known := zones[w]
		month, isMonth := monthOf(w)
		switch {
		case digits == len(w) && digits == 4 && d.year == 0:
			d.year = n
		case digits == len(w) && digits > 0 && digits <= 2 && d.day == 0:
			d.day = n
		case digits > 0 && digits <= 2 && strings.Contains(w, ":") && !haveClock:
			p := timeParser{rest: w}
			if digits == 1 {
				p.rest = "0" + w
			}
			clock, haveClock = p.clockWord()
			if !haveClock {
				return 0, false, false
			}
		case known && haveClock:
			offset, zoned = zone, true
		case len(w) == 5 && (w[0] == '+' || w[0] == '-') || len(w) == 6 && (w[0] == '+' || w[0] == '-') && w[3] == ':' || len(w) == 3 && (w[0] == '+' || w[0] == '-') && haveClock:
			p := timeParser{rest: w}
			if len(w) == 3 {
				p.rest += "00"
			}
			if offset, zoned = p.signed(); !zoned || p.rest != "" {
				return 0, false, false
			}
		case isMonth && i == 0 && slices.ContainsFunc(words[1:], isMonthWord): // mar. 21 juil.: a Tuesday
		case isMonth && d.month == 0:
			d.month = int(month)
		case strings.EqualFold(w, "AM") && haveClock:
			pm = 1
		case strings.EqualFold(w, "PM") && haveClock:
			pm = 2
		case digits == 0 && len(w) <= 12 && (i == 0 || w == "Uhr" || w == "de" || strings.ToUpper(w) == w && haveClock):
			// the day of the week, a word of the locale, or a zone that is not
			// known
		default:
			return 0, false, false
		}
	}
	const half = day / 2
	if pm > 0 && clock >= half && clock < half+half/12 {
		clock -= half // 12:10 AM, and PM adds it again
	}
	if pm == 2 && clock < half {
		clock += half
	}
	d.ok = d.year >= 1970 && d.year <= 2099 && d.month > 0 && d.day > 0
	ms, ok = d.at(clock, offset)
	return ms, zoned, ok && haveClock
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
