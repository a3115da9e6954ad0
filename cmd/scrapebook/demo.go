package main

import (
	"fmt"
	"io/fs"
	pathpkg "path"
	"strings"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
)

const demoPrefix = "demo:"

// demoFiles is what demo:NAME or demo:NAME/PATH names: a folder of fsys, or a
// file.
type demoFiles struct {
	fsys        fs.FS
	path        string // in fsys
	dir         bool
	alone       bool   // a file: nothing but its headers stands in fsys
	contentType string // of a file, if it is known
}

// errNoCapture is of a demo that is a folder of single files.
func errNoCapture(name string) error {
	return fmt.Errorf("%s%s is no capture, but a folder: name one of 'scrapebook fixtures list %s'", demoPrefix, name, name)
}

// openDemo resolves what stands behind demo:.
func openDemo(name string) (*demoFiles, error) {
	f, err := fixtures.Find(name)
	d := &demoFiles{path: ".", dir: !f.IsFile()}
	if err == nil {
		if f.IsFile() {
			d.path, d.alone, d.contentType = f.File, true, f.ContentType
		}
		if f.Format == "folder" {
			return nil, errNoCapture(name)
		}
		d.fsys, err = fixtures.FS(name)
		return d, err
	}
	top, path, _ := strings.Cut(name, "/")
	if f, topErr := fixtures.Find(top); topErr != nil || f.IsFile() {
		return nil, unknownFixture(err, demoPrefix)
	}
	if d.fsys, err = fixtures.FS(top); err != nil {
		return nil, err
	}
	info, statErr := fs.Stat(d.fsys, path)
	if statErr != nil {
		_, err := fixtures.Find(name)
		return nil, unknownFixture(err, demoPrefix)
	}
	d.path, d.dir = path, info.IsDir()
	return d, nil
}

// capture opens what is named as a capture. One file is read with its path,
// which may say whose scrape it is, and the headers beside it.
func (d *demoFiles) capture(arg string, opts capture.Options) (*capture.Capture, error) {
	if !d.dir && !d.alone {
		return capture.OpenFile(d.fsys, d.path, arg, opts)
	}
	if d.alone || d.path == "." {
		return capture.Open(d.fsys, arg, opts)
	}
	fsys, err := fs.Sub(d.fsys, d.path)
	if err != nil {
		return nil, err
	}
	c, err := capture.Open(fsys, pathpkg.Base(d.path), opts)
	if err == nil {
		c.Name = arg
	}
	return c, err
}
