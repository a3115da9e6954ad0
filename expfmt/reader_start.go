package expfmt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"golang.org/x/text/encoding/unicode"
)

const (
	defaultMaxBytes = 1 << 30
	maxHead         = 64 << 10 // what response headers may take
)

// errTooLong ends a text that is longer than Options.MaxBytes. It becomes a
// problem: Err is for the source's errors.
var errTooLong = errors.New("the text is longer than Options.MaxBytes")

// start looks at the first bytes, before the first record: it transcodes
// UTF-16, passes over response headers, and ends what is compressed.
func (r *Reader) start() {
	w := &r.w
	r.fresh = false
	w.have(maxUTF16)
	if order, ok := utf16Order(w.buf[:w.end]); ok && r.format != FormatProtobuf {
		r.transcode(order)
	}
	if w.left = w.limit - int64(w.end); w.left < 0 {
		w.end, w.left, w.err = int(w.limit), 0, errTooLong
	}
	if w.have(len("HTTP/")); bytes.HasPrefix(bytes.TrimPrefix(w.buf[:w.end], utf8BOM), []byte("HTTP/")) {
		w.have(maxHead)
		r.passHeaders()
	}
	w.have(len(snappyMagic))
	if c := compression(w.buf[w.lo:w.end]); c != "" {
		r.headProblem("compressed", "the text is compressed with "+c+" and cannot be read as it is: decompress it first")
		w.src, w.lo, w.at, w.end, r.done = nil, 0, 0, 0, true
		if r.pb != nil {
			r.pb.phase = protoEnd
		}
	}
}

// transcode puts what makes UTF-8 of UTF-16 before the window.
func (r *Reader) transcode(order unicode.Endianness) {
	w := &r.w
	r.headProblem("utf-16", "the text is UTF-16, as PowerShell's > writes it; it is read as UTF-8, in which columns count: save with curl -o")
	begin := io.Reader(bytes.NewReader(w.buf[:w.end]))
	switch {
	case w.src == nil:
	case w.err != nil:
		begin = io.MultiReader(begin, failing{w.err})
	case !w.eof:
		begin = io.MultiReader(begin, w.src)
	}
	*w = window{
		src: unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(begin),
		max: w.max, limit: w.limit, left: w.left, refills: w.refills,
	}
}

// failing is a source that gives an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// passHeaders passes over what curl -i writes before a body.
func (r *Reader) passHeaders() {
	w := &r.w
	head, _, _ := responseHead(w.buf[:w.end])
	if head == 0 {
		return
	}
	r.headProblem("response-headers", "response headers stand before the text, as curl -i writes them; they were passed over")
	w.lo, w.hi, w.at = head, head, head
	if r.pb != nil && r.format == FormatProtobuf {
		r.pb.next = head
		return
	}
	r.line += bytes.Count(w.buf[:head], newline)
	r.first = r.line
}

// headProblem queues a problem at the first byte.
func (r *Reader) headProblem(id, message string) {
	line, _, _ := bytes.Cut(r.w.buf[r.w.lo:r.w.end], newline)
	text := string(bytes.TrimSuffix(line[:min(len(line), maxProblemText)], []byte{'\r'}))
	if r.format == FormatProtobuf {
		text = ""
	}
	r.report(r.from, 1, id, message, text, 0)
}

// maxUTF16 is how much of a text without a byte order mark must look like
// UTF-16: then it is nothing else that can be read.
const maxUTF16 = 16

// utf16Order returns the order of the bytes of a text in UTF-16 and whether it
// is one. Without a byte order mark that is certain when the first eight
// characters are ASCII.
func utf16Order(b []byte) (order unicode.Endianness, ok bool) {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return unicode.LittleEndian, true
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return unicode.BigEndian, true
	case len(b) < maxUTF16 || b[0] != 0 && b[1] != 0:
		return order, false
	}
	zero := 1 // where in each pair the zero byte is
	if order = unicode.LittleEndian; b[0] == 0 {
		zero, order = 0, unicode.BigEndian
	}
	for i, c := range b[:maxUTF16] {
		text := c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t'
		if i&1 == zero && c != 0 || i&1 != zero && !text {
			return order, false
		}
	}
	return order, true
}

// utf16Name is the name of an order in Content.
func utf16Name(order unicode.Endianness) string {
	if order == unicode.BigEndian {
		return "UTF-16BE"
	}
	return "UTF-16LE"
}

// tooLong says that the text ended at the limit.
func (w *window) tooLong() string {
	return fmt.Sprintf("the text has more than %d bytes and is not read further: raise the limit (MaxBytes) to read it all", w.limit)
}

func maxBytes(n int64) int64 {
	switch {
	case n == 0:
		return defaultMaxBytes
	case n < 0:
		return math.MaxInt64
	}
	return n
}
