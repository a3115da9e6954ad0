package capture

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archive"
	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// resolve finds the times that neither names nor contents tell, and the jobs
// that folders do not.
func (l *listing) resolve() error {
	if l.err != nil {
		return l.err
	}
	if err := l.giveTimes(); err != nil {
		return err
	}
	l.takeFailures()
	if len(l.entries) == 0 {
		slices.SortFunc(l.ignored, byFile)
		var some []string
		for _, f := range l.ignored[:min(len(l.ignored), 3)] {
			some = append(some, f.File)
		}
		return &NoScrapesError{Name: l.name, Files: l.files, Examples: some}
	}
	l.jobs()
	l.say()
	return nil
}

func byFile(a, b IgnoredFile) int { return strings.Compare(a.File, b.File) }

// giveTimes gives times to untimed files: an archive member's modification
// time, a file's on request, by number and distance, or, to the only scrape
// there is, that of its file.
func (l *listing) giveTimes() error {
	if len(l.untimed) == 0 {
		return nil
	}
	l.numberedFailures()
	l.numbers()
	_, member := l.fsys.(*archive.FS)
	from := clock.FromModTime
	if member {
		from = clock.FromMember
	}
	rest := l.untimed[:0]
	for _, c := range l.untimed {
		several := len(c.facts.Parts) > 1
		if ms, err := l.mtime(c.file); err == nil && !several && (member || l.opts.TimeFrom == TimeFromMtime) {
			c.Guess.Time, c.Timed, c.Zoned, c.from = ms, true, true, from
			l.single(c, l.flags(&c))
			continue
		}
		rest = append(rest, c)
	}
	if l.untimed = rest; len(rest) == 0 {
		return nil
	}
	if len(rest) == 1 && len(l.entries) == 0 && len(l.failures) == 0 && len(rest[0].facts.Parts) <= 1 && l.opts.Every <= 0 {
		c := rest[0]
		if ms, err := l.mtime(c.file); err == nil {
			l.problem(c.file, "time-from-mtime", "no time in the name; its modification time is taken: "+clock.Format(ms))
			c.Guess.Time, c.Timed, c.Zoned, c.from = ms, true, true, clock.FromModTime
			l.untimed = nil
			l.single(c, l.flags(&c))
			return nil
		}
	}
	if l.opts.Every > 0 {
		return l.every()
	}
	return l.noTime(l.untimed)
}

func (l *listing) flags(c *recognised) partFlags {
	return partFlags{meter: c.facts.CurlProgress, header: c.facts.Header, wrapped: c.facts.Wrapped, utf16: c.facts.Utf16}
}

// takeFailures takes what is no exposition for failed scrapes, where its name
// has a time and its target is known, or where it was saved as nothing else.
func (l *listing) takeFailures() {
	type id struct{ job, instance string }
	known := map[id]uint32{}
	instances := map[string]uint32{}
	for i, f := range l.folders {
		known[id{cmp.Or(f.job, f.content), f.instance}] = uint32(i)
		if _, twice := instances[f.instance]; twice {
			instances[f.instance] = noTarget
		} else {
			instances[f.instance] = uint32(i)
		}
	}
	for _, c := range l.failures {
		if !c.Timed {
			l.ignore(c.file, cmp.Or(c.facts.Why, "no exposition"))
			continue
		}
		target, ok := known[id{c.Job, c.Instance}]
		if c.given {
			target, ok = l.targetOf(&c), true
		}
		if !ok && c.Job == "" {
			if target, ok = instances[c.Instance]; target == noTarget {
				ok = false
			}
		}
		switch {
		case !ok && c.body == "":
			target, ok = l.targetOf(&c), true // the text of a failure with a time: the target never answered
		}
		if !ok {
			l.ignore(c.file, cmp.Or(c.facts.Why, "no exposition"))
			continue
		}
		c.entry.time, c.entry.target = c.Guess.Time, target
		l.time(c.file, clock.FromName, c.Zoned)
		if c.facts.CurlProgress {
			l.put(&c, filePart{size: -1, partFlags: partFlags{meter: true, utf16: c.facts.Utf16}})
			continue
		}
		l.entries = append(l.entries, c.entry)
	}
}

