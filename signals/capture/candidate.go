package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// loose is a file whose scrapes are not entries yet.
type loose struct {
	entry
	naming
	facts  *facts
	file   string
	from   source
	given  bool // job and instance are not to be found out
	failed bool
}

// candidate looks into a file that a canonical name does not explain, and takes it when it is a scrape.
func (l *listing) candidate(file string, s *slot, e entry) {
	dir := l.dirs[e.dir]
	c := loose{entry: e, naming: readName(dir, s.body), file: file}
	if s.timed && !c.timed { // a canonical form that is not found within names
		c.naming.time, c.timed, c.zoned = s.time, true, s.zoned
	}
	if c.timed {
		c.from = sourceName
	}
	if c.instance == "" {
		c.instance = strings.ToValidUTF8(l.instance, "\uFFFD")
	}
	if l.force && c.fallback == "" {
		c.fallback = c.instance // a file by itself: its name is its job as well
	}
	frozen := l.manifest.file(file)
	if frozen != nil && frozen.ignore != "" {
		l.ignore(file, frozen.ignore)
		return
	}
	l.rename(&c)
	f, err := l.looker.sniff(file, false)
	forced := l.force || s.kind == kindScrape || frozen != nil || s.failure != ""
	switch {
	case err != nil && !forced:
		l.ignore(file, "cannot be read: "+cause(err).Error())
		return
	case err != nil:
		f = &facts{whole: true} // the scrape's own error will say so
	}
	switch {
	case f.form == formExposition || forced:
	case f.form == formFailed && (c.timed || c.number >= 0):
		c.facts = f
		l.doubtful = append(l.doubtful, c)
		return
	default:
		l.ignore(file, f.why)
		return
	}
	if !f.whole && (!c.timed || f.split || f.own.all() || len(f.parts) > 0 && f.parts[0].source == sourceLine) {
		if all, err := l.looker.sniff(file, true); err == nil {
			all.form = f.form
			f = all
		}
	}
	c.facts = f
	if c.headers != "" && c.from == sourceNone && !f.split {
		if text, err := readSmall(l.looker.openFile, path.Join(dir, c.headers), maxHeaders); err == nil {
			header, _ := parseHeaders(text)
			if ms, ok := parseHTTPDate(header.Get("Date")); ok {
				c.naming.time, c.timed, c.zoned, c.from = ms, true, true, sourceDate
			}
		}
	}
	l.remark(&c)
	l.freeze(&c, frozen)
	l.accept(c)
}

// rename lets Options.Name go before all that a path says.
func (l *listing) rename(c *loose) {
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
			c.job = text
		case name == "target":
			c.instance, c.where, c.number = text, "", -1
		case name == "time":
			ms, zoned, ok := parseTime(text)
			if !ok {
				var m moment
				m, ok = findTime(text)
				ms, zoned = m.ms, m.zoned
			}
			if !ok {
				ms, zoned, ok = parseDateLine([]byte(text))
			}
			if ok {
				c.naming.time, c.timed, c.zoned, c.from = ms, true, zoned, sourceName
			} else {
				l.problem(c.file, "name-time", "the group time of --name is "+show(text)+", which is no time")
			}
		}
	}
}

// remark tells what is strange about a file.
func (l *listing) remark(c *loose) {
	f := c.facts
	if f.meter {
		l.problem(c.file, "curl-progress", "curl's progress meter stands in the file, its first line glued to it; it is taken out (curl -s leaves it away)")
	}
	if f.repeats > 0 {
		l.repeats(c, "between two dates")
	}
	if f.dropped > 0 {
		l.problem(c.file, "scrape-without-time", plural(f.dropped, "scrape")+" in the file without a date, while others have one; not read")
	}
}

func (l *listing) repeats(c *loose, where string) {
	l.problem(c.file, "exposition-repeats", fmt.Sprintf("%s the exposition starts again (%s); it is read as one scrape, in which the first of equal series counts: save each target into a file of its own", where, times(c.facts.repeats)))
}

// accept makes entries of a file, as far as its times are known.
func (l *listing) accept(c loose) {
	f := c.facts
	flags := l.flags(&c)
	flags.bulk = f.bulk
	if f.bulk {
		l.bulks = append(l.bulks, bulk{f.own.first, f.own.last, f.own.step})
		c.entry.target, c.entry.time = noTarget, f.own.first
		l.put(&c, filePart{size: -1, partFlags: flags})
		l.time(c.file, sourceOwn, true)
		return
	}
	one := len(f.parts) == 1 && f.parts[0].source != sourceLine && !f.split
	if len(f.parts) == 0 || one {
		l.single(c, flags)
		return
	}
	if !l.partsTimed(&c) {
		switch {
		case c.from == sourceName && len(f.parts) == 1:
			f.parts[0].time, f.parts[0].source, f.parts[0].zoned = c.naming.time, sourceName, c.zoned
		case c.from == sourceName, c.from == sourceManifest: // one time, and an exposition in which something stands twice
			f.repeats = len(f.parts) - 1
			l.repeats(&c, "under a name with one time")
			f.parts = nil
			l.single(c, flags)
			return
		default:
			c.timed = false
			l.loose = append(l.loose, c)
			return
		}
	}
	l.spread(c)
}

