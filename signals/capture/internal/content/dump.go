package content

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
)

// isDump tells what promtool tsdb dump writes by its beginning: labels in
// braces, the name among them.
func isDump(start []byte) bool {
	if !bytes.HasPrefix(start, []byte("{")) {
		return false
	}
	line, _, _ := bytes.Cut(start, newline)
	return bytes.Contains(line, []byte(`__name__="`)) && !bytes.Contains(line, []byte(`"__name__"`))
}

// unfoldDump writes the lines of promtool tsdb dump, {__name__="up", job="a"} 1
// 1677012000000, as samples of the text format. Native histograms have no such
// form, nor have series without a name.
func unfoldDump(text []byte) *View {
	var out taking
	lost, damaged, n, off := 0, 0, 0, 0
	for line := range bytes.Lines(text) {
		at := off + len(line) - len(bytes.TrimLeft(line, " \t\r\n"))
		off += len(line)
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			out.make(newline, at)
			continue
		}
		labels, rest, ok := dumpLabels(line)
		var series string
		if ok {
			series, ok = seriesText(labels)
		}
		switch l := expfmt.DetectLine(append([]byte("x "), rest...)); {
		case !ok && len(labels) > 0, bytes.HasPrefix(rest, []byte("{")):
			lost++
			out.make(newline, at)
		case !ok || l.Kind == 0 || len(l.Time) == 0:
			damaged++
			out.take(line, at) // its reader says so
			out.make(newline, at+len(line))
		default:
			n++
			out.make([]byte(series+" "), at)
			out.take(l.Value, at+len(line)-len(rest))
			out.make(fmt.Appendf(nil, " %s\n", l.Time), at+len(line)-len(l.Time))
		}
	}
	if n+lost == 0 || damaged > n+lost {
		return nil
	}
	return &View{What: "promtool tsdb dump is read as samples with their own times", Lost: lostText(lost), Bulk: true, sections: []section{{taking: out}}}
}

func lostText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d samples are left out: native histograms, and series without a name", n)
}

// A label of a series.
type label struct{ name, value string }

// dumpLabels reads labels as Go prints them, and what follows.
func dumpLabels(line []byte) (labels []label, rest []byte, ok bool) {
	s := string(line)
	if s == "" || s[0] != '{' {
		return nil, nil, false
	}
	s = s[1:]
	for {
		s = strings.TrimLeft(s, ", ")
		if after, end := strings.CutPrefix(s, "}"); end {
			return labels, []byte(strings.TrimSpace(after)), true
		}
		var l label
		if strings.HasPrefix(s, `"`) {
			q, err := strconv.QuotedPrefix(s)
			if err != nil {
				return nil, nil, false
			}
			l.name, _ = strconv.Unquote(q)
			s = s[len(q):]
		} else {
			i := strings.IndexByte(s, '=')
			if i < 0 {
				return nil, nil, false
			}
			l.name, s = s[:i], s[i:]
		}
		if s, ok = strings.CutPrefix(s, "="); !ok {
			return nil, nil, false
		}
		q, err := strconv.QuotedPrefix(s)
		if err != nil {
			return nil, nil, false
		}
		l.value, _ = strconv.Unquote(q)
		s = s[len(q):]
		labels = append(labels, l)
	}
}

// seriesText writes a series as the text format does; ok is false when it has
// no name.
func seriesText(labels []label) (text string, ok bool) {
	var b strings.Builder
	name := ""
	for _, l := range labels {
		if l.name == "__name__" {
			name = l.value
		}
	}
	if name == "" {
		return "", false
	}
	sep := "{"
	if classic(name, true) {
		b.WriteString(name)
	} else {
		b.WriteString(`{"` + escape(name) + `"`)
		sep = ","
	}
	for _, l := range labels {
		if l.name == "__name__" {
			continue
		}
		b.WriteString(sep)
		sep = ","
		if classic(l.name, false) {
			b.WriteString(l.name)
		} else {
			b.WriteString(`"` + escape(l.name) + `"`)
		}
		b.WriteString(`="` + escape(l.value) + `"`)
	}
	if sep == "," {
		b.WriteByte('}')
	}
	return b.String(), true
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace

// classic says whether a name needs no quotes.
func classic(s string, colons bool) bool {
	for i, c := range []byte(s) {
		if !(c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' && i > 0 || c == ':' && colons) {
			return false
		}
	}
	return s != ""
}
