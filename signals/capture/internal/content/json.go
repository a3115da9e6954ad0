package content

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// maxDepth bounds values within values of JSON that are looked into.
const maxDepth = 64

var errTooDeep = errors.New("JSON within JSON, too deep")

// unfoldJSON takes expositions out of JSON: a string, an object of strings, one
// a target, as deep as they stand; or lines of a container's log. Answers of
// the query API become samples with their own times.
func unfoldJSON(text []byte) *View {
	rest := bytes.TrimPrefix(text, bom)
	j := newJSONWalk(rest, len(text)-len(rest))
	for {
		switch err := j.value(nil); {
		case err == nil && len(j.found) <= maxSections:
			continue
		case errors.Is(err, io.EOF) && j.samples > 0:
			return &View{What: "answers of the query API are read as samples with their own times", Lost: lostText(j.lost), Bulk: true, sections: []section{{taking: j.series}}}
		case errors.Is(err, io.EOF) && len(j.found) > 0:
			v := &View{What: "JSON around the text is taken off", sections: j.sections()}
			if slices.ContainsFunc(v.sections, func(s section) bool { return len(s.times) > 0 }) {
				v.What += ", whose time is that of the scrape"
			}
			return v
		}
		return nil
	}
}

// A jsonWalk reads JSON token by token.
type jsonWalk struct {
	dec     *json.Decoder
	src     []byte // what it reads
	base    int    // and where that begins in the file
	found   []foundText
	log     section // lines of a log
	series  taking
	samples int
	lost    int
}

func newJSONWalk(src []byte, base int) *jsonWalk {
	j := &jsonWalk{dec: json.NewDecoder(bytes.NewReader(src)), src: src, base: base}
	j.dec.UseNumber()
	return j
}

// raw decodes a value, and tells where in the file it stands.
func (j *jsonWalk) raw() (raw json.RawMessage, at int, err error) {
	err = j.dec.Decode(&raw)
	return raw, j.base + int(j.dec.InputOffset()) - len(raw), err
}

// A foundText is an exposition, of a string or of several that are its lines,
// and the names above it.
type foundText struct {
	taking
	path []string
	when int64 // in ms, as what it stands in says; 0: nothing does
	zone bool  // that says its zone
	log  bool
}

// value reads one value that the keys of a path lead to.
func (j *jsonWalk) value(path []string) error {
	from := j.dec.InputOffset()
	t, err := j.dec.Token()
	if err != nil {
		return err
	}
	return j.token(path, t, from)
}

// token reads the rest of a value whose first token, behind an offset, was
// read.
func (j *jsonWalk) token(path []string, t json.Token, from int64) error {
	switch t := t.(type) {
	case string:
		if isText([]byte(t)) {
			j.text(path, j.literal(from))
		}
	case json.Delim:
		if len(path) == maxDepth {
			return errTooDeep
		}
		if t == '{' {
			return j.object(path)
		}
		return j.array(path)
	}
	return nil
}

// A literal is a string of JSON without its quotes, and where it stands in the
// file.
type literal struct {
	raw []byte
	at  int
}

// literal is the string that was read behind an offset.
func (j *jsonWalk) literal(from int64) literal {
	from += int64(bytes.IndexByte(j.src[from:], '"')) + 1
	return literal{j.src[from : j.dec.InputOffset()-1], j.base + int(from)}
}

// array reads the rest of one. Strings in it that are lines are one text, when
// lines of metadata are among them.
func (j *jsonWalk) array(path []string) error {
	var lines []literal
	var joined []byte
	for j.dec.More() {
		from := j.dec.InputOffset()
		t, err := j.dec.Token()
		if err != nil {
			return err
		}
		if s, ok := t.(string); ok && !strings.Contains(s, "\n") {
			if lines = append(lines, j.literal(from)); len(joined) < headSize {
				joined = append(append(joined, s...), '\n')
			}
			continue
		}
		if err := j.token(append(path, ""), t, from); err != nil {
			return err
		}
	}
	if isText(joined) && (bytes.Contains(joined, []byte("# TYPE ")) || bytes.Contains(joined, []byte("# HELP "))) {
		j.text(path, lines...)
	}
	_, err := j.dec.Token()
	return err
}

// text notes strings of JSON that are an exposition.
func (j *jsonWalk) text(path []string, list ...literal) {
	f := foundText{path: append([]string(nil), path...)}
	for _, l := range list {
		f.json(l.raw, l.at)
		f.endLine(l.at + len(l.raw))
	}
	j.found = append(j.found, f)
}

// names are keys whose value names what else stands in an object.
var names = words("node host hostname name instance pod target url addr address endpoint server machine member id nodeName podName ip")

