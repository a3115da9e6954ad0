package expfmt

import "bytes"

// fastTail reads what follows the value of an OpenMetrics sample at b[i:], as
// fast reads a line: a time, an exemplar, or both.
func (r *Reader) fastTail(b []byte, i int) bool {
	s := &r.sample
	if b[i] != ' ' {
		return false
	}
	if i++; i < len(b) && b[i] != '#' {
		var ok bool
		if s.Timestamp, i, ok = fastSeconds(b, i); !ok {
			return false
		}
		s.HasTimestamp = true
		if i == len(b) {
			return true
		}
		i++
	}
	if i+3 > len(b) || b[i] != '#' || b[i+1] != ' ' || b[i+2] != '{' {
		return false
	}
	e := &r.exemplar
	if i = e.fastLabels(b, i+3); i < 0 || i+2 > len(b) || b[i] != ' ' {
		return false
	}
	var ok bool
	if e.Value, i, ok = value(b, i+1); !ok {
		return false
	}
	e.Timestamp, e.HasTimestamp = 0, i < len(b)
	if i < len(b) {
		if b[i] != ' ' {
			return false
		}
		if e.Timestamp, i, ok = fastSeconds(b, i+1); !ok || i < len(b) {
			return false
		}
	}
	s.Exemplar = e
	return true
}

// fastSeconds reads a time and returns where it ends: at the end of b or a
// blank.
func fastSeconds(b []byte, i int) (ms int64, end int, ok bool) {
	f, n, ok := decimal(b[i:])
	if end = i + n; !ok || end < len(b) && b[end] != ' ' {
		word := b[i:]
		if n := bytes.IndexByte(word, ' '); n >= 0 {
			word = word[:n]
		}
		end = i + len(word)
		ms, how := secondsToMillis(word)
		return ms, end, how == floatPlain
	}
	if f *= 1000; f >= 1<<63 || f < -1<<63 {
		return 0, end, false
	}
	return int64(f), end, true
}

// fastLabels reads an exemplar's labels up to the closing brace, and returns
// what follows it, -1 when that is for the thorough reading.
func (e *Exemplar) fastLabels(b []byte, i int) int {
	e.Labels = e.Labels[:0]
	for i < len(b) && b[i] != '}' {
		start := i
		for i < len(b) && classes[b[i]]&labelRest != 0 {
			i++
		}
		name := b[start:i]
		if len(e.Labels) == fastLabels || len(name) == 0 || name[0] <= '9' || i+2 > len(b) || b[i] != '=' || b[i+1] != '"' {
			return -1
		}
		from := i + 2
		if i = special(b, from); i+1 >= len(b) || b[i] != '"' || b[i+1] != ',' && b[i+1] != '}' || bytes.IndexByte(b[from:i], 0) >= 0 {
			return -1
		}
		if _, twice := e.Labels.Get(str(name)); twice || string(name) == "__name__" {
			return -1
		}
		e.Labels = append(e.Labels, Label{str(name), str(b[from:i])})
		if i++; b[i] == ',' {
			i++
		}
	}
	if i >= len(b) {
		return -1
	}
	return i + 1
}
