// Package naming tells what the path of a file says of it: canonical names by
// the layout JOB/INSTANCE/TIME.prom, all others by the words in them.
package naming

import (
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// ManifestName is the one name of a capture's settings.
const ManifestName = "capture.yaml"

// kind is what a file is to a capture.
type kind uint8

const (
	KindOther     kind = iota // ignored
	KindScrape                // the body of a scrape
	KindHeaders               // response headers
	KindFailure               // the text of a failed scrape
	KindManifest              // capture.yaml
	KindCandidate             // may be a scrape; its content tells
)

// File is what a path says. All that names alone can tell is decided in this
// file and in Parse, and nowhere else.
type File struct {
	Kind  kind
	Why   string // why it is ignored, for KindOther
	Stem  string // what a scrape and its companions have in common
	Whole bool   // a companion named after the whole file name: TIME.prom.headers

	Time  int64 // ms since the epoch, when timed
	Timed bool
	Zoned bool // the time says its zone, or needs none

	job, instance string // of the folders; "" where they name none
}

// Body says that the file is a body, or may be.
func (f *File) Body() bool { return f.Kind == KindScrape || f.Kind == KindCandidate }

// scrapeSuffixes are the endings of a body's name, in any case.
var scrapeSuffixes = []string{".prom", ".prom.gz", ".prom.zst", ".prom.sz"}

// Places are the folders of a path that name something.
func Places(folder string, seq *Sequence) []string {
	folder = tail(folder)
	if folder == "." {
		return nil
	}
	blank, _ := seq.blank(clock.Blank(folder, clock.Moment{}), len(folder))
	return namingFolders(folder, blank, savedWords)
}

// RecogniseFolder tells job and instance from the last two folders of a path,
// whose names may be those that Folder gives.
func RecogniseFolder(folder string) (job, instance string) {
	for len(folder) > 0 {
		i := strings.LastIndexByte(folder, '/')
		name := folder[i+1:]
		folder = folder[:max(i, 0)]
		switch {
		case name == "" || name == "." || saysNothing(name):
		case instance == "":
			instance = strings.ToValidUTF8(FromFolder(name), "\uFFFD")
		default:
			return strings.ToValidUTF8(FromFolder(name), "\uFFFD"), instance
		}
	}
	return "", instance
}

// saysNothing is true of folders that name no target: a date, a time, a word
// such as metrics.
func saysNothing(name string) bool {
	if slices.Contains(noiseWords, strings.ToLower(name)) {
		return true
	}
	for i := range len(name) {
		if clock.StartsNumber(name, i) {
			return strings.Trim(clock.Blank(name, clock.Moment{}), "\x00-_ ") == ""
		}
		if !strings.Contains("-_ ", name[i:i+1]) {
			return false
		}
	}
	return false
}

// Recognise tells what a file's own name says.
func Recognise(name string) File {
	if name == ManifestName {
		return File{Kind: KindManifest}
	}
	if Hidden(name) {
		return File{Why: "hidden"}
	}
	if strings.EqualFold(name, ManifestName) || strings.EqualFold(name, "capture.yml") {
		return File{Why: "the settings of a capture are called " + ManifestName}
	}
	if i := strings.LastIndexByte(name, '.'); name == "" || strings.HasSuffix(name, "~") || i >= 0 && slices.Contains(passing, strings.ToLower(name[i:])) {
		return File{Why: "by its name a temporary or spare copy"}
	}
	f := File{Stem: name}
	if stem, ok := CutSuffix(name, ".headers"); ok {
		f.Kind, f.Stem = KindHeaders, stem
	} else if stem, ok := CutSuffix(name, ".err"); ok {
		f.Kind, f.Stem = KindFailure, stem
	}
	stem, ok := cutScrapeSuffix(f.Stem)
	companion := f.Kind != KindOther
	switch {
	case ok:
		f.Whole = companion
		if !companion {
			f.Kind = KindScrape
		}
	case companion:
		if stem, _ = CutAll(f.Stem); stem != f.Stem {
			f.Whole = true
		}
	default:
		f.Kind = KindCandidate
		stem, _ = CutAll(f.Stem)
	}
	f.Stem = stem
	f.Time, f.Zoned, f.Timed = clock.Parse(f.Stem)
	return f
}

// passing are the endings of files that are not to stay: half downloads, and
// copies that editors keep.
var passing = []string{".tmp", ".temp", ".part", ".partial", ".crdownload", ".swp", ".swo", ".bak", ".orig", ".old", ".lock"}

// CutAll takes off all extensions that are no part of a name.
func CutAll(name string) (string, bool) {
	stem := name
	for {
		next, ok := cutAnyExtension(stem)
		if !ok {
			return stem, stem != name
		}
		stem = next
	}
}

// Hidden says whether a file or folder is left alone for its leading dot: .git,
// .DS_Store, the ._ files of a Mac.
func Hidden(name string) bool { return strings.HasPrefix(name, ".") }

func cutScrapeSuffix(name string) (string, bool) {
	for _, s := range scrapeSuffixes {
		if stem, ok := CutSuffix(name, s); ok {
			return stem, true
		}
	}
	return name, false
}

// CutSuffix is strings.CutSuffix in any case of letters. Something must remain.
func CutSuffix(name, suffix string) (string, bool) {
	i := len(name) - len(suffix)
	if i <= 0 || !strings.EqualFold(name[i:], suffix) {
		return name, false
	}
	return name[:i], true
}
