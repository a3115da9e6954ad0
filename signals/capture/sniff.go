package capture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"
)

// A looker looks into one file after the other.
type looker struct {
	openFile openFunc
	maxBody  int64
	body     bodyReader
	in       *bufio.Reader
}

// sniff reads what a file is: from its beginning, or with all set from the whole of it. Compressed files are looked
// into.
func (l *looker) sniff(file string, all bool) (*facts, error) {
	f, _, err := l.openFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, _, err := l.body.decode(f)
	if err != nil {
		return nil, err
	}
	r, utf16 := transcode(r)
	found, err := l.look(file, r, all)
	if found != nil {
		found.utf16 = utf16
	}
	return found, err
}

// look tells what the decompressed text of a file is.
func (l *looker) look(file string, r io.Reader, all bool) (*facts, error) {
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	rest := io.MultiReader(bytes.NewReader(head), r)
	switch text := bytes.TrimLeft(head, " \t\r\n"); {
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		if found := scanEnvelopes(rest, l.maxBody); found != nil {
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
func (l *looker) again(file string) (*facts, error) {
	f, _, err := l.openFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, _, err := l.body.decode(f)
	if err != nil {
		return nil, err
	}
	r, _ = transcode(r)
	return scan(r, headSize)
}

// transcode puts what makes UTF-8 of UTF-16 before r when that begins with a byte order mark.
func transcode(r io.Reader) (out io.Reader, utf16 bool) {
	in := bufio.NewReaderSize(r, 16)
	if head, _ := in.Peek(2); string(head) != "\xff\xfe" && string(head) != "\xfe\xff" {
		return in, false
	}
	return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(in), true
}

// binaryFacts tells delimited protobuf from all else that is no text.
func binaryFacts(head []byte, r io.Reader) *facts {
	f := &facts{whole: true, why: "binary data"}
	switch {
	case !protobufAt(head):
		return f
	}
	f.form, f.why = formExposition, ""
	data, _ := io.ReadAll(io.LimitReader(r, headSize))
	var jobs jobFinder
	for len(data) > 0 {
		size, n := binary.Uvarint(data)
		if n <= 0 {
			break
		}
		if name := protobufName(data[n:]); name != nil {
			jobs.see(name)
		}
		if size > uint64(len(data)-n) {
			break
		}
		data = data[n+int(size):]
	}
	f.job = jobs.job()
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
