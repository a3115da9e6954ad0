package expfmt

import (
	"bytes"
	"math"
	"slices"
)

const (
	maxStep   = 64      // lines that are compared at once
	maxSeries = 1 << 16 // bytes before a value that is predicted
	nearLines = 8       // samples in which find looks before it looks at all
)

// A context is what the reading of a line depends on beside the line: what the
// Reader remembers of those before.
type context uint8

const (
	contextType     context = 1<<3 - 1 // the Type
	contextEOF      context = 1 << 3
	contextAfterEOF context = 1 << 4
	contextCRLF     context = 1 << 5
	contextRefused  context = 1 << 6 // crlfRefused
)

func (r *Reader) context() context {
	c := context(r.typ)
	if r.eofLine {
		c |= contextEOF
	}
	if r.afterEOF {
		c |= contextAfterEOF
	}
	if r.crlf {
		c |= contextCRLF
	}
	if r.crlfRefused {
		c |= contextRefused
	}
	return c
}

// seek makes the line that begins at the offset at the next one to read.
func (r *Reader) seek(at, line int, c context) {
	r.w.at, r.line, r.lines = at, line, 0
	r.eofLine, r.afterEOF = c&contextEOF != 0, c&contextAfterEOF != 0
	r.crlf, r.crlfRefused = c&contextCRLF != 0, c&contextRefused != 0
	if t := Type(c & contextType); t != r.typ {
		r.typ = t
		r.prev.size = 0 // its labels are read by the other type
	}
}

// readText reads a text along the one before. A line is taken as that of a
// line before when it has the same bytes and the same context, which give the
// same record and the same context for the next line.
func (d *Decoder) readText() {
	old, cur := d.old, d.cur
	d.ctx, d.extra = 0, 0
	n, j, step := 0, 0, maxStep // here, there, and how many lines to compare
	limit := d.limit(j)
	for n < len(cur.text) {
		k := min(step, limit-j)
		if k == 1 { // what changes stands together
			if size := d.newValue(j, n); size > 0 {
				v, was := cur.values[len(cur.values)-1], old.values[old.lines[j].sample]
				if math.Float64bits(v) == math.Float64bits(was) && len(cur.times) == 0 {
					step = 2
				}
				j, n = j+1, n+size
				continue
			}
		}
		if k > 0 {
			if size := d.equal(j, k, n); size >= 0 {
				d.copyLines(j, k, n)
				j, n, step = j+k, n+size, min(2*k, maxStep)
				continue
			}
			step = 1
			if k > 1 {
				j, n = d.narrow(j, k, n)
				continue
			}
		}
		n, j = d.surprise(n, j)
		limit, step = d.limit(j), 1
	}
	d.end(j)
}

// limit returns the line of old up to which those from j on are predictable.
func (d *Decoder) limit(j int) int {
	lines := d.old.lines
	if d.synced = j < len(lines) && lines[j].ctx == d.ctx; !d.synced {
		return j
	}
	if odd := d.old.odd; len(odd) > 0 {
		if i, _ := slices.BinarySearch(odd, j); i < len(odd) {
			return odd[i]
		}
	}
	return len(lines) - 1
}

// narrow takes over those before the first that differs among k lines of old
// from j on, and returns where that is, there and here.
func (d *Decoder) narrow(j, k, n int) (differs, at int) {
	for k > 1 {
		half := k / 2
		if size := d.equal(j, half, n); size >= 0 {
			d.copyLines(j, half, n)
			j, n, k = j+half, n+size, k-half
		} else {
			k = half
		}
	}
	return j, n
}

// equal returns the size of k lines of old from j on, when they stand at n.
func (d *Decoder) equal(j, k, n int) int {
	from, to := d.old.lines[j].off, d.old.lines[j+k].off
	if to-from <= len(d.cur.text)-n && bytes.Equal(d.old.text[from:to], d.cur.text[n:n+to-from]) {
		return to - from
	}
	return -1
}

// copyLines takes over k lines of old from j on, which stand at n.
func (d *Decoder) copyLines(j, k, n int) {
	old, cur := d.old, d.cur
	from, to := old.lines[j].sample, old.lines[j+k].sample
	first := len(cur.lines)
	cur.lines = append(cur.lines, old.lines[j:j+k]...)
	moved, shift := n-old.lines[j].off, uint32(len(cur.refs))-from
	if moved != 0 || shift != 0 {
		for i := first; i < len(cur.lines); i++ {
			l := &cur.lines[i]
			l.off += moved
			l.sample += shift
		}
	}
	cur.refs = append(cur.refs, old.refs[from:to]...)
	cur.values = append(cur.values, old.values[from:to]...)
	switch {
	case len(old.times) > 0:
		cur.padTimes(int(shift + from))
		cur.times = append(cur.times, old.times[from:to]...)
		cur.timed = append(cur.timed, old.timed[from:to]...)
	case len(cur.times) > 0:
		cur.padTimes(len(cur.refs))
	}
}

// padTimes notes that the samples up to n have no time.
func (s *scrape) padTimes(n int) {
	for len(s.times) < n {
		s.times, s.timed = append(s.times, 0), append(s.timed, false)
	}
}

// newValue takes the line at n for the sample line j of old with another value
// or time, and returns its size; 0 when it is another line. It reads what fast
// would read, and what record would read without a problem.
func (d *Decoder) newValue(j, n int) int {
	old, cur := d.old, d.cur
	l, to := &old.lines[j], d.head(j, n)
	if to == 0 {
		return 0
	}
	rest := cur.text[n+to:]
	ms, timed := int64(0), false
	v, size, ok := decimal(rest)
	if !ok || size == len(rest) || rest[size] != '\n' {
		size = bytes.IndexByte(rest, '\n')
		if size < 0 {
			return 0
		}
		var i int
		if v, i, ok = value(rest[:size], 0); !ok {
			return 0
		}
		if i < size {
			if ms, timed = fastTime(rest[i:size]); !timed || d.r.om {
				return 0
			}
		}
	}
	if to+size > d.r.w.max {
		return 0
	}
	cur.lines = append(cur.lines, line{off: n, sample: uint32(len(cur.refs)), value: l.value, kind: lineSample, ctx: l.ctx})
	cur.add(old.refs[l.sample], v, ms, timed)
	return to + size + 1
}

// head returns where the value begins in the line at n when it is the sample
// line j of old up to there, else 0.
func (d *Decoder) head(j, n int) int {
	l := &d.old.lines[j]
	to := int(l.value)
	if to < len(d.cur.text)-n && bytes.Equal(d.old.text[l.off:l.off+to], d.cur.text[n:n+to]) {
		return to
	}
	return 0
}

// add appends a sample to the columns.
func (s *scrape) add(ref uint32, v float64, ms int64, timed bool) {
	if timed || len(s.times) > 0 {
		s.padTimes(len(s.refs))
		s.times, s.timed = append(s.times, ms), append(s.timed, timed)
	}
	s.refs = append(s.refs, ref)
	s.values = append(s.values, v)
}
