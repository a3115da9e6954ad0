package scrapeconfig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

// The bounds of what is read of the files that file_sd_configs of a
// configuration name.
const (
	maxTargetFiles = 1000
	maxTargetFile  = 16 << 20
	maxTargetBytes = 64 << 20 // of all of them
)

// targetFiles reads the files that a job's file_sd_configs name, as far as they
// lie in the folder of the configuration. What was not read is said; what was
// given is not read a second time.
func (f *File) targetFiles(j *Job, given Given, note func(format string, args ...any)) (groups []discovery.Group) {
	var folder fs.FS
	if given.Folder != nil {
		folder = given.Folder(f.Name)
	}
	seen := map[string]bool{}
	for _, pattern := range j.Files {
		if slices.ContainsFunc(given.Files, func(g discovery.Group) bool { return fits(pattern, g.File()) }) || seen[pattern] {
			continue
		}
		seen[pattern] = true
		inside := path.Clean(pattern)
		switch {
		case folder == nil:
			note("its file_sd_configs name %s, which was not given", pattern)
			continue
		case !fs.ValidPath(inside):
			note("its file_sd_configs name %s, which is not read, since it is outside of the configuration's folder: give it, if its targets matter", pattern)
			continue
		}
		names, err := fs.Glob(folder, inside)
		if err != nil || len(names) == 0 {
			note("its file_sd_configs name %s: there is no such file", pattern)
			continue
		}
		for _, name := range names {
			if seen["/"+name] {
				continue
			}
			seen["/"+name] = true
			if f.opened++; f.opened > maxTargetFiles {
				note("its file_sd_configs name %s and more: no more than %d files are read", name, maxTargetFiles)
				return groups
			}
			groups = append(groups, f.targetFile(j, folder, name)...)
		}
	}
	return groups
}

// targetFile reads one file. What is wrong with it is said.
func (f *File) targetFile(j *Job, folder fs.FS, name string) []discovery.Group {
	found := func(id, text string) {
		f.add(Finding{Place: j.Place, Job: j.Name, ID: id, Severity: severityOf(id), Message: text})
	}
	data, err := readFile(folder, name, min(maxTargetFile, maxTargetBytes-f.read))
	if err != nil {
		found(NotTried, fmt.Sprintf("%s, which its file_sd_configs name, is not read: %v", name, err))
		return nil
	}
	f.read += int64(len(data))
	groups, err := discovery.ReadFile(path.Join(path.Dir(f.Name), name), data)
	if err != nil {
		found(TargetsFile, fmt.Sprintf("a server reads no targets from %s: %s", name, strings.Join(strings.Fields(err.Error()), " ")))
	}
	return groups
}

func readFile(folder fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(folder, name)
	switch pe := (*fs.PathError)(nil); {
	case errors.As(err, &pe):
		return nil, pe.Err
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // which might never end
		return nil, errors.New("it is no plain file")
	}
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("no more than %d MiB of a file are read, and %d of all", maxTargetFile>>20, maxTargetBytes>>20)
	}
	return data, err
}

// fits tells whether a pattern names a file, by its path or last part.
func fits(pattern, file string) bool {
	if ok, _ := path.Match(pattern, file); ok {
		return true
	}
	ok, _ := path.Match(path.Base(pattern), path.Base(file))
	return ok
}
