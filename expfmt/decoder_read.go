package expfmt

import (
	"slices"
	"sort"
	"strings"
)

// surprise reads the record at n, which is not what the line j of old
// predicts. It returns where the next one is, here and in old.
func (d *Decoder) surprise(n, j int) (next, nextOld int) {
	if d.synced {
		d.ctx = d.old.lines[j].ctx
	}
	alike := j < len(d.old.lines)-1 && (d.equal(j, 1, n) >= 0 || d.head(j, n) > 0)
	d.read(n)
	if l := &d.cur.lines[len(d.cur.lines)-1]; alike {
		j++
	} else if l.kind&^lineOdd == lineSample {
		if at := d.find(d.cur.refs[l.sample], j); at >= 0 {
			j = at + 1
		}
	}
	return d.r.w.at, j
}

// read reads the record at n by the Reader, or at the text's end how it ended.
func (d *Decoder) read(n int) {
	r, cur := d.r, d.cur
	index := len(cur.lines)
	d.reads++
	r.seek(n, 1+index+d.extra, d.ctx)
	r.step()
	for i := range r.queue {
		d.problems = append(d.problems, DecodedProblem{r.queue[i], len(cur.refs), index})
	}
	kind, odd := r.held, len(r.queue) > 0
	clear(r.queue)
	r.held, r.queue = 0, r.queue[:0]
	if r.lines == 0 {
		return
	}
	l := line{off: n, sample: uint32(len(cur.refs)), ctx: d.ctx}
	switch kind {
	case 0:
	case KindSample:
		s := &r.sample
		l.kind = lineSample
		to := len(s.Series) + 1
		if s.Column == 1 && to < maxSeries && cur.text[n+to-1] == ' ' {
			l.value = uint16(to)
		}
		cur.add(d.ref(str(s.Series), s.Type), s.Value, s.Timestamp, s.HasTimestamp)
	case KindType:
		d.typed(&r.meta)
		fallthrough
	default:
		l.kind = lineMeta
	}
	if odd || !r.w.nl { // a record of several lines has a problem
		l.kind |= lineOdd
		cur.odd = append(cur.odd, index)
		d.extra += r.lines - 1
	}
	cur.lines = append(cur.lines, l)
	d.ctx = r.context()
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

// ref returns the reference of a key under a type, a new one if need be. The
// key is only lent.
func (d *Decoder) ref(key string, t Type) uint32 {
	ref, ok := d.refs[key]
	for ok && d.series[ref].typ != t {
		ref, ok = d.others[ref]
	}
	if ok {
		return ref
	}
	ref = uint32(len(d.series))
	if n := len(d.free); n > 0 {
		ref, d.free = d.free[n-1], d.free[:n-1]
	} else {
		d.series = append(d.series, known{})
		d.marks = append(d.marks, markAway)
	}
	d.series[ref] = known{key: strings.Clone(key), typ: t}
	d.learn(ref)
	d.fresh = append(d.fresh, ref)
	return ref
}

// learn makes the reference one that is found by its key.
func (d *Decoder) learn(ref uint32) {
	key := d.series[ref].key
	if other, ok := d.refs[key]; ok {
		d.others[ref] = other
	}
	d.refs[key] = ref
}

// What compare knows of a reference.
const (
	markAway uint8 = iota
	markHere       // it is in the scrape
	markGone       // it is not, but was in the one before
)

// compare finds out what came, went and stands twice.
func (d *Decoder) compare() {
	refs := d.cur.refs
	d.gone = d.gone[:0]
	// Where the Reader read the end alone, the lines are those of old.
	d.same = len(d.old.refs) == len(refs) && (d.reads == 1 || slices.Equal(d.old.refs, refs))
	if !d.same {
		clear(d.marks)
		d.repeated = d.repeated[:0]
		for i, ref := range refs {
			if d.marks[ref] == markHere {
				d.repeated = append(d.repeated, i)
			}
			d.marks[ref] = markHere
		}
		for _, ref := range d.old.refs {
			if d.marks[ref] == markAway {
				d.marks[ref] = markGone
				d.gone = append(d.gone, ref)
			}
		}
	}
	if len(d.series)-len(d.free) > 2*max(len(refs), len(d.old.refs))+1000 {
		d.forget()
	}
}

// forget frees the references of what is gone.
func (d *Decoder) forget() {
	// A map does not give back what it had.
	d.refs, d.others = make(map[string]uint32, len(d.cur.refs)), map[uint32]uint32{}
	for ref := range d.series {
		switch k := &d.series[ref]; {
		case k.key == "":
		case d.marks[ref] != markHere:
			*k = known{}
			d.free = append(d.free, uint32(ref))
		default:
			d.learn(uint32(ref))
		}
	}
}
