package content

import (
	"bytes"
	"regexp"
)

// What curl writes to standard error when that goes into the same file as the
// body: two lines of headings, and a line of 79 characters that is written
// again and again after a carriage return, without a line feed but at its end.
// It may stand in the middle of a line of the body, which goes on behind it.
var (
	progressLine    = regexp.MustCompile(`^\r[ 0-9]{3} [ 0-9.]{4}[0-9kMGTP]  [ 0-9]{3} [ 0-9.]{4}[0-9kMGTP]  ?[ 0-9]{3} [ 0-9.]{4}[0-9kMGTP] [ 0-9.]{5,6}[0-9kMGTP] [ 0-9.]{5,6}[0-9kMGTP] [-: 0-9dhmsy]{8} [-: 0-9dhmsy]{8} [-: 0-9dhmsy]{8} [ 0-9.]{4}[0-9kMGTP]\n?`)
	progressHead    = []byte("% Total    % Received % Xferd  Average Speed")
	progressSubhead = []byte("Dload  Upload")
)

// maxProgress is longer than any progressLine.
const maxProgress = 100

// StripCurlProgress takes curl's progress meter out of a text, which it
// changes.
func StripCurlProgress(text []byte) []byte {
	out := text[:0]
	for rest := text; ; {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 {
			text = append(out, rest...)
			break
		}
		out = append(out, rest[:i]...)
		if at := progressLine.FindIndex(rest[i:min(len(rest), i+maxProgress)]); at != nil {
			rest = rest[i+at[1]:]
			continue
		}
		out = append(out, '\r')
		rest = rest[i+1:]
	}
	for {
		from := bytes.Index(text, progressHead)
		if from < 0 {
			return text
		}
		to := from
		from = bytes.LastIndexByte(text[:from], '\n') + 1
		for range 2 {
			if n := bytes.IndexByte(text[to:], '\n'); n >= 0 {
				to += n + 1
			} else {
				to = len(text)
			}
			if next, _, _ := bytes.Cut(text[to:], []byte("\n")); !bytes.Contains(next, progressSubhead) {
				break
			}
		}
		text = append(text[:from], text[to:]...)
	}
}

// hasCurlProgress says whether a line has the meter in it.
func hasCurlProgress(line []byte) bool {
	for i := range line {
		if line[i] == '\r' && progressLine.Match(line[i:min(len(line), i+maxProgress)]) {
			return true
		}
	}
	return false
}

func isProgressHead(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(line, " "), progressHead)
}
