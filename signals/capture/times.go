package capture

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// A timing gives times to the scrapes for which neither names nor contents tell
// any, from the nearest thing that does.
type timing struct {
	*input
	*scrapes
	sequence *naming.Sequence
	dirs     []string
	unknown  *NoTimeError // the times of some scrapes are invented, which Options.Untimed allows
}

// give gives times to untimed files: an archive member's modification time, a
// file's on request, the collection's, by number and distance, or, to single
// scrapes, one time for all.
func (l *timing) give() error {
	if len(l.untimed) == 0 {
		return nil
	}
	l.numberedFailures()
	l.numbers()
	l.zeros()
	l.modTimes()
	l.seconds()
	l.archives()
	switch {
	case len(l.untimed) == 0:
		return nil
	case l.opts.Every > 0:
		return l.every()
	case l.together():
		return nil
	case l.opts.Untimed:
		l.invent()
		return nil
	}
	return l.noTime(l.untimed)
}

// timed makes scrapes of files that have a time now.
func (l *timing) timed(group []recognised) {
	for _, c := range group {
		c.Timed = true
		l.single(c, flagsOf(&c))
	}
}

// modTimes takes the modification times of an archive's members, and of files
// when it is asked to. Where those of one target that has an order are not all
// different, they are of a copy, and none is taken.
func (l *timing) modTimes() {
	var rest []recognised
	for _, group := range byTarget(l.untimed) {
		times, different := map[int]int64{}, map[int64]bool{}
		for i, c := range group {
			asked := l.opts.TimeFrom == TimeFromMtime || l.archive(c.file) != nil
			if ms, err := l.mtime(c.file); err == nil && asked && len(c.facts.Parts) <= 1 {
				times[i], different[ms] = ms, true
			}
		}
		if len(different) < len(times) && inOrder(group) {
			clear(times)
		}
		for i, c := range group {
			ms, ok := times[i]
			if !ok {
				rest = append(rest, c)
				continue
			}
			if c.Guess.Time, c.Zoned, c.from = ms, true, clock.FromModTime; l.archive(c.file) != nil {
				c.from = clock.FromMember
			}
			l.timed([]recognised{c})
		}
	}
	l.untimed = rest
}

// seconds takes the time of a folder that all files have, for targets that have
// one scrape, and the times of names that were not to count.
func (l *timing) seconds() {
	var rest []recognised
	for _, group := range byTarget(l.untimed) {
		for _, c := range group {
			if !c.second.known || len(group) > 1 && !c.second.ofFile || len(c.facts.Parts) > 1 {
				rest = append(rest, c)
				continue
			}
			c.useSecond()
			l.timed([]recognised{c})
		}
	}
	l.untimed = rest
}

// archives takes the times at which archives were saved for single scrapes in
// them, where other archives of a folder have members with times.
func (l *timing) archives() {
	if len(l.entries) == 0 || l.opts.Every > 0 {
		return
	}
	for from := range l.times {
		if l.times[from] > 0 && clock.Source(from) != clock.FromMember {
			return
		}
	}
	var rest []recognised
	for _, group := range byTarget(l.untimed) {
		c := group[0]
		ms, ok := l.savedAt(c.file)
		if !ok || len(group) > 1 || len(c.facts.Parts) > 1 {
			rest = append(rest, group...)
			continue
		}
		c.Guess.Time, c.Zoned, c.from = ms, true, clock.FromArchive
		l.timed([]recognised{c})
	}
	l.untimed = rest
	if n := l.times[clock.FromArchive]; n > 0 {
		l.problem(l.first[clock.FromArchive], "time-from-archive", fmt.Sprintf("%s in archives have no times; the modification times of the archives themselves are taken", message.Plural(n, "file")))
	}
}

// newest is the newest of files' modification times, else the time at which
// their archive was saved, else 0.
func (l *timing) newest(files []recognised) (ms int64) {
	for _, c := range files {
		if t, err := l.mtime(c.file); err == nil {
			ms = max(ms, t)
		}
	}
	if ms == 0 {
		for _, c := range files {
			if t, ok := l.savedAt(c.file); ok {
				ms = max(ms, t)
			}
		}
	}
	return ms
}

