package capture

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archive"
	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// A listing finds out what names and contents tell, before settings are
// applied, in phases: a walk finds files by their names, a lookout looks into
// those whose names do not say all, scrapes are made of them, a timing gives
// times to those that have none, and a targetList tells targets apart.
type listing struct {
	in      input
	notes   notes
	walk    walk
	look    lookout
	targets targetList
	scrapes scrapes
	timing  timing
}

func newListing(fsys fs.FS, name string, opts Options) *listing {
	l := &listing{}
	l.in = input{fsys: fsys, name: name, opts: opts}
	if _, ok := fsys.(*archive.FS); !ok {
		l.in.mounts = newMounts(fsys, opts)
		l.in.fsys = l.in.mounts
	}
	l.in.looker = content.Sniffer{OpenFile: codec.OpenFS(l.in.fsys), MaxBody: opts.maxBody(), Body: codec.Reader{Max: opts.maxBody()}}
	l.targets.known, l.targets.seen = map[folder]uint32{}, map[uint32]string{}
	l.walk.input, l.walk.notes = &l.in, &l.notes
	l.look.input, l.look.notes = &l.in, &l.notes
	l.scrapes.notes, l.scrapes.targetList = &l.notes, &l.targets
	l.timing.input, l.timing.scrapes = &l.in, &l.scrapes
	return l
}

// recognise makes scrapes of what the walk found.
func (l *listing) recognise() {
	l.look.manifest = l.walk.manifest
	l.look.sequence, l.look.collection = l.walk.names.Sequence(), l.walk.collection()
	l.timing.sequence, l.timing.dirs = l.look.sequence, l.walk.dirs
	l.canonical()
	for _, f := range l.walk.found {
		dir := l.walk.dirs[f.dir]
		for i := range f.slots {
			s := &f.slots[i]
			e := entry{time: s.Time, dir: f.dir, body: s.body, headers: s.headers, failure: s.failure}
			if s.body == "" {
				if c, ok := l.look.bare(dir, s, e); ok {
					l.scrapes.failures = append(l.scrapes.failures, c)
				}
				continue
			}
			switch c, found := l.look.look(path.Join(dir, s.body), dir, s, e); found {
			case isScrape:
				l.scrapes.accept(c)
			case mayHaveFailed:
				l.scrapes.failures = append(l.scrapes.failures, c)
			}
		}
	}
}

// canonical gives targets to the scrapes that canonical names told, and makes
// them the first of all.
func (l *listing) canonical() {
	if len(l.walk.plain) == 0 {
		return
	}
	targets := make([]uint32, len(l.walk.dirs))
	for i := range l.walk.zones {
		dir, z := l.walk.dirs[i], &l.walk.zones[i]
		if z.scrapes == 0 {
			continue
		}
		key := folder{place: path.Join(naming.Places(dir, l.look.sequence)...)}
		if key.job, key.instance = naming.RecogniseFolder(l.look.sequence.Folder(dir)); l.walk.manifest.Folder(dir) != nil {
			frozen := l.walk.manifest.Folder(dir)
			key = folder{job: frozen.Job, instance: frozen.Instance, given: true, path: frozen.MetricsPath}
		}
		if l.look.ordered == "" && l.look.sequence.Folder(dir) != dir {
			l.look.ordered = z.first
		}
		targets[i] = l.targets.target(key)
		l.scrapes.canonical(z)
	}
	for i := range l.walk.plain {
		l.walk.plain[i].target = targets[l.walk.plain[i].dir]
	}
	l.scrapes.entries, l.walk.plain = l.walk.plain, nil
}

// resolve finds the times that neither names nor contents tell, and the jobs
// that folders do not.
func (l *listing) resolve() error {
	l.recognise()
	if l.look.err != nil {
		return l.look.err
	}
	if err := l.timing.give(); err != nil {
		return err
	}
	l.timing.takeFailures()
	if len(l.scrapes.entries) == 0 {
		slices.SortFunc(l.notes.ignored, byFile)
		var names []string
		for _, f := range l.notes.ignored[:min(len(l.notes.ignored), 3)] {
			names = append(names, f.File)
		}
		return &NoScrapesError{Name: l.in.name, Files: l.notes.files, Examples: names}
	}
	l.jobs()
	l.say()
	return nil
}

func byFile(a, b IgnoredFile) int { return strings.Compare(a.File, b.File) }

