package content

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/component"
	"golang.org/x/text/encoding/unicode"
)

// A Sniffer looks into one file after the other.
type Sniffer struct {
	OpenFile codec.OpenFunc
	MaxBody  int64
	Body     codec.Reader
	in       *bufio.Reader
}

// Sniff reads what a file is: from its beginning, or with all set from the whole of it. Compressed files are looked
// into.
func (l *Sniffer) Sniff(file string, all bool) (*Facts, error) {
	f, _, err := l.OpenFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, _, err := l.Body.Decode(f)
	if err != nil {
		return nil, err
	}
	r, utf16 := Transcode(r)
	found, err := l.look(file, r, all)
	if found != nil {
		found.Utf16 = utf16
	}
	return found, err
}

// look tells what the decompressed text of a file is.
func (l *Sniffer) look(file string, r io.Reader, all bool) (*Facts, error) {
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	rest := io.MultiReader(bytes.NewReader(head), r)
	switch text := bytes.TrimLeft(head, " \t\r\n"); {
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		if found := scanHTTPJSON(rest, l.MaxBody); found != nil {
			return found, nil
		}
		return l.again(file)
	case bytes.IndexByte(head, 0) >= 0 || len(head) > 1 && protobufAt(head):
		return binaryFacts(head, rest), nil
	}
	if l.in == nil {
		l.in = bufio.NewReaderSize(nil, maxScanLine)
	}
	l.in.Reset(rest)
	if all {
		return scanWith(l.in, 0)
	}
	return scanWith(l.in, headSize)
}

// again reads the beginning of a file that looked like JSON.
func (l *Sniffer) again(file string) (*Facts, error) {
	f, _, err := l.OpenFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, _, err := l.Body.Decode(f)
	if err != nil {
		return nil, err
	}
	r, _ = Transcode(r)
	return scan(r, headSize)
}

// Transcode puts what makes UTF-8 of UTF-16 before r when that begins with a byte order mark.
func Transcode(r io.Reader) (out io.Reader, utf16 bool) {
	in := bufio.NewReaderSize(r, 16)
	if head, _ := in.Peek(2); string(head) != "\xff\xfe" && string(head) != "\xfe\xff" {
		return in, false
	}
	return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(in), true
}

// binaryFacts tells delimited protobuf from all else that is no text.
func binaryFacts(head []byte, r io.Reader) *Facts {
	f := &Facts{Whole: true, Why: "binary data"}
	switch {
	case !protobufAt(head):
		return f
	}
	f.Form, f.Why = FormExposition, ""
	data, _ := io.ReadAll(io.LimitReader(r, headSize))
	var jobs component.Metrics
	for len(data) > 0 {
		size, n := binary.Uvarint(data)
		if n <= 0 {
			break
		}
		if name := protobufName(data[n:]); name != nil {
			jobs.See(name)
		}
		if size > uint64(len(data)-n) {
			break
		}
		data = data[n+int(size):]
	}
	f.Job = jobs.Job()
	return f
}

// protobufAt says whether data begins as a delimited MetricFamily does: its length, and its name as the first field.
func protobufAt(data []byte) bool {
	size, n := binary.Uvarint(data)
	return n > 0 && size > 2 && size < 1<<28 && protobufName(data[n:]) != nil
}

// protobufName is the name that a MetricFamily begins with.
func protobufName(data []byte) []byte {
	if len(data) < 3 || data[0] != 0x0a {
		return nil
	}
	size, n := binary.Uvarint(data[1:])
	if n <= 0 || size == 0 || size > 1024 {
		return nil
	}
	name := data[1+n:]
	name = name[:min(uint64(len(name)), size)]
	for i, c := range name {
		if !nameByte(c, i == 0) {
			return nil
		}
	}
	if len(name) == 0 {
		return nil
	}
	return name
}