// jobs finds the jobs that neither folders nor names tell, and makes one target
// of what is one.
func (l *listing) jobs() {
	var top string
	if l.manifest != nil {
		top = l.manifest.Top.Job
	}
	for i := range l.folders {
		f := &l.folders[i]
		if f.job == "" && f.content == "" && !f.given && l.opts.Job == "" && top == "" {
			f.content = l.lookFor(uint32(i))
		}
	}
	// A scrape whose content tells nothing, of a target whose other scrapes
	// tell it.
	for i := range l.folders {
		f := &l.folders[i]
		if f.job != "" || f.content != "" || f.given {
			continue
		}
		found := ""
		for j := range l.folders {
			if g := &l.folders[j]; g.instance == f.instance && g.job == "" && g.content != "" && i != j {
				if found != "" && found != g.content {
					found = ""
					break
				}
				found = g.content
			}
		}
		f.content = found
	}
	place := make([]uint32, len(l.folders))
	type id struct{ job, instance string }
	first := map[id]uint32{}
	for i, f := range l.folders {
		key := id{f.finalJob(l.name, l.opts.Job, top), cmp.Or(f.instance, l.name)}
		if _, ok := first[key]; !ok {
			first[key] = uint32(i)
		}
		place[i] = first[key]
	}
	for i := range l.entries {
		if e := &l.entries[i]; e.target != noTarget {
			e.target = place[e.target]
		}
	}
}

// finalJob is the job before capture.yaml gives it another name.
func (f *folder) finalJob(name, option, top string) string {
	return cmp.Or(f.job, f.content, option, top, f.fallback, strings.ToValidUTF8(name, "\uFFFD"))
}

// say tells what was assumed, one problem for all.
func (l *listing) say() {
	names := l.opts.Names
	if l.unzoned != "" {
		l.problem(l.unzoned, "time-zone-assumed", "the time in the name says no zone; UTC is assumed, here and in all such names")
	}
	sources := map[clock.Source]string{
		clock.FromSamples:    "the samples' own timestamps",
		clock.FromDateHeader: "the Date headers",
		clock.FromNodeTime:   "node_time_seconds, the clocks of the targets",
		clock.FromModTime:    "the modification times, as " + names.timeFrom() + " asks",
		clock.FromMember:     "the modification times of the archive's members",
	}
	for from := range clock.FromOrder {
		if text := sources[from]; text != "" && l.times[from] > 0 && !slices.ContainsFunc(l.problems, func(p Problem) bool { return p.ID == "time-from-mtime" }) {
			l.problem(l.first[from], "time-source", fmt.Sprintf("the times of %s are %s", message.Plural(l.times[from], "scrape"), text))
		}
	}
	if re := l.opts.Name; re != nil && l.named == 0 {
		l.problem("", "unused-setting", names.name()+" "+message.Show(re.String())+" fits no file; it is matched against paths such as "+message.List(l.unnamed, 0))
	} else if len(l.unnamed) > 0 {
		l.problem(l.unnamed[0], "name-unmatched", names.name()+" does not fit all files ("+message.List(l.unnamed, len(l.unnamed)+1)+"); the others are read by the ordinary rules")
	}
}

// noTime is the error for scrapes without times, with what could be done about
// it.
func (l *listing) noTime(files []recognised) error {
	e := &NoTimeError{Name: l.name, names: l.opts.Names}
	var times []int64
	byTarget := map[string][]int64{}
	numbered := true
	for _, c := range files {
		e.Total += max(1, len(c.facts.Parts))
		if len(e.Files) < 3 {
			e.Files = append(e.Files, c.file)
		}
		numbered = numbered && (c.Number >= 0 && c.Sure || len(c.facts.Parts) > 1)
		e.Several = e.Several || len(c.facts.Parts) > 1
		if ms, err := l.mtime(c.file); err == nil && len(c.facts.Parts) <= 1 {
			times = append(times, ms)
			id := c.Job + "/" + c.facts.Job + "/" + c.Instance
			byTarget[id] = append(byTarget[id], ms)
		}
	}
	e.Numbered = numbered
	if len(times) > 0 && len(times) == len(files) {
		slices.Sort(times)
		e.First, e.Last = times[0], times[len(times)-1]
		var gaps []int64
		for _, list := range byTarget {
			slices.Sort(list)
			for i := 1; i < len(list); i++ {
				gaps = append(gaps, list[i]-list[i-1])
			}
		}
		e.Every = clock.MedianInterval(gaps)
		e.Copied = len(gaps) > 0 && e.Every < 500_000_000
	}
	return e
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

// sourceName is what Capture.TimeSources calls a source.
func (l *listing) sourceName(from clock.Source) string {
	if from == clock.FromOrder {
		return "order and " + l.opts.Names.every()
	}
	return from.String()
}

// timeSources sums up where times come from.
func (l *listing) timeSources() []TimeSource {
	var list []TimeSource
	unzoned := l.unzoned
	for from := clock.FromSamples; from <= clock.FromOrder; from++ {
		if l.times[from] == 0 {
			continue
		}
		s := TimeSource{Source: l.sourceName(from), Scrapes: l.times[from], File: l.first[from]}
		if from == clock.FromName || from == clock.FromDateLine { // no other lacks a zone
			s.Unzoned, unzoned = unzoned, ""
		}
		list = append(list, s)
	}
	return list
}
