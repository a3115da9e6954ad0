package capture

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// ErrBodyTooLarge is in the chain of Scrape.Err when a body is larger than
// Options.MaxBody.
var ErrBodyTooLarge = codec.ErrTooLarge

const scrapeNames = "a scrape is text or protobuf as /metrics gives it, under any name; TIME.prom in folders JOB/INSTANCE leaves nothing to guess"

// A MissingError says that there is nothing at the path at which a capture was
// looked for.
type MissingError struct {
	Path    string
	Similar string // a name in the same folder that may be meant, or ""
	Err     error
}

func (e *MissingError) Error() string {
	s := message.Show(e.Path) + ": no such file or directory"
	if e.Similar != "" {
		s += "; did you mean " + message.Show(e.Similar) + "?"
	}
	return s + " (pass a directory of saved scrapes, one saved scrape, or - for standard input)"
}

// Unwrap returns the cause, fs.ErrNotExist in its chain.
func (e *MissingError) Unwrap() error { return e.Err }

// A NoScrapesError says that a directory can be read but holds no scrape.
type NoScrapesError struct {
	Name     string
	Files    int      // how many files there are, capture.yaml not counted; 0: the directory is empty
	Examples []string // the paths of up to three of them
	Dropped  int      // how many targets relabel_configs dropped; above 0, there were scrapes
}

func (e *NoScrapesError) Error() string {
	switch {
	case e.Dropped > 0:
		return fmt.Sprintf("%s: nothing is left to replay: relabel_configs of %s dropped every target (%d)", message.Show(e.Name), naming.ManifestName, e.Dropped)
	case e.Files == 0:
		return fmt.Sprintf("%s: the directory is empty; %s", message.Show(e.Name), scrapeNames)
	}
	return fmt.Sprintf("%s: no scrape among %s (%s); %s. A file of another name is read when it is passed by itself",
		message.Show(e.Name), message.Plural(e.Files, "file"), message.List(e.Examples, e.Files), scrapeNames)
}

// A NoTimeError says that neither the names nor the contents of scrapes tell
// their times, so that their order cannot be known. It shows what could be
// taken instead.
type NoTimeError struct {
	Name     string
	Files    []string // up to three of them
	Total    int      // how many scrapes there are
	Numbered bool     // they have an order: by number, by words such as before and after, or within a file
	Worded   bool     // the order of some is said by words
	Several  bool     // some stand together in a file
	Archive  bool     // they are in an archive, where nothing can be renamed
	// First and Last are the earliest and the latest modification time of the
	// files, in ms since the epoch; Every is the median time between those of
	// one target. They are 0 when they are not known, or cannot be those of
	// scrapes.
	First, Last int64
	Every       time.Duration
	Copied      bool // all files of a target have the same modification time

	saved int64 // when the archive itself was saved, 0 when that is not known
	names OptionNames
}

func (e *NoTimeError) Error() string {
	return fmt.Sprintf("%s: no time in the name or the content of %s (%s); %s", message.Show(e.Name), message.Plural(e.Total, "scrape"),
		message.List(e.Files, e.Total), strings.Join(e.ways(clock.Forms), "; or "))
}

// Ways are the things that would tell the times, each as a short sentence
// without a full stop.
func (e *NoTimeError) Ways() []string {
	return e.ways("such as 1795244469 or 2026-11-21T07-01-09Z")
}

func (e *NoTimeError) ways(forms string) (ways []string) {
	switch {
	case e.First == 0 && e.Last == 0 || e.Several:
	case e.Copied:
		ways = append(ways, "their mtimes are all "+clock.Format(e.Last)[:19]+"Z, as of copies (cp -p and tar keep them)")
	case e.First/1000 == e.Last/1000:
		what := "mtime is "
		if e.Total > 1 {
			what = "mtimes are all "
		}
		ways = append(ways, what+clock.Format(e.Last)[:19]+"Z: accept with "+e.names.timeFrom())
	default:
		ways = append(ways, "mtimes run "+e.span()+": accept with "+e.names.timeFrom())
	}
	if e.Numbered {
		what := "by number"
		if e.Worded {
			what = "by the words in their names"
		}
		if e.Several {
			what = "one after the other in their file"
		}
		end := time.Now().UTC().Truncate(time.Minute)
		if last := cmp.Or(e.Last, e.saved); last != 0 {
			end = time.UnixMilli(last).UTC().Truncate(time.Second)
		}
		ways = append(ways, "they have an order, "+what+": say how far apart they are and when the last was, such as "+e.names.every()+" 15s "+e.names.end()+" "+end.Format(time.RFC3339))
	}
	if e.Archive {
		return append(ways, "unpack the archive and rename its files to TIME.prom, where TIME is "+forms)
	}
	return append(ways, "rename to TIME.prom, where TIME is "+forms+", or pass one file by itself")
}

// span is from when to when the modification times run.
func (e *NoTimeError) span() string {
	timeOf := func(ms int64) string { return time.UnixMilli(ms).UTC().Format("15:04:05") }
	every := ""
	if e.Every > 0 {
		every = " every " + e.Every.Round(time.Millisecond).String()
	}
	from, to := timeOf(e.First), timeOf(e.Last)
	if clock.Format(e.First)[:10] != clock.Format(e.Last)[:10] {
		from, to = clock.Format(e.First)[:19]+"Z", clock.Format(e.Last)[:19]+"Z"
	}
	return from + " → " + to + every
}

// A DuplicateError says that two files claim to be the same target's scrape at
// the same time.
type DuplicateError struct {
	Name          string
	Files         [2]string
	Job, Instance string
	Time          int64 // ms since the epoch
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s: %s and %s are both the scrape of %s/%s at %s; remove one of them, or give them folders of their own",
		message.Show(e.Name), message.Show(e.Files[0]), message.Show(e.Files[1]), message.Show(e.Job), message.Show(e.Instance), clock.Format(e.Time))
}

// A ManifestError is a mistake in capture.yaml.
type ManifestError struct {
	File         string
	Line, Column int // from 1; Column is 0 where the YAML parser tells the line alone
	Message      string
}

func (e *ManifestError) Error() string { return (*manifest.Mistake)(e).String() }

// manifestErrors joins a *ManifestError for each mistake.
func manifestErrors(mistakes []*manifest.Mistake) error {
	errs := make([]error, 0, len(mistakes))
	for _, m := range mistakes {
		errs = append(errs, (*ManifestError)(m))
	}
	return errors.Join(errs...)
}
