package expfmt

import (
	"bytes"
	"io"
)

const (
	firstBuffer    = 64 << 10
	defaultMaxLine = 64 << 20
)

// A window hands out a text line by line. It holds no more of it than one
// buffer, which grows to the longest line seen, or the whole text without a
// copy when there is no source.
type window struct {
	src io.Reader
	buf []byte
	lo  int // the record: buf[lo:hi], without its last newline
	hi  int
	nl  bool // whether a newline ended the record
	at  int  // where the next line begins
	end int  // buf[:end] is filled
	max int  // bytes in a line

	limit, left int64 // bytes of the text, and how many of them may still come

	eof     bool
	err     error
	refills uint32 // grows when the bytes of former lines move or go
}

type lineState uint8

const (
	lineNone    lineState = iota // the text is at its end, or cannot be read on
	lineRead                     // the record is the next line
	lineTooLong                  // the record is the beginning of a line that was passed over
)

// line makes the next line the record.
func (w *window) line() lineState {
	w.lo = w.at
	if i := bytes.IndexByte(w.buf[w.at:w.end], '\n'); i >= 0 && i <= w.max {
		w.hi = w.at + i
		w.at = w.hi + 1
		w.nl = true
		return lineRead
	}
	return w.lineBeyond()
}

// lineBeyond is line where the buffer does not hold a good line already.
func (w *window) lineBeyond() lineState {
	seen := 0
	for {
		if i := bytes.IndexByte(w.buf[w.lo+seen:w.end], '\n'); i >= 0 {
			w.hi, w.nl = w.lo+seen+i, true
			w.at = w.hi + 1
			break
		}
		seen = w.end - w.lo
		if seen > w.max {
			return w.passOver()
		}
		if !w.fill() {
			if seen == 0 || w.err != nil {
				return lineNone
			}
			w.hi, w.at, w.nl = w.end, w.end, false
			break
		}
	}
	if w.hi-w.lo > w.max {
		w.hi = w.lo + min(maxProblemText, w.max)
		return lineTooLong
	}
	return lineRead
}

// passOver leaves a line of more than max bytes, of which it keeps a
// beginning.
func (w *window) passOver() lineState {
	kept := min(maxProblemText, w.max)
	w.nl = false
	for {
		from := w.lo + kept
		if i := bytes.IndexByte(w.buf[from:w.end], '\n'); i >= 0 {
			w.at, w.nl = from+i+1, true
			break
		}
		w.at = w.end
		if w.src == nil {
			break
		}
		w.end = from
		if !w.fill() {
			w.at = w.end
			break
		}
	}
	w.hi = w.lo + kept
	return lineTooLong
}

// more adds the next line to the record, with the newline between. It reports
// whether there is one and the record stays within max.
func (w *window) more() bool {
	if !w.nl {
		return false
	}
	seen := w.at - w.lo
	first := seen
	for {
		if i := bytes.IndexByte(w.buf[w.lo+seen:w.end], '\n'); i >= 0 {
			if seen+i > w.max {
				return false
			}
			w.hi = w.lo + seen + i
			w.at = w.hi + 1
			return true
		}
		seen = w.end - w.lo
		if seen > w.max {
			return false
		}
		if !w.fill() {
			if seen == first || w.err != nil {
				return false
			}
			w.hi, w.at, w.nl = w.end, w.end, false
			return true
		}
	}
}

// shrink makes the record its first n bytes again, which a newline follows.
func (w *window) shrink(n int) {
	w.hi = w.lo + n
	w.at = w.hi + 1
	w.nl = true
}

// fill reads on. The record's beginning moves to the front of the buffer.
func (w *window) fill() bool {
	if w.src == nil || w.eof || w.err != nil {
		return false
	}
	w.refills++
	if w.lo > 0 {
		moved := w.lo
		copy(w.buf, w.buf[moved:w.end])
		w.lo, w.hi, w.at, w.end = 0, w.hi-moved, w.at-moved, w.end-moved
	}
	if w.end == len(w.buf) {
		size := 2 * len(w.buf)
		if size == 0 {
			size = firstBuffer
		}
		grown := make([]byte, size)
		copy(grown, w.buf[:w.end])
		w.buf = grown
	}
	for range 100 {
		n, err := w.src.Read(w.buf[w.end:])
		if n < 0 || n > len(w.buf)-w.end {
			panic("expfmt: a Read that returns an impossible count")
		}
		w.end += n
		if w.left -= int64(n); w.left < 0 {
			w.end += int(w.left)
			n += int(w.left)
			w.left, err = 0, errTooLong
		}
		switch {
		case err == io.EOF:
			w.eof = true
		case err != nil:
			w.err = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	w.err = io.ErrNoProgress
	return false
}