// An answer is a series of the query API, or a line that VictoriaMetrics
// exports.
type answer struct {
	metric     map[string]string
	values     []json.RawMessage
	timestamps []json.Number
	lost       bool
	ok         bool
	at         int // where its values stand in the file
}

// object reads the rest of one.
func (j *jsonWalk) object(path []string) error {
	first := len(j.found)
	name := ""
	var a answer
	var line []byte
	lineAt, when := 0, ""
	for j.dec.More() {
		t, err := j.dec.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		handled, err := a.field(j, key)
		if err != nil {
			return err
		}
		if handled {
			continue
		}
		sub := append(path, key)
		if !names[key] && !aside[key] {
			if err := j.value(sub); err != nil {
				return err
			}
			continue
		}
		raw, at, err := j.raw()
		if err != nil {
			return err
		}
		var s string
		var asked struct{ URL string }
		if key == "request" && json.Unmarshal(raw, &asked) == nil && asked.URL != "" {
			name = cmp.Or(name, asked.URL) // of an HTTP archive
			continue
		}
		if json.Unmarshal(raw, &s) != nil {
			inner := newJSONWalk(raw, at)
			if err := inner.value(sub); err != nil {
				return err
			}
			j.found = append(j.found, inner.found...)
			continue
		}
		switch {
		case key == "log" || key == "MESSAGE":
			line, lineAt = raw, at
		case isText([]byte(s)):
			j.text(sub, literal{raw[1 : len(raw)-1], at + 1})
		case aside[key]:
			when = cmp.Or(when, s)
		case name == "":
			name = s
		}
	}
	if len(line) > len(`""`) {
		j.logged(line[1:len(line)-1], lineAt+1, when)
	}
	j.dated(first, when)
	j.once(first, len(path)+1)
	if name != "" {
		for i := first; i < len(j.found); i++ {
			f := &j.found[i]
			if at := len(path); at < len(f.path) && wordsOnly(f.path[at:]) {
				f.path = append(f.path[:at:at], name)
			}
		}
	}
	j.answer(&a)
	_, err := j.dec.Token()
	return err
}

// aside are keys of what belongs to a text that stands beside it: the lines of
// a log, what was asked for, and when.
var aside = words("log MESSAGE request time timestamp date startedDateTime __REALTIME_TIMESTAMP")

// dated gives what was found in an object the time that it says.
func (j *jsonWalk) dated(first int, when string) {
	ms, zone, ok := clock.ParseDateLine([]byte(when))
	for i := first; ok && i < len(j.found); i++ {
		if f := &j.found[i]; f.when == 0 {
			f.when, f.zone = ms, zone
		}
	}
}

// once leaves out what stands in one object twice, as stdout and stdout_lines
// do.
func (j *jsonWalk) once(first, depth int) {
	kept := j.found[:first]
	for _, f := range j.found[first:] {
		same := func(o foundText) bool {
			return !f.log && !o.log && len(f.path) == depth && len(o.path) == depth && bytes.Equal(bytes.TrimSpace(f.text), bytes.TrimSpace(o.text))
		}
		if !slices.ContainsFunc(kept[first:], same) {
			kept = append(kept, f)
		}
	}
	j.found = kept
}

// wordsOnly says whether keys name no target.
func wordsOnly(keys []string) bool {
	for _, k := range keys {
		if k != "" && !generic[plain(k)] && !names[k] {
			return false
		}
	}
	return true
}

// logged takes a line of a container's log, as Docker and journalctl write it.
func (j *jsonWalk) logged(raw []byte, at int, when string) {
	var ms int64
	if t, err := time.Parse(time.RFC3339Nano, when); err == nil {
		ms = t.UnixMilli()
	} else if us, err := strconv.ParseInt(when, 10, 64); err == nil {
		ms = us / 1000
	}
	s := &j.log
	if ms != 0 && (len(s.times) == 0 || s.times[len(s.times)-1].ms != ms) {
		s.times = append(s.times, stamp{len(s.text), ms, true})
	}
	s.json(raw, at)
	s.endLine(at + len(raw))
	if len(j.found) == 0 || !j.found[len(j.found)-1].log {
		j.found = append(j.found, foundText{log: true})
	}
}

