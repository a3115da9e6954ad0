package capture

import (
	"fmt"
	"path"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// A recognised file is one whose scrapes are not entries yet.
type recognised struct {
	entry
	naming.Guess
	facts  *content.Facts
	file   string
	from   clock.Source
	given  bool      // job and instance are not to be found out
	within *filePart // where it stands in its file, when that holds others or something around it
	// second is the time that counts when nothing nearer tells one: of a folder
	// that all files have, or of a name that is not to count.
	second      secondTime
	metricsPath string                // as capture.yaml says
	each        []manifest.FileScrape // what it says of each scrape of a file of several targets
}

// called gives a file's target the instance that somebody says, wherever the
// file lies.
func (c *recognised) called(instance string) {
	c.Instance, c.Own, c.Folders, c.Endpoint = instance, instance, nil, ""
}

// A secondTime is a time that counts when nothing nearer tells one.
type secondTime struct {
	ms     int64
	known  bool
	zoned  bool
	ofFile bool // the file's own name says it
}

// A lookout looks into files that canonical names do not explain.
type lookout struct {
	*input
	*notes
	manifest   *manifest.Manifest
	sequence   *naming.Sequence
	collection string // the folder whose time is the collection's
	instance   string // of a file passed by itself whose name tells none
	force      bool   // every file is a scrape, whatever its content: one was passed by itself

	named   int      // files that Options.Name fits
	unnamed []string // some scrapes that it does not fit
	ordered string   // the first file that words of a sequence order
	err     error    // capture.yaml and the files do not fit
}

// bare takes files without a body: of a failed scrape, when they tell its time.
func (l *lookout) bare(dir string, s *slot, e entry) (c recognised, ok bool) {
	c = recognised{entry: e, file: path.Join(dir, e.name()), facts: &content.Facts{Form: content.FormFailed}}
	if c.Guess = naming.Read(dir, s.Stem+".err", l.sequence); s.Timed {
		c.Guess.Time, c.Timed, c.Zoned = s.Time, true, s.Zoned
	} else if c.Guess = naming.Read(dir, s.Stem, l.sequence); !c.Timed {
		for _, name := range []string{s.headers, s.failure} {
			if name != "" {
				l.ignore(path.Join(dir, name), "belongs to no scrape")
			}
		}
		return c, false
	}
	c.from = clock.FromName
	l.rename(&c)
	l.freeze(&c, l.manifest.File(c.file))
	return c, true
}

// guess is what the name of a file tells.
func (l *lookout) guess(file, dir string, s *slot, e entry) recognised {
	c := recognised{entry: e, Guess: naming.Read(dir, s.body, l.sequence), file: file}
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
	asked := l.opts.TimeFrom == TimeFromMtime
	if c.Timed && (asked || l.collection != "" && c.TimeIn == l.collection) {
		c.second = secondTime{ms: c.Guess.Time, known: true, zoned: c.Zoned, ofFile: c.TimeIn == "" || c.TimeIn != l.collection}
		c.Timed, c.from = false, clock.FromNothing
	}
	if c.Rank >= 0 {
		if l.ordered == "" {
			l.ordered = file
		}
		n := 0
		if c.Sure && c.Number >= 0 {
			n = c.Number
		}
		c.Number, c.Sure = c.Rank*manyNumbers+n, true
		if n == 0 {
			c.Number = c.Rank
		}
	}
	return c
}

// manyNumbers is above all numbers of names.
const manyNumbers = 1_000_000_000

// look looks into a file. It is a scrape, or may be a failed one, or is
// ignored.
func (l *lookout) look(file, dir string, s *slot, e entry) (c recognised, found verdict) {
	c = l.guess(file, dir, s, e)
	frozen := l.manifest.File(file)
	if frozen != nil && frozen.Ignore != "" {
		l.ignore(file, frozen.Ignore)
		return c, isNothing
	}
	l.rename(&c)
	f, err := l.looker.Sniff(file, false)
	forced := l.force || s.Kind == naming.KindScrape || frozen != nil || s.failure != ""
	switch {
	case err != nil && !forced:
		l.ignore(file, "cannot be read: "+message.Cause(err).Error())
		return c, isNothing
	case err != nil:
		f = &content.Facts{Whole: true} // the scrape's own error will say so
	}
	switch {
	case f.Form == content.FormExposition || forced:
	case f.Form == content.FormFailed && (c.Timed || c.second.known || c.Number >= 0):
		c.facts = f
		return c, mayHaveFailed
	default:
		l.ignore(file, f.Why)
		return c, isNothing
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
	return c, isScrape
}

// useSecond takes the time that counts when nothing nearer tells one.
func (c *recognised) useSecond() {
	c.Guess.Time, c.Timed, c.Zoned, c.from = c.second.ms, true, c.second.zoned, clock.FromName
}

// A verdict is what a file was found to be.
type verdict uint8

const (
	isNothing verdict = iota
	isScrape
	mayHaveFailed
)

// rename lets Options.Name go before all that a path says.
func (l *lookout) rename(c *recognised) {
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
			c.called(text)
			c.Number = c.Rank
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
				c.Guess.Time, c.Timed, c.Zoned, c.from, c.second = ms, true, zoned, clock.FromName, secondTime{}
			} else {
				l.problem(c.file, "name-time", "the group time of "+l.opts.Names.name()+" is "+message.Show(text)+", which is no time")
			}
		}
	}
}

// remark tells what is strange about a file.
func (l *lookout) remark(c *recognised) {
	f := c.facts
	if f.CurlProgress {
		l.problem(c.file, "curl-progress", "curl's progress meter stands in the file, its first line glued to it; it is taken out (curl -s leaves it away)")
	}
	if f.Repeats > 0 {
		l.repeats(c, "between two dates")
	}
	if f.View != "" {
		l.problem(c.file, "text-unwrapped", f.View)
	}
	if f.Lost != "" {
		l.problem(c.file, "samples-left-out", f.Lost)
	}
	if f.Dropped > 0 {
		l.problem(c.file, "scrape-without-time", message.Plural(f.Dropped, "scrape")+" in the file without a date, while others have one; not read")
	}
}

func (n *notes) repeats(c *recognised, where string) {
	n.problem(c.file, "exposition-repeats", fmt.Sprintf("%s the exposition starts again (%s); it is read as one scrape, in which the first of equal series counts: save each target into a file of its own", where, message.Times(c.facts.Repeats)))
}
