package capture

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
	"github.com/scrapebook/scrapebook/signals/internal/near"
)

// OpenPath opens what a user named: a directory (see Open), an archive of one
// (.tar, .tar.gz, .tar.zst or .zip, which the content tells), one saved scrape
// under any name, or "-" for stdin, which may be an archive or a scrape. An
// archive is read at once, within Options.Limits, and is kept in memory,
// compressed. So is standard input, which is read to its end, or fails beyond
// Options.MaxBody.
//
// A single file is read as a file of a directory would be: it may hold many
// scrapes. Headers and an error are looked for beside it, a capture.yaml is
// not. When its name tells no instance, the instance is the name of its folder.
// When nothing tells the time of a single scrape, it is the modification time
// of the file, or the present for standard input, and a Problem says so.
//
// A path may lead into an archive, as before.zip/node1/metrics.txt does: then
// the rest of the archive is left out.
//
// Symbolic links on the way to what is named are followed, links within a
// directory are not. The error is a *MissingError when nothing is there, a
// *LimitError for an archive that is too large, and an *ArchiveError around the
// error of Open for an archive that has problems of its own.
func OpenPath(named string, stdin io.Reader, opts Options) (*Capture, error) {
	if named == "-" {
		return openStdin(stdin, opts)
	}
	info, err := os.Stat(named)
	if err != nil || named == "" {
		if !errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s cannot be read: %w", message.Show(named), message.Cause(err))
		}
		return missingOrMember(named, opts, err)
	}
	full, err := filepath.Abs(named)
	if err != nil {
		full = named
	}
	if info.IsDir() {
		return Open(os.DirFS(named), baseName(full, "capture"), opts)
	}
	return openFile(full, info, opts)
}

// openFile makes a capture of one file.
func openFile(full string, info fs.FileInfo, opts Options) (*Capture, error) {
	dir, base := filepath.Split(full)
	l := newListing(folderFS(dir), base, opts)
	l.look.force = true
	n := naming.Read("", base, nil)
	if stem, _ := naming.CutExtensions(base); n.Instance == "" && !n.Timed {
		l.look.instance = stem
	} else if n.Instance == "" {
		l.look.instance = baseName(filepath.Dir(full), stem)
	}
	if !info.Mode().IsRegular() { // a pipe: <(curl …)
		f, err := os.Open(full)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read: %w", message.Show(full), message.Cause(err))
		}
		c, rest, err := openArchiveStream(f, cmp.Or(n.Instance, l.look.instance), opts)
		if c != nil || err != nil {
			f.Close()
			return c, err
		}
		l.in.looker.OpenFile = once(func() (io.ReadCloser, error) { return readCloser{rest, f}, nil }, opts.maxBody())
		return l.lone(slot{File: naming.File{Kind: naming.KindCandidate}, body: base})
	}
	if c, err := openArchiveFile(full, opts); c != nil || err != nil {
		return c, err
	}
	first := func(names ...string) string {
		for _, n := range names {
			if info, err := os.Stat(dir + n); err == nil && info.Mode().IsRegular() && n != base {
				return n
			}
		}
		return ""
	}
	f := naming.Recognise(base)
	if f.Kind != naming.KindScrape {
		f = naming.File{Kind: naming.KindCandidate, Stem: base}
	}
	uncompressed, _ := naming.CutSuffix(base, ".gz")
	uncompressed, _ = naming.CutSuffix(uncompressed, ".zst")
	uncompressed, _ = naming.CutSuffix(uncompressed, ".xz")
	uncompressed, _ = naming.CutSuffix(uncompressed, ".bz2")
	uncompressed, _ = naming.CutSuffix(uncompressed, ".sz")
	stem, _ := naming.CutAll(base)
	return l.lone(slot{
		File: f, body: base,
		headers: first(base+".headers", uncompressed+".headers", stem+".headers"),
		failure: first(base+".err", uncompressed+".err", stem+".err"),
	})
}

// OpenFile lists the scrapes of one file of fsys, with the headers beside it.
// The path says which target they are of and when they were taken, as it does
// in a capture at the root of fsys. A capture.yaml there is not read, and the
// modification times of files do not count. The name and the errors are those
// of Open.
func OpenFile(fsys fs.FS, file, name string, opts Options) (*Capture, error) {
	dir, base := path.Split(file)
	var list []fs.DirEntry
	for _, n := range slices.Compact([]string{base, base + ".headers", strings.TrimSuffix(base, path.Ext(base)) + ".headers"}) {
		info, err := fs.Stat(fsys, dir+n)
		if err == nil {
			list = append(list, fs.FileInfoToDirEntry(info))
		} else if n == base {
			return nil, err
		}
	}
	l := newListing(noFiles{}, name, opts)
	l.in.looker.OpenFile = codec.OpenFS(fsys)
	if _, err := l.walk.folder(path.Clean(dir), list); err != nil {
		return nil, err
	}
	return l.capture()
}

func openStdin(stdin io.Reader, opts Options) (*Capture, error) {
	if stdin == nil {
		return nil, errors.New("-: there is no standard input")
	}
	c, stdin, err := openArchiveStream(stdin, "stdin", opts)
	if c != nil || err != nil {
		return c, err
	}
	l := newListing(noFiles{}, "stdin", opts)
	l.in.stdin, l.look.force, l.look.instance = true, true, "stdin"
	l.in.looker.OpenFile = once(func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }, opts.maxBody())
	return l.lone(slot{File: naming.File{Kind: naming.KindCandidate}, body: "-"})
}

// noFiles is a file system of nothing: standard input has no folder and no
// modification time.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

type readCloser struct {
	io.Reader
	io.Closer
}

// folderFS opens the files of one folder, under names that os.DirFS refuses as
// well.
type folderFS string

func (dir folderFS) Open(name string) (fs.File, error) { return os.Open(string(dir) + name) }

// lone makes a capture of one file. What names nothing is of the instance that
// the listing was given.
func (l *listing) lone(s slot) (*Capture, error) {
	l.walk.dirs, l.walk.zones = []string{""}, []zone{{}}
	l.walk.found = []foundFolder{{slots: []slot{s}}}
	return l.capture()
}

// once makes what can be read only once readable again: up to max bytes,
// compressed as they are, stay in memory.
func once(open func() (io.ReadCloser, error), max int64) codec.OpenFunc {
	read := sync.OnceValues(func() ([]byte, error) {
		r, err := open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		data, err := io.ReadAll(io.LimitReader(r, max+1))
		if err == nil && int64(len(data)) > max {
			return nil, fmt.Errorf("%w: more than %d bytes", ErrBodyTooLarge, max)
		}
		return data, err
	})
	return func(string) (io.ReadCloser, int64, error) {
		data, err := read()
		if err != nil {
			return nil, 0, err
		}
		return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
	}
}

// baseName is the last part of a path, or another name where it has none.
func baseName(full, otherwise string) string {
	name := filepath.Base(full)
	if name == "." || name == string(filepath.Separator) {
		return otherwise
	}
	return name
}

// similar returns the name in a path's folder that may be meant.
func similar(named string) string {
	dir, base := filepath.Split(filepath.Clean(named))
	if named == "" || base == "" {
		return ""
	}
	f, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return ""
	}
	defer f.Close()
	names, _ := f.Readdirnames(10_000)
	if n := near.Word(base, names); n != "" {
		return dir + n
	}
	return ""
}
