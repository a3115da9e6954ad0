package capture

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archive"
)

// A mount is an archive among the files of a folder, which is read as a folder
// of its name without extensions.
type mount struct {
	at    string
	files *archive.FS
	saved time.Time
}

// mounts are all archives of a folder, within the limits of one. It is a file
// system, of what they hold and the folder itself.
type mounts struct {
	fs.FS  // the folder
	list   map[string]*mount
	opts   Options
	limits archive.Limits // what is left of all
	all    archive.Limits
}

func newMounts(fsys fs.FS, opts Options) *mounts {
	all := archiveLimits(opts).WithDefaults()
	return &mounts{FS: fsys, opts: opts, limits: all, all: all}
}

// of is the mount that a path lies in, or nil.
func (m *mounts) of(name string) *mount {
	if m == nil || len(m.list) == 0 {
		return nil
	}
	for ; name != "." && name != "/"; name = path.Dir(name) {
		if at := m.list[name]; at != nil {
			return at
		}
	}
	return nil
}

// mount reads the archive that a file is, and returns the folder that it is
// then; it is "" for all other files.
func (m *mounts) mount(name string, w *walk) (at string, err error) {
	if m == nil || m.of(name) != nil {
		return "", nil
	}
	if at = path.Join(path.Dir(name), archive.Stem(path.Base(name))); at == name {
		return "", nil // its name is none of an archive
	}
	f, err := m.FS.Open(name)
	if err != nil {
		return "", nil // whoever opens it next says so
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", nil
	}
	a, err := m.read(f, info.Size(), name)
	if a == nil || err != nil {
		return "", err
	}
	root, problems := a.Done()
	files, ok := root.(*archive.FS)
	if !ok {
		return "", nil
	}
	for _, p := range problems {
		w.problem(path.Join(at, p.File), p.ID, p.Message)
	}
	m.limits = a.Left()
	if _, err := fs.Stat(m.FS, at); err == nil || m.list[at] != nil {
		at = name // a folder is called so already
	}
	if m.list == nil {
		m.list = map[string]*mount{}
	}
	m.list[at] = &mount{at: at, files: files, saved: info.ModTime()}
	return at, nil
}

// read reads the archive that a file is; it is nil for all others.
func (m *mounts) read(f fs.File, size int64, name string) (*archive.Archive, error) {
	at, _ := f.(io.ReaderAt)
	// What is used up is not without a limit: the least that can be said is 1.
	limits := archive.Limits{MaxMember: m.limits.MaxMember, MaxHeld: max(m.limits.MaxHeld, 1), MaxTotal: max(m.limits.MaxTotal, 1), MaxMembers: max(m.limits.MaxMembers, 1)}
	a, _, err := archive.Read(bufio.NewReader(f), at, size, name, limits, m.opts.Names.maxMember())
	full := (*archive.LimitError)(nil)
	switch {
	case a != nil && m.limits.MaxMembers <= 0:
		full = &archive.LimitError{Limit: "MaxMembers"}
	case !errors.As(err, &full):
		return a, err
	}
	all := map[string]int64{"MaxHeld": m.all.MaxHeld, "MaxTotal": m.all.MaxTotal, "MaxMembers": int64(m.all.MaxMembers)}
	return nil, &LimitError{Name: name + " and those before it", Limit: full.Limit, Max: all[full.Limit], option: m.opts.Names.limit(full.Limit)}
}

// inside is a path within a mount.
func (m *mount) inside(name string) string {
	if name == m.at {
		return "."
	}
	return name[len(m.at)+1:]
}

func (m *mounts) Open(name string) (fs.File, error) {
	if at := m.of(name); at != nil {
		return at.files.Open(at.inside(name))
	}
	return m.FS.Open(name)
}

func (m *mounts) ReadDir(name string) ([]fs.DirEntry, error) {
	if at := m.of(name); at != nil {
		return at.files.ReadDir(at.inside(name))
	}
	return fs.ReadDir(m.FS, name)
}

func (m *mounts) Stat(name string) (fs.FileInfo, error) {
	if at := m.of(name); at != nil {
		return at.files.Stat(at.inside(name))
	}
	return fs.Stat(m.FS, name)
}

var (
	_ fs.ReadDirFS = (*mounts)(nil)
	_ fs.StatFS    = (*mounts)(nil)
)

// archiveLimits are the limits of archives that options say.
func archiveLimits(opts Options) archive.Limits {
	limits := archive.Limits(opts.Limits)
	if limits.MaxMember <= 0 {
		limits.MaxMember = opts.MaxBody
	}
	return limits
}
