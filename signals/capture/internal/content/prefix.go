package content

import (
	"bytes"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// A prefix is what stands before each line of a file, told by its shape: so
// many words, or, as of grep -H, a text that ends in so many colons.
type prefix struct {
	words, colons int
}

const (
	maxPrefix  = 400 // bytes
	prefixLook = 200 // lines that tell whether there is one
	maxWords   = 8
)

// prefixIn finds the prefix of all lines of a head: before lines of metadata,
// or when there are none before samples, if it begins as logs do. It is nil
// when there is none.
func prefixIn(head []byte) *prefix {
	var lines [][]byte
	for line := range bytes.Lines(head) {
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			continue
		}
		if l := expfmt.DetectLine(line); l.Kind == expfmt.KindHelp || l.Kind == expfmt.KindType {
			return nil // there is none before these
		}
		if lines = append(lines, line); len(lines) == prefixLook {
			break
		}
	}
	if len(lines) > 1 && !bytes.HasSuffix(head, newline) && len(head) == headSize {
		lines = lines[:len(lines)-1] // it is cut off
	}
	for _, line := range lines {
		if at := metadataAt(line); at > 0 {
			p := shape(line[:at])
			if p != nil && p.fits(lines) {
				return p
			}
			return nil
		}
	}
	if len(lines) == 0 || expfmt.DetectLine(lines[0]).Kind != 0 || !logged(lines[0]) {
		return nil
	}
	for words := 1; words <= maxWords; words++ {
		if p := (&prefix{words: words}); p.fits(lines) {
			return p
		}
	}
	return nil
}

var newline = []byte{'\n'}

// logged says whether a line begins as lines of logs do: with a bracket, a date
// or a name and a colon or a bar.
func logged(line []byte) bool {
	word, rest, _ := bytes.Cut(line, []byte{' '})
	if len(word) < 2 || len(rest) == 0 || bytes.HasPrefix(line, []byte("curl: (")) {
		return false // or what curl says of a target that did not answer
	}
	last := word[len(word)-1]
	return word[0] == '[' && last == ']' || last == ':' || word[0] >= '0' && word[0] <= '9' && len(word) >= len("2006-01-02") || bytes.HasPrefix(bytes.TrimLeft(rest, " "), []byte("| "))
}

// metadataAt is where a line of metadata begins within a line, 0 or less when
// nowhere but at its beginning.
func metadataAt(line []byte) int {
	for _, word := range []string{"# HELP ", "# TYPE "} {
		at := bytes.Index(line[:min(len(line), maxPrefix)], []byte(word))
		if at > 0 && line[0] != '#' && bytes.IndexByte(line[:at], '\r') < 0 && strings.IndexByte(" \t:|]", line[at-1]) >= 0 {
			if k := expfmt.DetectLine(line[at:]).Kind; k == expfmt.KindHelp || k == expfmt.KindType {
				return at
			}
		}
	}
	return -1
}

// shape is that of a prefix.
func shape(text []byte) *prefix {
	if last := text[len(text)-1]; last == ' ' || last == '\t' {
		if n := len(bytes.Fields(text)); n > 0 && n <= maxWords {
			return &prefix{words: n}
		}
		return nil
	}
	if text[len(text)-1] != ':' {
		return nil
	}
	return &prefix{colons: bytes.Count(text, []byte{':'})}
}

// cut takes the prefix off a line.
func (p *prefix) cut(line []byte) (before, rest []byte, ok bool) {
	at := 0
	if p.colons > 0 {
		for range p.colons {
			i := bytes.IndexByte(line[at:min(len(line), at+maxPrefix)], ':')
			if i < 0 {
				return nil, nil, false
			}
			at += i + 1
		}
		return line[:at], line[at:], true
	}
	for range p.words {
		for at < len(line) && (line[at] == ' ' || line[at] == '\t') {
			at++
		}
		n := bytes.IndexAny(line[at:min(len(line), at+maxPrefix)], " \t")
		if n < 0 {
			if at == len(line) {
				return nil, nil, false
			}
			n = len(line) - at
		}
		at += n
	}
	return line[:at], bytes.TrimLeft(line[at:], " \t"), true
}

// fits says whether nearly all lines are of an exposition behind the prefix.
func (p *prefix) fits(lines [][]byte) bool {
	good, bad := 0, 0
	for _, line := range lines {
		_, rest, ok := p.cut(line)
		if l := expfmt.DetectLine(rest); !ok || l.Kind == 0 && !l.Blank && !l.EOF {
			bad++
		} else if l.Kind != 0 {
			good++
		}
	}
	return good > 0 && good >= 4*bad
}

