package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// A recognised file is one whose scrapes are not entries yet.
type recognised struct {
	entry
	naming.Guess
	facts *content.Facts
	file  string
	from  clock.Source
	given bool // job and instance are not to be found out
}

// candidate looks into a file that a canonical name does not explain, and takes
// it when it is a scrape.
func (l *listing) candidate(file string, s *slot, e entry) {
	dir := l.dirs[e.dir]
	c := recognised{entry: e, Guess: naming.Read(dir, s.body), file: file}
	if s.Timed && !c.Timed { // a canonical form that is not found within names
		c.Guess.Time, c.Timed, c.Zoned = s.Time, true, s.Zoned
	}
	if c.Timed {
		c.from = clock.FromName
	}
	if c.Instance == "" {
		c.Instance = strings.ToValidUTF8(l.instance, "\uFFFD")
	}
	if l.force && c.Fallback == "" {
		c.Fallback = c.Instance // a file by itself: its name is its job as well
	}
	frozen := l.manifest.File(file)
	if frozen != nil && frozen.Ignore != "" {
		l.ignore(file, frozen.Ignore)
		return
	}
	l.rename(&c)
	f, err := l.looker.Sniff(file, false)
	forced := l.force || s.Kind == naming.KindScrape || frozen != nil || s.failure != ""
	switch {
	case err != nil && !forced:
		l.ignore(file, "cannot be read: "+message.Cause(err).Error())
		return
	case err != nil:
		f = &content.Facts{Whole: true} // the scrape's own error will say so
	}
	switch {
	case f.Form == content.FormExposition || forced:
	case f.Form == content.FormFailed && (c.Timed || c.Number >= 0):
		c.facts = f
		l.failures = append(l.failures, c)
		return
	default:
		l.ignore(file, f.Why)
		return
	}
	if !f.Whole && (!c.Timed || f.Split || f.Own.All() || len(f.Parts) > 0 && f.Parts[0].Source == clock.FromDateLine) {
		if all, err := l.looker.Sniff(file, true); err == nil {
			all.Form = f.Form
			f = all
		}
	}
	c.facts = f
	if c.headers != "" && c.from == clock.FromNothing && !f.Split {
		if text, err := content.ReadSmall(l.looker.OpenFile, path.Join(dir, c.headers), content.MaxHeaders); err == nil {
			header, _ := content.ParseHeaders(text)
			if ms, ok := clock.ParseHTTPDate(header.Get("Date")); ok {
				c.Guess.Time, c.Timed, c.Zoned, c.from = ms, true, true, clock.FromDateHeader
			}
		}
	}
	l.remark(&c)
	l.freeze(&c, frozen)
	l.accept(c)
}

// rename lets Options.Name go before all that a path says.
func (l *listing) rename(c *recognised) {
	re := l.opts.Name
	if re == nil {
		return
	}
	at := re.FindStringSubmatch(c.file)
	if at == nil {
		if len(l.unnamed) < 3 {
			l.unnamed = append(l.unnamed, c.file)
		}
		return
	}
	l.named++
	for i, name := range re.SubexpNames() {
		text := strings.ToValidUTF8(at[i], "\uFFFD")
		switch {
		case text == "":
		case name == "job":
			c.Job = text
		case name == "target":
			c.Instance, c.Where, c.Number = text, "", -1
		case name == "time":
			ms, zoned, ok := clock.Parse(text)
			if !ok {
				var m clock.Moment
				m, ok = clock.Find(text)
				ms, zoned = m.Ms, m.Zoned
			}
			if !ok {
				ms, zoned, ok = clock.ParseDateLine([]byte(text))
			}
			if ok {
				c.Guess.Time, c.Timed, c.Zoned, c.from = ms, true, zoned, clock.FromName
			} else {
				l.problem(c.file, "name-time", "the group time of "+l.opts.Names.name()+" is "+message.Show(text)+", which is no time")
			}
		}
	}
}

// remark tells what is strange about a file.
func (l *listing) remark(c *recognised) {
	f := c.facts
	if f.CurlProgress {
		l.problem(c.file, "curl-progress", "curl's progress meter stands in the file, its first line glued to it; it is taken out (curl -s leaves it away)")
	}
	if f.Repeats > 0 {
		l.repeats(c, "between two dates")
	}
	if f.Dropped > 0 {
		l.problem(c.file, "scrape-without-time", message.Plural(f.Dropped, "scrape")+" in the file without a date, while others have one; not read")
	}
}

func (l *listing) repeats(c *recognised, where string) {
	l.problem(c.file, "exposition-repeats", fmt.Sprintf("%s the exposition starts again (%s); it is read as one scrape, in which the first of equal series counts: save each target into a file of its own", where, message.Times(c.facts.Repeats)))
}

