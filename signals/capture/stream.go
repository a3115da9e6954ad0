package capture

import (
	"net/textproto"
	"path"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
)

// A Scrape is what one target answered at one time, or that it did not answer.
type Scrape struct {
	// Bulk says that the body is no answer of a target but a dump, as promtool
	// tsdb dump-openmetrics writes it: every sample has its own time and all
	// its labels. Target is nil then.
	Bulk   bool
	Target *Target
	Time   int64 // ms since the epoch
	// File is the path within the capture: the body's, else the .err's or
	// headers'; "-" for standard input. Of a file with several scrapes it ends
	// in # and which one it is, from 1.
	File string
	// Body is the decompressed body, valid until the next call of Next. It is
	// empty when there is none, and when Err is not nil.
	Body []byte
	// Line and Offset say where in the file Body begins, once that is
	// decompressed and, of several scrapes in UTF-16 or one with headers,
	// UTF-8: the number of the line, from 1 (0 is 1), and the bytes before it.
	// What Place says goes before them where Body was taken out of something:
	// JSON, of which it begins at 1, 0, a page, or lines with a prefix.
	Line   int
	Offset int64
	// Unwrapped says what was taken off around Body when it was read: "" for
	// nothing, and for what Capture.Problems tells. Canonical names are not
	// looked into before.
	Unwrapped string
	// Header holds the response headers that were saved, canonical keys; nil
	// when there are none. Of several header blocks (redirects, 100 Continue)
	// it is the last one.
	Header textproto.MIMEHeader
	// Status is the HTTP status of the saved headers, 0 when unknown.
	Status int
	// Failure is the first line of the .err file, which says that the scrape
	// failed; "" when there is none. A failed scrape is no problem of the
	// capture.
	Failure string
	// Err says why a file could not be read or decompressed: it is gone, it is
	// cut off, or it is larger than Options.MaxBody (ErrBodyTooLarge). That
	// counts as a failed scrape, and the user should hear of it. Err is nil
	// when Failure explains it.
	Err error

	taken Origin // with its places, where Body was taken out of something
}

// Place turns a place in Body, as expfmt gives it, into a place in the file,
// also where Body was taken out of JSON, a page or lines with a prefix. In
// protobuf the line is the number of a message, and the column counts bytes
// from the beginning of the body. A line of 0 is no place and stays as it is.
func (s *Scrape) Place(line, column int, protobuf bool) (int, int) {
	return s.Origin().Place(line, column, protobuf)
}

// Origin says where in its file Body stands. It can be used when Body is no
// longer needed.
func (s *Scrape) Origin() Origin {
	if s.taken.places != nil {
		return s.taken
	}
	return Origin{line: max(s.Line, 1), offset: s.Offset}
}

// An Origin says where in its file a body stands.
type Origin struct {
	line   int // of the file, at which the body begins, or what places are of
	column int // the same; 0 is 1
	offset int64

	places *content.Places // of what the body was taken out of; nil when it stands there
	at     int64           // where it begins in that
}

// Move gives a problem that was found in a body its place in the file.
func (o Origin) Move(p *expfmt.Problem, protobuf bool) {
	line, column := o.Place(p.Line, p.Column, protobuf)
	if !protobuf && p.Line > 0 && column != p.Column {
		p.TextOffset += column - p.Column // the caret stays where it is
		if p.TextOffset < 0 {
			p.TextOffset = column // the line is longer than what stands for it in the file: no caret
		}
	}
	p.Line, p.Column = line, column
}

// Place is as Scrape.Place.
func (o Origin) Place(line, column int, protobuf bool) (int, int) {
	switch {
	case line == 0:
		return line, column
	case protobuf:
		return line, column + int(o.offset)
	case o.places == nil:
		return line + max(o.line, 1) - 1, column
	}
	line, column = o.places.At(o.places.Line(o.at)+line-1, column)
	if line == 1 {
		column += max(o.column, 1) - 1
	}
	return line + max(o.line, 1) - 1, column
}

