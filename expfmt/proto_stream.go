package expfmt

import "fmt"

// have makes the window hold n bytes from its record's beginning on. It grows
// as they come, whatever n is.
func (w *window) have(n int) bool {
	for w.end-w.lo < n {
		if !w.fill() {
			return false
		}
	}
	return true
}

// discard passes n bytes over, of which the window need not hold all.
func (w *window) discard(n uint64) bool {
	for n > uint64(w.end-w.lo) {
		n -= uint64(w.end - w.lo)
		w.lo = w.end
		if !w.fill() {
			return false
		}
	}
	w.lo += int(n)
	return true
}

// message makes the next message the current one. It returns false where none
// is to be read.
func (r *Reader) message() bool {
	p, w := r.pb, &r.w
	p.family, p.off = "", p.next
	r.line++
	size, i := uint64(0), 0
	for more := true; more; i++ {
		switch {
		case i == 5:
			p.phase = protoEnd
			r.protoProblem(p.off, "bad-length", "the length of a message is none: the rest of the body cannot be read")
			return false
		case !w.have(i + 1):
			return r.cut(i > 0, "the body ends within the length of a message: it was cut")
		}
		c := w.buf[w.lo+i]
		size |= uint64(c&0x7f) << (7 * i)
		more = c >= 0x80
	}
	w.lo += i
	begin := p.off
	p.off += i
	p.next = p.off + int(size)
	if size > uint64(min(w.max, maxMessage)) {
		r.protoProblem(begin, "message-too-long", fmt.Sprintf("the message has %d bytes and was skipped: raise the limit of %d (MaxLine) to read it", size, min(w.max, maxMessage)))
		if !w.discard(size) {
			r.cut(true, "the body ends within a message that is longer than the limit: it was cut")
		}
		return false
	}
	if !w.have(int(size)) {
		return r.cut(true, fmt.Sprintf("the body ends within a message of %d bytes, of which %d are there: it was cut", size, w.end-w.lo))
	}
	end := w.lo + int(size)
	p.msg, p.at = w.buf[w.lo:end:end], 0
	w.lo = end
	return true
}

// cut ends the stream, within a message or not. An error of the source says
// enough itself.
func (r *Reader) cut(within bool, message string) bool {
	r.pb.phase = protoEnd
	if r.w.err == errTooLong {
		r.protoProblem(r.pb.off, "too-long", r.w.tooLong())
	} else if within && r.w.err == nil {
		r.protoProblem(r.pb.off, "cut-message", message)
	}
	return false
}