// sections are the expositions that were found, each of the target that the
// last key names.
func (j *jsonWalk) sections() (out []section) {
	logs := false
	for _, f := range j.found {
		if f.log {
			if !logs && isText(j.log.text) {
				out = append(out, j.log)
			}
			logs = true
			continue
		}
		name := ""
		for i := len(f.path) - 1; i >= 0 && name == ""; i-- {
			if k := f.path[i]; k != "" && !generic[plain(k)] {
				name = strings.ToValidUTF8(read(k).name, "\uFFFD")
			}
		}
		s := section{name: name, taking: f.taking}
		if f.when != 0 {
			s.times = []stamp{{ms: f.when, zone: f.zone}}
		}
		out = append(out, s)
	}
	return out
}

// field reads a field of an answer.
func (a *answer) field(j *jsonWalk, key string) (handled bool, err error) {
	switch key {
	case "metric":
		raw, _, err := j.raw()
		if err != nil {
			return true, err
		}
		a.ok = json.Unmarshal(raw, &a.metric) == nil
	case "value", "values", "timestamps", "histogram", "histograms":
		if !a.ok {
			return false, nil
		}
		raw, at, err := j.raw()
		if err != nil {
			return true, err
		}
		switch key {
		case "value":
			a.values, a.at = append(a.values, raw), at
		case "values":
			a.at = at
			_ = json.Unmarshal(raw, &a.values)
		case "timestamps":
			_ = json.Unmarshal(raw, &a.timestamps)
		default:
			a.lost = true
		}
	default:
		return false, nil
	}
	return true, nil
}

// answer writes the samples of one.
func (j *jsonWalk) answer(a *answer) {
	if !a.ok || len(a.values) == 0 && !a.lost {
		return
	}
	var labels []label
	for _, name := range slices.Sorted(maps.Keys(a.metric)) {
		labels = append(labels, label{name, a.metric[name]})
	}
	series, named := seriesText(labels)
	if !named || a.lost {
		j.lost++
		if !named {
			return
		}
	}
	for i, raw := range a.values {
		ms, value, ok := int64(0), "", false
		var pair []json.RawMessage
		switch {
		case len(a.timestamps) == len(a.values):
			n, err := a.timestamps[i].Int64()
			ms, value, ok = n, strings.Trim(string(raw), `"`), err == nil
		case json.Unmarshal(raw, &pair) == nil && len(pair) == 2:
			sec, err := strconv.ParseFloat(string(pair[0]), 64)
			ms, value, ok = int64(math.Round(sec*1000)), strings.Trim(string(pair[1]), `"`), err == nil && math.Abs(sec) < 1e12
		}
		if value == "null" {
			value = "NaN"
		}
		if _, err := strconv.ParseFloat(value, 64); err != nil || !ok || len(value) > 64 {
			j.lost++
			continue
		}
		j.samples++
		j.series.make(fmt.Appendf(nil, "%s %s %d\n", series, value, ms), a.at)
	}
}

// isText says whether a text is an exposition, by its first lines.
func isText(text []byte) bool {
	if bytes.IndexByte(text, '\n') < 0 && !bytes.HasPrefix(text, []byte("# ")) {
		return false
	}
	good, bad, n := 0, 0, 0
	for line := range bytes.Lines(text[:min(len(text), headSize)]) {
		l := expfmt.DetectLine(bytes.TrimRight(line, "\r\n"))
		switch {
		case l.Kind != 0:
			good++
		case !l.Blank && !l.EOF:
			bad++
		}
		if n++; n == prefixLook {
			break
		}
	}
	return good > 0 && good > bad
}

// json takes what a string of JSON says, which stands at an offset in the file
// without its quotes.
func (t *taking) json(raw []byte, src int) {
	for at := 0; at < len(raw); {
		from := at
		for at < len(raw) && raw[at] != '\\' {
			r, size := utf8.DecodeRune(raw[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		t.take(raw[from:at], src+from)
		switch {
		case at == len(raw):
		case raw[at] != '\\':
			t.make([]byte("\uFFFD"), src+at)
			at++
		case raw[at+1] != 'u':
			t.take([]byte{escaped(raw[at+1])}, src+at+1)
			at += 2
		default:
			end := at
			for end+6 <= len(raw) && raw[end] == '\\' && raw[end+1] == 'u' { // two may be one character
				end += 6
			}
			var s string
			_ = json.Unmarshal([]byte(`"`+string(raw[at:end])+`"`), &s) // it was read before
			t.make([]byte(s), src+at)
			at = end
		}
	}
}

// escaped is what a letter behind a backslash stands for in JSON.
func escaped(c byte) byte {
	if i := strings.IndexByte("nrtbf", c); i >= 0 {
		return "\n\r\t\b\f"[i]
	}
	return c
}

// endLine gives the last line an end.
func (t *taking) endLine(src int) {
	if n := len(t.text); n == 0 || t.text[n-1] != '\n' {
		t.make(newline, src)
	}
}