// together gives single scrapes of a target each one time for all, when nothing
// in the capture has a time.
func (l *timing) together() bool {
	if len(l.entries) > 0 || len(l.failures) > 0 {
		return false
	}
	for _, group := range byTarget(l.untimed) {
		if len(group) > 1 || len(group[0].facts.Parts) > 1 {
			return false
		}
	}
	first := l.untimed[0].file
	one := len(l.untimed) == 1
	ms := l.newest(l.untimed)
	_, err := l.mtime(first)
	from := clock.FromModTime
	switch {
	case ms == 0 && (first == "-" || l.stdin):
		ms = time.Now().UnixMilli()
		text := "standard input has no time; the present is taken: "
		if first != "-" {
			text, first = "neither names nor members of the archive on standard input have a time; the present is taken: ", ""
		}
		from = clock.FromNothing
		l.problem(first, "time-from-clock", text+clock.Format(ms))
	case ms == 0:
		return false
	case l.archive(first) != nil:
		from = clock.FromArchive
		l.problem("", "time-from-archive", "the files in the archive have no times; the modification time of the archive itself is taken: "+clock.Format(ms))
	case one && err == nil:
		l.problem(first, "time-from-mtime", "no time in the name; its modification time is taken: "+clock.Format(ms))
	default:
		l.problem("", "time-from-mtime", fmt.Sprintf("no time in the names of %s, one of each target; the newest modification time is taken for all: %s", message.Plural(len(l.untimed), "scrape"), clock.Format(ms)))
	}
	files := l.untimed
	l.untimed = nil
	for i := range files {
		files[i].Guess.Time, files[i].Zoned, files[i].from = ms, true, from
	}
	l.timed(files)
	return true
}

// invent gives times to scrapes of which only the order is known, if that: a
// second apart, the last one at the newest modification time. The error says
// what could settle them.
func (l *timing) invent() {
	files := l.untimed
	l.unknown, _ = l.noTime(files).(*NoTimeError)
	l.untimed = nil
	end := cmp.Or(l.newest(files), time.Now().UnixMilli())
	for i := range l.entries {
		end = max(end, l.entries[i].time+int64(len(files))*1000)
	}
	for _, group := range byTarget(files) {
		n := 0
		for _, c := range group {
			n += max(1, len(c.facts.Parts))
		}
		at := func() int64 {
			n--
			return end - int64(n)*1000
		}
		for _, c := range group {
			if len(c.facts.Parts) <= 1 {
				c.Guess.Time, c.Zoned = at(), true
				l.timed([]recognised{c})
				continue
			}
			for i := range c.facts.Parts {
				p := &c.facts.Parts[i]
				p.Time, p.Zoned = at(), true
			}
			l.spread(c)
		}
	}
}

// noTime is the error for scrapes without times, with what could be done about
// it.
func (l *timing) noTime(files []recognised) error {
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
		e.Worded = e.Worded || c.Rank >= 0
		e.Archive = e.Archive || l.archive(c.file) != nil
		e.Several = e.Several || len(c.facts.Parts) > 1
		if ms, err := l.mtime(c.file); err == nil && len(c.facts.Parts) <= 1 {
			times = append(times, ms)
			id := targetKey(&c)
			byTarget[id] = append(byTarget[id], ms)
		}
	}
	e.Numbered = numbered
	if len(times) == 0 {
		e.saved = l.newest(files)
	}
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

// takeFailures takes what is no exposition for failed scrapes, where its name
// has a time and its target is known, or where it was saved as nothing else.
func (l *timing) takeFailures() {
	type id struct{ job, instance, place string }
	known := map[id]uint32{}
	for i, f := range l.folders {
		known[id{cmp.Or(f.job, f.content), f.instance, f.place}] = uint32(i)
		other := id{"\x00", f.instance, f.place}
		if _, twice := known[other]; twice {
			known[other] = noTarget
		} else {
			known[other] = uint32(i)
		}
	}
	find := func(job, instance, place string) (uint32, bool) {
		target, ok := known[id{job, instance, place}]
		return target, ok && target != noTarget
	}
	for _, c := range l.failures {
		if !c.Timed {
			l.ignore(c.file, cmp.Or(c.facts.Why, "no exposition"))
			continue
		}
		place := placeOf(&c)
		target, ok := find(c.Job, c.Instance, place)
		if c.given {
			target, ok = l.targetOf(&c), true
		}
		if !ok && c.Job == "" {
			target, ok = find("\x00", c.Instance, place)
		}
		if !ok { // of a target that capture.yaml gives
			target, ok = find(cmp.Or(c.Job, "\x00"), c.Instance, "")
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
