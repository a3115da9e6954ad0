package content

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// maxMarker bounds a line that divides, in bytes.
const maxMarker = 300

// A marker is a line that stands between scrapes, as scripts print it.
type marker struct {
	name string // of the target whose scrape follows; "" when it tells none
	ms   int64
	time bool // it has a time
	zone bool
}

// isDivider tells ---- and ====, as scripts print them between scrapes, from
// dots, which stand for lines that were left out.
func isDivider(b []byte) bool {
	b = bytes.TrimRight(b, " \t\r")
	return len(b) > 2 && b[0] != '.' && bytes.Count(b, b[:1]) == len(b)
}

// markerOf reads a line that is no part of an exposition: --- NAME, === NAME
// ===, ==> FILE <== of tail, *** NAME ***, >>> NAME, NAME | CHANGED | rc=0 >>
// of ansible.
func markerOf(b []byte) (m marker, ok bool) {
	b = bytes.TrimSpace(b)
	if len(b) < 4 || len(b) > maxMarker {
		return m, false
	}
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	if host, status, ansible := strings.Cut(s, " | "); ansible && strings.HasSuffix(s, ">>") && strings.Contains(status, "rc=") {
		return marker{name: strings.TrimSpace(host)}, host != ""
	}
	const frame = "-=*<>+~_#"
	if strings.IndexByte("-=*<>+~", s[0]) < 0 || s[1] != s[0] && !strings.HasPrefix(s, "=>") {
		return m, false // - item is one of a list
	}
	inner := strings.Trim(s, frame+" \t:|")
	front := s[:strings.Index(s, inner)]
	if inner == "" || strings.Trim(front, frame) == front || len(front) < 3 && front != ">> " && front != "=>" {
		return m, false
	}
	return read(inner), true
}

// nameInComment is the name that a plain comment may give to what is below it:
// # NAME, ### NAME ###, # Node: NAME. Sentences give none.
func nameInComment(b []byte) string {
	if len(b) == 0 || b[0] != '#' || len(b) > maxMarker {
		return ""
	}
	inner := strings.Trim(strings.ToValidUTF8(string(b), "\uFFFD"), "#-=*<>+~_ \t|")
	m := read(inner)
	if strings.ContainsAny(m.name, " \t") {
		return ""
	}
	return m.name
}

// read tells the name and the time that a line between scrapes has. Words that
// count scrapes, or say where in a sequence they are, name no target.
func read(s string) (m marker) {
	if ms, zoned, ok := clock.ParseDateLine([]byte(s)); ok {
		return marker{ms: ms, zone: zoned, time: true}
	}
	var rest []string
	words := strings.Fields(s)
	for i := 0; i < len(words); i++ {
		if !m.time {
			if ms, zoned, n := timeIn(words[i:]); n > 0 {
				m.ms, m.zone, m.time = ms, zoned, true
				i += n - 1
				continue
			}
		}
		rest = append(rest, words[i])
	}
	for len(rest) > 1 && (ofTargets[plain(rest[0])] || strings.HasSuffix(rest[0], ":") && len(rest) == 2) {
		rest = rest[1:]
	}
	m.name = strings.Trim(strings.Join(rest, " "), "[]()\"':,")
	if inSequence(rest) || generic[plain(m.name)] {
		m.name = ""
		return m
	}
	if g, ok := naming.ReadMarker(m.name); ok {
		m.name = g.Instance
		if g.Timed && !m.time {
			m.ms, m.zone, m.time = g.Time, g.Zoned, true
		}
		return m
	}
	if naming.IsNoise(m.name) {
		m.name = ""
	}
	m.name = instance(m.name)
	return m
}

// timeIn reads a time of one word or two.
func timeIn(words []string) (ms int64, zoned bool, n int) {
	for n := min(2, len(words)); n > 0; n-- {
		s := strings.Trim(strings.Join(words[:n], " "), "[]()\",")
		if len(s) < len("2006-01-02") || s[0] < '0' || s[0] > '9' {
			continue
		}
		if ms, zoned, ok := clock.ParseDateLine([]byte(s)); ok {
			return ms, zoned, n
		}
	}
	return 0, false, 0
}

func plain(s string) string {
	return strings.ToLower(strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

// ofTargets are words before the name of a target.
var ofTargets = words("host hostname node nodename pod container target instance server machine endpoint url file from of for on member broker namespace metrics scraping curl get")

// generic are words that name no target.
var generic = words("metrics metric scrape scrapes output body data text stdout stderr stdin content response result results payload exposition raw value values log begin end start stop eof help type unit snapshot sample dump prometheus status ok done next curl get log entries entry items item event event_data res lines stdout_lines stderr_lines hosts nodes pods targets")

// inSequence tells words that say where in a sequence a scrape is: before,
// scrape 3, t1.
func inSequence(list []string) bool {
	name := false
	for _, w := range list {
		w = plain(w)
		digits := strings.TrimLeft(strings.TrimPrefix(w, "t"), "0123456789.")
		if w != "" && digits != "" && !counted[w] && !counted[strings.TrimRight(w, "0123456789")] {
			name = true
		}
	}
	return !name
}

// counted are words of sequences.
var counted = words("scrape sample snapshot run iteration iter round attempt take poll pass step try t no nr number first second third fourth fifth last before after during pre post start end begin finish old new initial final baseline later now then of and")

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// instance is the target that a name means: of a URL the host and the port.
func instance(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		host, place, _ := strings.Cut(rest, "/")
		if place = strings.TrimSuffix(place, "/"); place != "" && place != "metrics" {
			return host + "/" + place
		}
		return host
	}
	return strings.TrimSuffix(s, "/metrics")
}