// partsTimed says whether every scrape of a file has a time.
func (l *listing) partsTimed(c *loose) bool {
	for i := range c.facts.parts {
		if c.facts.parts[i].source == sourceNone {
			return false
		}
	}
	return true
}

// single takes a file that is one scrape.
func (l *listing) single(c loose, flags partFlags) {
	f := c.facts
	if o := &f.own; f.whole && o.all() && o.last-o.first <= ownSpread && c.from != sourceManifest {
		c.naming.time, c.timed, c.zoned, c.from = o.last, true, true, sourceOwn
	}
	if !c.timed && len(f.parts) == 1 && f.parts[0].source != sourceNone {
		c.naming.time, c.timed, c.zoned, c.from = f.parts[0].time, true, true, f.parts[0].source
	}
	if len(f.parts) == 1 {
		flags.failure = f.parts[0].failure && f.form != formFailed
	}
	f.parts = nil
	if !c.timed {
		l.loose = append(l.loose, c)
		return
	}
	l.time(c.file, c.from, c.zoned)
	c.entry.time = c.naming.time
	c.entry.target = l.targetOf(&c)
	if flags == (partFlags{utf16: flags.utf16}) { // who reads the body transcodes it
		l.entries = append(l.entries, c.entry)
		return
	}
	l.put(&c, filePart{size: -1, partFlags: flags})
}

// ownSpread is how far apart in milliseconds the samples' own times may be in the answer of one moment: the look-back,
// which is how old a federated sample can be.
const ownSpread = 5 * 60 * 1000

// spread makes an entry of each scrape in a file.
func (l *listing) spread(c loose) {
	f := c.facts
	c.entry.target = l.targetOf(&c)
	for i := range f.parts {
		p := &f.parts[i]
		c.entry.time = p.time
		l.time(c.file, p.source, p.zoned)
		fp := filePart{off: p.off, size: p.size, line: p.line, partFlags: l.flags(&c)}
		fp.failure = p.failure
		if len(f.parts) > 1 {
			fp.n = int32(i + 1)
		}
		l.put(&c, fp)
	}
}

func (l *listing) put(c *loose, p filePart) {
	if p.utf16 && p.n <= 1 {
		l.problem(c.file, "utf-16", "the file is UTF-16, as PowerShell's > writes it; it is read as UTF-8: save with -OutFile or curl -o")
	}
	l.parts = append(l.parts, p)
	c.entry.part = uint32(len(l.parts))
	l.entries = append(l.entries, c.entry)
}

// targetOf is the number of the target that a file's name and content tell. When names in several folders tell the
// same, that is said once.
func (l *listing) targetOf(c *loose) uint32 {
	key := folder{job: c.job, instance: c.instance, content: c.facts.job, fallback: c.fallback, given: c.given}
	if key.job != "" {
		key.content, key.fallback = "", ""
	}
	if key.content != "" {
		key.fallback = ""
	}
	if c.naming.where != "" || c.naming.instance != "" && c.fallback == "" {
		id := [2]string{cmp.Or(key.job, key.content), key.instance}
		if before, ok := l.places[id]; !ok {
			l.places[id] = c.naming.where
		} else if before != c.naming.where && !l.merged[id] && !c.given {
			l.merged[id] = true
			l.problem(c.file, "target-merged", "files in several folders name "+show(key.instance)+"; they are taken as one target: if they are several, put their files into folders JOB/INSTANCE, or pass --name with a group target that tells them apart")
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

// lookFor finds the job of targets whose folders name none by the content of one of their scrapes.
func (l *listing) lookFor(target uint32) string {
	tried := 0
	for i := range l.entries {
		e := &l.entries[i]
		if e.target != target || e.body == "" || e.failure != "" || e.part > 0 {
			continue
		}
		if recogniseName(e.body).kind != kindScrape {
			return "" // it was looked into already
		}
		if f, err := l.looker.sniff(path.Join(l.dirs[e.dir], e.body), false); err == nil && f.job != "" {
			return f.job
		}
		if tried++; tried == 3 {
			break
		}
	}
	return ""
}
