package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archive"
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// An input is where a capture's files are, and how they are to be read.
type input struct {
	fsys   fs.FS
	name   string
	opts   Options
	looker content.Sniffer // into files
	saved  time.Time       // when the archive itself was saved; zero when it is none or tells none
	stdin  bool            // it comes from standard input
	mounts *mounts         // the archives among the files of a folder; nil where there can be none
}

// archive is the archive that a file stands in, nil when it stands in none.
func (in *input) archive(file string) *archive.FS {
	if a, ok := in.fsys.(*archive.FS); ok {
		return a
	}
	if m := in.mounts.of(file); m != nil {
		return m.files
	}
	return nil
}

// cut tells whether members of the archive that a file stands in may be
// missing.
func (in *input) cut(file string) bool {
	a := in.archive(file)
	return a != nil && a.Tree.Cut
}

// mtime is a file's modification time in ms since the epoch.
func (in *input) mtime(file string) (int64, error) {
	info, err := fs.Stat(in.fsys, file)
	if err != nil {
		return 0, err
	}
	if t := info.ModTime(); isDated(t) {
		return t.UnixMilli(), nil
	}
	return 0, errors.New("it has none")
}

// savedAt is when the archive that a file stands in was saved itself.
func (in *input) savedAt(file string) (int64, bool) {
	t := in.saved
	if m := in.mounts.of(file); m != nil {
		t = m.saved
	}
	return t.UnixMilli(), isDated(t)
}

// epochs are the times before which archives and systems put what they do not
// know: the epochs of Unix and of DOS, in any zone.
var epochs = time.Date(1980, 1, 3, 0, 0, 0, 0, time.UTC)

// isDated says whether a modification time is one.
func isDated(t time.Time) bool { return t.After(epochs) }

// notes are what a user should know of the listing.
type notes struct {
	problems []Problem
	ignored  []IgnoredFile
	files    int // capture.yaml not counted
}

func (n *notes) problem(file, id, message string) {
	n.problems = append(n.problems, Problem{File: file, ID: id, Message: message})
}

func (n *notes) ignore(file, why string) {
	n.ignored = append(n.ignored, IgnoredFile{File: file, Reason: why})
}

// A walk finds the files of a capture by their names: those that go together
// stand in one slot. Scrapes of which a canonical name says all are entries at
// once.
type walk struct {
	*input
	*notes
	manifest *manifest.Manifest // nil when there is none
	dirs     []string           // folders that hold scrapes
	plain    []entry            // of canonical names; their targets are not known yet
	zones    []zone             // of the times of plain
	found    []foundFolder
	names    naming.SequenceFinder

	slots   map[string]int // of the folder that is read, by stem
	scrapes []slot         // of that folder
}

// A zone is the first of the canonical names of a folder, and the first of
// those that has a time without a zone.
type zone struct {
	first, unzoned string
	scrapes        int
}

// A foundFolder has files that are to be looked into.
type foundFolder struct {
	dir   uint32 // of walk.dirs
	slots []slot
}

// all lists everything below the root.
func (w *walk) all() error {
	todo := []string{"."}
	for len(todo) > 0 {
		dir := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		list, err := fs.ReadDir(w.fsys, dir)
		if err != nil {
			if dir == "." && len(list) == 0 {
				return fmt.Errorf("%s: cannot list the directory: %w", message.Show(w.name), message.Cause(err))
			}
			w.problem(dir, "unreadable-folder", "the folder could not be listed, its files are missing: "+message.Cause(err).Error())
			if len(list) == 0 {
				w.ignore(dir+"/", "the folder could not be listed")
			}
		}
		if dir == "." {
			if err := w.settings(list); err != nil {
				return err
			}
		}
		below, err := w.folder(dir, list)
		if err != nil {
			return err
		}
		for i := len(below) - 1; i >= 0; i-- {
			todo = append(todo, below[i])
		}
	}
	return nil
}

// settings reads capture.yaml, if it is there.
func (w *walk) settings(list []fs.DirEntry) error {
	for _, de := range list {
		if de.Name() != naming.ManifestName || !de.Type().IsRegular() {
			continue
		}
		m, mistakes := manifest.Read(w.fsys)
		if len(mistakes) > 0 {
			return manifestErrors(mistakes)
		}
		w.manifest = m
	}
	return nil
}

