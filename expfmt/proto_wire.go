package expfmt

import (
	"encoding/binary"
	"math"
)

// A wire reads the fields of one protobuf message, of proto2 or proto3, in
// their order. It takes what upstream's generated code takes: varints of up to
// ten bytes whatever the tenth holds, and groups that end under any number.
type wire struct {
	b []byte
	i int // where the next field begins; of a bad one, where it begins

	num   int32
	typ   uint8
	value uint64 // of the types varint and fixed
	data  []byte // of the type bytes; it ends where b's memory ends
	bad   string // why the message cannot be read on
}

// The wire types.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireGroup   = 3
	wireEnd     = 4
	wireFixed32 = 5
)

// next goes to the next field. It returns false at the end and, with bad set,
// at a field that cannot be read.
func (w *wire) next() bool {
	if w.i >= len(w.b) {
		return false
	}
	tag, i := uint64(w.b[w.i]), w.i+1
	if tag >= 0x80 {
		if tag, i = longVarint(w.b, w.i); i < 0 {
			return w.fail("a tag is cut, or is no varint")
		}
	}
	w.num, w.typ = int32(tag>>3), uint8(tag&7)
	if w.num <= 0 {
		return w.fail("a field has no number")
	}
	switch w.typ {
	case wireVarint:
		w.value, i = varint(w.b, i)
	case wireBytes:
		if i < len(w.b) && w.b[i] < 0x80 && int(w.b[i]) < len(w.b)-i {
			end := i + 1 + int(w.b[i])
			w.data, w.i = w.b[i+1:end], end
			return true
		}
		var size uint64
		size, i = varint(w.b, i)
		if i < 0 || size > uint64(len(w.b)-i) {
			return w.fail("a field goes on beyond the end of its message")
		}
		w.data = w.b[i : i+int(size)]
		i += int(size)
	case wireFixed64:
		if i += 8; i <= len(w.b) {
			w.value = binary.LittleEndian.Uint64(w.b[i-8:])
		}
	case wireFixed32:
		i += 4
	case wireGroup:
		i = w.group(i)
	default:
		return w.fail("a field has an unknown wire type")
	}
	if i < 0 || i > len(w.b) {
		return w.fail("a field is cut, or is no varint")
	}
	w.i = i
	return true
}

// group returns where the group ends whose first field is at i, -1 when it
// does not.
func (w *wire) group(i int) int {
	for depth := 1; i >= 0 && i < len(w.b); {
		var tag, size uint64
		if tag, i = varint(w.b, i); i < 0 {
			return -1
		}
		switch tag & 7 {
		case wireVarint:
			_, i = varint(w.b, i)
		case wireFixed64:
			i += 8
		case wireFixed32:
			i += 4
		case wireBytes:
			size, i = varint(w.b, i)
			if i < 0 || size > uint64(len(w.b)-i) {
				return -1
			}
			i += int(size)
		case wireGroup:
			depth++
		case wireEnd:
			if depth--; depth == 0 {
				return i
			}
		default:
			return -1
		}
	}
	return -1
}

func (w *wire) fail(why string) bool {
	w.bad = why
	return false
}

// is reports whether the field has the wire type that is wanted of it; the
// message is bad if not.
func (w *wire) is(typ uint8) bool {
	if w.typ != typ && w.bad == "" {
		w.bad = "a field has the wrong wire type"
	}
	return w.typ == typ
}

// double stores the field, of the type double.
func (w *wire) double(to *float64) bool {
	*to = math.Float64frombits(w.value)
	return w.is(wireFixed64)
}

// zigzag is the field of the type sint32 or, with all its bits, sint64.
func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

func zigzag32(v uint64) int32 { return int32(uint32(v)>>1) ^ -int32(v&1) }

// varint reads the varint that begins at i, where something must stand, and
// returns where it ends, -1 when it does not.
func varint(b []byte, i int) (uint64, int) {
	if i < len(b) && b[i] < 0x80 {
		return uint64(b[i]), i + 1
	}
	return longVarint(b, i)
}

//go:noinline
func longVarint(b []byte, i int) (v uint64, end int) {
	for shift := 0; shift < 64; shift += 7 {
		if i >= len(b) {
			return 0, -1
		}
		c := b[i]
		i++
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v, i
		}
	}
	return 0, -1
}

// varints returns how many varints b holds, -1 when it holds something else.
func varints(b []byte) int {
	n, size := 0, 0
	for _, c := range b {
		if size++; size > 10 {
			return -1
		}
		if c < 0x80 {
			n++
			size = 0
		}
	}
	if size > 0 {
		return -1
	}
	return n
}
