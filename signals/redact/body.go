package redact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"golang.org/x/text/encoding/unicode"
	"google.golang.org/protobuf/encoding/protodelim"

	"github.com/scrapebook/scrapebook/expfmt"
)

// body returns an exposition with other names. What is no exposition is treated
// as free text, and UTF-16 becomes UTF-8. The error is for protobuf that cannot
// be read, and for what is compressed: it is not to be handed on.
func (r *redactor) body(body []byte, contentType string) ([]byte, error) {
	c := expfmt.Detect(contentType, body)
	if order, ok := wide(body); ok && c.Format != expfmt.FormatProtobuf {
		text, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(body)
		if err != nil {
			return nil, fmt.Errorf("a damaged text in UTF-16: %w", err)
		}
		return r.body(text, contentType)
	}
	switch {
	case c.Compression != "":
		return nil, fmt.Errorf("it is compressed with %s", c.Compression)
	case c.Not != "":
		return []byte(r.text(string(body))), nil
	case c.Format == expfmt.FormatProtobuf:
		return r.protobuf(body)
	}
	head := headers(body)
	return append(r.headers(body[:head]), r.exposition(body[head:])...), nil
}

// headers is how many bytes the response's headers have with which a body
// begins that curl -i saved.
func headers(body []byte) int {
	if !bytes.HasPrefix(body, []byte("HTTP/")) {
		return 0
	}
	n := 0
	for line := range bytes.Lines(body) {
		if n += len(line); len(bytes.TrimSpace(line)) == 0 {
			break
		}
	}
	return n
}

// headers keeps the lines, so that those below keep their numbers.
func (r *redactor) headers(head []byte) (out []byte) {
	for line := range bytes.Lines(head) {
		name, _, found := bytes.Cut(line, []byte(":"))
		if found && !keepsHeader(string(name)) {
			end := line[len(bytes.TrimRight(line, "\r\n")):]
			out = append(append(append(out, name...), ": redacted"...), end...)
			continue
		}
		out = append(out, r.text(string(line))...)
	}
	return out
}

// wide tells whether a text is UTF-16, and in which order: without a byte order
// mark its first character, as metrics begin with ASCII, has a zero byte.
func wide(b []byte) (order unicode.Endianness, ok bool) {
	if len(b) < 2 {
		return order, false
	}
	switch {
	case b[0] == 0xff && b[1] == 0xfe, b[0] != 0 && b[1] == 0:
		return unicode.LittleEndian, true
	case b[0] == 0xfe && b[1] == 0xff, b[0] == 0 && b[1] != 0:
		return unicode.BigEndian, true
	}
	return order, false
}

// exposition replaces the values of labels, in whatever lines, and the free
// text of comments. Quotes, blanks and numbers stay as they are.
func (r *redactor) exposition(body []byte) []byte {
	out := make([]byte, 0, len(body)+len(body)/16)
	for i := 0; i < len(body); {
		// A line, or what is left of it behind a quoted string that went over
		// its end.
		end := bytes.IndexByte(body[i:], '\n')
		if end < 0 {
			end = len(body)
		} else {
			end += i + 1
		}
		line := body[i:end]
		if rest := bytes.TrimLeft(line, " \t"); len(rest) > 0 && rest[0] == '#' {
			out = append(out, r.comment(line)...)
			i = end
			continue
		}
		var n int
		out, n = r.sample(out, body[i:], len(line))
		i += n
	}
	return out
}

var (
	// What goes before the text of a HELP, TYPE or UNIT line, and before the
	// value of a sample without labels.
	metadataHead = regexp.MustCompile(`^[ \t]*#[ \t]+(?:HELP|TYPE|UNIT)[ \t]+[a-zA-Z_:][a-zA-Z0-9_:]*(?:[ \t]|$)`)
	sampleHead   = regexp.MustCompile(`^[ \t]*[a-zA-Z_:][a-zA-Z0-9_:]*[ \t]+[-+0-9NI]`)
)

