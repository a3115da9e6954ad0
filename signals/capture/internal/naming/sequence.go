package naming

import (
	"cmp"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/component"
)

// A place is where a word is in a sequence.
type place struct {
	row  string // words of one row follow each other
	rank int
}

// placeWords are the words that say where in a sequence something was saved.
var placeWords = map[string]place{
	"start": {"start", 0}, "begin": {"start", 0}, "beginning": {"start", 0}, "mid": {"start", 1}, "middle": {"start", 1},
	"end": {"start", 2}, "stop": {"start", 2}, "finish": {"start", 2},
	"before": {"before", 0}, "pre": {"before", 0}, "baseline": {"before", 0}, "during": {"before", 1}, "after": {"before", 2}, "post": {"before", 2},
	"old": {"old", 0}, "older": {"old", 0}, "prev": {"old", 0}, "previous": {"old", 0},
	"new": {"old", 1}, "newer": {"old", 1}, "cur": {"old", 1}, "current": {"old", 1}, "latest": {"old", 1},
	"initial": {"first", 0}, "first": {"first", 1}, "1st": {"first", 1}, "second": {"first", 2}, "2nd": {"first", 2},
	"third": {"first", 3}, "3rd": {"first", 3}, "fourth": {"first", 4}, "4th": {"first", 4}, "fifth": {"first", 5}, "5th": {"first", 5},
	"last": {"first", 998}, "final": {"first", 998},
}

// counted are the words that a number behind makes a place in a sequence.
var counted = []string{"day", "run", "round", "sample", "snapshot", "snap", "iteration", "iter", "attempt", "pass", "take", "step", "phase", "poll", "capture", "collection", "time", "cycle", "loop", "tick", "try"}

// maxRank is above all ranks.
const maxRank = 1000

// A mark is a word, or a few, of a name that say a place in a sequence.
type mark struct {
	place
	from, to int
	word     string
}

// marksIn finds the marks of a name, or of a folder's. A number before a word
// belongs to it, as in 01-before; so does what is counted, as in sample-start.
func marksIn(name string, folder bool) (out []mark) {
	type span struct{ from, to int }
	var words []span
	for i := 0; i < len(name); {
		if strings.IndexByte(component.Separators, name[i]) >= 0 {
			i++
			continue
		}
		end := i
		for end < len(name) && strings.IndexByte(component.Separators, name[end]) < 0 {
			end++
		}
		words = append(words, span{i, end})
		i = end
	}
	counts := func(word string) bool {
		return slices.Contains(counted, word) || folder && slices.Contains(noiseWords, word)
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		low := strings.ToLower(name[w.from:w.to])
		stem := strings.TrimRight(low, "0123456789")
		digits := low[len(stem):]
		p, ok := placeWords[low]
		before := ""
		if i > 0 {
			before = strings.ToLower(name[words[i-1].from:words[i-1].to])
		}
		after, isAfter := elapsed(low)
		switch {
		case isAfter && (before == "t" || before == "at" || before == "after"):
			if p, w.from = after, words[i-1].from; len(out) > 0 && out[len(out)-1].from == w.from {
				out = out[:len(out)-1] // the word before belongs to it
			}
		case isAfter && (len(words) == 1 || low[0] == 't'):
			p = after
		case ok:
			if before != "" && (slices.Contains(counted, before) || i == 1 && clock.DigitsAt(before, 0) == len(before)) {
				w.from = words[i-1].from
			}
		case digits == "" || len(digits) > 6 || number(digits) >= maxRank:
			continue
		case stem == "t" || counts(stem):
			p = place{stem, number(digits)}
		case stem == "" && counts(before):
			p, w.from = place{before, number(digits)}, words[i-1].from
		default:
			continue
		}
		out = append(out, mark{place: p, from: w.from, to: w.to, word: name[w.from:w.to]})
	}
	return out
}

// elapsed is the place of a time that had passed when something was saved, as
// in T+30s, after-30s and 5m alone; behind another word it may be any, as in
// rate-5m. What is longer than ten minutes is told apart by minutes, and what
// is longer than five hours by hours.
func elapsed(word string) (p place, ok bool) {
	word = strings.TrimPrefix(word, "t")
	n := clock.DigitsAt(word, 0)
	if n == 0 || n > 6 {
		return p, false
	}
	units := map[string]int{"s": 1, "sec": 1, "secs": 1, "m": 60, "min": 60, "mins": 60, "h": 3600}
	unit := units[word[n:]]
	s := number(word[:n]) * unit
	switch {
	case s >= 5*3600:
		s = 890 + (s-5*3600)/3600
	case s >= 600:
		s = 600 + (s-600)/60
	}
	return place{"elapsed", min(s, maxRank-1)}, unit > 0
}

// A Sequence knows which words of a capture's names order the scrapes of one
// target: those that have a counterpart, in a name that is the same but for it.
// The zero value knows none.
type Sequence struct {
	words map[seqWord]bool
}

