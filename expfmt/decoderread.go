package expfmt

import (
	"bytes"
	"slices"
	"sort"
)

// surprise reads the record at n, which is not what the line j of old
// predicts. It returns where the next one is, here and in old.
func (d *Decoder) surprise(n, j int) (next, nextOld int) {
	if d.synced {
		d.ctx = d.old.lines[j].ctx
	}
	alike := d.alike(j, n)
	if !d.read(n) {
		return len(d.cur.text), j
	}
	next = d.r.w.at
	if l := &d.cur.lines[len(d.cur.lines)-1]; alike {
		j++
	} else if l.isSample() {
		if at := d.find(d.cur.refs[l.sample], j); at >= 0 {
			j = at + 1
		}
	}
	return next, j
}

// alike reports whether the line j of old is the one at n, or was, up to its
// value.
func (d *Decoder) alike(j, n int) bool {
	if j >= len(d.old.lines)-1 {
		return false
	}
	l := &d.old.lines[j]
	to := int(l.value)
	return d.equal(j, 1, n) >= 0 ||
		to > 0 && to <= len(d.cur.text)-n && bytes.Equal(d.old.text[l.off:l.off+to], d.cur.text[n:n+to])
}

// read reads the record at n by the Reader. It returns false at the text's
// end, having noted how it ended.
func (d *Decoder) read(n int) bool {
	r, cur := d.r, d.cur
	index := len(cur.lines)
	r.seek(n, 1+index+d.extra, d.ctx)
	if !r.step() {
		return false
	}
	for i := range r.queue {
		d.problems = append(d.problems, DecodedProblem{r.queue[i], len(cur.refs), index})
	}
	kind, odd := r.held, len(r.queue) > 0
	clear(r.queue)
	r.held, r.queue = 0, r.queue[:0]
	if r.lines == 0 {
		return false
	}
	l := line{off: n, sample: uint32(len(cur.refs)), ctx: d.ctx}
	switch kind {
	case 0:
	case KindSample:
		s := &r.sample
		l.kind = lineSample
		to := len(s.Series) + 1
		if s.Column == 1 && s.Exemplar == nil && to < maxPlain && cur.text[n+to-1] == ' ' && !odd {
			l.kind, l.value = linePlain, uint16(to)
		}
		cur.add(d.ref(s.Name, s.Labels, s.Series, s.Type), s.Value, s.Timestamp, s.HasTimestamp)
	default:
		l.kind = lineMeta
	}
	if odd || r.lines != 1 || !r.w.nl {
		l.kind |= lineOdd
		cur.odd = append(cur.odd, index)
		d.extra += r.lines - 1
	}
	cur.lines = append(cur.lines, l)
	d.ctx = r.context()
	return true
}

// end notes where the text ends and how. The line j of old would be the next.
func (d *Decoder) end(j int) {
	if d.synced {
		d.ctx = d.old.lines[j].ctx
	}
	d.read(len(d.cur.text))
	d.cur.lines = append(d.cur.lines, line{off: len(d.cur.text), sample: uint32(len(d.cur.refs)), ctx: d.ctx})
}

// find returns the line of old in which the series is, one near j if there is,
// -1 when there is none.
func (d *Decoder) find(ref uint32, j int) int {
	old := d.old
	if len(old.lines) == 0 {
		return -1
	}
	from := int(old.lines[min(j, len(old.lines)-1)].sample)
	at := slices.Index(old.refs[from:min(from+nearLines, len(old.refs))], ref)
	if at >= 0 {
		at += from
	} else {
		if !d.placed {
			d.placed = true
			d.places = slices.Grow(d.places[:0], len(d.series))[:len(d.series)]
			clear(d.places)
			for i, ref := range old.refs {
				d.places[ref] = uint32(i + 1)
			}
		}
		if int(ref) < len(d.places) {
			at = int(d.places[ref]) - 1
		}
	}
	if at < 0 {
		return -1
	}
	return sort.Search(len(old.lines), func(i int) bool { return int(old.lines[i].sample) > at }) - 1
}

// ref returns the reference of a series, a new one if need be.
func (d *Decoder) ref(name string, ls Labels, series []byte, t Type) uint32 {
	if ref, ok := d.refs[t][str(series)]; ok {
		return ref
	}
	s := Sample{Name: name, Labels: ls, Series: series}
	s = s.clone()
	known := &DecodedSeries{s.Name, s.Labels, s.Series, t}
	ref := uint32(len(d.series))
	if n := len(d.free); n > 0 {
		ref, d.free = d.free[n-1], d.free[:n-1]
		d.series[ref] = known
	} else {
		d.series = append(d.series, known)
		d.marks = append(d.marks, 0)
	}
	if d.refs[t] == nil {
		d.refs[t] = map[string]uint32{}
	}
	d.refs[t][str(known.Series)] = ref
	d.fresh = append(d.fresh, ref)
	return ref
}

// compare finds out what came, went and stands twice.
func (d *Decoder) compare() {
	refs := d.cur.refs
	d.gone = d.gone[:0]
	if d.same = slices.Equal(d.old.refs, refs); d.same {
		return
	}
	const here, reported = 1, 2
	clear(d.marks)
	d.repeated = d.repeated[:0]
	for i, ref := range refs {
		if d.marks[ref] == here {
			d.repeated = append(d.repeated, i)
		}
		d.marks[ref] = here
	}
	for _, ref := range d.old.refs {
		if d.marks[ref] == 0 {
			d.marks[ref] = reported
			d.gone = append(d.gone, ref)
		}
	}
	if len(d.series)-len(d.free) <= 2*len(refs)+1000 {
		return
	}
	for ref, s := range d.series {
		if s != nil && d.marks[ref] != here {
			delete(d.refs[s.Type], str(s.Series))
			d.series[ref] = nil
			d.free = append(d.free, uint32(ref))
		}
	}
}
