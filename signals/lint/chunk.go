package lint

import (
	"bytes"
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/scrapebook/scrapebook/expfmt"
)

// A chunk is a part of one text. It begins with the text or a family, and what
// was found in it hangs on no line of another chunk.
type chunk struct {
	part
	text   []byte
	line   int // the number of its first line
	list   []*Finding
	kept   []expfmt.Problem
	unsure bool // promtool's reader must be asked
	whole  bool // what was found may hang on other chunks
}

const (
	chunkSize  = 128 << 10
	maxRecords = 1_000_000 // above that a text is read as a whole, which has limits
)

// chunked checks a text chunk by chunk, on all cores, and keeps little of it.
// It returns false, having counted nothing, where the text must be checked as a
// whole.
func (o *Options) chunked(in *Input, contentType string, body []byte, how expfmt.Options, size int) ([]*Finding, bool) {
	if most := how.MaxBytes; len(body) > maxPromtool || most > 0 && int64(len(body)) > most {
		return nil, false
	}
	c := expfmt.Detect(contentType, body)
	if how.Format = cmp.Or(how.Format, c.Format); c.Not != "" || c.Compression != "" || how.Format != expfmt.FormatText {
		return nil, false
	}
	chunks := chunksOf(body, size)
	how.MaxBytes, how.Decompress = -1, nil
	if !o.eachChunk(in, chunks, how) {
		return nil, false
	}
	s := &expfmt.Snapshot{Format: expfmt.FormatText}
	parts := make([]*part, len(chunks))
	families := 0
	var list []*Finding
	for i, c := range chunks {
		parts[i] = &c.part
		families += len(c.declared)
		list = append(list, c.list...)
		s.Problems = append(s.Problems, c.kept...)
		if c.unsure {
			s.Text = body
		}
	}
	if families == 0 || len(s.Problems) > maxRecords || !apart(parts) {
		return nil, false
	}
	for _, p := range parts {
		in.Samples += p.samples
		for _, name := range p.families {
			in.Families[name] = true
		}
	}
	return o.judge(in, how.File, s, list), true
}

// eachChunk checks all chunks. It returns false when one cannot be checked by
// itself.
func (o *Options) eachChunk(in *Input, chunks []*chunk, how expfmt.Options) bool {
	workers := 1
	if !in.Capture { // whose scrapes are checked on all cores
		workers = min(cmp.Or(max(o.Workers, 0), runtime.GOMAXPROCS(0)), len(chunks))
	}
	var next atomic.Int64
	var whole atomic.Bool
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			r := expfmt.NewBytesReader(nil, how)
			for !whole.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(chunks) {
					return
				}
				if o.chunk(r, chunks[i], how); chunks[i].whole {
					whole.Store(true)
				}
			}
		})
	}
	wait.Wait()
	return !whole.Load()
}

// chunk checks one chunk.
func (o *Options) chunk(r *expfmt.Reader, c *chunk, how expfmt.Options) {
	how.FirstLine = c.line
	r.Reset(c.text, how)
	s, samples, distinct := r.Outline()
	if c.whole = slices.ContainsFunc(s.Problems, func(p expfmt.Problem) bool { return !local[p.ID] || p.Refused }); c.whole {
		return
	}
	c.name(s)
	c.samples, c.kept, c.unsure = samples, s.Problems, !surelyRead(c.text, s.Format, s.Problems)
	if !distinct {
		how.MaxRecords = -1
		s, _ = expfmt.Read(bytes.NewReader(c.text), how) // which gives no error
	}
	s.Text = c.text
	c.list = o.findings(s, how.File, c.line)
}

// chunksOf cuts a text where families begin, into chunks of a size or a little
// more; nil when it has too many lines.
func chunksOf(text []byte, size int) []*chunk {
	var list []*chunk
	line := 1
	for at := 0; at < len(text); {
		end := nextFamily(text, at+size)
		list = append(list, &chunk{text: text[at:end], line: line})
		if line += bytes.Count(text[at:end], newline); line > maxRecords {
			return nil
		}
		at = end
	}
	return list
}

var newline = []byte{'\n'}

// nextFamily returns where behind at, or at the end of the text, the metadata
// of a family begin: HELP with TYPE behind it, or TYPE.
func nextFamily(text []byte, at int) int {
	for at < len(text) {
		i := bytes.Index(text[at:], []byte("\n# "))
		if i < 0 {
			break
		}
		before := text[bytes.LastIndexByte(text[:at+i], '\n')+1 : at+i]
		at += i + 1
		line, rest, _ := bytes.Cut(text[at:], newline)
		rest, _, _ = bytes.Cut(rest, newline)
		switch kind, name := metadata(line); kind {
		case 'H':
			if is, typed := metadata(rest); is == 'T' && bytes.Equal(name, typed) {
				return at
			}
		case 'T':
			if is, helped := metadata(before); is != 'H' || !bytes.Equal(name, helped) {
				return at
			}
		}
	}
	return len(text)
}
