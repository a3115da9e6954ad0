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
	inner := text
	if i := bytes.Index(lower, []byte("<pre")); i >= 0 {
		if j := bytes.IndexByte(lower[i:], '>'); j >= 0 {
			inner = text[i+j+1:]
			if end := bytes.Index(lower[i+j+1:], []byte("</pre")); end >= 0 {
				inner = inner[:end]
			}
		}
	}
	line := 1 + int64(bytes.Count(text[:cap(text)-cap(inner)], newline))
	out := []byte(html.UnescapeString(string(withoutTags(inner))))
	if !isText(out) {
		return nil
	}
	return &View{What: "the text of a page is read", sections: []section{{text: out, line: line}}}
}

// maxTag bounds a tag in bytes.
const maxTag = 4096

// withoutTags drops tags: what begins with < and a letter or a slash.
func withoutTags(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		i := bytes.IndexByte(text, '<')
		if i < 0 || i+1 >= len(text) {
			return append(out, text...)
		}
		out = append(out, text[:i]...)
		c := text[i+1] | 0x20
		end := bytes.IndexByte(text[i:min(len(text), i+maxTag)], '>')
		if end < 0 || c != '/'|0x20 && (c < 'a' || c > 'z') {
			out = append(out, '<')
			text = text[i+1:]
			continue
		}
		if bytes.EqualFold(bytes.TrimRight(text[i:i+end+1], "/> "), []byte("<br")) {
			out = append(out, '\n')
		}
		text = text[i+end+1:]
	}
	return out
}
