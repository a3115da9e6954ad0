package capture

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archive"
	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
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

// A folder is what a path, or a file's content, says of a target; several paths
// may say the same.
type folder struct {
	job, instance string
	content       string // the job by content, "" when that does not tell it
	fallback      string // the job when nothing else tells it
	given         bool   // it is to be taken as it is: capture.yaml or Options.Name says it
}

// listing collects what names and contents tell, before settings are applied.
type listing struct {
	fsys     fs.FS
	name     string
	opts     Options
	maxBody  int64
	looker   content.Sniffer // into files
	instance string          // of a file passed by itself whose name tells none
	force    bool            // every file is a scrape, whatever its content: one was passed by itself

	dirs     []string // folders that hold scrapes
	folders  []folder // targets, as far as folders tell
	known    map[folder]uint32
	entries  []entry
	parts    []filePart
	bulks    []bulk
	untimed  []recognised // scrapes whose times are found last
	failures []recognised // what may be a failed scrape of a target that is found elsewhere
	places   map[[2]string]string
	merged   map[[2]string]bool
	ignored  []IgnoredFile
	problems []Problem
	times    [clock.FromOrder + 1]int // how many scrapes have their time from where
	first    [clock.FromOrder + 1]string
	files    int                // capture.yaml not counted
	manifest *manifest.Manifest // nil when there is none
	unzoned  string             // the first name whose time says no zone
	named    int                // files that Options.Name fits
	unnamed  []string           // some scrapes that it does not fit
	err      error              // capture.yaml and the files do not fit
}

// A bulk is the range of a dump's own times.
type bulk struct{ first, last, step int64 }

func newListing(fsys fs.FS, name string, opts Options) *listing {
	return &listing{fsys: fsys, name: name, opts: opts, maxBody: opts.maxBody(), looker: content.Sniffer{OpenFile: codec.OpenFS(fsys), MaxBody: opts.maxBody(), Body: codec.Reader{Max: opts.maxBody()}},
		known: map[folder]uint32{}, places: map[[2]string]string{}, merged: map[[2]string]bool{}}
}

func (l *listing) problem(file, id, message string) {
	l.problems = append(l.problems, Problem{File: file, ID: id, Message: message})
}

func (l *listing) ignore(file, why string) {
	l.ignored = append(l.ignored, IgnoredFile{File: file, Reason: why})
}

// walk lists everything below the root.
func (l *listing) walk() error {
	todo := []string{"."}
	for len(todo) > 0 {
		dir := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		list, err := fs.ReadDir(l.fsys, dir)
		if err != nil {
			if dir == "." && len(list) == 0 {
				return fmt.Errorf("%s: cannot list the directory: %w", message.Show(l.name), message.Cause(err))
			}
			l.problem(dir, "unreadable-folder", "the folder could not be listed, its files are missing: "+message.Cause(err).Error())
			if len(list) == 0 {
				l.ignore(dir+"/", "the folder could not be listed")
			}
		}
		if dir == "." {
			if err := l.settings(list); err != nil {
				return err
			}
		}
		below := l.folder(dir, list)
		for i := len(below) - 1; i >= 0; i-- {
			todo = append(todo, below[i])
		}
	}
	return nil
}

// settings reads capture.yaml, if it is there.
func (l *listing) settings(list []fs.DirEntry) error {
	for _, de := range list {
		if de.Name() != naming.ManifestName || !de.Type().IsRegular() {
			continue
		}
		m, mistakes := manifest.Read(l.fsys)
		if len(mistakes) > 0 {
			return manifestErrors(mistakes)
		}
		l.manifest = m
	}
	return nil
}

// folder takes the files of one directory and returns the directories in it.
func (l *listing) folder(dir string, list []fs.DirEntry) (below []string) {
	slots := make(map[string]int, len(list)/2)
	scrapes := make([]slot, 0, len(list)/2)
	for _, de := range list {
		name := de.Name()
		switch t := de.Type(); {
		case t.IsDir() && naming.Hidden(name):
			l.files++
			l.ignore(path.Join(dir, name)+"/", "hidden")
			continue
		case t.IsDir():
			below = append(below, path.Join(dir, name))
			continue
		case !t.IsRegular():
			l.special(path.Join(dir, name), t)
			continue
		}
		f := naming.Recognise(name)
		if f.Kind == naming.KindManifest && dir == "." {
			continue
		}
		l.files++
		if f.Kind == naming.KindManifest || f.Kind == naming.KindOther {
			l.other(path.Join(dir, name), name, f.Why)
			continue
		}
		i, ok := slots[f.Stem]
		if ok && f.Body() && scrapes[i].body != "" {
			ok = false // TIME.prom and TIME.prom.gz: two scrapes, which is an error later
		}
		if !ok {
			i = len(scrapes)
			scrapes = append(scrapes, slot{File: f})
			slots[f.Stem] = i
		}
		if lost := scrapes[i].put(f, name); lost != "" {
			l.ignore(path.Join(dir, lost), "another file of the same scrape goes before")
		}
	}
	l.add(dir, scrapes)
	return below
}