// comment keeps the name that a HELP, TYPE or UNIT line is about: a host may be
// called as a metric.
func (r *redactor) comment(line []byte) string {
	head := len(metadataHead.Find(line))
	return string(line[:head]) + r.text(string(line[head:]))
}

// sample appends a line of a sample, whose first newline is at size-1, and
// returns how many bytes of b it took: more than the line when a quoted string
// goes on.
func (r *redactor) sample(out, b []byte, size int) ([]byte, int) {
	i := 0
	for i < size {
		quote := bytes.IndexByte(b[i:size], '"')
		if quote < 0 {
			break
		}
		start := i + quote
		end := closing(b, start+1)
		if end < 0 {
			// It never ends: the line is damaged, and what it says unknown.
			return append(out, r.text(string(b[i:size]))...), size
		}
		out = append(out, b[i:start]...)
		name, isLabel := labelBefore(b[:start])
		raw := string(b[start+1 : end])
		if isLabel {
			v := unescape(raw)
			if became := r.value(name, v); became != v {
				raw = escape(became)
			}
		}
		out = append(append(append(out, '"'), raw...), '"')
		i = end + 1
		if i > size {
			next := bytes.IndexByte(b[i:], '\n')
			if size = len(b); next >= 0 {
				size = i + next + 1
			}
		}
	}
	if i == 0 {
		i = max(len(sampleHead.Find(b[:size]))-1, 0) // without the value's first
		out = append(out, b[:i]...)
	}
	// Outside of quotes stand names of metrics and numbers; a damaged line may
	// have more.
	return append(out, r.text(string(b[i:size]))...), size
}

// closing is where the quote stands that ends a string whose content begins at
// i, -1 when there is none.
func closing(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// labelBefore is the name of the label whose value is to begin behind b.
func labelBefore(b []byte) (name string, ok bool) {
	b = bytes.TrimRight(b, " \t")
	if !bytes.HasSuffix(b, []byte("=")) {
		return "", false
	}
	b = bytes.TrimRight(b[:len(b)-1], " \t")
	if bytes.HasSuffix(b, []byte(`"`)) {
		start := bytes.LastIndexByte(b[:len(b)-1], '"')
		return string(b[start+1 : len(b)-1]), true
	}
	start := len(b)
	for start > 0 && isWord(b[start-1]) {
		start--
	}
	return string(b[start:]), true
}

var (
	unescaper = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n")
	escaper   = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
)

func unescape(s string) string { return unescaper.Replace(s) }
func escape(s string) string   { return escaper.Replace(s) }

// maxMessage bounds a message of protobuf.
const maxMessage = 64 << 20

func (r *redactor) protobuf(body []byte) ([]byte, error) {
	var out bytes.Buffer
	in := bytes.NewReader(body)
	opts := protodelim.UnmarshalOptions{MaxSize: maxMessage}
	opts.DiscardUnknown = true // nobody knows what names a field without a name has
	for {
		var f dto.MetricFamily
		switch err := opts.UnmarshalFrom(in, &f); {
		case errors.Is(err, io.EOF):
			return out.Bytes(), nil
		case err != nil:
			return nil, fmt.Errorf("a damaged message of protobuf: %w", err)
		}
		if f.Help != nil {
			*f.Help = r.text(*f.Help)
		}
		for _, m := range f.Metric {
			r.labelPairs(m.Label)
			r.exemplar(m.GetCounter().GetExemplar())
			for _, b := range m.GetHistogram().GetBucket() {
				r.exemplar(b.Exemplar)
			}
			for _, e := range m.GetHistogram().GetExemplars() {
				r.exemplar(e)
			}
		}
		if _, err := protodelim.MarshalTo(&out, &f); err != nil {
			return nil, err
		}
	}
}

func (r *redactor) exemplar(e *dto.Exemplar) { r.labelPairs(e.GetLabel()) }

func (r *redactor) labelPairs(list []*dto.LabelPair) {
	for _, l := range list {
		if l.Value != nil {
			*l.Value = r.value(l.GetName(), *l.Value)
		}
	}
}

// instance is what stands for the instance of a target.
func (r *redactor) instance(name string) string { return r.value("instance", name) }