// A Stream reads the scrapes of all targets in the order of their times, and in
// the order of the targets where times are equal. It opens one file at a time
// and keeps one body; of the files that hold several scrapes up to 16 stay open
// to the end. A Stream is not safe for concurrent use, but a Capture can have
// several.
type Stream struct {
	c       *Capture
	next    int
	scrape  Scrape
	body    codec.Reader
	sources sources
}

// Stream returns a Stream that is before the first scrape.
func (c *Capture) Stream() *Stream {
	return &Stream{c: c, body: codec.Reader{Max: c.maxBody}}
}

// Next reads the next scrape. It returns false after the last one.
func (s *Stream) Next() bool {
	if s.next >= len(s.c.entries) {
		s.scrape = Scrape{}
		s.body = codec.Reader{Max: s.c.maxBody}
		s.sources.close()
		return false
	}
	s.read(&s.c.entries[s.next])
	s.next++
	if s.c.Progress != nil {
		s.c.Progress(s.next)
	}
	return true
}

// Entry returns the target and the time, in ms since the epoch, of scrape
// number i in the order of Next, without reading it. The target of a dump is
// nil. Alone says that its file holds no other scrape, so that At reads it at
// no extra cost. It panics unless i is from 0 to Scrapes-1.
func (c *Capture) Entry(i int) (t *Target, time int64, alone bool) {
	e := &c.entries[i]
	if e.target != noTarget {
		t = c.Targets[e.target]
	}
	return t, e.time, e.part == 0
}

// At reads scrape number i in the order of Next, and does not change what Next
// reads next. The body is put into buf when there is room for it, else into new
// memory. The scrape and its body are the caller's. It panics unless i is from
// 0 to Capture.Scrapes-1.
func (s *Stream) At(i int, buf []byte) *Scrape {
	before, lent := s.scrape, s.body.Buf
	s.body.Buf = buf
	s.read(&s.c.entries[i])
	out := s.scrape
	s.scrape, s.body.Buf = before, lent
	return &out
}

// Close closes the files that are open. It need not be called after Next has
// returned false.
func (s *Stream) Close() { s.sources.close() }

// Scrape returns the scrape that Next read. It and its Body are overwritten by
// the next call of Next; its Header is not.
func (s *Stream) Scrape() *Scrape { return &s.scrape }

// Err says why the stream ended early. A file that cannot be read does not end
// it: that is the Err of its Scrape. Nothing else can fail either, since a
// Capture was listed before, so that Err is nil.
func (s *Stream) Err() error { return nil }

// read fills the scrape of an entry.
func (s *Stream) read(e *entry) {
	dir := s.c.dirs[e.dir]
	s.scrape = Scrape{Time: e.time, File: s.c.nameOf(e), Line: 1}
	if e.target != noTarget {
		s.scrape.Target = s.c.Targets[e.target]
	}
	sc := &s.scrape
	if e.headers != "" {
		text, err := content.ReadSmall(s.c.open, path.Join(dir, e.headers), content.MaxHeaders)
		if err != nil {
			sc.Err = err
		}
		sc.Header, sc.Status = content.ParseHeaders(text)
	}
	switch {
	case e.part > 0:
		s.readPart(e, path.Join(dir, e.body))
	case e.body != "":
		body, err := s.body.Read(s.c.open, path.Join(dir, e.body))
		sc.Body = body
		if err != nil {
			sc.Err = err
		} else if content.Surrounded(body) {
			s.unfold(path.Join(dir, e.body))
		}
	case e.failure == "" && sc.Err == nil && (sc.Status == 0 || sc.Status == 200):
		sc.Err = content.ErrNoBody
	}
	if e.failure != "" {
		text, err := content.ReadSmall(s.c.open, path.Join(dir, e.failure), content.MaxFailure)
		switch failure := content.FailureText(text); {
		case err != nil:
			sc.Err = err
		case failure != "":
			sc.Failure, sc.Err = failure, nil
		case len(sc.Body) == 0 && sc.Err == nil:
			sc.Failure = "failed (the .err file says no reason)"
		}
	}
	if sc.Err != nil {
		sc.Body = nil
	}
}
