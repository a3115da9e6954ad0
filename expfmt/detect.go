package expfmt

import (
	"bytes"
	"cmp"
	"mime"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// Content is what some bytes are.
type Content struct {
	// Format is that of the exposition, FormatUnknown when compressed bytes
	// come without a content type or they are none.
	Format Format
	// Compression is "gzip", "zstd", "snappy" (the framed format), "xz",
	// "bzip2" or "".
	Compression string
	// Encoding is "UTF-16LE" or "UTF-16BE", with a byte order mark or without,
	// and "" for UTF-8. A Reader reads both.
	Encoding string
	// Not says what the bytes are when they are no exposition, for people to
	// read: "an HTML page: 502 Bad Gateway". It is "" when they look like one.
	Not string
}

// maxPage is how much of a body is searched for what a page says.
const maxPage = 1 << 20

// Detect says what a body is by its first bytes, a few KB are enough, and by
// its content type when there is one. The bytes go before the type: an error
// page that is declared as text is an error page. An empty head is an
// exposition without samples.
//
// The content type decides between text and OpenMetrics; without it, a text
// that ends in # EOF is OpenMetrics, unless something in it contradicts that:
// blank lines, another # EOF, timestamps in milliseconds. Parameters such as
// version and escaping are not looked at, but for the version of OpenMetrics:
// 2.0 is named and not read.
//
// What a Reader reads in spite of it is looked through: UTF-16, and response
// headers as curl -i writes them. These give the content type when none is
// given, and with another status than 200 the answer is no exposition.
func Detect(contentType string, head []byte) Content {
	c := Content{Format: declared(contentType)}
	if order, ok := utf16Order(head); ok && c.Format != FormatProtobuf {
		text, _ := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(head[:min(len(head), maxPage)&^1])
		c = Detect(contentType, text)
		c.Encoding = utf16Name(order)
		return c
	}
	if size, status, inner := responseHead(head); size > 0 {
		c := Detect(cmp.Or(contentType, inner), head[size:])
		if !strings.HasPrefix(status, "200") {
			c = Content{Not: "the answer of an HTTP server: " + plain([]byte(status))}
		}
		return c
	}
	if c.Compression = compression(head); c.Compression != "" {
		return c
	}
	if c.Not = notText(head); c.Not != "" {
		c.Format = FormatUnknown
		return c
	}
	if c.Format == FormatProtobuf {
		if c.Not = foreignProtobuf(contentType); c.Not == "" && !looksLikeProtobuf(head) {
			c.Not = notMetrics(head[:min(len(head), maxPage)])
		}
		if c.Not != "" {
			c.Format = FormatUnknown
		}
		return c
	}
	if looksLikeProtobuf(head) {
		c.Format = FormatProtobuf
		return c
	}
	if c.Not = notMetrics(head[:min(len(head), maxPage)]); c.Not != "" {
		c.Format = FormatUnknown
		return c
	}
	if isOpenMetrics2(contentType) {
		return Content{Not: "OpenMetrics 2.0, which is not read"}
	}
	if c.Format == FormatUnknown {
		c.Format = FormatText
		if isOpenMetrics(head) {
			c.Format = FormatOpenMetrics
		}
	}
	return c
}

// declared returns the format that a content type names.
func declared(contentType string) Format {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media, _, _ = strings.Cut(strings.ToLower(contentType), ";")
		media = strings.TrimSpace(media)
	}
	switch media {
	case "text/plain":
		return FormatText
	case "application/openmetrics-text":
		return FormatOpenMetrics
	case "application/vnd.google.protobuf":
		return FormatProtobuf
	}
	return FormatUnknown
}

// foreignProtobuf names a content type of protobuf that is not the one which
// scrapes use. Upstream does not look at the parameters.
func foreignProtobuf(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	if p := params["proto"]; p != "" && p != "io.prometheus.client.MetricFamily" {
		return "protobuf of the message type " + plain([]byte(p)) + ", which is not read"
	}
	if e := params["encoding"]; e != "" && e != "delimited" {
		return "protobuf in the encoding " + plain([]byte(e)) + ", which is not read: delimited is"
	}
	return ""
}

func isOpenMetrics2(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/openmetrics-text" && strings.HasPrefix(params["version"], "2")
}

// compression knows a compressed stream by its first bytes: RFC 1952, RFC
// 8878, the framing format of snappy, xz and bzip2.
func compression(head []byte) string {
	for _, m := range [...]struct{ name, magic string }{
		{"gzip", "\x1f\x8b"},
		{"zstd", "\x28\xb5\x2f\xfd"},
		{"snappy", snappyMagic},
		{"xz", "\xfd7zXZ\x00"},
		{"bzip2", "BZh91AY&SY"},
	} {
		if strings.HasPrefix(str(head), m.magic) {
			return m.name
		}
	}
	if len(head) > 3 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18" {
		return "zstd" // a skippable frame
	}
	return ""
}

const snappyMagic = "\xff\x06\x00\x00sNaPpY"

// looksLikeProtobuf reports whether head begins with a length and a
// MetricFamily whose first field is its name: a text begins so only by a
// control character that no exposition has.
func looksLikeProtobuf(head []byte) bool {
	size, n := shortVarint(head)
	if n == 0 || len(head) < n+3 || head[n] != '\n' {
		return false
	}
	want, m := shortVarint(head[n+1:])
	name := head[n+1+m:]
	rest := size - want - uint64(1+m) // the message behind its name
	if m == 0 || want == 0 || rest > size {
		return false
	}
	if uint64(len(name)) > want {
		// The next field is the help, the type, a metric or the unit.
		if next := name[want]; rest > 0 && next != 0x12 && next != 0x18 && next != 0x22 && next != 0x2a {
			return false
		}
		name = name[:want]
	}
	for _, c := range name {
		if c < ' ' {
			return false
		}
	}
	return true
}

// shortVarint reads a number of protobuf of 5 bytes at most, and how many it
// took; 0 when b does not begin with a whole one.
func shortVarint(b []byte) (v uint64, n int) {
	for n < min(len(b), 5) {
		c := b[n]
		v |= uint64(c&0x7f) << (7 * n)
		if n++; c < 0x80 {
			return v, n
		}
	}
	return 0, 0
}

// notText names bytes that are no text in UTF-8 and cannot be protobuf.
func notText(head []byte) string {
	for _, m := range [...]struct{ what, magic string }{
		{"a PNG picture", "\x89PNG\r\n\x1a\n"},
		{"a JPEG picture", "\xff\xd8\xff"},
		{"a PDF document", "%PDF-"},
		{"a zip archive", "PK\x03\x04"},
		{"an ELF program", "\x7fELF"},
	} {
		if strings.HasPrefix(str(head), m.magic) {
			return m.what
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return "a tar archive"
	}
	return ""
}

// hasLine reports whether a line of head begins with prefix, or is it. What the
// prefix begins with is rarer than ends of lines.
func hasLine(head []byte, prefix string) bool {
	head = bytes.TrimPrefix(head, utf8BOM)
	for at := 0; ; at++ {
		i := bytes.Index(head[at:], []byte(prefix))
		if i < 0 {
			return false
		}
		if at += i; at == 0 || head[at-1] == '\n' {
			return true
		}
	}
}
