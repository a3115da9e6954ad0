package ingest

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/model/value"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A pass is the storing of one body.
type pass struct {
	in      *Ingester
	t       *target
	d       *decoded
	rep     *Report
	histo   int // of d.histos, the next
	beside  int // of d.beside, the next
	told    int // of d.marks
	damaged int // lines that were skipped
	limited int // samples that count for sample_limit
	over    bool
	rough   bool // something was not as in a scrape that can simply be repeated
	finder  finder
}

// body stages the samples that were read, unless there is a reason already why
// the scrape fails.
func (p *pass) body(reason string) {
	in, t, d, rep := p.in, p.t, p.d, p.rep
	for i := 0; i < len(d.values) && reason == ""; i++ {
		if reason = p.marks(i); reason == "" {
			reason = p.sample(i)
		}
	}
	if reason == "" {
		reason = cmp.Or(p.marks(len(d.values)), d.end)
	}
	if reason == "" && p.over {
		reason = fmt.Sprintf("sample_limit exceeded: %d samples where %d are allowed", p.limited, t.sampleLimit)
		in.problems.add(Problem{ID: "sample-limit", Severity: expfmt.SeverityError, Message: reason})
	}
	if reason == "" && p.damaged > 0 && rep.Scraped == 0 && !d.taken {
		reason = fmt.Sprintf("not an exposition: none of its lines can be read as a sample (%d tried)", p.damaged)
		in.problems.add(Problem{ID: "not-exposition", Severity: expfmt.SeverityError, Message: reason})
	}
	if reason != "" {
		fail(rep, reason)
		return
	}
	in.head.markStale(t, d.time)
	t.endScrape(true)
}

// marks tells the problems before the sample at i. A reason in return fails the
// whole scrape.
func (p *pass) marks(i int) string {
	for ; p.told < len(p.d.marks) && p.d.marks[p.told].at <= i; p.told++ {
		m := &p.d.marks[p.told]
		p.in.problems.add(m.problem)
		if m.damaged {
			p.damaged++
		}
		if !m.counts {
			continue
		}
		p.rep.Scraped++
		p.rough = true
		if m.fatal == "" {
			continue
		}
		if p.limited++; p.limited <= p.t.sampleLimit {
			return m.fatal
		}
		p.over = true
		p.rep.PostRelabel++
	}
	return ""
}

// sample stages one sample. A reason in return fails the whole scrape. The
// order of things is upstream's.
func (p *pass) sample(i int) string {
	in, t, d, rep := p.in, p.t, p.d, p.rep
	rep.Scraped++
	c := d.layout.cells[i]
	var h histo
	if p.histo < len(d.histos) && d.histos[p.histo].at == i {
		h = d.histos[p.histo].histo
		p.histo++
		p.rough = true
	}
	ts, own := d.time, d.own != nil && d.own[i]
	if own {
		ts = d.times[i]
		p.rough = true
	}
	e := t.lineOf(c)
	cached := e != nil
	again := cached && e.lastIter == t.iter
	if cached {
		if !again {
			t.hits++
		}
		e.lastIter = t.iter
		if e.tracked == nil {
			return ""
		}
	} else if c.fate != fateKept {
		return p.introduce(i, c)
	}

	err := timeline.ErrDuplicate
	if !again || own {
		if t.sampleLimit > 0 && (!cached || h != (histo{}) || !value.IsStaleNaN(d.values[i])) {
			if p.limited++; p.limited > t.sampleLimit {
				p.over = true
				rep.PostRelabel++
				return "" // go on to count
			}
		}
		if err = in.head.inBounds(ts, h); err == nil {
			if e == nil {
				e = &line{tracked: in.owners.find(t, in.tl.Series(c.labels))}
			}
			err = in.head.put(e.ref, ts, d.values[i], h)
		}
	}
	switch {
	case err == nil:
		p.aside(i, c, e)
		if !own && e.trackedIter == t.iter { // another spelling of the series was here
			p.duplicate(i)
		}
		if !cached {
			t.remember(c, e.tracked)
			if !p.over {
				rep.Added++
			}
		}
		if !own || t.trackTimes {
			t.track(e.tracked)
		}
	case !known(err):
		p.tell(i, "invalid-histogram", expfmt.SeverityError, fmt.Sprintf("%s: %v", c.text, err))
		if in.opts.FailOnDamage {
			return err.Error()
		}
		p.damaged++
	case again && !own:
		p.duplicate(i)
	default:
		p.refused(i, ts, err)
	}
	// Duplicates and refused samples count: this is what was exposed.
	rep.PostRelabel++
	return ""
}

