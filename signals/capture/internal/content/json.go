package content

import (
	"bytes"
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

	"github.com/scrapebook/scrapebook/expfmt"
)

// maxDepth bounds values within values of JSON that are looked into.
const maxDepth = 64

var errTooDeep = errors.New("JSON within JSON, too deep")

// unfoldJSON takes expositions out of JSON: a string, an object of strings, one
// a target, as deep as they stand; or lines of a container's log. Answers of
// the query API become samples with their own times.
func unfoldJSON(text []byte) *View {
	j := &jsonWalk{dec: json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, bom)))}
	j.dec.UseNumber()
	for {
		switch err := j.value(nil); {
		case err == nil && len(j.found) <= maxSections:
			continue
		case errors.Is(err, io.EOF) && j.samples > 0:
			return &View{What: "answers of the query API are read as samples with their own times", Lost: lostText(j.lost), Bulk: true, sections: []section{{text: j.series.Bytes()}}}
		case errors.Is(err, io.EOF) && len(j.found) > 0:
			return &View{What: "JSON around the text is taken off", sections: j.sections()}
		}
		return nil
	}
}

// A jsonWalk reads JSON token by token.
type jsonWalk struct {
	dec     *json.Decoder
	found   []foundText
	log     section // lines of a log
	series  bytes.Buffer
	samples int
	lost    int
}

// A foundText is an exposition, and the names above it.
type foundText struct {
	path []string
	text string
	log  bool
}

// value reads one value that the keys of a path lead to.
func (j *jsonWalk) value(path []string) error {
	t, err := j.dec.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case string:
		if isText([]byte(t)) {
			j.found = append(j.found, foundText{path: append([]string(nil), path...), text: t})
		}
	case json.Delim:
		if len(path) == maxDepth {
			return errTooDeep
		}
		if t == '{' {
			return j.object(path)
		}
		for j.dec.More() {
			if err := j.value(append(path, "")); err != nil {
				return err
			}
		}
		_, err = j.dec.Token()
	}
	return err
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
}

// object reads the rest of one.
func (j *jsonWalk) object(path []string) error {
	first := len(j.found)
	name := ""
	var a answer
	line, when := "", ""
	for j.dec.More() {
		t, err := j.dec.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		handled, err := a.field(j.dec, key)
		if err != nil {
			return err
		}
		if handled {
			continue
		}
		sub := append(path, key)
		if !names[key] && key != "log" && key != "time" && key != "MESSAGE" && key != "__REALTIME_TIMESTAMP" {
			if err := j.value(sub); err != nil {
				return err
			}
			continue
		}
		var raw json.RawMessage
		if err := j.dec.Decode(&raw); err != nil {
			return err
		}
		var s string
		if json.Unmarshal(raw, &s) != nil {
			inner := &jsonWalk{dec: json.NewDecoder(bytes.NewReader(raw))}
			inner.dec.UseNumber()
			if err := inner.value(sub); err != nil {
				return err
			}
			j.found = append(j.found, inner.found...)
			continue
		}
		switch {
		case key == "log" || key == "MESSAGE":
			line = s
		case key == "time" || key == "__REALTIME_TIMESTAMP":
			when = s
		case isText([]byte(s)):
			j.found = append(j.found, foundText{path: append([]string(nil), sub...), text: s})
		case name == "":
			name = s
		}
	}
	if line != "" {
		j.logged(line, when)
	}
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
func (j *jsonWalk) logged(line, when string) {
	var ms int64
	if t, err := time.Parse(time.RFC3339Nano, when); err == nil {
		ms = t.UnixMilli()
	} else if us, err := strconv.ParseInt(when, 10, 64); err == nil {
		ms = us / 1000
	}
	line = strings.TrimSuffix(line, "\n") + "\n"
	j.log.text = append(j.log.text, line...)
	if s := &j.log; ms != 0 && (len(s.times) == 0 || s.times[len(s.times)-1].ms != ms) {
		s.times = append(s.times, stamp{len(s.text) - len(line), ms, true})
	}
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
		text := []byte(f.text)
		if n := len(text); text[n-1] != '\n' {
			text = append(text, '\n')
		}
		out = append(out, section{name: name, text: text})
	}
	return out
}

// field reads a field of an answer.
func (a *answer) field(dec *json.Decoder, key string) (handled bool, err error) {
	switch key {
	case "metric":
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return true, err
		}
		a.ok = json.Unmarshal(raw, &a.metric) == nil
	case "value", "values", "timestamps", "histogram", "histograms":
		if !a.ok {
			return false, nil
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return true, err
		}
		switch key {
		case "value":
			a.values = append(a.values, raw)
		case "values":
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
		fmt.Fprintf(&j.series, "%s %s %d\n", series, value, ms)
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
