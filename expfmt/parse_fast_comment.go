package expfmt

import "encoding/binary"

// fastMetadata reads a HELP or TYPE line as programs write it: single blanks, a
// name without quotes, and a help text of ASCII without escapes. It returns 0,
// having changed nothing, when it meets anything else; record then reads the
// line.
func (r *Reader) fastMetadata(b []byte) Kind {
	const head = len("# HELP ")
	if len(b) <= head || b[1] != ' ' || b[head-1] != ' ' || r.eofLine || r.check != nil {
		return 0
	}
	if classes[b[head]]&nameStart == 0 {
		return 0
	}
	end := head + nameEnd(b[head:], r.prev.nameIn(&r.w))
	if end+1 >= len(b) || b[end] != ' ' {
		return 0
	}
	name, text := b[head:end], b[end+1:]
	var kind Kind
	t := TypeUnknown
	switch string(b[2 : head-1]) {
	case "HELP":
		if text[0] == ' ' || !isPlain(text) { // the first may be nothing but blanks
			return 0
		}
		kind = KindHelp
	case "TYPE":
		switch string(text) {
		case "counter":
			t = TypeCounter
		case "gauge":
			t = TypeGauge
		case "histogram":
			t = TypeHistogram
		case "summary":
			t = TypeSummary
		default:
			return 0
		}
		kind, text, r.typ = KindType, nil, t
	default:
		return 0
	}
	r.prev.known, r.prev.refills = name, r.w.refills
	r.meta = Metadata{Name: str(name), Type: t, Text: str(text), Line: r.line, Column: 1, name: head + 1}
	return kind
}

// isPlain reports whether b is ASCII without controls and backslashes.
func isPlain(b []byte) bool {
	odd := uint64(0)
	for len(b) >= 8 {
		w := binary.LittleEndian.Uint64(b)
		e := w ^ '\\'*lows
		odd |= (w-' '*lows)&^w | (e-lows)&^e | w
		b = b[8:]
	}
	for _, c := range b {
		if c < ' ' || c == '\\' || c >= 0x80 {
			return false
		}
	}
	return odd&highs == 0
}