// special records a file that is neither a folder nor regular.
func (l *listing) special(file string, t fs.FileMode) {
	l.files++
	l.ignore(file, "not a regular file")
	if t&fs.ModeSymlink != 0 {
		l.problem(file, "symlink-ignored", "a symbolic link within a capture is not followed; copy what it points to, or pass that as the capture")
		return
	}
	l.problem(file, "special-file-ignored", "not a regular file ("+t.String()+"), not opened")
}

// other records a file that is no part of the capture.
func (l *listing) other(file, name, why string) {
	if name == naming.ManifestName {
		why = naming.ManifestName + " counts only at the top"
	}
	l.ignore(file, why)
	switch strings.ToLower(name) {
	case naming.ManifestName:
		l.problem(file, "manifest-name", "not read: "+naming.ManifestName+" counts only at the top of the capture, in lower case")
	case "capture.yml":
		l.problem(file, "manifest-name", "not read: the settings of a capture are called "+naming.ManifestName)
	}
}

// slot gathers the files of one stem.
type slot struct {
	naming.File            // of the first of them
	body, headers, failure string
	exact                  bool // headers are named after the whole file name
}

// put takes a file, and returns the name of one that is not needed, if any.
func (s *slot) put(f naming.File, name string) (lost string) {
	switch f.Kind {
	case naming.KindScrape, naming.KindCandidate:
		s.body, s.Kind = name, f.Kind
		s.Time, s.Timed, s.Zoned = f.Time, f.Timed, f.Zoned
	case naming.KindFailure:
		lost, s.failure = s.failure, name
	case naming.KindHeaders:
		if s.headers != "" && s.exact && !f.Whole {
			return name
		}
		lost, s.headers, s.exact = s.headers, name, f.Whole
	}
	return lost
}

// cut tells whether members of the archive that is read may be missing.
func (l *listing) cut() bool {
	a, ok := l.fsys.(*archive.FS)
	return ok && a.Tree.Cut
}

// add makes entries of a directory's scrapes. Where a canonical name says all,
// the file is not opened.
func (l *listing) add(dir string, scrapes []slot) {
	job, instance := naming.RecogniseFolder(dir)
	frozen := l.manifest.Folder(dir)
	var where, target uint32
	used, usedTarget := false, false
	for i := range scrapes {
		s := &scrapes[i]
		file := path.Join(dir, s.body)
		plain := s.Timed && !l.force && l.opts.Name == nil && (s.body == "" || s.Kind == naming.KindScrape) && !l.manifest.Names(file)
		if s.body == "" && s.failure == "" && l.cut() {
			l.ignore(path.Join(dir, s.headers), "headers without a body: the archive is cut, and it may lie behind the cut")
			continue
		}
		var n naming.Guess
		if s.body == "" && !s.Timed {
			if n = naming.Read(dir, s.Stem); !n.Timed {
				for _, name := range []string{s.headers, s.failure} {
					if name != "" {
						l.ignore(path.Join(dir, name), "belongs to no scrape")
					}
				}
				continue
			}
		}
		if !used {
			used = true
			where = uint32(len(l.dirs))
			l.dirs = append(l.dirs, dir)
		}
		e := entry{time: s.Time, dir: where, body: s.body, headers: s.headers, failure: s.failure}
		switch {
		case plain:
			if !usedTarget {
				usedTarget = true
				key := folder{job: job, instance: instance}
				if frozen != nil {
					key = folder{job: frozen.Job, instance: frozen.Instance, given: true}
				}
				target = l.target(key)
			}
			e.target = target
			l.time(file, clock.FromName, s.Zoned)
			l.entries = append(l.entries, e)
		case s.body == "":
			c := recognised{entry: e, file: path.Join(dir, e.name()), Guess: n, facts: &content.Facts{Form: content.FormFailed}}
			if s.Timed {
				c.Guess = naming.Read(dir, s.Stem+".err")
				c.Guess.Time, c.Timed, c.Zoned = s.Time, true, s.Zoned
			}
			c.from = clock.FromName
			l.rename(&c)
			l.freeze(&c, l.manifest.File(c.file))
			l.failures = append(l.failures, c)
		default:
			l.candidate(file, s, e)
		}
	}
}

// time counts where times are from.
func (l *listing) time(file string, from clock.Source, zoned bool) {
	if l.times[from]++; l.times[from] == 1 {
		l.first[from] = file
	}
	if !zoned && l.unzoned == "" {
		l.unzoned = file
	}
}

func (l *listing) target(key folder) uint32 {
	i, ok := l.known[key]
	if !ok {
		i = uint32(len(l.folders))
		l.known[key] = i
		l.folders = append(l.folders, key)
	}
	return i
}

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

// some returns the first few.
func some(names []string) []string { return names[:min(len(names), 3)] }
