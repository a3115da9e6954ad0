package capture

import (
	"slices"
	"strings"
)

// manifestName is the one name of a capture's settings.
const manifestName = "capture.yaml"

// kind is what a file is to a capture.
type kind uint8

const (
	kindOther     kind = iota // ignored
	kindScrape                // the body of a scrape
	kindHeaders               // response headers
	kindFailure               // the text of a failed scrape
	kindManifest              // capture.yaml
	kindCandidate             // may be a scrape; its content tells
)

// found is what a path says. All that names alone can tell is decided in this file and in parseTime, and nowhere else.
type found struct {
	kind  kind
	why   string // why it is ignored, for kindOther
	stem  string // what a scrape and its companions have in common
	whole bool   // a companion named after the whole file name: TIME.prom.headers

	time  int64 // ms since the epoch, when timed
	timed bool
	zoned bool // the time says its zone, or needs none

	job, instance string // of the folders; "" where they name none
}

// body says that the file is a body, or may be.
func (f *found) body() bool { return f.kind == kindScrape || f.kind == kindCandidate }

// scrapeSuffixes are the endings of a body's name, in any case.
var scrapeSuffixes = []string{".prom", ".prom.gz", ".prom.zst", ".prom.sz"}

// recognise tells what the file of a name in a folder, a slash-separated path within the capture, is.
func recognise(folder, name string) found {
	f := recogniseName(name)
	f.job, f.instance = recogniseFolder(folder)
	if f.kind == kindManifest && f.instance != "" {
		f.kind, f.why = kindOther, manifestName+" counts only at the top"
	}
	return f
}

// recogniseFolder tells job and instance from the last two folders of a path.
func recogniseFolder(folder string) (job, instance string) {
	for len(folder) > 0 {
		i := strings.LastIndexByte(folder, '/')
		name := folder[i+1:]
		folder = folder[:max(i, 0)]
		switch {
		case name == "" || name == "." || saysNothing(name):
		case instance == "":
			instance = strings.ToValidUTF8(name, "\uFFFD")
		default:
			return strings.ToValidUTF8(name, "\uFFFD"), instance
		}
	}
	return "", instance
}

// saysNothing is true of folders that name no target: a date, a time, a word such as metrics.
func saysNothing(name string) bool {
	if slices.Contains(noiseWords, strings.ToLower(name)) {
		return true
	}
	for i := range len(name) {
		if startsNumber(name, i) {
			return strings.Trim(blankTimes(name, moment{}), "\x00-_ ") == ""
		}
		if !strings.Contains("-_ ", name[i:i+1]) {
			return false
		}
	}
	return false
}

// recogniseName tells what a file's own name says.
func recogniseName(name string) found {
	if name == manifestName {
		return found{kind: kindManifest}
	}
	if hidden(name) {
		return found{why: "hidden"}
	}
	if strings.EqualFold(name, manifestName) || strings.EqualFold(name, "capture.yml") {
		return found{why: "the settings of a capture are called " + manifestName}
	}
	if i := strings.LastIndexByte(name, '.'); name == "" || strings.HasSuffix(name, "~") || i >= 0 && slices.Contains(passing, strings.ToLower(name[i:])) {
		return found{why: "by its name a temporary or spare copy"}
	}
	f := found{stem: name}
	if stem, ok := cutSuffix(name, ".headers"); ok {
		f.kind, f.stem = kindHeaders, stem
	} else if stem, ok := cutSuffix(name, ".err"); ok {
		f.kind, f.stem = kindFailure, stem
	}
	stem, ok := cutScrapeSuffix(f.stem)
	companion := f.kind != kindOther
	switch {
	case ok:
		f.whole = companion
		if !companion {
			f.kind = kindScrape
		}
	case companion:
		if stem, _ = cutAll(f.stem); stem != f.stem {
			f.whole = true
		}
	default:
		f.kind = kindCandidate
		stem, _ = cutAll(f.stem)
	}
	f.stem = stem
	f.time, f.zoned, f.timed = parseTime(f.stem)
	return f
}

// passing are the endings of files that are not to stay: half downloads, and copies that editors keep.
var passing = []string{".tmp", ".temp", ".part", ".partial", ".crdownload", ".swp", ".swo", ".bak", ".orig", ".old", ".lock"}

// cutAll takes off all extensions that are no part of a name.
func cutAll(name string) (string, bool) {
	stem := name
	for {
		next, ok := cutAnyExtension(stem)
		if !ok {
			return stem, stem != name
		}
		stem = next
	}
}

// hidden says whether a file or folder is left alone for its leading dot: .git, .DS_Store, the ._ files of a Mac.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

func cutScrapeSuffix(name string) (string, bool) {
	for _, s := range scrapeSuffixes {
		if stem, ok := cutSuffix(name, s); ok {
			return stem, true
		}
	}
	return name, false
}

// cutSuffix is strings.CutSuffix in any case of letters. Something must remain.
func cutSuffix(name, suffix string) (string, bool) {
	i := len(name) - len(suffix)
	if i <= 0 || !strings.EqualFold(name[i:], suffix) {
		return name, false
	}
	return name[:i], true
}
