package content

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
	"unicode"

	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// Bounds of companions in bytes; what is beyond is not read.
const (
	MaxHeaders = 256 << 10
	MaxFailure = 64 << 10
)

var ErrNoBody = errors.New("the headers were saved, but there is no body beside them")

// ReadSmall reads a companion up to a bound.
func ReadSmall(open codec.OpenFunc, file string, bound int64) ([]byte, error) {
	f, _, err := open(file)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", message.Show(file), message.Cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, bound))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", message.Show(file), message.Cause(err))
	}
	return data, nil
}

// ParseHeaders reads headers as curl -D writes them: blocks of a status line
// and fields, the last of which counts. Files without a status line have status
// 0. Lines that are no field are passed over. Headers are nil when the text has
// no block of them; those of a status line alone are none, but not nil.
func ParseHeaders(text []byte) (textproto.MIMEHeader, int) {
	if len(text) == 0 {
		return nil, 0
	}
	header, status, last, found := textproto.MIMEHeader{}, 0, "", false
	for line := range bytes.Lines(text) {
		s := strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "\uFFFD")
		switch {
		case strings.HasPrefix(s, "HTTP/"):
			header, status, last, found = textproto.MIMEHeader{}, statusOf(s), "", true
		case (strings.HasPrefix(s, " ") || strings.HasPrefix(s, "\t")) && last != "":
			values := header[last] // a folded line (RFC 9112, 5.2)
			values[len(values)-1] = strings.TrimSpace(values[len(values)-1] + " " + strings.TrimSpace(s))
		default:
			last = ""
			name, value, ok := strings.Cut(s, ":")
			if name = strings.TrimSpace(name); !ok || name == "" {
				continue
			}
			last = textproto.CanonicalMIMEHeaderKey(name)
			header[last], found = append(header[last], strings.TrimSpace(value)), true
		}
	}
	if !found {
		return nil, 0
	}
	return header, status
}

// statusOf reads the number of "HTTP/1.1 200 OK" or "HTTP/2 200", 0 when there
// is none.
func statusOf(line string) int {
	fields := strings.Fields(line)
	if len(fields) < 2 || len(fields[1]) != 3 {
		return 0
	}
	n, err := strconv.ParseUint(fields[1], 10, 16)
	if err != nil || n < 100 {
		return 0
	}
	return int(n)
}

// FailureText returns the first line of an .err file that says something. What
// curl writes to the same place when all is well does not: its progress meter,
// and the conversation that -v shows.
func FailureText(text []byte) string {
	for _, line := range strings.FieldsFunc(string(text), func(r rune) bool { return r == '\r' || r == '\n' }) {
		line = strings.TrimSpace(strings.ToValidUTF8(line, "\uFFFD"))
		if line != "" && !curlNoise(line) {
			return line
		}
	}
	return ""
}

func curlNoise(line string) bool {
	if strings.HasPrefix(line, "% Total ") || strings.HasPrefix(line, "Dload ") {
		return true
	}
	if len(line) >= 2 && strings.IndexByte("*<>{}", line[0]) >= 0 && line[1] == ' ' {
		return true
	}
	if line == "<" || line == ">" {
		return true
	}
	meter := func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune(" .:-kMGTP", r) }
	return strings.IndexFunc(line, func(r rune) bool { return !meter(r) }) < 0 && len(strings.Fields(line)) >= 8
}
