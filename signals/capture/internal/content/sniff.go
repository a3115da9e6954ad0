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
	found, err := l.look(file, r, all) // l.in reads from r
	if found != nil {
		found.Utf16 = utf16
	}
	return found, err
}

// look tells what the decompressed text of a file is.
func (l *Sniffer) look(file string, r io.Reader, all bool) (*Facts, error) {
	if l.in == nil {
		l.in = bufio.NewReaderSize(nil, maxScanLine)
	}
	l.in.Reset(r)
	begin, err := l.in.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head := begin[:min(len(begin), 512)]
	text := bytes.TrimLeft(head, " \t\r\n")
	if folded(begin) {
		if text[0] == '{' || text[0] == '[' {
			if found := scanHTTPJSON(l.in, l.MaxBody); found != nil {
				return found, nil
			}
			return l.again(file, true)
		}
		return l.unfold(file, l.in)
	}
	switch {
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		if found := scanHTTPJSON(l.in, l.MaxBody); found != nil {
			return found, nil
		}
		return l.again(file, false)
	case expfmt.Detect("", head).Format == expfmt.FormatProtobuf && !bytes.HasPrefix(head, []byte("HTTP/")): // headers are lines
		return protobufFacts(l.in), nil
	case bytes.IndexByte(head, 0) >= 0:
		return &Facts{Whole: true, Why: "binary data"}, nil
	}
	if all {
		return scanWith(l.in, 0)
	}
	return scanWith(l.in, headSize)
}

// unfold tells what stands in a text without what stands around it, or what
// the text is when nothing does.
func (l *Sniffer) unfold(file string, r io.Reader) (*Facts, error) {
	text, err := readWhole(r)
	switch {
	case err != nil:
		return &Facts{Whole: true, Why: err.Error()}, nil
	default:
		if v := Unfold(text); v != nil {
			return v.facts()
		}
	}
	return l.again(file, false)
}

// again reads a file that is no saved response after all, to unfold it or to
// look at its beginning.
func (l *Sniffer) again(file string, unfold bool) (*Facts, error) {
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
	if unfold {
		return l.unfold(file, r)
	}
	in := bufio.NewReaderSize(r, maxScanLine)
	head, _ := in.Peek(headSize)
	not := expfmt.Detect("", head).Not
	found, err := scanWith(in, headSize)
	if err == nil && found.Form == formOther && not != "" {
		found.Why = not
	}
	return found, err
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

// LookInto tells what a body is that was read whole, as Sniff does of a file.
func LookInto(body []byte, maxBody int64) (*Facts, error) {
	l := Sniffer{
		OpenFile: func(string) (io.ReadCloser, int64, error) {
			return io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		},
		MaxBody: maxBody, Body: codec.Reader{Max: maxBody},
	}
	return l.Sniff("", true)
}

// Surrounded tells by the beginning of a body, and at little cost, whether
// something may stand around its text or before its lines. Response headers are
// no such thing: whoever reads a text passes over them.
func Surrounded(body []byte) bool {
	head := body[:min(len(body), headSize)]
	start := bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n")
	if len(start) == 0 || start[0] == '#' {
		return false
	}
	return isProgressHead(start) || folded(head)
}

// Stands says whether a file is one text as it stands: nothing is around it or
// before its lines, and where something stands between two of them no family
// stands again behind it. A program may write lines that are of no text.
func (f *Facts) Stands() bool {
	several := f.Header && len(f.Parts) > 1 || (f.divided || f.ByTarget() != nil) && f.twice
	return f.View == "" && !f.Wrapped && !f.CurlProgress && !several
}
