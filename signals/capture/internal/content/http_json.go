package content

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// An httpJSON is a response as HTTP tools save it: JSON with its body, status
// and headers, on the top level or under "response". Its strings may be
// objects: {"code": 200}, {"string": "…"}, {"text": "…", "encoding": "base64"}.
type httpJSON struct {
	Response *httpJSON       `json:"response"`
	Body     json.RawMessage `json:"body"`
	Content  json.RawMessage `json:"content"`
	Status   json.RawMessage `json:"status"`
	Code     json.RawMessage `json:"statusCode"`
	Code2    json.RawMessage `json:"status_code"`
	Headers  json.RawMessage `json:"headers"`
	Encoding string          `json:"encoding"`
	Base64   bool            `json:"isBase64Encoded"`
	Time     json.RawMessage `json:"time"`
	Stamp    json.RawMessage `json:"timestamp"`
	Date     json.RawMessage `json:"date"`
	Started  json.RawMessage `json:"startedDateTime"`
}

// Response is what an envelope holds.
type Response struct {
	Body   []byte
	Places *Places // of Body in the part
	Header textproto.MIMEHeader
	Status int
	time   int64
	timed  bool
	zoned  bool
}

// open takes an envelope apart; ok is false when it is none.
func (e *httpJSON) open() (a Response, ok bool) {
	in := e
	for range 3 {
		if in.Response == nil {
			break
		}
		in = in.Response
	}
	a.Body, ok = bodyOf(in.Body, in.Base64 || in.Encoding == "base64")
	if !ok {
		a.Body, ok = bodyOf(in.Content, in.Base64)
	}
	for _, raw := range []json.RawMessage{in.Status, in.Code, in.Code2} {
		if a.Status == 0 {
			a.Status = statusIn(raw)
		}
	}
	a.Header = headersIn(in.Headers)
	if !ok || a.Status == 0 && a.Header == nil && in == e {
		return a, false
	}
	for _, raw := range []json.RawMessage{e.Started, e.Stamp, e.Time, e.Date, in.Stamp, in.Time, in.Date} {
		text := strings.Trim(string(raw), `"`)
		if ms, zoned, ok := clock.ParseDateLine([]byte(text)); ok && !a.timed {
			a.time, a.timed, a.zoned = ms, true, zoned
		}
	}
	if ms, ok := clock.ParseHTTPDate(a.Header.Get("Date")); ok && !a.timed {
		a.time, a.timed, a.zoned = ms, true, true
	}
	return a, true
}

func bodyOf(raw json.RawMessage, packed bool) ([]byte, bool) {
	var text string
	if len(raw) == 0 || raw[0] != '"' {
		var o struct {
			Text, String, Data *string
			Encoding           string
		}
		if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &o) != nil {
			return nil, false
		}
		for _, s := range []*string{o.Text, o.String, o.Data} {
			if s != nil {
				return unpackBody(*s, packed || o.Encoding == "base64")
			}
		}
		return nil, false
	}
	if json.Unmarshal(raw, &text) != nil {
		return nil, false
	}
	return unpackBody(text, packed)
}

func unpackBody(s string, packed bool) ([]byte, bool) {
	if !packed {
		return []byte(s), true
	}
	b, err := base64.StdEncoding.DecodeString(s)
	return b, err == nil
}

// statusIn reads 200, "200 OK" or {"code": 200}.
func statusIn(raw json.RawMessage) int {
	var o struct{ Code, Status json.RawMessage }
	if len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &o) == nil {
		raw = o.Code
		if len(raw) == 0 {
			raw = o.Status
		}
	}
	text := strings.Trim(string(raw), `"`)
	if len(text) > 3 && text[3] != ' ' {
		return 0
	}
	n, err := strconv.ParseUint(text[:min(len(text), 3)], 10, 16)
	if err != nil || n < 100 {
		return 0
	}
	return int(n)
}

// headersIn reads {"Name": "value"}, {"Name": ["value"]} or [{"name": …,
// "value": …}].
func headersIn(raw json.RawMessage) textproto.MIMEHeader {
	h := textproto.MIMEHeader{}
	var list []struct{ Name, Key, Value string }
	var fields map[string]json.RawMessage
	switch {
	case json.Unmarshal(raw, &list) == nil:
		for _, f := range list {
			h.Add(f.Name+f.Key, f.Value)
		}
	case json.Unmarshal(raw, &fields) == nil:
		for name, value := range fields {
			var one string
			var many []string
			if json.Unmarshal(value, &one) == nil {
				h.Add(name, one)
			} else if json.Unmarshal(value, &many) == nil {
				for _, v := range many {
					h.Add(name, v)
				}
			}
		}
	}
	if len(h) == 0 {
		return nil
	}
	return h
}

