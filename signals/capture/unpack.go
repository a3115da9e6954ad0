package capture

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archive"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// openArchiveFile makes a capture of the archive that a regular file is.
// Without an error it is nil when it is none.
func openArchiveFile(full string, opts Options) (*Capture, error) {
	f, err := os.Open(full)
	if err != nil {
		return nil, nil // whoever opens it next says so
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil
	}
	c, _, err := openArchive(f, f, info.Size(), archive.Stem(filepath.Base(full)), opts, origin{saved: info.ModTime()})
	return c, err
}

// openArchiveStream makes a capture of the archive that r is. When it is none,
// the capture is nil, and rest is all that r has to say.
func openArchiveStream(r io.Reader, name string, opts Options) (c *Capture, rest io.Reader, err error) {
	return openArchive(r, nil, 0, name, opts, origin{stdin: true})
}

func openArchive(r io.Reader, at io.ReaderAt, size int64, name string, opts Options, from origin) (*Capture, io.Reader, error) {
	a, rest, err := archive.Read(r, at, size, name, archiveLimits(opts), opts.Names.maxMember())
	switch full := (*archive.LimitError)(nil); {
	case errors.As(err, &full):
		return nil, nil, &LimitError{Name: full.Name, Limit: full.Limit, Max: full.Max, option: opts.Names.limit(full.Limit)}
	case a == nil || err != nil:
		return nil, rest, err
	}
	if opts.MaxBody <= 0 {
		opts.MaxBody = a.Limits.MaxMember
	}
	root, found := a.Done()
	var problems []Problem
	for _, p := range found {
		problems = append(problems, Problem(p))
	}
	if from.only != "" {
		part, ok := root.(*archive.FS).Only(from.only)
		if !ok {
			return nil, nil, &MissingError{Path: name + "/" + from.only, Err: fs.ErrNotExist}
		}
		root = part
	}
	c, err := open(root, a.Name, opts, from)
	if err != nil {
		if len(problems) > 0 {
			err = &ArchiveError{Problems: problems, Err: err}
		}
		return nil, nil, err
	}
	c.Problems = append(problems, c.Problems...)
	return c, nil, nil
}

// An ArchiveError is an error of Open for an archive that has problems of its
// own, which may be why. Up to 200 problems are told of an archive, with ids
// that begin with archive.
//
// A file of which it is known that it is there, and not what it says, is a
// scrape with an Err.
type ArchiveError struct {
	Problems []Problem
	Err      error
}

func (e *ArchiveError) Error() string {
	p := e.Problems[0]
	s := e.Err.Error() + "; the archive has " + message.Plural(len(e.Problems), "problem") + ", the first: "
	if p.File != "" {
		s += p.File + ": "
	}
	return s + p.Message
}

// Unwrap returns the error of Open.
func (e *ArchiveError) Unwrap() error { return e.Err }