// accept makes entries of a file, as far as its times are known.
func (l *listing) accept(c recognised) {
	f := c.facts
	flags := l.flags(&c)
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
	if !l.partsTimed(&c) {
		switch {
		case c.from == clock.FromName && len(f.Parts) == 1:
			f.Parts[0].Time, f.Parts[0].Source, f.Parts[0].Zoned = c.Guess.Time, clock.FromName, c.Zoned
		case c.from == clock.FromName, c.from == clock.FromManifest: // one time, and an exposition in which something stands twice
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
func (l *listing) partsTimed(c *recognised) bool {
	for i := range c.facts.Parts {
		if c.facts.Parts[i].Source == clock.FromNothing {
			return false
		}
	}
	return true
}

// single takes a file that is one scrape.
func (l *listing) single(c recognised, flags partFlags) {
	f := c.facts
	if o := &f.Own; f.Whole && o.All() && o.Last-o.First <= ownSpread && c.from != clock.FromManifest {
		c.Guess.Time, c.Timed, c.Zoned, c.from = o.Last, true, true, clock.FromSamples
	}
	if !c.Timed && len(f.Parts) == 1 && f.Parts[0].Source != clock.FromNothing {
		c.Guess.Time, c.Timed, c.Zoned, c.from = f.Parts[0].Time, true, true, f.Parts[0].Source
	}
	if len(f.Parts) == 1 {
		flags.failure = f.Parts[0].Failure && f.Form != content.FormFailed
	}
	f.Parts = nil
	if !c.Timed {
		l.untimed = append(l.untimed, c)
		return
	}
	l.time(c.file, c.from, c.Zoned)
	c.entry.time = c.Guess.Time
	c.entry.target = l.targetOf(&c)
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
func (l *listing) spread(c recognised) {
	f := c.facts
	c.entry.target = l.targetOf(&c)
	for i := range f.Parts {
		p := &f.Parts[i]
		c.entry.time = p.Time
		l.time(c.file, p.Source, p.Zoned)
		fp := filePart{off: p.Off, size: p.Size, line: p.Line, partFlags: l.flags(&c)}
		fp.failure = p.Failure
		if len(f.Parts) > 1 {
			fp.n = int32(i + 1)
		}
		l.put(&c, fp)
	}
}

func (l *listing) put(c *recognised, p filePart) {
	if p.utf16 && p.n <= 1 {
		l.problem(c.file, "utf-16", "the file is UTF-16, as PowerShell's > writes it; it is read as UTF-8: save with -OutFile or curl -o")
	}
	l.parts = append(l.parts, p)
	c.entry.part = uint32(len(l.parts))
	l.entries = append(l.entries, c.entry)
}

// targetOf is the number of the target that a file's name and content tell.
// When names in several folders tell the same, that is said once.
func (l *listing) targetOf(c *recognised) uint32 {
	key := folder{job: c.Job, instance: c.Instance, content: c.facts.Job, fallback: c.Fallback, given: c.given}
	if key.job != "" {
		key.content, key.fallback = "", ""
	}
	if key.content != "" {
		key.fallback = ""
	}
	if c.Guess.Where != "" || c.Guess.Instance != "" && c.Fallback == "" {
		id := [2]string{cmp.Or(key.job, key.content), key.instance}
		if before, ok := l.places[id]; !ok {
			l.places[id] = c.Guess.Where
		} else if before != c.Guess.Where && !l.merged[id] && !c.given {
			l.merged[id] = true
			l.problem(c.file, "target-merged", "files in several folders name "+message.Show(key.instance)+"; they are taken as one target: if they are several, put their files into folders JOB/INSTANCE, or pass "+l.opts.Names.name()+" with a group target that tells them apart")
		}
	}
	return l.target(key)
}

// mtime is a file's modification time in ms since the epoch.
func (l *listing) mtime(file string) (int64, error) {
	info, err := fs.Stat(l.fsys, file)
	if err != nil {
		return 0, err
	}
	if t := info.ModTime(); !t.IsZero() && t.Unix() != 0 {
		return t.UnixMilli(), nil
	}
	return 0, errors.New("it has none")
}

// lookFor finds the job of targets whose folders name none by the content of
// one of their scrapes.
func (l *listing) lookFor(target uint32) string {
	tried := 0
	for i := range l.entries {
		e := &l.entries[i]
		if e.target != target || e.body == "" || e.failure != "" || e.part > 0 {
			continue
		}
		if naming.Recognise(e.body).Kind != naming.KindScrape {
			return "" // it was looked into already
		}
		if f, err := l.looker.Sniff(path.Join(l.dirs[e.dir], e.body), false); err == nil && f.Job != "" {
			return f.Job
		}
		if tried++; tried == 3 {
			break
		}
	}
	return ""
}
