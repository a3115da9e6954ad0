package lint

import "bytes"

// A piece is a part of a text as it stands there.
type piece struct {
	text    []byte
	samples int
	shape   uint64 // a hash of all but the numbers
}

// cut divides a text that was read without a problem into pieces, each of which
// begins with HELP and TYPE of a family, or with TYPE: what a line means hangs
// on no line of another piece, but by their names. It returns false when a line
// is written in an unusual way.
func (m *memory) cut(text []byte) bool {
	m.pieces = m.pieces[:0]
	m.hash.SetSeed(m.known.seed)
	begin, samples := 0, 0
	end := func(at int) {
		if at > begin {
			m.pieces = append(m.pieces, piece{text[begin:at], samples, m.hash.Sum64()})
			m.hash.Reset()
			begin, samples = at, 0
		}
	}
	helped := false // the line before is HELP of what TYPE follows for
	for at := 0; at < len(text); {
		size := bytes.IndexByte(text[at:], '\n')
		if size < 0 {
			return false
		}
		line := text[at : at+size]
		kept := line
		switch {
		case size > 0 && line[0] == '#':
			kind, name := metadata(line)
			if kind == 'H' {
				next, _, _ := bytes.Cut(text[at+size+1:], []byte{'\n'})
				is, typed := metadata(next)
				if helped = is == 'T' && bytes.Equal(name, typed); helped {
					end(at)
				}
			} else {
				if kind == 'T' && !helped {
					end(at)
				}
				helped = false
			}
		case size > 0:
			samples++
			n := numbersAt(line)
			if n == 0 {
				return false
			}
			kept = line[:n]
		}
		_, _ = m.hash.Write(kept)
		_ = m.hash.WriteByte('\n')
		at += size + 1
	}
	end(len(text))
	return true
}

// metadata returns H of a HELP line and T of TYPE, and the name in it.
func metadata(line []byte) (kind byte, name []byte) {
	const head = len("# HELP ")
	if len(line) <= head || line[1] != ' ' || line[head-1] != ' ' {
		return 0, nil
	}
	switch word := line[2 : head-1]; {
	case string(word) == "HELP":
		kind = 'H'
	case string(word) == "TYPE":
		kind = 'T'
	default:
		return 0, nil
	}
	name, _, _ = bytes.Cut(line[head:], []byte{' '})
	return kind, name
}

// numbersAt returns where the value, and perhaps a time, stands in a sample
// line that was read without a problem. It returns 0 when they are not written
// with single blanks and digits.
func numbersAt(line []byte) int {
	at := bytes.LastIndexByte(line, ' ') + 1
	if at < 2 || !isNumber(line[at:]) {
		return 0
	}
	if endsSeries(line[:at-1]) {
		return at
	}
	if !isDigits(line[at:]) {
		return 0
	}
	before := line[:at-1]
	at = bytes.LastIndexByte(before, ' ') + 1
	if at < 2 || !isNumber(before[at:]) || !endsSeries(before[:at-1]) {
		return 0
	}
	return at
}

// endsSeries reports whether all of b is a series part: braces end it, or it is
// a name.
func endsSeries(b []byte) bool {
	return b[len(b)-1] == '}' || plainName(b, ':') == len(b)
}

// isNumber reports whether b is written with the bytes of decimal numbers, or
// is one of the others as programs write them.
func isNumber(b []byte) bool {
	switch string(b) {
	case "":
		return false
	case "NaN", "+Inf", "-Inf":
		return true
	}
	for _, c := range b {
		if c-'0' > 9 && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
			return false
		}
	}
	return true
}
