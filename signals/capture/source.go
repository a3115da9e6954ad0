package capture

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// maxSources bounds the files with several scrapes that a stream keeps open, to
// go on where it was.
const maxSources = 16

// A partReader reads parts of one file, decompressed, mostly one after the
// other.
type partReader struct {
	file   string
	closer io.Closer
	seek   io.Seeker // nil when it is compressed
	r      io.Reader
	pos    int64
	used   int
	held   int64 // bytes of a text that is held whole
	places *content.Places
	layers codec.Reader
}

// sources are the files that a stream has open.
type sources struct {
	open  []*partReader
	clock int
}

func (s *sources) close() {
	for _, o := range s.open {
		o.closer.Close()
	}
	s.open = nil
}

// read appends a part of a file to buf. Of a text that was taken out of a file
// it says where it stands in that.
func (s *sources) read(open codec.OpenFunc, file string, p filePart, buf []byte) ([]byte, *content.Places, error) {
	s.clock++
	var src *partReader
	for i, o := range s.open {
		if o.file != file {
			continue
		}
		if src = o; o.seek == nil && o.pos > p.off {
			o.closer.Close()
			s.open = append(s.open[:i], s.open[i+1:]...)
			src = nil
		}
		break
	}
	if src == nil {
		var err error
		if src, err = s.add(open, file, p.partFlags); err != nil {
			return buf, nil, err
		}
	}
	src.used = s.clock
	buf, err := src.part(p, buf)
	if err != nil {
		s.forget(src)
	}
	return buf, src.places, err
}

func (s *sources) forget(src *partReader) {
	for i, o := range s.open {
		if o == src {
			o.closer.Close()
			s.open = append(s.open[:i], s.open[i+1:]...)
			return
		}
	}
}

// maxHeld bounds the texts that a stream holds whole, in bytes.
const maxHeld = 128 << 20

// room forgets texts until there is room for another.
func (s *sources) room(size int64) {
	for i := 0; i < len(s.open); {
		total := size
		for _, o := range s.open {
			total += o.held
		}
		if o := s.open[i]; total > maxHeld && o.held > 0 {
			s.forget(o)
			continue
		}
		i++
	}
}

func (s *sources) add(open codec.OpenFunc, file string, flags partFlags) (*partReader, error) {
	if len(s.open) >= maxSources {
		oldest := s.open[0]
		for _, o := range s.open {
			if o.used < oldest.used {
				oldest = o
			}
		}
		s.forget(oldest)
	}
	f, _, err := open(file)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", message.Cause(err))
	}
	src := &partReader{file: file, closer: f}
	r, packing, err := src.layers.Decode(f)
	if err != nil {
		f.Close()
		return nil, codec.Broken(packing, 0, err)
	}
	if src.r = r; flags.utf16 {
		src.r, _ = content.Transcode(r)
	} else if seek, ok := f.(io.Seeker); ok && packing == "" {
		if _, err := seek.Seek(0, io.SeekStart); err == nil {
			src.seek, src.r = seek, f
		}
	}
	if flags.folded {
		v, err := content.UnfoldReader(src.r)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("the file cannot be read: %w", message.Cause(err))
		}
		s.room(v.Size())
		text := bytes.NewReader(v.Text)
		src.seek, src.r, src.held, src.places = text, text, v.Size(), v.Places
	}
	s.open = append(s.open, src)
	return src, nil
}

func (o *partReader) part(p filePart, buf []byte) ([]byte, error) {
	var err error
	switch {
	case o.seek != nil && o.pos != p.off:
		_, err = o.seek.Seek(p.off, io.SeekStart)
	case o.pos < p.off:
		_, err = io.CopyN(io.Discard, o.r, p.off-o.pos)
	}
	from := len(buf)
	if err == nil {
		if need := from + int(p.size); cap(buf) < need {
			buf = append(make([]byte, 0, need+need/8), buf...)
		}
		buf = buf[:from+int(p.size)]
		_, err = io.ReadFull(o.r, buf[from:])
	}
	if err != nil {
		return buf[:from], fmt.Errorf("the file changed while it was read, or is damaged: %w", message.Cause(err))
	}
	o.pos = p.off + p.size
	return buf, nil
}

