package capture

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archive"
)

// openMember makes a capture of what is named in an archive, as
// before.zip/node1/metrics.txt or before.zip/node1: of the archive all but that
// is left out. Without an error it is nil when no part of the path is an
// archive.
func openMember(named string, opts Options) (*Capture, error) {
	at := filepath.Clean(named)
	for {
		up := filepath.Dir(at)
		if up == at {
			return nil, nil
		}
		at = up
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.Mode().IsRegular():
			return nil, nil
		case err == nil:
			rel, err := filepath.Rel(at, filepath.Clean(named))
			if err != nil {
				return nil, nil
			}
			return openMemberOf(at, named, filepath.ToSlash(rel), info, opts)
		}
	}
}

func openMemberOf(file, named, rel string, info fs.FileInfo, opts Options) (*Capture, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil // whoever opens it next says so
	}
	defer f.Close()
	c, _, err := openArchive(f, f, info.Size(), archive.Stem(filepath.Base(file)), opts, origin{saved: info.ModTime(), only: rel})
	if missing := (*MissingError)(nil); errors.As(err, &missing) {
		missing.Path = named
	}
	return c, err
}

// missingOrMember is what becomes of a path at which nothing stands.
func missingOrMember(named string, opts Options, err error) (*Capture, error) {
	if named != "" {
		if c, err := openMember(named, opts); c != nil || err != nil {
			return c, err
		}
	}
	if errors.Is(err, fs.ErrNotExist) || named == "" {
		return nil, &MissingError{Path: named, Similar: similar(named), Err: fs.ErrNotExist}
	}
	return nil, err
}