// A seqWord is a mark at a depth: 0 is a folder at the top, -1 a file.
type seqWord struct {
	depth int
	word  string
}

// A SequenceFinder is shown all names of a capture.
type SequenceFinder struct {
	seen map[string][]mark // the first marks of each name without them
	seq  Sequence
	dir  string // the last one
	at   []mark // its marks
}

// Add shows it a file.
func (f *SequenceFinder) Add(dir, name string) {
	if f.seen == nil {
		f.seen, f.seq.words = map[string][]mark{}, map[seqWord]bool{}
		f.dir = "\x00"
	}
	dir, name = tail(dir), tail(name)
	if dir != f.dir {
		f.dir, f.at = dir, pathMarks(dir)
	}
	stem, _ := CutExtensions(name)
	own := marksIn(clock.Blank(stem, clock.Moment{}), false)
	if len(f.at)+len(own) == 0 {
		return
	}
	marks := slices.Clone(f.at)
	for _, m := range own {
		m.from, m.to = m.from+len(dir)+1, m.to+len(dir)+1
		marks = append(marks, m)
	}
	full := dir + "/" + clock.Blank(stem, clock.Moment{})
	b := []byte(full)
	for _, m := range marks {
		b = append(b, m.row...)
	}
	for _, m := range marks {
		clear(b[m.from:m.to])
	}
	// Words of several lengths leave gaps of several lengths.
	key := strings.Join(strings.FieldsFunc(string(b), func(r rune) bool { return r == 0 }), "\x00")
	first, ok := f.seen[key]
	if !ok {
		f.seen[key] = marks
		return
	}
	if len(first) != len(marks) {
		return
	}
	for i, m := range marks {
		if o := first[i]; o.row == m.row && o.rank != m.rank {
			f.seq.words[seqWord{depthOf(full, m.from, len(dir)), m.word}] = true
			f.seq.words[seqWord{depthOf(full, o.from, len(dir)), o.word}] = true
		}
	}
}

// Sequence is what was found.
func (f *SequenceFinder) Sequence() *Sequence { return &f.seq }

// pathMarks are the marks of all folders of a path.
func pathMarks(dir string) (out []mark) {
	at := 0
	for part := range strings.SplitSeq(clock.Blank(dir, clock.Moment{}), "/") {
		for _, m := range marksIn(part, true) {
			m.from, m.to = m.from+at, m.to+at
			out = append(out, m)
		}
		at += len(part) + 1
	}
	return out
}

// depthOf is how many folders stand before a byte of a path, -1 in its name.
func depthOf(full string, at, dir int) int {
	if at > dir {
		return -1
	}
	return strings.Count(full[:at], "/")
}

// Any says whether a capture has such words.
func (s *Sequence) Any() bool { return s != nil && len(s.words) > 0 }

// Words are those words, for messages.
func (s *Sequence) Words() (out []string) {
	for w := range s.words {
		if !slices.Contains(out, w.word) {
			out = append(out, w.word)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		x, y := marksIn(a, true), marksIn(b, true)
		if len(x) == 0 || len(y) == 0 {
			return strings.Compare(a, b)
		}
		return cmp.Or(strings.Compare(x[0].row, y[0].row), cmp.Compare(x[0].rank, y[0].rank), strings.Compare(a, b))
	})
	return out
}

// blank replaces the words that order scrapes by zero bytes, in a folder's path
// and a file's stem that are blanked of times, with / between them when there
// is a folder. The rank orders what is the same but for them; it is -1 when
// there are none.
func (s *Sequence) blank(path string, folder int) (blanked string, rank int) {
	if !s.Any() {
		return path, -1
	}
	b := []byte(path)
	rank = -1
	take := func(at, depth int, part string) {
		for _, m := range marksIn(part, depth >= 0) {
			if s.words[seqWord{depth, m.word}] {
				clear(b[at+m.from : at+m.to])
				rank = min(max(rank, 0), maxRank*maxRank)*maxRank + m.rank
			}
		}
	}
	at, depth := 0, 0
	if folder > 0 {
		for part := range strings.SplitSeq(path[:folder], "/") {
			take(at, depth, part)
			at += len(part) + 1
			depth++
		}
		at = folder + 1
	}
	take(at, -1, path[min(at, len(path)):])
	return string(b), rank
}

// Folder is a folder's path without the words that order scrapes. A folder of
// which nothing else is left is empty.
func (s *Sequence) Folder(dir string) string {
	if !s.Any() || dir == "." {
		return dir
	}
	blank, _ := s.blank(dir, len(dir))
	if blank == dir {
		return dir
	}
	parts := strings.Split(blank, "/")
	for i, part := range parts {
		if strings.ContainsRune(part, 0) {
			parts[i] = strings.Trim(strings.ReplaceAll(part, "\x00", ""), component.Separators)
		}
	}
	return strings.Join(parts, "/")
}

// tail is as much of a name as is looked at.
func tail(name string) string { return name[max(0, len(name)-clock.MaxName):] }