// A filePart is a part of a file as a stream needs it. Its size is -1 for the
// whole file.
type filePart struct {
	off, size int64
	line      int64 // number of the line at off, from 1; 0 is 1
	column    int64 // of JSON, as the line
	n         int32 // which scrape of the file it is, from 1; 0 when it is the only one
	partFlags
}

type partFlags struct {
	meter, header, wrapped, bulk, failure, utf16, folded bool
}

// unwrap takes off what stands around a body: curl's meter, response headers,
// an envelope, curl's message at its end.
func (s *Stream) unwrap(p filePart) {
	sc := &s.scrape
	if p.wrapped {
		a, err := content.OpenHTTPJSON(sc.Body)
		if err != nil {
			sc.Err = fmt.Errorf("the JSON around the body cannot be read: %w", err)
			return
		}
		sc.Body, sc.Header, sc.Status = a.Body, a.Header, a.Status
		sc.taken = Origin{line: sc.Line, column: int(p.column), places: a.Places}
		sc.Line, sc.Offset = 1, 0
		return
	}
	if p.meter {
		var places *content.Places
		sc.Body, places = content.StripCurlProgress(sc.Body)
		if o := &sc.taken; o.places == nil {
			*o = Origin{line: sc.Line, places: places}
		} else {
			*o = Origin{places: o.places.Over(places, o.at)}
		}
	}
	for p.header {
		text := bytes.TrimLeft(sc.Body, "\r\n")
		if !bytes.HasPrefix(text, []byte("HTTP/")) {
			break
		}
		end := headerEnd(text)
		sc.Header, sc.Status = content.ParseHeaders(text[:end])
		end += len(sc.Body) - len(text)
		sc.Line += bytes.Count(sc.Body[:end], []byte{'\n'})
		sc.Offset += int64(end)
		sc.taken.at += int64(end)
		sc.Body = sc.Body[end:]
	}
	if !p.failure {
		return
	}
	at := bytes.LastIndex(sc.Body, []byte("curl: ("))
	if at < 0 || at > 0 && sc.Body[at-1] != '\n' {
		if len(bytes.TrimSpace(sc.Body)) == 0 && sc.Status == 0 {
			sc.Body, sc.Failure = nil, "failed (nothing was saved of it)"
		}
		return
	}
	text := sc.Body[at:]
	sc.Body = bytes.TrimRight(sc.Body[:at], "\r\n")
	if len(sc.Body) > 0 {
		sc.Body = append(sc.Body, '\n')
	}
	sc.Failure = content.FailureText(text)
}

// headerEnd is where a block of headers ends, behind its blank line.
func headerEnd(text []byte) int {
	at := 0
	for at < len(text) {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			return len(text)
		}
		blank := len(strings.TrimRight(string(text[at:at+n]), "\r")) == 0
		if at += n + 1; blank {
			return at
		}
	}
	return at
}

// readPart reads the body of an entry that is a part of a file, or stands in
// something.
func (s *Stream) readPart(e *entry, file string) {
	p := s.c.parts[e.part-1]
	sc := &s.scrape
	var err error
	switch {
	case p.size < 0:
		if sc.Body, err = s.body.Read(s.c.open, file); p.utf16 && err == nil {
			r, _ := content.Transcode(bytes.NewReader(sc.Body))
			sc.Body, err = io.ReadAll(r)
		}
		if p.folded && err == nil {
			var v *content.View
			if v, err = content.UnfoldReader(bytes.NewReader(sc.Body)); err == nil {
				sc.Body, sc.taken.places = v.Text, v.Places
			}
		}
	case p.size > s.c.maxBody:
		err = fmt.Errorf("%w: more than %d bytes", ErrBodyTooLarge, s.c.maxBody)
	default:
		s.body.Buf, sc.taken.places, err = s.sources.read(s.c.open, file, p, s.body.Buf[:0])
		sc.Body = s.body.Buf
	}
	if err != nil {
		sc.Err = err
		return
	}
	sc.Bulk = p.bulk
	sc.Line, sc.Offset, sc.taken.at = max(int(p.line), 1), p.off, p.off
	s.unwrap(p)
}
