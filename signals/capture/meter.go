package capture

import (
	"bytes"
	"regexp"
)

// What curl writes to standard error when that goes into the same file as the body: two lines of headings, and a line of
// 79 characters that is written again and again after a carriage return, without a line feed but at its end. It may
// stand in the middle of a line of the body, which goes on behind it.
var (
	meterLine = regexp.MustCompile(`^\r[ 0-9]{3} [ 0-9.]{4}[0-9kMGTP]  [ 0-9]{3} [ 0-9.]{4}[0-9kMGTP]  ?[ 0-9]{3} [ 0-9.]{4}[0-9kMGTP] [ 0-9.]{5,6}[0-9kMGTP] [ 0-9.]{5,6}[0-9kMGTP] [-: 0-9dhmsy]{8} [-: 0-9dhmsy]{8} [-: 0-9dhmsy]{8} [ 0-9.]{4}[0-9kMGTP]\n?`)
	meterHead = []byte("% Total    % Received % Xferd  Average Speed")
	meterSub  = []byte("Dload  Upload")
)

// maxMeter is longer than any meterLine.
const maxMeter = 100

// stripMeter takes curl's progress meter out of a text, which it changes.
func stripMeter(text []byte) []byte {
	out := text[:0]
	for rest := text; ; {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 {
			text = append(out, rest...)
			break
		}
		out = append(out, rest[:i]...)
		if at := meterLine.FindIndex(rest[i:min(len(rest), i+maxMeter)]); at != nil {
			rest = rest[i+at[1]:]
			continue
		}
		out = append(out, '\r')
		rest = rest[i+1:]
	}
	for {
		from := bytes.Index(text, meterHead)
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
			if next, _, _ := bytes.Cut(text[to:], []byte("\n")); !bytes.Contains(next, meterSub) {
				break
			}
		}
		text = append(text[:from], text[to:]...)
	}
}

// hasMeter says whether a line has the meter in it.
func hasMeter(line []byte) bool {
	for i := range line {
		if line[i] == '\r' && meterLine.Match(line[i:min(len(line), i+maxMeter)]) {
			return true
		}
	}
	return false
}

func isMeterHead(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(line, " "), meterHead)
}