// jobs finds the jobs that neither folders nor names tell, and makes one target
// of what is one.
func (l *listing) jobs() {
	var top string
	if l.walk.manifest != nil {
		top = l.walk.manifest.Top.Job
	}
	for i := range l.targets.folders {
		f := &l.targets.folders[i]
		if f.job == "" && f.content == "" && !f.given && l.in.opts.Job == "" && top == "" {
			f.content = l.lookFor(uint32(i))
		}
	}
	l.targets.contents()
	l.targets.settle(&l.notes, l.in.opts.Names, l.look.sequence.Any())
	job := func(f *folder) string { return f.finalJob(l.in.name, l.in.opts.Job, top) }
	place := l.targets.merge(job, l.in.name, &l.notes, l.in.opts.Names)
	for i := range l.scrapes.entries {
		if e := &l.scrapes.entries[i]; e.target != noTarget {
			e.target = place[e.target]
		}
	}
}

// say tells what was assumed, one problem for all.
func (l *listing) say() {
	names := l.in.opts.Names
	if l.scrapes.unzoned != "" {
		l.notes.problem(l.scrapes.unzoned, "time-zone-assumed", "the time in the name says no zone; UTC is assumed, here and in all such names")
	}
	if l.look.ordered != "" {
		l.notes.problem(l.look.ordered, "sequence-in-names", message.List(some(l.look.sequence.Words()), len(l.look.sequence.Words()))+" in names order the scrapes of one target; if they are targets, pass "+names.name()+" with a group target")
	}
	sources := map[clock.Source]string{
		clock.FromSamples:    "the samples' own timestamps",
		clock.FromDateHeader: "the Date headers",
		clock.FromNodeTime:   "node_time_seconds, the clocks of the targets",
		clock.FromModTime:    "the modification times, as " + names.timeFrom() + " asks",
		clock.FromMember:     "the modification times of the archive's members",
	}
	for from := range clock.FromOrder {
		if text := sources[from]; text != "" && l.scrapes.times[from] > 0 && !slices.ContainsFunc(l.notes.problems, func(p Problem) bool { return p.ID == "time-from-mtime" }) {
			l.notes.problem(l.scrapes.first[from], "time-source", fmt.Sprintf("the times of %s are %s", message.Plural(l.scrapes.times[from], "scrape"), text))
		}
	}
	if re := l.in.opts.Name; re != nil && l.look.named == 0 {
		l.notes.problem("", "unused-setting", names.name()+" "+message.Show(re.String())+" fits no file; it is matched against paths such as "+message.List(l.look.unnamed, 0))
	} else if len(l.look.unnamed) > 0 {
		l.notes.problem(l.look.unnamed[0], "name-unmatched", names.name()+" does not fit all files ("+message.List(l.look.unnamed, len(l.look.unnamed)+1)+"); the others are read by the ordinary rules")
	}
}

// sourceName is what Capture.TimeSources calls a source.
func (l *listing) sourceName(from clock.Source) string {
	if from == clock.FromOrder {
		return "order and " + l.in.opts.Names.every()
	}
	return from.String()
}

// timeSources sums up where times come from.
func (l *listing) timeSources() []TimeSource {
	var list []TimeSource
	unzoned := l.scrapes.unzoned
	for from := clock.FromSamples; from <= clock.FromOrder; from++ {
		if l.scrapes.times[from] == 0 {
			continue
		}
		s := TimeSource{Source: l.sourceName(from), Scrapes: l.scrapes.times[from], File: l.scrapes.first[from]}
		if from == clock.FromName || from == clock.FromDateLine { // no other lacks a zone
			s.Unzoned, unzoned = unzoned, ""
		}
		list = append(list, s)
	}
	return list
}

// files names what belongs to an entry.
func (c *Capture) filesOf(e *entry) (out []string) {
	for _, name := range []string{e.body, e.headers, e.failure} {
		if name != "" {
			out = append(out, path.Join(c.dirs[e.dir], name))
		}
	}
	return out
}

// lookFor finds the job of targets whose folders name none by the content of
// one of their scrapes.
func (l *listing) lookFor(target uint32) string {
	tried := 0
	for i := range l.scrapes.entries {
		e := &l.scrapes.entries[i]
		if e.target != target || e.body == "" || e.failure != "" || e.part > 0 {
			continue
		}
		if naming.Recognise(e.body).Kind != naming.KindScrape {
			return "" // it was looked into already
		}
		if f, err := l.in.looker.Sniff(path.Join(l.walk.dirs[e.dir], e.body), false); err == nil && f.Job != "" {
			return f.Job
		}
		if tried++; tried == 3 {
			break
		}
	}
	return ""
}

// some returns the first few.
func some(names []string) []string { return names[:min(len(names), 3)] }
