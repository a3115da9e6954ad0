package content

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sort"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// A View is what a file says without what stands around it: a prefix before
// each line, a page, JSON; or samples that were written another way.
type View struct {
	Text   []byte
	Places *Places // of the text in the file
	What   string  // what was taken off or read, for people
	Lost   string  // what could not be read, for people; "" when nothing
	Bulk   bool    // samples with their own times and labels

	sections []section
}

// A section is the text of one target.
type section struct {
	taking // its text, until the sections are put together
	name   string
	off    int
	line   int64 // of the file where it begins
	times  []stamp
}

// A stamp is a time that stood before a line, and all that follow until the
// next.
type stamp struct {
	off  int
	ms   int64
	zone bool
}

// maxSections bounds the targets in one file.
const maxSections = 10_000

// Unfold takes off what stands around a text. It is nil when nothing does, or
// nothing that is known.
func Unfold(text []byte) *View {
	head := text[:min(len(text), headSize)]
	start := bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n")
	if len(start) == 0 {
		return nil
	}
	var v *View
	switch {
	case start[0] == '<':
		v = unfoldPage(text)
	case isDump(start):
		v = unfoldDump(text)
	case start[0] == '"':
		v = unfoldJSON(text)
	default:
		if p := prefixIn(head); p != nil {
			v = p.unfold(text)
		} else if start[0] == '{' || start[0] == '[' {
			v = unfoldJSON(text)
		}
	}
	if v == nil || len(v.sections) == 0 {
		return nil
	}
	v.Places = &Places{file: lineStarts(text), runs: v.sections[0].runs}
	if len(v.sections) == 1 {
		v.Text = v.sections[0].text
	} else {
		v.Places.runs = nil
		for i := range v.sections {
			s := &v.sections[i]
			s.off = len(v.Text)
			v.Text = append(v.Text, s.text...)
			for _, r := range s.runs {
				r.off += int32(s.off)
				v.Places.runs = append(v.Places.runs, r)
			}
			s.taking = taking{}
		}
	}
	v.Places.text = lineStarts(v.Text)
	return v
}

var bom = []byte("\ufeff")

// folded tells by the beginning of a text whether Unfold may find something.
// Most texts are told by their first line.
func folded(head []byte) bool {
	start := bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n")
	if len(start) == 0 || start[0] == '#' {
		return false
	}
	switch start[0] {
	case '<':
		return bytes.Contains(head, []byte("# TYPE ")) || bytes.Contains(head, []byte("# HELP "))
	case '"':
		return true
	case '{', '[':
		if isDump(start) || prefixIn(head) != nil || len(head) < headSize {
			return true
		}
		for _, s := range []string{"# TYPE ", "# HELP ", `"resultType"`, `"metric"`} {
			if bytes.Contains(head, []byte(s)) {
				return true
			}
		}
		return false
	}
	return prefixIn(head) != nil
}

// facts tell what a view holds.
func (v *View) facts() (*Facts, error) {
	var all *Facts
	var jobs []string
	for i := range v.sections {
		s := &v.sections[i]
		end := len(v.Text)
		if i+1 < len(v.sections) {
			end = v.sections[i+1].off
		}
		f, err := scan(bytes.NewReader(v.Text[s.off:end]), 0)
		if err != nil {
			return nil, err
		}
		for j := range f.Parts {
			p := &f.Parts[j]
			p.Off += int64(s.off)
			p.Line += max(s.line, 1) - 1
			if p.Name == "" {
				p.Name = s.name
			}
			if ms, zone, ok := s.time(int(p.Off) - s.off); ok && p.Source == clock.FromNothing {
				p.Time, p.Zoned, p.Source = ms, zone, clock.FromDateLine
			}
		}
		if f.Job != "" && !slices.Contains(jobs, f.Job) {
			jobs = append(jobs, f.Job)
		}
		if all == nil {
			all = f
			continue
		}
		all.Parts = append(all.Parts, f.Parts...)
		if f.Form == FormExposition {
			all.Form = f.Form
		}
		all.divided = all.divided || f.divided
		all.Header, all.CurlProgress = all.Header || f.Header, all.CurlProgress || f.CurlProgress
	}
	if v.Bulk {
		all.Bulk, all.Parts = true, nil
	} else {
		all.Bulk = false
		all.Split = len(all.Parts) > 1
	}
	all.View, all.Lost, all.Within = v.What, v.Lost, true
	return all, nil
}

// time is that of the first line at or behind an offset.
func (s *section) time(off int) (ms int64, zone, ok bool) {
	i := sort.Search(len(s.times), func(i int) bool { return s.times[i].off > off })
	if i > 0 {
		i--
	}
	if len(s.times) == 0 {
		return 0, false, false
	}
	return s.times[i].ms, s.times[i].zone, true
}

// maxView bounds a text that something stands around, which is held whole.
const maxView = 64 << 20

// errLargeView says that a text is larger.
var errLargeView = errors.New("the text is too large to take off what stands around it")

// readWhole reads all of r, up to maxView bytes.
func readWhole(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxView+1))
	if err == nil && len(text) > maxView {
		err = errLargeView
	}
	return text, err
}

// UnfoldReader gives what Unfold makes of all that r has, the text itself when
// that is nothing.
func UnfoldReader(r io.Reader) (*View, error) {
	text, err := readWhole(r)
	if err != nil {
		return nil, err
	}
	if v := Unfold(text); v != nil {
		return v, nil
	}
	return &View{Text: text}, nil
}

// Size is about how much memory a view takes.
func (v *View) Size() int64 { return int64(len(v.Text)) + v.Places.size() }
