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

// StripCurlProgress takes curl's progress meter out of a text, and says where
// in it stands what is left.
func StripCurlProgress(text []byte) ([]byte, *Places) {
	var lines, heads taking
	for at := 0; at < len(text); {
		i := bytes.IndexByte(text[at:], '\r')
		if i < 0 {
			lines.take(text[at:], at)
			break
		}
		lines.take(text[at:at+i], at)
		at += i
		if meter := progressLine.FindIndex(text[at:min(len(text), at+maxProgress)]); meter != nil {
			at += meter[1]
			continue
		}
		lines.take(text[at:at+1], at)
		at++
	}
	for rest, at := lines.text, 0; at < len(rest); {
		head := bytes.Index(rest[at:], progressHead)
		if head < 0 {
			heads.take(rest[at:], at)
			break
		}
		begin := bytes.LastIndexByte(rest[:at+head], '\n') + 1
		heads.take(rest[at:max(begin, at)], at)
		at += head
		for range 2 {
			if n := bytes.IndexByte(rest[at:], '\n'); n >= 0 {
				at += n + 1
			} else {
				at = len(rest)
			}
			if next, _, _ := bytes.Cut(rest[at:], newline); !bytes.Contains(next, progressSubhead) {
				break
			}
		}
	}
	whole := &Places{file: lineStarts(text), runs: lines.runs}
	return heads.text, whole.Over(&Places{text: lineStarts(heads.text), runs: heads.runs}, 0)
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
