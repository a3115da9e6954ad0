package content

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/component"
)

// A Sniffer looks into one file after the other.
type Sniffer struct {
	OpenFile codec.OpenFunc
	MaxBody  int64
	Body     codec.Reader
	in       *bufio.Reader
}

// Sniff reads what a file is: from its beginning, or with all set from the
// whole of it. Compressed files are looked into.
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
	case expfmt.Detect("", head).Format == expfmt.FormatProtobuf && !bytes.HasPrefix(head, []byte("HTTP/")): // headers are lines
		return protobufFacts(rest), nil
	case bytes.IndexByte(head, 0) >= 0:
		return &Facts{Whole: true, Why: "binary data"}, nil
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

// Transcode puts what makes UTF-8 of UTF-16 before r when expfmt.Detect says
// that it is that.
func Transcode(r io.Reader) (out io.Reader, utf16 bool) {
	in := bufio.NewReaderSize(r, 16)
	head, _ := in.Peek(16)
	order := unicode.LittleEndian
	switch expfmt.Detect("", head).Encoding {
	case "":
		return in, false
	case "UTF-16BE":
		order = unicode.BigEndian
	}
	return unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(in), true
}

// protobufFacts tells by the families that begin in the first bytes what
// program it is of.
func protobufFacts(r io.Reader) *Facts {
	f := &Facts{Whole: true, Form: FormExposition}
	var jobs component.Metrics
	for x := expfmt.NewReader(r, expfmt.Options{Format: expfmt.FormatProtobuf}); x.Next(); {
		if x.Kind() != expfmt.KindType {
			continue
		}
		if x.Metadata().Column > headSize {
			break
		}
		jobs.See([]byte(x.Metadata().Name))
	}
	f.Job = jobs.Job()
	return f
}