// folder takes the files of one directory and returns the directories in it.
func (w *walk) folder(dir string, list []fs.DirEntry) (below []string, err error) {
	if w.slots == nil {
		w.slots = map[string]int{}
	}
	clear(w.slots)
	slots, scrapes := w.slots, w.scrapes[:0]
	for _, de := range list {
		name := de.Name()
		switch t := de.Type(); {
		case t.IsDir() && naming.Hidden(name):
			w.files++
			w.ignore(path.Join(dir, name)+"/", "hidden")
			continue
		case t.IsDir():
			below = append(below, path.Join(dir, name))
			continue
		case !t.IsRegular():
			w.special(path.Join(dir, name), t)
			continue
		}
		f := naming.Recognise(name)
		if f.Kind == naming.KindManifest && dir == "." {
			continue
		}
		w.files++
		if f.Kind == naming.KindManifest || f.Kind == naming.KindOther {
			w.other(path.Join(dir, name), name, f.Why)
			continue
		}
		if f.Kind == naming.KindCandidate {
			inside, err := w.mounts.mount(path.Join(dir, name), w)
			if err != nil {
				return nil, err
			}
			if inside != "" {
				below = append(below, inside)
				continue
			}
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
			w.ignore(path.Join(dir, lost), "another file of the same scrape goes before")
		}
	}
	w.take(dir, scrapes)
	w.scrapes = scrapes
	return below, nil
}

// take makes entries of what needs no look, and keeps the rest of a directory.
func (w *walk) take(dir string, scrapes []slot) {
	if len(scrapes) == 0 {
		return
	}
	var rest []slot
	z := zone{}
	at := uint32(len(w.dirs))
	for _, s := range scrapes {
		if s.body == "" && s.failure == "" && w.cut(path.Join(dir, s.headers)) {
			w.ignore(path.Join(dir, s.headers), "headers without a body: the archive is cut, and it may lie behind the cut")
			continue
		}
		plain := s.Timed && w.opts.Name == nil && w.opts.TimeFrom == "" && (s.body == "" || s.Kind == naming.KindScrape) && !w.settles(dir, s.body)
		if !plain {
			rest = append(rest, s)
			w.names.Add(dir, s.name())
			continue
		}
		if z.scrapes++; z.first == "" {
			z.first = path.Join(dir, s.body)
			w.names.Add(dir, "")
		}
		if !s.Zoned && z.unzoned == "" {
			z.unzoned = path.Join(dir, s.body)
		}
		w.plain = append(w.plain, entry{time: s.Time, dir: at, body: s.body, headers: s.headers, failure: s.failure})
	}
	if z.scrapes+len(rest) > 0 {
		w.dirs, w.zones = append(w.dirs, dir), append(w.zones, z)
	}
	if len(rest) > 0 {
		w.found = append(w.found, foundFolder{at, rest})
	}
}

// settles tells whether capture.yaml names a file.
func (w *walk) settles(dir, body string) bool {
	return w.manifest != nil && w.manifest.Names(path.Join(dir, body))
}

// collection is the folder with a time in its name that all files with a time
// in their folders have: it says when they were collected, and is no time of a
// scrape where anything else is. It is "" when there are several.
func (w *walk) collection() string {
	common := ""
	for _, f := range w.found {
		dir := w.dirs[f.dir]
		in := naming.Read(dir, "x", nil).TimeIn
		if in == "" {
			continue
		}
		if common != "" && common != in {
			return ""
		}
		common = in
	}
	return common
}

// special records a file that is neither a folder nor regular.
func (w *walk) special(file string, t fs.FileMode) {
	w.files++
	w.ignore(file, "not a regular file")
	if t&fs.ModeSymlink != 0 {
		w.problem(file, "symlink-ignored", "a symbolic link within a capture is not followed; copy what it points to, or pass that as the capture")
		return
	}
	w.problem(file, "special-file-ignored", "not a regular file ("+t.String()+"), not opened")
}

// other records a file that is no part of the capture.
func (w *walk) other(file, name, why string) {
	if name == naming.ManifestName {
		why = naming.ManifestName + " counts only at the top"
	}
	w.ignore(file, why)
	switch strings.ToLower(name) {
	case naming.ManifestName:
		w.problem(file, "manifest-name", "not read: "+naming.ManifestName+" counts only at the top of the capture, in lower case")
	case "capture.yml":
		w.problem(file, "manifest-name", "not read: the settings of a capture are called "+naming.ManifestName)
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

// name is what stands for the files of a slot: a name that says what the body's
// would say.
func (s *slot) name() string {
	if s.body != "" {
		return s.body
	}
	return s.Stem
}
