package capture

import (
	"cmp"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
)

// An entry is one scrape of the listing. There may be very many: it holds names
// within a folder, not paths.
type entry struct {
	time   int64
	target uint32 // first the folder's number, then the target's; noTarget for a dump
	dir    uint32
	part   uint32 // 1 + the index in Capture.parts; 0 when the file is the body and nothing else
	// names of its files, "" where there is none; at least one is there
	body, headers, failure string
}

// noTarget is the target of dumps.
const noTarget = ^uint32(0)

// name is the file that stands for the scrape in messages.
func (e *entry) name() string {
	switch {
	case e.body != "":
		return e.body
	case e.failure != "":
		return e.failure
	}
	return e.headers
}

// A bulk is the range of a dump's own times.
type bulk struct{ first, last, step int64 }

// A tally counts where times are from.
type tally struct {
	times   [clock.FromOrder + 1]int // how many scrapes have their time from where
	first   [clock.FromOrder + 1]string
	unzoned string // the first name whose time says no zone
}

// time counts one scrape.
func (t *tally) time(file string, from clock.Source, zoned bool) {
	if t.times[from]++; t.times[from] == 1 {
		t.first[from] = file
	}
	if !zoned && t.unzoned == "" {
		t.unzoned = file
	}
}

// canonical counts the scrapes of canonical names in a folder.
func (t *tally) canonical(z *zone) {
	if t.times[clock.FromName] == 0 {
		t.first[clock.FromName] = z.first
	}
	t.times[clock.FromName] += z.scrapes
	t.unzoned = cmp.Or(t.unzoned, z.unzoned)
}

// A scrapes makes entries of recognised files, as far as their times are known.
type scrapes struct {
	*notes
	*targetList
	tally
	entries  []entry
	parts    []filePart
	bulks    []bulk
	untimed  []recognised // scrapes whose times are found last
	failures []recognised // what may be a failed scrape of a target that is found elsewhere
}

// accept makes entries of a file, as far as its times are known.
func (l *scrapes) accept(c recognised) {
	if c.each != nil {
		l.acceptFrozen(c)
		return
	}
	if list := c.facts.ByTarget(); list != nil {
		l.acceptEach(c, list)
		return
	}
	f := c.facts
	flags := flagsOf(&c)
	flags.bulk = f.Bulk
	if f.Bulk {
		l.bulks = append(l.bulks, bulk{f.Own.First, f.Own.Last, f.Own.Step})
		c.entry.target, c.entry.time = noTarget, f.Own.First
		l.put(&c, filePart{size: -1, partFlags: flags})
		l.time(c.file, clock.FromSamples, true)
		return
	}
	one := len(f.Parts) == 1 && f.Parts[0].Source != clock.FromDateLine && !f.Split
	if len(f.Parts) == 0 || one {
		l.single(c, flags)
		return
	}
	if !partsTimed(&c) {
		if c.second.known {
			c.useSecond()
		}
		switch {
		case c.from == clock.FromName && len(f.Parts) == 1:
			f.Parts[0].Time, f.Parts[0].Source, f.Parts[0].Zoned = c.Guess.Time, clock.FromName, c.Zoned
		case !f.Wrapped && (c.from == clock.FromName || c.from == clock.FromManifest): // one time, and an exposition in which something stands twice
			f.Repeats = len(f.Parts) - 1
			l.repeats(&c, "under a name with one time")
			f.Parts = nil
			l.single(c, flags)
			return
		default:
			c.Timed = false
			l.untimed = append(l.untimed, c)
			return
		}
	}
	l.spread(c)
}

// partsTimed says whether every scrape of a file has a time.
func partsTimed(c *recognised) bool {
	for i := range c.facts.Parts {
		if c.facts.Parts[i].Source == clock.FromNothing {
			return false
		}
	}
	return true
}

// single takes a file that is one scrape.
func (l *scrapes) single(c recognised, flags partFlags) {
	f := c.facts
	if o := &f.Own; f.Whole && o.All() && o.Last-o.First <= ownSpread && c.from != clock.FromManifest {
		c.Guess.Time, c.Timed, c.Zoned, c.from = o.Last, true, true, clock.FromSamples
	}
	if !c.Timed && len(f.Parts) == 1 && f.Parts[0].Source != clock.FromNothing {
		c.Guess.Time, c.Timed, c.Zoned, c.from = f.Parts[0].Time, true, true, f.Parts[0].Source
	}
	if len(f.Parts) == 1 {
		flags.failure = f.Parts[0].Failure && f.Form != content.FormFailed
		if f.Within {
			c.within = rangeOf(&f.Parts[0])
		}
	}
	f.Parts = nil
	if o := &f.Own; !c.Timed && f.Whole && o.Any() && clock.Plausible(o.Last) {
		c.Guess.Time, c.Timed, c.Zoned, c.from = o.Last, true, true, clock.FromSamples
	}
	if !c.Timed {
		l.untimed = append(l.untimed, c)
		return
	}
	l.time(c.file, c.from, c.Zoned)
	c.entry.time = c.Guess.Time
	c.entry.target = l.targetOf(&c)
	if c.within != nil {
		p := *c.within
		p.partFlags = flags
		l.put(&c, p)
		return
	}
	if flags == (partFlags{utf16: flags.utf16}) { // who reads the body transcodes it
		l.entries = append(l.entries, c.entry)
		return
	}
	l.put(&c, filePart{size: -1, partFlags: flags})
}

// ownSpread is how far apart in milliseconds the samples' own times may be in
// the answer of one moment: the look-back, which is how old a federated sample
// can be.
const ownSpread = 5 * 60 * 1000

// spread makes an entry of each scrape in a file.
func (l *scrapes) spread(c recognised) {
	f := c.facts
	c.entry.target = l.targetOf(&c)
	for i := range f.Parts {
		p := &f.Parts[i]
		c.entry.time = p.Time
		l.time(c.file, p.Source, p.Zoned)
		fp := filePart{off: p.Off, size: p.Size, line: p.Line, column: p.Column, partFlags: flagsOf(&c)}
		fp.failure = p.Failure
		if fp.n = p.N; fp.n == 0 && len(f.Parts) > 1 {
			fp.n = int32(i + 1)
		}
		l.put(&c, fp)
	}
}

func (l *scrapes) put(c *recognised, p filePart) {
	if p.utf16 && p.n <= 1 {
		l.problem(c.file, "utf-16", "the file is UTF-16, as PowerShell's > writes it; it is read as UTF-8: save with -OutFile or curl -o")
	}
	l.parts = append(l.parts, p)
	c.entry.part = uint32(len(l.parts))
	l.entries = append(l.entries, c.entry)
}

// flagsOf are those of a file that is one scrape.
func flagsOf(c *recognised) partFlags {
	return partFlags{meter: c.facts.CurlProgress, header: c.facts.Header, wrapped: c.facts.Wrapped, utf16: c.facts.Utf16, folded: c.facts.View != ""}
}
