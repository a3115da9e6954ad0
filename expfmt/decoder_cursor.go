package expfmt

import (
	"bytes"
	"sort"
)

// A cursor is the record that Decoder.Next found.
type cursor struct {
	kind    Kind
	line    int // the index of the next line
	number  int // and its number
	problem int // the next problem
	index   int // of the sample
}

// Rewind makes Next begin with the first record again, as Decode does.
func (d *Decoder) Rewind() {
	d.cursor = cursor{number: 1, index: -1}
	if d.whole {
		d.r.Reset(d.cur.text, d.opts)
	}
}

// Next goes to the next record of the body and reports whether there is one:
// those of a Reader of it, in their order. It is for who needs more than the
// columns, or all of it in one order. Kind, Current, Histogram, Metadata and
// Problem are what they are of a Reader, and lent in the same way.
func (d *Decoder) Next() bool {
	c := &d.cursor
	if d.whole {
		if !d.r.Next() {
			return false
		}
		if c.kind = d.r.Kind(); c.kind == KindSample || c.kind == KindHistogram {
			c.index++
		}
		return true
	}
	for {
		if c.problem < len(d.problems) && d.problems[c.problem].line <= c.line {
			c.problem++
			c.kind = KindProblem
			return true
		}
		if c.line == len(d.cur.lines)-1 {
			return false
		}
		l, number := &d.cur.lines[c.line], c.number
		c.number += d.linesOf(c.line)
		c.line++
		switch l.kind &^ lineOdd {
		case lineEmpty:
			continue
		case lineSample:
			c.index = int(l.sample)
		}
		c.kind = d.again(l, number)
		return true
	}
}

// Kind returns what Next found.
func (d *Decoder) Kind() Kind { return d.cursor.kind }

// Index returns the place in the columns of the sample or native histogram
// that Next found last.
func (d *Decoder) Index() int { return d.cursor.index }

// Current returns the sample that Next found.
func (d *Decoder) Current() *Sample { return d.r.Sample() }

// Histogram returns the native histogram that Next found.
func (d *Decoder) Histogram() *HistogramSample { return d.r.Histogram() }

// Metadata returns the line that Next found.
func (d *Decoder) Metadata() *Metadata { return d.r.Metadata() }

// Problem returns the problem that Next found.
func (d *Decoder) Problem() *Problem {
	if d.whole {
		return d.r.Problem()
	}
	return &d.problems[d.cursor.problem-1].Problem
}

// Sample returns the sample at an index of the columns with all that belongs to
// it, its place in the text for instance, lent until the next call of a method
// of d. Of a native histogram it has all but the histogram. It looks for the
// line; of protobuf it reads the body up to it. It takes the place of what Next
// found: before the next Next, call Rewind.
func (d *Decoder) Sample(i int) *Sample {
	if d.whole {
		return d.wholeSampleAt(i)
	}
	lines := d.cur.lines
	at := sort.Search(len(lines), func(k int) bool { return int(lines[k].sample) > i }) - 1
	number := 1 + at
	for _, odd := range d.cur.odd {
		if odd >= at {
			break
		}
		number += d.linesOf(odd) - 1
	}
	d.again(&lines[at], number)
	return d.r.Sample()
}

// linesOf returns how many lines the record has whose index is i.
func (d *Decoder) linesOf(i int) int {
	lines := d.cur.lines
	if lines[i].kind&lineOdd == 0 {
		return 1
	}
	return bytes.Count(d.cur.text[lines[i].off:lines[i+1].off], newline)
}

// again reads a line once more.
func (d *Decoder) again(l *line, number int) Kind {
	r := d.r
	r.seek(l.off, number, l.ctx)
	r.step()
	kind := r.held
	clear(r.queue)
	r.held, r.queue = 0, r.queue[:0]
	return kind
}
