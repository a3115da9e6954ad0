package expfmt

import (
	"encoding/binary"
	"math/bits"
)

// A shape is how the last sample line was read. Lines that follow each other
// mostly begin alike, with the same name and some of the same labels; fast
// reads a line from where the two part.
type shape struct {
	line    []byte // the last line up to where its last label, or its name and one byte, end
	size    int    // len(line); 0 when there is nothing to compare with
	name    int    // where the name ends
	ends    []int  // where the labels end, which are parser.labels
	known   []byte // the last name that was read, of a sample or a HELP or TYPE line
	refills uint32 // of the window, when line and known were in it
}

// nameIn returns the last name, as long as the window has it.
func (s *shape) nameIn(w *window) []byte {
	if s.refills != w.refills {
		return nil
	}
	return s.known
}

// nameEnd returns where the metric's name ends with which b begins. known is
// another name.
func nameEnd(b, known []byte) int {
	i := common(known, b)
	for i < len(b) && classes[b[i]]&nameRest != 0 {
		i++
	}
	return i
}

// fastLabels is how many labels a line may have to be read by fast, a power of
// two.
const fastLabels = 16

// fast reads a sample line of the form that programs write: no blanks but one
// before the value and one before the timestamp, names without quotes, ASCII
// label values without escapes. It returns false, having reported nothing,
// when it meets anything else; record then reads the line again.
func (r *Reader) fast(b []byte) bool {
	if len(b) == 0 || classes[b[0]]&nameStart == 0 || r.eofLine {
		return false
	}
	p, last := &r.p, &r.prev
	i, n := 0, 0
	if last.size > 0 && last.refills == r.w.refills {
		same := common(last.line, b)
		for n < len(p.labels) && last.ends[n&(fastLabels-1)] <= same {
			n++
		}
		if n > 0 {
			i = last.ends[n-1]
		} else if same > last.name {
			i = last.name
		}
	}
	if i == 0 {
		i = nameEnd(b, last.nameIn(&r.w))
		last.name = i
	}
	last.size = 0
	labels := p.labels[:fastLabels]

	open := byte('{')
	if n > 0 {
		open = ','
	}
	for i < len(b) && b[i] == open {
		i++
		open = ','
		if i < len(b) && b[i] == '}' {
			break
		}
		start := i
		for i < len(b) && classes[b[i]]&labelRest != 0 {
			i++
		}
		name := b[start:i]
		if n == fastLabels || len(name) == 0 || name[0] <= '9' || i+2 > len(b) || b[i] != '=' || b[i+1] != '"' {
			return false
		}
		i += 2
		value := b[i:]
		i = special(b, i)
		if i >= len(b) || b[i] != '"' {
			return false
		}
		value = value[:len(value)-(len(b)-i)]
		i++
		for j := range labels[:n] {
			if labels[j].Name == string(name) {
				return false
			}
		}
		if name[0] == '_' && string(name) == "__name__" {
			return false
		}
		l := &labels[n]
		l.Name, l.Value = str(name), str(value)
		if r.isBound(l.Name) {
			if len(value) > maxBound {
				return false
			}
			l.Value = r.bounds.normal(l.Value, p)
		}
		last.ends[n] = i
		n++
	}
	seen := i // up to here lines may be compared
	if open == ',' {
		if i >= len(b) || b[i] != '}' {
			return false
		}
		i++
	}
	p.labels = labels[:n]
	series := b[:i]
	if i+2 > len(b) || b[i] != ' ' {
		return false
	}
	s := &r.sample
	v, i, ok := value(b, i+1)
	if !ok {
		return false
	}
	s.Value, s.Timestamp, s.HasTimestamp = v, 0, false
	s.Exemplar = nil
	if i < len(b) {
		if r.om {
			if !r.fastTail(b, i) {
				return false
			}
		} else {
			if s.Timestamp, ok = fastTime(b[i:]); !ok {
				return false
			}
			s.HasTimestamp = true
		}
	}
	r.out = append(r.out[:0], p.labels...) // the next line needs p.labels as they are
	s.Name, s.Labels, s.Series = str(b[:last.name]), Labels(r.out), series
	s.Type, s.Line, s.Column = r.typ, r.line, 1
	if n == 0 {
		seen = last.name + 1
	}
	last.line, last.size, last.known, last.refills = b[:seen], seen, b[:last.name], r.w.refills
	return true
}

// value reads the number at b[i:] and returns where it ends: at the end of b
// or a blank.
func value(b []byte, i int) (float64, int, bool) {
	if f, n, ok := decimal(b[i:]); ok && (i+n == len(b) || b[i+n] == ' ') {
		return f, i + n, true
	}
	end := i
	for end < len(b) && b[end] > ' ' {
		end++
	}
	v, how := parseFloat(b[i:end])
	return v, end, how == floatPlain
}

// fastTime reads a blank and a timestamp of up to 18 digits.
func fastTime(b []byte) (int64, bool) {
	if len(b) < 2 || len(b) > 19 || b[0] != ' ' {
		return 0, false
	}
	ms := int64(0)
	for _, c := range b[1:] {
		if c-'0' > 9 {
			return 0, false
		}
		ms = ms*10 + int64(c-'0')
	}
	return ms, true
}

// common returns how many bytes a and b begin with alike.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + firstByte(x)
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// specialMask marks, in its lowest set bit, the first quote, backslash or
// non-ASCII byte among eight; it is 0 when there is none.
func specialMask(b []byte) uint64 {
	w := binary.LittleEndian.Uint64(b)
	q := w ^ '"'*lows
	e := w ^ '\\'*lows
	return ((q-lows)&^q | (e-lows)&^e | w) & highs
}

// firstByte returns the index of the byte in which m has its lowest bit.
func firstByte(m uint64) int { return bits.TrailingZeros64(m) / 8 }
