package lint

import (
	"bytes"
	"unicode/utf8"
)

// lineIndex finds lines of a body.
type lineIndex struct {
	body   []byte
	before int // how many lines stand before it
	starts []int
}

const (
	shownText  = 200  // how much of a line a problem has
	countRunes = 4096 // up to which column characters are counted
)

// show gives a finding of lint its line, cut around the column, and counts the
// column in characters.
func (l *lineIndex) show(f *Finding) {
	if l.body == nil {
		return
	}
	if l.starts == nil {
		l.starts = []int{0}
	}
	at := f.Line - l.before
	for len(l.starts) <= at { // no further than asked for: there may be millions
		begin := l.starts[len(l.starts)-1]
		i := bytes.IndexByte(l.body[begin:], '\n')
		if i < 0 {
			break
		}
		l.starts = append(l.starts, begin+i+1)
	}
	if at > len(l.starts) {
		return
	}
	line := l.body[l.starts[at-1]:]
	if at < len(l.starts) {
		line = line[:l.starts[at]-l.starts[at-1]-1]
	}
	if f.Column <= countRunes {
		f.Runes = utf8.RuneCount(line[:min(f.Column-1, len(line))]) + 1
	}
	if f.Metric != "" {
		f.TextOffset = min(max(f.Column-shownText/2, 0), len(line))
		line = bytes.TrimSuffix(line[f.TextOffset:], []byte{'\r'})
		f.Text = string(line[:min(len(line), shownText)])
	}
}
