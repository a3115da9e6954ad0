package expfmt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// notMetrics names text that is no exposition.
func notMetrics(head []byte) string {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, utf8BOM), " \t\r\n")
	switch {
	case len(text) == 0:
		return ""
	case text[0] == '<':
		return markup(text)
	case text[0] == '{' || text[0] == '[':
		return jsonText(text)
	}
	return errorText(head)
}

// markup names a text that begins with <.
func markup(text []byte) string {
	lower := bytes.ToLower(text)
	what := ""
	switch {
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.Contains(lower, []byte("<html")),
		bytes.Contains(lower, []byte("<head")), bytes.Contains(lower, []byte("<body")),
		bytes.Contains(lower, []byte("<title")), bytes.Contains(lower, []byte("<h1")), bytes.HasPrefix(lower, []byte("<a ")):
		what = "an HTML page"
	case bytes.HasPrefix(lower, []byte("<?xml")):
		what = "an XML document"
	default:
		return ""
	}
	for _, tag := range [...]string{"title", "h1", "h2", "pre"} {
		if inner := plain(element(text, lower, tag)); inner != "" {
			return what + ": " + inner
		}
	}
	return what
}

// element returns what the first element with the tag holds. lower is text in
// lower case.
func element(text, lower []byte, tag string) []byte {
	if len(lower) != len(text) {
		text = lower // a letter whose lower case has another size
	}
	i := bytes.Index(lower, []byte("<"+tag))
	if i < 0 {
		return nil
	}
	j := bytes.IndexByte(lower[i:], '>')
	if j < 0 {
		return nil
	}
	from := i + j + 1
	end := bytes.Index(lower[from:], []byte("</"+tag))
	if end < 0 {
		return nil
	}
	return text[from : from+end]
}

// plain returns b on one line, without tags and what does not print, cut to 80
// runes.
func plain(b []byte) string {
	var out strings.Builder
	tag := false
	for _, c := range strings.ToValidUTF8(string(b), "\ufffd") {
		switch {
		case c == '<':
			tag = true
		case c == '>' && tag:
			tag = false
			out.WriteByte(' ')
		case tag:
		case !unicode.IsPrint(c):
			out.WriteByte(' ')
		default:
			out.WriteRune(c)
		}
	}
	words := []rune(strings.Join(strings.Fields(out.String()), " "))
	if len(words) > 80 {
		return string(words[:80]) + "…"
	}
	return string(words)
}

// jsonText names a text that begins as JSON. A line of the text format may
// begin with a brace too, but then a quoted name with = or , or } follows.
func jsonText(text []byte) string {
	var status struct {
		Kind, APIVersion, Reason, Message, Error, Status string
		Code                                             int
	}
	whole := json.Valid(text)
	if !whole && !beginsAsJSON(text) {
		return ""
	}
	if text[0] == '{' {
		_ = json.Unmarshal(text, &status) // what fits is enough
	}
	if status.Kind == "" && !whole && bytes.Contains(text, []byte(`"kind"`)) && bytes.Contains(text, []byte(`"Status"`)) {
		status.Kind = "Status"
	}
	switch {
	case status.Kind == "Status":
		out := "a Kubernetes Status object"
		if status.Code != 0 || status.Reason != "" {
			out += ": " + plain([]byte(strings.TrimSpace(fmt.Sprintf("%s %s", codeText(status.Code), status.Reason))))
		}
		return out
	case status.Kind != "" && status.APIVersion != "":
		return "a Kubernetes object: " + plain([]byte(status.Kind))
	}
	if what := foreignJSON(text); what != "" {
		return what
	}
	for _, m := range [...]string{status.Error, status.Message} {
		if m != "" {
			return "a JSON document: " + plain([]byte(m))
		}
	}
	return "a JSON document"
}

// foreignJSON names JSON in which programs have metrics of another kind, by
// fields that stand in its beginning.
func foreignJSON(text []byte) string {
	has := func(keys ...string) bool {
		for _, k := range keys {
			if !bytes.Contains(text, []byte(`"`+k+`"`)) {
				return false
			}
		}
		return true
	}
	switch {
	case text[0] == '{' && has("Gauges", "Counters", "Samples"):
		return "a JSON document: metrics of hashicorp/go-metrics, which have no Prometheus form (Consul, Nomad and Vault give one with ?format=prometheus)"
	case text[0] == '{' && has("cmdline", "memstats"):
		return "a JSON document: variables of Go's expvar, which have no types and no labels"
	case has("resultType", "result"):
		return "a JSON document: an answer of the query API of Prometheus"
	}
	return ""
}

func codeText(code int) string {
	if code == 0 {
		return ""
	}
	return fmt.Sprint(code)
}

// beginsAsJSON reports whether a cut text begins as a JSON array or object
// does: with a name and a colon, or nothing that a line of the text format
// could begin with.
func beginsAsJSON(text []byte) bool {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	if text[0] == '[' || len(rest) == 0 {
		return text[0] == '['
	}
	if rest[0] != '"' {
		return false
	}
	end, _ := endOfQuote(rest, 1)
	if end < 0 {
		return false
	}
	rest = bytes.TrimLeft(rest[end+1:], " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}
