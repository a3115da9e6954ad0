package lint

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/scrapebook/scrapebook/expfmt"
)

// harmless are ids of problems that promtool's reader does not know.
var harmless = map[string]bool{
	"bucket-layout": true, "count-mismatch": true, "duplicate-series": true, "duplicate-timestamp": true,
	"falling-buckets": true, "label-names": true, "missing-buckets": true, "missing-inf": true, "missing-sum": true,
	"repeated-bound": true, "split-histogram": true, "timestamp-unit": true, "unordered-buckets": true,
}

// surelyRead reports whether promtool's reader takes a text, of which nothing
// is known but that it was read with these problems. It is sure of plain text
// alone, in which each line has the form that client libraries write: false
// says that the reader must be asked, which takes ten times as long.
func surelyRead(text []byte, format expfmt.Format, problems []expfmt.Problem) bool {
	if format != expfmt.FormatText || len(text) > 0 && text[len(text)-1] != '\n' {
		return false
	}
	for i := range problems {
		if !harmless[problems[i].ID] {
			return false
		}
	}
	grouped := map[string]bool{} // histograms and summaries
	for len(text) > 0 {
		line := text[:bytes.IndexByte(text, '\n')]
		text = text[len(line)+1:]
		switch {
		case len(line) == 0:
		case line[0] == '#':
			if !plainComment(line, grouped) {
				return false
			}
		case !plainSample(line):
			return false
		}
	}
	return true
}

// plainComment knows HELP and TYPE as they are mostly written, and comments
// that are neither. To promtool's reader a family x_count belongs to a
// histogram or summary x that stands before it.
func plainComment(line []byte, grouped map[string]bool) bool {
	const head = len("# HELP ")
	rest := bytes.TrimLeft(line[1:], " \t")
	help := bytes.HasPrefix(rest, []byte("HELP"))
	if !help && !bytes.HasPrefix(rest, []byte("TYPE")) {
		return true
	}
	if len(line) <= head || line[1] != ' ' || line[head-1] != ' ' {
		return false
	}
	end := head + plainName(line[head:], ':')
	if end == head || end == len(line) || line[end] != ' ' {
		return false
	}
	name, text := line[head:end], line[end+1:]
	for _, suffix := range [...]string{"_count", "_sum", "_bucket"} {
		if base, ok := bytes.CutSuffix(name, []byte(suffix)); ok && grouped[string(base)] {
			return false
		}
	}
	if help {
		return plainEscapes(text)
	}
	switch string(text) {
	case "histogram", "summary":
		grouped[string(name)] = true
	case "counter", "gauge", "untyped":
	default:
		return false
	}
	return true
}

// plainName returns how many bytes of a name b begins with, which besides
// letters, digits and _ may have another byte.
func plainName(b []byte, also byte) int {
	i := 0
	for i < len(b) {
		c := b[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == also || i > 0 && c >= '0' && c <= '9' {
			i++
			continue
		}
		break
	}
	return i
}

// plainEscapes reports whether each backslash of b escapes what promtool knows.
func plainEscapes(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			return true
		}
		if i+1 == len(b) || b[i+1] != '\\' && b[i+1] != 'n' && b[i+1] != '"' {
			return false
		}
		b = b[i+2:]
	}
}

// plainSample knows a sample line that was read without a problem, so that its
// numbers are numbers.
func plainSample(line []byte) bool {
	i := plainName(line, ':')
	if i == 0 || i == len(line) {
		return false
	}
	name := line[:i]
	if line[i] == '{' {
		n := plainLabels(line[i:])
		if n == 0 {
			return false
		}
		i += n
	}
	if i+1 >= len(line) || line[i] != ' ' {
		return false
	}
	rest := line[i+1:]
	value, time, timed := bytes.Cut(rest, []byte{' '})
	switch {
	case len(value) == 0 || bytes.IndexByte(value, '\t') >= 0:
		return false
	case value[0] == '-' && (bytes.HasSuffix(name, []byte("_count")) || bytes.HasSuffix(name, []byte("_bucket"))):
		return false // of a histogram it is refused
	case !timed:
		return true
	}
	return len(time) > 0 && len(time) < 19 && isDigits(time)
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// plainLabels returns how many bytes the braces have with which b begins, 0
// when there is anything in them that is not plain.
func plainLabels(b []byte) int {
	for i := 1; i < len(b); {
		if b[i] == '}' {
			return i + 1
		}
		n := plainName(b[i:], '_')
		if n == 0 || i+n+2 > len(b) || b[i+n] != '=' || b[i+n+1] != '"' {
			return 0
		}
		name := b[i : i+n]
		i += n + 2
		size := bytes.IndexByte(b[i:], '"')
		if size > 0 && b[i+size-1] == '\\' { // perhaps it is escaped
			size = endOfValue(b[i:])
		}
		if size < 0 || !plainValue(string(name), b[i:i+size]) {
			return 0
		}
		if i += size + 1; i == len(b) {
			return 0
		}
		switch b[i] {
		case ',':
			i++
		case '}':
		default:
			return 0
		}
	}
	return 0
}

// endOfValue returns where the quote stands that ends a label's value.
func endOfValue(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// plainValue reports whether promtool takes the value of a label: le and
// quantile may have to be numbers.
func plainValue(name string, value []byte) bool {
	switch name {
	case "__name__":
		return false
	case "le", "quantile":
		if _, err := strconv.ParseFloat(string(value), 64); err != nil || strings.ContainsAny(string(value), "pP_") {
			return false
		}
	}
	return utf8.Valid(value) && plainEscapes(value)
}
