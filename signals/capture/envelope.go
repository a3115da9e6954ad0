package capture

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/textproto"
	"strconv"
	"strings"
)

// An envelope is a response as HTTP tools save it: JSON with its body, status and headers, on the top level or under
// "response". Its strings may be objects: {"code": 200}, {"string": "…"}, {"text": "…", "encoding": "base64"}.
type envelope struct {
	Response *envelope       `json:"response"`
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

// answer is what an envelope holds.
type answer struct {
	body   []byte
	header textproto.MIMEHeader
	status int
	time   int64
	timed  bool
	zoned  bool
}

// open takes an envelope apart; ok is false when it is none.
func (e *envelope) open() (a answer, ok bool) {
	in := e
	for range 3 {
		if in.Response == nil {
			break
		}
		in = in.Response
	}
	a.body, ok = bodyOf(in.Body, in.Base64 || in.Encoding == "base64")
	if !ok {
		a.body, ok = bodyOf(in.Content, in.Base64)
	}
	for _, raw := range []json.RawMessage{in.Status, in.Code, in.Code2} {
		if a.status == 0 {
			a.status = statusIn(raw)
		}
	}
	a.header = headersIn(in.Headers)
	if !ok || a.status == 0 && a.header == nil && in == e {
		return a, false
	}
	for _, raw := range []json.RawMessage{e.Started, e.Stamp, e.Time, e.Date, in.Stamp, in.Time, in.Date} {
		text := strings.Trim(string(raw), `"`)
		if ms, zoned, ok := parseDateLine([]byte(text)); ok && !a.timed {
			a.time, a.timed, a.zoned = ms, true, zoned
		}
	}
	if ms, ok := parseHTTPDate(a.header.Get("Date")); ok && !a.timed {
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

// headersIn reads {"Name": "value"}, {"Name": ["value"]} or [{"name": …, "value": …}].
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

// openEnvelope takes the text of one part apart.
func openEnvelope(text []byte) (answer, error) {
	var e envelope
	if err := json.Unmarshal(bytes.TrimLeft(text, " \t\r\n,["), &e); err != nil {
		return answer{}, err
	}
	a, ok := e.open()
	if !ok {
		return a, errors.New("there is no body in it")
	}
	return a, nil
}

// errValueTooLarge ends the reading of JSON whose one value is larger than a body may be.
var errValueTooLarge = errors.New("a JSON value is too large")

// meteredReader fails when more is read than a budget that can be renewed.
type meteredReader struct {
	r    io.Reader
	left int64
}

func (m *meteredReader) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errValueTooLarge
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	return n, err
}

// scanEnvelopes reads a file of envelopes: one, several one after the other, or an array of them. It returns nil when
// the first value is none.
func scanEnvelopes(r io.Reader, maxBody int64) *facts {
	in := &meteredReader{r: r, left: maxBody}
	dec := json.NewDecoder(in)
	f := &facts{whole: true, wrapped: true, form: formExposition}
	first, err := bufferedByte(dec)
	if err != nil {
		return nil
	}
	if first == '[' {
		if _, err := dec.Token(); err != nil {
			return nil
		}
	}
	for len(f.parts) < maxParts && (first != '[' || dec.More()) {
		in.left = maxBody
		off := dec.InputOffset()
		var e envelope
		if err := dec.Decode(&e); err != nil {
			break
		}
		a, ok := e.open()
		if !ok {
			break
		}
		if f.job == "" {
			if inner, err := scan(bytes.NewReader(a.body), headSize); err == nil {
				f.job = inner.job
				if len(f.parts) == 0 && inner.form != formExposition && a.status < 400 {
					return nil // a saved response, but not of metrics
				}
			}
		}
		p := part{off: off, size: dec.InputOffset() - off, time: a.time, zoned: a.zoned}
		if a.timed {
			p.source = sourceDate
		}
		f.parts = append(f.parts, p)
	}
	if len(f.parts) == 0 {
		return nil
	}
	f.split = len(f.parts) > 1
	return f
}

// bufferedByte is the first byte that is no blank. The decoder has read nothing else.
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
