package record

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A store is the folder of a capture and what it may hold.
type store struct {
	dir  string
	max  int64 // bytes of scrapes; 0: no bound
	zstd bool

	mu      sync.Mutex
	size    int64
	scrapes []saved // oldest first, when there is a bound
	removed int     // scrapes, to stay within the bound
}

// A saved scrape lies in files of one stem.
type saved struct {
	stem string // path without the extensions
	time int64
	size int64
}

// Temporary names begin and end so; package capture opens none of them.
const (
	tempPrefix = "."
	tempSuffix = ".tmp"
)

// A draft is a body that is being written.
type draft struct {
	file *os.File
	zip  *zstd.Encoder
	name string // that it will have
	size int64
}

func tempName(name string) string {
	return filepath.Join(filepath.Dir(name), tempPrefix+filepath.Base(name)+tempSuffix)
}

// draft begins the body of a scrape.
func (s *store) draft(stem string) (*draft, error) {
	d := &draft{name: stem + ".prom"}
	if s.zstd {
		d.name += ".zst"
	}
	f, err := os.OpenFile(tempName(d.name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	d.file = f
	if s.zstd {
		d.zip, err = zstd.NewWriter(f, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
		if err != nil {
			d.drop()
			return nil, err
		}
	}
	return d, nil
}

func (d *draft) Write(p []byte) (int, error) {
	if d.zip != nil {
		return d.zip.Write(p)
	}
	return d.file.Write(p)
}

// keep gives the body its name, once all of it is on the disk.
func (d *draft) keep() error {
	var err error
	if d.zip != nil {
		err = d.zip.Close()
	}
	if err == nil {
		err = finish(d.file, d.name)
	} else {
		d.drop()
	}
	if info, e := os.Stat(d.name); err == nil && e == nil {
		d.size = info.Size()
	}
	return err
}

func (d *draft) drop() {
	d.file.Close()
	os.Remove(d.file.Name())
}

// finish syncs a file and gives it its name. It is gone when that fails.
func finish(f *os.File, name string) error {
	err := f.Sync()
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// write puts a whole file under its name.
func write(name string, data []byte) error {
	f, err := os.OpenFile(tempName(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		os.Remove(f.Name())
		return err
	}
	return finish(f, name)
}

// save puts what a scrape came to beside its body, in an order in which no
// reader takes it for another result: see the package's comment.
func (s *store) save(stem string, time int64, a answer, body *draft) error {
	size := int64(0)
	put := func(ext string, data []byte) error {
		size += int64(len(data))
		return write(stem+ext, data)
	}
	keep := func() error {
		if body == nil {
			return nil
		}
		if !a.body {
			body.drop()
			return nil
		}
		err := body.keep()
		size += body.size
		return err
	}
	var steps []func() error
	if a.failure != "" {
		steps = append(steps, func() error { return put(".err", []byte(a.failure+"\n")) })
	} else {
		steps = append(steps, keep)
	}
	if a.header != nil {
		steps = append(steps, func() error { return put(".headers", formatHeaders(a.status, a.header)) })
	}
	if a.failure != "" {
		steps = append(steps, keep)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			if body != nil {
				body.drop()
			}
			return err
		}
	}
	return s.account(saved{stem, time, size})
}

// account counts a scrape that was saved, and removes the oldest ones as far as
// the bound asks for it.
func (s *store) account(one saved) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size += one.size
	if s.max == 0 {
		return nil
	}
	s.scrapes = append(s.scrapes, one)
	n := 0
	for s.size > s.max && n < len(s.scrapes)-1 {
		old := s.scrapes[n]
		if err := remove(old.stem); err != nil {
			return fmt.Errorf("an old scrape cannot be removed: %w", err)
		}
		s.size -= old.size
		n++
	}
	s.scrapes = slices.Delete(s.scrapes, 0, n)
	s.removed += n
	return nil
}

// remove removes a scrape. What tells that it failed goes last, so that it is
// never taken for one that did not.
func remove(stem string) error {
	order := []string{".headers", ".prom", ".prom.zst"}
	if _, err := os.Lstat(stem + ".err"); err == nil {
		order = []string{".prom", ".prom.zst", ".headers", ".err"}
	}
	for _, ext := range order {
		if err := os.Remove(stem + ext); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// begin finds what lies in the folders of targets: the newest time of each,
// what it takes, and temporary files that a killed recording left, which are
// removed.
func (s *store) begin(folders []string) (newest []int64, err error) {
	newest = make([]int64, len(folders))
	for _, folder := range folders {
		if err := os.MkdirAll(filepath.Join(s.dir, folder), 0o777); err != nil {
			return nil, err
		}
	}
	all, err := s.folders(folders)
	if err != nil {
		return nil, err
	}
	for _, folder := range all {
		last, err := s.list(folder)
		if err != nil {
			return nil, err
		}
		if i := slices.Index(folders, folder); i >= 0 {
			newest[i] = last
		}
	}
	slices.SortFunc(s.scrapes, func(a, b saved) int { return cmp.Or(cmp.Compare(a.time, b.time), strings.Compare(a.stem, b.stem)) })
	return newest, nil
}

// folders are those of targets, and with a bound those of earlier ones.
func (s *store) folders(folders []string) ([]string, error) {
	if s.max == 0 {
		return folders, nil
	}
	var all []string
	jobs, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	for _, job := range jobs {
		if !job.IsDir() {
			continue
		}
		list, err := os.ReadDir(filepath.Join(s.dir, job.Name()))
		if err != nil {
			return nil, err
		}
		for _, de := range list {
			if de.IsDir() {
				all = append(all, job.Name()+"/"+de.Name())
			}
		}
	}
	return all, nil
}

// list takes stock of a folder.
func (s *store) list(folder string) (newest int64, err error) {
	dir := filepath.Join(s.dir, filepath.FromSlash(folder))
	list, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	byStem := map[string]int{}
	for _, de := range list {
		name := de.Name()
		if strings.HasPrefix(name, tempPrefix) && strings.HasSuffix(name, tempSuffix) {
			os.Remove(filepath.Join(dir, name))
			continue
		}
		stem, _, _ := strings.Cut(name, ".")
		ms, err := strconv.ParseInt(stem, 10, 64)
		if err != nil || len(stem) != 13 {
			continue // of somebody else
		}
		newest = max(newest, ms)
		if s.max == 0 {
			continue
		}
		i, ok := byStem[stem]
		if !ok {
			i = len(s.scrapes)
			byStem[stem] = i
			s.scrapes = append(s.scrapes, saved{stem: filepath.Join(dir, stem), time: ms})
		}
		if info, err := de.Info(); err == nil {
			s.scrapes[i].size += info.Size()
			s.size += info.Size()
		}
	}
	return newest, nil
}

// syncFolders makes the names of what was saved survive a power cut.
func (s *store) syncFolders(folders []string) {
	for _, folder := range append(folders, ".") {
		if f, err := os.Open(filepath.Join(s.dir, filepath.FromSlash(folder))); err == nil {
			f.Sync() // some systems cannot, and lose nothing that was promised
			f.Close()
		}
	}
}

// formatHeaders writes an answer's headers as curl -D does. Cookies are secrets
// of a session, and say nothing of metrics.
func formatHeaders(status string, header http.Header) []byte {
	var b bytes.Buffer
	io.WriteString(&b, status+"\r\n")
	header = header.Clone()
	header.Del("Set-Cookie")
	header.Del("Set-Cookie2")
	header.Write(&b) // sorted
	b.WriteString("\r\n")
	return b.Bytes()
}
