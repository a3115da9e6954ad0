package expfmt

import "bytes"

// isOpenMetrics tells whether a text of no known content type is OpenMetrics:
// its last line is # EOF, and nothing in it contradicts that. OpenMetrics has
// no blank lines, nothing behind # EOF, and timestamps in seconds: one of 1e11
// or more, in the year 5138, is in the milliseconds of the text format.
func isOpenMetrics(text []byte) bool {
	rest, ok := bytes.CutSuffix(bytes.TrimSuffix(text, newline), []byte("# EOF"))
	rest = bytes.TrimPrefix(rest, utf8BOM)
	if !ok || len(rest) > 0 && rest[len(rest)-1] != '\n' {
		return false
	}
	for len(rest) > 0 {
		line, after, _ := bytes.Cut(rest, newline)
		if rest = after; contradicts(line) {
			return false
		}
	}
	return true
}

// contradicts reports whether a line before the last cannot be of OpenMetrics,
// and would be of the text format.
func contradicts(line []byte) bool {
	switch {
	case len(line) == 0:
		return true
	case line[0] == '#':
		return string(line) == "# EOF"
	}
	digits := len(line)
	for digits > 0 && line[digits-1] >= '0' && line[digits-1] <= '9' {
		digits--
	}
	if len(line)-digits < len("100000000000") || digits == 0 || line[digits-1] != ' ' {
		return false // most lines: the rest takes longer
	}
	return len(DetectLine(line).Time) >= len("100000000000")
}
