package expfmt

import (
	"bytes"
	"strings"
)

// responseHead returns how many bytes of b are blocks of response headers as
// curl -i and -L write them, and of the last one the status line, less the
// protocol, and the content type. It is 0 when b does not begin with whole
// ones.
func responseHead(b []byte) (size int, status, contentType string) {
	at := 0
	if bytes.HasPrefix(b, utf8BOM) {
		at = len(utf8BOM)
	}
	for {
		s, typ, end := headerBlock(b[at:])
		if end == 0 {
			return size, status, contentType
		}
		at += end
		size, status, contentType = at, s, typ
	}
}

// headerBlock reads one block, with the blank line that ends it.
func headerBlock(b []byte) (status, contentType string, end int) {
	for first := true; ; first = false {
		n := bytes.IndexByte(b[end:], '\n')
		if n < 0 || end+n > maxHead {
			return "", "", 0
		}
		line := bytes.TrimSuffix(b[end:end+n], []byte{'\r'})
		end += n + 1
		name, value, colon := bytes.Cut(line, []byte{':'})
		switch {
		case first:
			if status = statusLine(line); status == "" {
				return "", "", 0
			}
		case len(line) == 0:
			return status, contentType, end
		case line[0] == ' ' || line[0] == '\t': // a folded one
		case !colon || len(name) == 0 || bytes.ContainsAny(name, " \t{}\""):
			return "", "", 0
		case bytes.EqualFold(name, []byte("Content-Type")):
			contentType = string(bytes.TrimSpace(value))
		}
	}
}

// statusLine returns "200 OK" of "HTTP/1.1 200 OK", "" when the line is none.
func statusLine(line []byte) string {
	protocol, rest, _ := bytes.Cut(line, []byte{' '})
	code, _, _ := bytes.Cut(rest, []byte{' '})
	if !bytes.HasPrefix(protocol, []byte("HTTP/")) || len(code) != 3 || strings.Trim(str(code), "0123456789") != "" {
		return ""
	}
	return string(rest)
}
