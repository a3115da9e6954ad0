package content

import (
	"bytes"
	"html"
)

// unfoldPage takes the text out of a page: what <pre> holds, or all of it that
// is no tag.
func unfoldPage(text []byte) *View {
	lower := bytes.ToLower(text)
	if len(lower) != len(text) {
		lower = text
	}
	from, to := 0, len(text)
	if i := bytes.Index(lower, []byte("<pre")); i >= 0 {
		if j := bytes.IndexByte(lower[i:], '>'); j >= 0 {
			from = i + j + 1
			if end := bytes.Index(lower[from:], []byte("</pre")); end >= 0 {
				to = from + end
			}
		}
	}
	s := section{line: 1 + int64(bytes.Count(text[:from], newline))}
	s.page(text[:to], from)
	if !isText(s.text) {
		return nil
	}
	return &View{What: "the text of a page is read", sections: []section{s}}
}

// maxTag bounds a tag in bytes.
const maxTag = 4096

// page takes a page from a byte on without tags, its entities read.
func (t *taking) page(text []byte, from int) {
	for from < len(text) {
		i := bytes.IndexAny(text[from:], "<&")
		if i < 0 {
			t.take(text[from:], from)
			return
		}
		t.take(text[from:from+i], from)
		from += i
		if text[from] == '&' {
			from += t.entity(text[from:], from)
			continue
		}
		n := tag(text[from:])
		if bytes.EqualFold(bytes.TrimRight(text[from:from+n], "/> "), []byte("<br")) {
			t.make(newline, from)
		}
		if n == 0 {
			n = 1
			t.take(text[from:from+n], from)
		}
		from += n
	}
}

// tag is how many bytes of a text are a tag: < and a letter or a slash, up to
// the next >. It is 0 for none.
func tag(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	c := text[1] | 0x20
	end := bytes.IndexByte(text[:min(len(text), maxTag)], '>')
	if end < 0 || c != '/'|0x20 && (c < 'a' || c > 'z') {
		return 0
	}
	return end + 1
}

// entity takes what begins with &, and returns how many bytes it was.
func (t *taking) entity(text []byte, src int) int {
	n := 1
	for n < len(text) && (isLetter(text[n]) || n == 1 && text[n] == '#') {
		n++
	}
	if n < len(text) && text[n] == ';' {
		n++
	}
	was := string(text[:n])
	is := html.UnescapeString(was)
	same := 0 // bytes at the end that are no part of it
	for same < len(is) && same < len(was) && is[len(is)-1-same] == was[len(was)-1-same] {
		same++
	}
	t.make([]byte(is[:len(is)-same]), src)
	t.take([]byte(is[len(is)-same:]), src+n-same)
	return n
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' }