// OpenHTTPJSON takes the text of one part apart.
func OpenHTTPJSON(text []byte) (Response, error) {
	var e httpJSON
	if err := json.Unmarshal(bytes.TrimLeft(text, " \t\r\n,["), &e); err != nil {
		return Response{}, err
	}
	a, ok := e.open()
	if !ok {
		return a, errors.New("there is no body in it")
	}
	a.Places = placesOf(&e, &a, text)
	return a, nil
}

// placesOf finds the body of a part in its text. A string that is the same and
// stands before it, as of a request, has the same in it at the same places.
func placesOf(e *httpJSON, a *Response, text []byte) *Places {
	in := e
	for range 3 {
		if in.Response == nil {
			break
		}
		in = in.Response
	}
	for _, raw := range []json.RawMessage{in.Body, in.Content} {
		var o struct{ Text, String, Data json.RawMessage }
		_ = json.Unmarshal(raw, &o)
		for _, s := range []json.RawMessage{raw, o.Text, o.String, o.Data} {
			at := bytes.Index(text, s)
			if len(s) < 2 || s[0] != '"' || at < 0 {
				continue
			}
			var t taking
			if t.json(s[1:len(s)-1], at+1); !bytes.Equal(t.text, a.Body) {
				t = taking{}
				t.make(a.Body, at) // of base64
			}
			return &Places{text: lineStarts(a.Body), file: lineStarts(text), runs: t.runs}
		}
	}
	return nil
}

// errValueTooLarge ends the reading of JSON whose one value is larger than a
// body may be.
var errValueTooLarge = errors.New("a JSON value is too large")

// meteredReader fails when more is read than a budget that can be renewed. It
// knows where the lines begin that were read and not asked for.
type meteredReader struct {
	r    io.Reader
	left int64

	read        int64
	starts      []int64
	lines, last int64 // of the lines that were asked for: how many, and where the last one begins
}

// place is the line and the column of an offset that is not before the last one
// that was asked for.
func (m *meteredReader) place(off int64) (line, column int64) {
	n := 0
	for n < len(m.starts) && m.starts[n] <= off {
		m.last = m.starts[n]
		n++
	}
	m.starts = m.starts[n:]
	m.lines += int64(n)
	return m.lines + 1, off - m.last + 1
}

func (m *meteredReader) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errValueTooLarge
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	for at := 0; ; {
		i := bytes.IndexByte(p[at:n], '\n')
		if i < 0 {
			break
		}
		at += i + 1
		m.starts = append(m.starts, m.read+int64(at))
	}
	m.read += int64(n)
	return n, err
}

// scanHTTPJSON reads a file of envelopes: one, several one after the other, or
// an array of them. It returns nil when the first value is none.
func scanHTTPJSON(r io.Reader, maxBody int64) *Facts {
	in := &meteredReader{r: r, left: maxBody}
	dec := json.NewDecoder(in)
	f := &Facts{Whole: true, Wrapped: true, Form: FormExposition}
	first, err := bufferedByte(dec)
	if err != nil {
		return nil
	}
	if first == '[' {
		if _, err := dec.Token(); err != nil {
			return nil
		}
	}
	for len(f.Parts) < maxParts && (first != '[' || dec.More()) {
		in.left = maxBody
		off := dec.InputOffset()
		var e httpJSON
		if err := dec.Decode(&e); err != nil {
			break
		}
		a, ok := e.open()
		if !ok {
			break
		}
		if f.Job == "" {
			if inner, err := scan(bytes.NewReader(a.Body), headSize); err == nil {
				f.Job = inner.Job
				if len(f.Parts) == 0 && inner.Form != FormExposition && a.Status < 400 {
					return nil // a saved response, but not of metrics
				}
			}
		}
		p := Part{Off: off, Size: dec.InputOffset() - off, Time: a.time, Zoned: a.zoned}
		p.Line, p.Column = in.place(off)
		if a.timed {
			p.Source = clock.FromDateHeader
		}
		f.Parts = append(f.Parts, p)
	}
	if len(f.Parts) == 0 {
		return nil
	}
	f.Split = len(f.Parts) > 1
	return f
}

// bufferedByte is the first byte that is no blank. The decoder has read nothing
// else.
func bufferedByte(dec *json.Decoder) (byte, error) {
	if !dec.More() {
		return 0, io.EOF
	}
	head, err := io.ReadAll(io.LimitReader(dec.Buffered(), 512))
	head = bytes.TrimLeft(head, " \t\r\n")
	if err != nil || len(head) == 0 {
		return 0, io.EOF
	}
	return head[0], nil
}
