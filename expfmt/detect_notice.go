package expfmt

import (
	"bytes"
	"strconv"
	"strings"
)

// A notice is what a program says instead of an exposition: a line that begins
// with prefix and has within behind it, or nothing but a sentence's end.
type notice struct{ who, prefix, within string }

var notices = [...]notice{
	{"curl", "curl: (", ") "},
	{"wget", "wget: ", " "},
	{"kubectl", "Error from server", ": "},
	{"kubectl", "error: ", " "},
	{"kubectl", "Unable to connect to the server", ": "},
	{"kubectl", "The connection to the server ", " was refused"},
	{"a program", "404 page not found", ""}, // Go's http.NotFound
	{"a program", "Client sent an HTTP request to an HTTPS server", ""},
	{"a proxy", "upstream connect error or disconnect/reset before headers", ""},
	{"a proxy", "no healthy upstream", ""},
	{"a program", "Unauthorized", ""},
	{"a program", "Forbidden", ""},
}

// errorText names text that is the message of a program. curl's may come after
// its progress meter. A text that has anything of an exposition is none.
func errorText(head []byte) string {
	if hasLine(head, "# HELP ") || hasLine(head, "# TYPE ") {
		return ""
	}
	for line := range bytes.Lines(bytes.TrimPrefix(head, utf8BOM)) {
		line = bytes.TrimRight(line, "\r\n")
		over := bytes.LastIndexByte(line, '\r') // what the meter's line is overwritten with follows
		meter := over >= 0 || len(line) > 0 && (line[0] == ' ' || line[0] == '%')
		line = bytes.TrimSpace(line[over+1:])
		for _, n := range notices {
			if rest, ok := strings.CutPrefix(str(line), n.prefix); ok && n.fits(rest) {
				return "a message of " + n.who + ": " + plain(line[:min(len(line), 400)])
			}
		}
		if len(line) > 0 && !meter {
			return ""
		}
	}
	return ""
}

// fits reports whether what follows the prefix makes a line the notice, and no
// sample: error: is a metric's name, too.
func (n notice) fits(rest string) bool {
	if n.within == "" {
		return rest == "" || rest[0] == '.'
	}
	word, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	_, err := strconv.ParseFloat(word, 64)
	return err != nil && strings.Contains(rest, n.within)
}