// aside keeps what stands beside a sample that was staged, and what is said of
// its family.
func (p *pass) aside(i int, c *cell, e *line) {
	if p.t.reading.details == nil {
		return
	}
	if c.meta != nil {
		p.in.describe(e.ref, c.meta)
	}
	for ; p.beside < len(p.d.beside) && p.d.beside[p.beside].at <= i; p.beside++ {
		if b := p.d.beside[p.beside]; b.at == i {
			b.at = len(p.in.head.staged) - 1
			p.in.head.beside = append(p.in.head.beside, b)
		}
	}
}

// introduce takes notice of a spelling that is met for the first time and not
// to be kept: it is dropped, or with a reason the whole scrape.
func (p *pass) introduce(i int, c *cell) string {
	switch c.fate {
	case fateDropped:
		p.t.remember(c, nil)
	case fateOmitted:
		p.tell(i, c.refusal.id, expfmt.SeverityError, fmt.Sprintf("%s has a name or label value of more than %d bytes, which no store takes: it is left out", c.name(), maxLabel))
	case fateFatal:
		p.tell(i, c.refusal.id, expfmt.SeverityError, c.refusal.reason)
		return c.refusal.reason
	}
	return ""
}

// name is what a message calls a series.
func (c *cell) name() string {
	const most = 200
	if len(c.text) <= most {
		return c.text
	}
	return c.text[:most] + "…"
}

// tell reports something of the sample at i.
func (p *pass) tell(i int, id string, severity expfmt.Severity, message string) {
	p.rough = true
	at := p.finder.find(p.d, i)
	p.in.problems.add(Problem{Line: at.line, Column: at.column, ID: id, Severity: severity, Message: message})
}

func (p *pass) duplicate(i int) {
	p.tell(i, "duplicate-sample", expfmt.SeverityWarning,
		fmt.Sprintf("%s stands in this scrape already: its first sample is kept", p.d.layout.cells[i].name()))
}

func (p *pass) refused(i int, ts int64, err error) {
	series, at := p.d.layout.cells[i].name(), timestamp.Time(ts).UTC().Format(time.RFC3339Nano)
	switch {
	case errors.Is(err, errOutOfBounds):
		p.tell(i, "out-of-bounds", expfmt.SeverityWarning, fmt.Sprintf("%s has its own timestamp %s: more than 10 minutes ahead of its scrape or an hour behind the newest sample, so Prometheus drops it", series, at))
	case errors.Is(err, timeline.ErrOutOfOrder):
		p.tell(i, "out-of-order", expfmt.SeverityWarning, fmt.Sprintf("%s at %s is older than what the series already has, so Prometheus drops it", series, at))
	default:
		p.tell(i, "duplicate-timestamp", expfmt.SeverityWarning, fmt.Sprintf("%s has another value at %s already, so Prometheus drops this one", series, at))
	}
}

// A finder says where the samples of a body stand, in rising order.
type finder struct {
	r    *expfmt.Reader
	next int // the index of the sample that r comes to
}

func (f *finder) find(d *decoded, i int) place {
	if d.places != nil {
		return d.places[i]
	}
	if f.r == nil {
		f.r = expfmt.NewBytesReader(d.body(), d.opts)
	}
	for f.r.Next() {
		var at place
		switch f.r.Kind() {
		case expfmt.KindSample:
			at = place{f.r.Sample().Line, f.r.Sample().Column}
		case expfmt.KindHistogram:
			at = place{f.r.Histogram().Line, f.r.Histogram().Column}
		default:
			continue
		}
		if f.next++; f.next > i {
			return at
		}
	}
	return place{} // the file is another one by now
}
