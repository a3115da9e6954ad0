package content

import (
	"bytes"
	"sort"
)

// Places tell where in a file the bytes of a text stand that was taken out of
// it. They need neither of the two.
type Places struct {
	text, file []int32 // where the lines of each begin
	runs       []run
}

// A run is a stretch of a text, to the next one. Its bytes stand one behind the
// other in the file; those of one that was made have all the place src.
type run struct {
	off, src int32
	made     bool
}

// Line is the number of the line of the text at an offset, from 1.
func (p *Places) Line(off int64) int { return lineAt(p.text, int(off)) }

// At makes of a line and a column of the text, from 1, those of the file. What
// is behind the text's end is so of the file's.
func (p *Places) At(line, column int) (int, int) {
	if len(p.runs) == 0 || line < 1 {
		return line, column
	}
	off := int(p.text[min(line, len(p.text))-1]) + column - 1
	at := p.source(off)
	line = lineAt(p.file, at)
	return line, at - int(p.file[line-1]) + 1
}

// source is where in the file a byte of the text stands.
func (p *Places) source(off int) int {
	r := p.runs[max(sort.Search(len(p.runs), func(i int) bool { return int(p.runs[i].off) > off })-1, 0)]
	if r.made {
		return int(r.src)
	}
	return int(r.src) + off - int(r.off)
}

// size is about how much memory they take.
func (p *Places) size() int64 {
	if p == nil {
		return 0
	}
	return int64(4*(len(p.text)+len(p.file)) + 12*len(p.runs))
}

// Over are the places in the file of a text that was taken out of a part of the
// text that p is of; that part begins at an offset.
func (p *Places) Over(inner *Places, at int64) *Places {
	out := &Places{text: inner.text, file: p.file}
	for i, r := range inner.runs {
		r.src += int32(at)
		if r.made {
			out.runs = append(out.runs, run{r.off, int32(p.source(int(r.src))), true})
			continue
		}
		end := int32(1<<31 - 1)
		if i+1 < len(inner.runs) {
			end = r.src + inner.runs[i+1].off - r.off
		}
		from := max(sort.Search(len(p.runs), func(i int) bool { return p.runs[i].off > r.src })-1, 0)
		for _, q := range p.runs[from:] {
			if q.off >= end {
				break
			}
			at := max(q.off, r.src)
			src := q.src
			if !q.made {
				src += at - q.off
			}
			out.runs = append(out.runs, run{r.off + at - r.src, src, q.made})
		}
	}
	return out
}

func lineAt(starts []int32, off int) int {
	return max(sort.Search(len(starts), func(i int) bool { return int(starts[i]) > off }), 1)
}

// lineStarts are where the lines of a text begin.
func lineStarts(text []byte) []int32 {
	out := append(make([]int32, 0, 1+bytes.Count(text, newline)), 0)
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return out
		}
		at += i + 1
		out = append(out, int32(at))
	}
}

// A taking is a text that is being taken out of a file, with its places.
type taking struct {
	text []byte
	runs []run
}

// take takes bytes that stand at an offset in the file.
func (t *taking) take(b []byte, src int) {
	if len(b) > 0 {
		t.run(src, false)
		t.text = append(t.text, b...)
	}
}

// make takes bytes for what stands at an offset in the file.
func (t *taking) make(b []byte, src int) {
	if len(b) > 0 {
		t.run(src, true)
		t.text = append(t.text, b...)
	}
}

func (t *taking) run(src int, made bool) {
	r := run{int32(len(t.text)), int32(src), made}
	if n := len(t.runs); n > 0 {
		last := t.runs[n-1]
		if last.made == made && (made && last.src == r.src || !made && last.src+r.off-last.off == r.src) {
			return // it goes on
		}
	}
	t.runs = append(t.runs, r)
}
