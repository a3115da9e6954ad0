package timeline

// A Row is a number of series that get their samples together, at one time:
// what one scrape after another shows of a target. Appending to a Row looks
// only at the series whose samples are kept; those of KeepNewest are counted,
// and told their newest sample by Flush.
type Row struct {
	t      *Timeline
	kept   []column
	newest []column // of KeepNewest
	// What was appended last, since the last Flush.
	ts     int64
	values []float64
}

// A column is a series' place in the values of a row.
type column struct {
	at  uint32
	ref Ref
}

// Row returns the Row of some series, the value of refs[i] being the i-th one
// of what is appended; the zero Ref leaves its value out. A series may be in
// several rows, and be appended to in other ways, with a Flush in between.
func (t *Timeline) Row(refs []Ref) *Row {
	alone := 0
	for _, ref := range refs {
		if int(ref) < len(t.last) && t.last[ref].alone {
			alone++
		}
	}
	r := &Row{t: t, newest: make([]column, 0, alone)}
	for i, ref := range refs {
		switch {
		case int(ref) >= len(t.last) || t.last[ref].none:
		case t.last[ref].alone:
			r.newest = append(r.newest, column{uint32(i), ref})
		default:
			r.kept = append(r.kept, column{uint32(i), ref})
		}
	}
	return r
}

// Len returns the number of series in the row, and how many of them are kept
// beyond their newest sample.
func (r *Row) Len() (all, kept int) { return len(r.kept) + len(r.newest), len(r.kept) }

// Append adds a sample to each series, at ts in ms since the epoch, and reports
// true; or to none of them, when a series that is kept would refuse its own.
// For those of KeepNewest ts must be after their newest sample. The values must
// not change until the next Append or Flush.
func (r *Row) Append(ts int64, values []float64) bool {
	for _, c := range r.kept {
		if r.t.Check(c.ref, ts, values[c.at]) != nil {
			return false
		}
	}
	for _, c := range r.kept {
		_ = r.t.Append(c.ref, ts, values[c.at]) // checked
	}
	if n := len(r.newest); n > 0 {
		r.t.samples += int64(n)
		r.t.newest = max(r.t.newest, ts)
	}
	if r.t.tap != nil {
		for _, c := range r.newest {
			r.t.tell(c.ref, 0, ts, values[c.at], histo{})
		}
	}
	r.ts, r.values = ts, values
	return true
}

// Flush tells the series of KeepNewest their newest samples. It must be called
// before one of them is appended to in another way.
func (r *Row) Flush() {
	if r.values == nil {
		return
	}
	for _, c := range r.newest {
		last := &r.t.last[c.ref]
		last.ts, last.v, last.any = r.ts, r.values[c.at], true
	}
	r.values = nil
}