// unfold takes the prefix off all lines, and puts those of one target
// together, as they may be mixed. Lines without it are of no exposition.
func (p *prefix) unfold(text []byte) *View {
	byName := map[string]int{}
	v := &View{}
	var last []byte
	var key, name string
	var ms int64
	var zone, timed, times bool
	num, off := int64(0), 0
	for line := range bytes.Lines(text) {
		num++
		at := off
		off += len(line)
		line = bytes.TrimRight(line, "\r\n")
		before, rest, ok := p.cut(line)
		if !ok {
			if len(bytes.TrimSpace(line)) > 0 {
				continue
			}
			before, rest = last, nil
		}
		if !bytes.Equal(before, last) || num == 1 {
			last = append(last[:0], before...)
			key, ms, zone, timed = p.read(string(last))
			times = times || timed
		}
		i, seen := byName[key]
		if !seen {
			if len(v.sections) == maxSections {
				return nil
			}
			i = len(v.sections)
			byName[key] = i
			name = key
			v.sections = append(v.sections, section{name: name, line: num})
		}
		s := &v.sections[i]
		if timed && (len(s.times) == 0 || s.times[len(s.times)-1].ms != ms) {
			s.times = append(s.times, stamp{len(s.text), ms, zone})
		}
		s.take(rest, at+len(line)-len(rest))
		s.make(newline, at+len(line))
	}
	v.What = "a prefix before each line is taken off"
	if times {
		v.What += ", whose time is that of the scrape"
	}
	v.shorten()
	return v
}

// shorten leaves away what all names have in common behind a slash: the unit of
// a journal, the container of a pod.
func (v *View) shorten() {
	short := map[string]bool{}
	for _, s := range v.sections {
		first, _, _ := strings.Cut(s.name, "\x00")
		short[first] = true
	}
	all := len(short) == len(v.sections)
	for i := range v.sections {
		first, rest, more := strings.Cut(v.sections[i].name, "\x00")
		if more && !all {
			first += "/" + strings.ReplaceAll(rest, "\x00", "/")
		}
		v.sections[i].name = first
	}
}

// read tells the time and the target of a prefix. The parts of the name are
// separated by zero bytes.
func (p *prefix) read(s string) (name string, ms int64, zone, timed bool) {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if p.colons > 0 {
		s = strings.TrimSuffix(s, ":")
		if file, line, ok := cutLast(s, ':'); ok && p.colons > 1 && strings.Trim(line, "0123456789") == "" && !strings.HasSuffix(file, "]") {
			if _, ok := naming.ReadMarker(file); ok {
				s = file // grep -n
			}
		}
		if g, ok := naming.ReadMarker(s); ok {
			return g.Instance, g.Time, g.Zoned, g.Timed
		}
		return s, 0, false, false
	}
	var parts []string
	words := strings.Fields(s)
	for i := 0; i < len(words); i++ {
		w := words[i]
		if !timed {
			if t, err := time.Parse(time.RFC3339Nano, strings.Trim(w, "[]")); err == nil {
				ms, zone, timed = t.UnixMilli(), true, true
				continue
			}
			if t, z, n := timeIn(words[i:]); n > 0 {
				ms, zone, timed = t, z, true
				i += n - 1
				continue
			}
			if i+2 < len(words) && len(w) == 3 && strings.Count(words[i+2], ":") == 2 {
				if _, _, ok := clock.ParseDateLine([]byte(strings.Join(words[i:i+3], " ") + " 2000")); ok {
					i += 2 // a journal's, without a year
					continue
				}
			}
		}
		if w = strings.Trim(w, "[]|:,"); w == "" || streams[w] || plain(w) == "" {
			continue
		}
		if kind, rest, ok := strings.Cut(w, "/"); ok && kind == "pod" { // pod/NAME/CONTAINER
			w = rest
		}
		w, _, _ = strings.Cut(w, "[") // a process number
		parts = append(parts, strings.Split(w, "/")...)
	}
	return strings.Join(parts, "\x00"), ms, zone, timed
}

func cutLast(s string, c byte) (before, after string, ok bool) {
	if i := strings.LastIndexByte(s, c); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// streams are words of logs that name no target.
var streams = words("stdout stderr F P INFO info DEBUG debug WARN WARNING ERROR LOG I out err")
