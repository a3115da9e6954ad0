package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// bundle is a capture in the making. It is an archive in memory, which capture
// reads as it reads any.
type bundle struct{ bytes.Buffer }

// add adds a file. Writing to memory does not fail, and a name that tar cannot
// hold is found by open.
func (b *bundle) add(name string, body []byte) {
	tw := tar.NewWriter(b)
	if tw.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(body))}) == nil {
		_, _ = tw.Write(body)
		_ = tw.Flush()
	}
}

func (b *bundle) open(name string, opts capture.Options) (*capture.Capture, error) {
	c, err := capture.OpenPath(stdinName, io.MultiReader(&b.Buffer, bytes.NewReader(make([]byte, 1024))), opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c.Name = name
	return c, nil
}

// openPair opens two files with one scrape each as the capture of one target,
// the newer one's.
func (f *captureFlags) openPair(cmd *cobra.Command, older, newer string) (*capture.Capture, error) {
	var files bundle
	var target *capture.Target
	var times [2]int64
	for i, arg := range []string{newer, older} {
		c, err := f.open(cmd, arg)
		if err != nil {
			return nil, err
		}
		if c.Scrapes != 1 {
			return nil, fmt.Errorf("%s holds %d scrapes: name the file of one, or one capture alone", arg, c.Scrapes)
		}
		s, err := goodScrape(arg, c)
		if err != nil {
			return nil, err
		}
		if target == nil {
			target = s.Target
		}
		if guessed(c) && f.timeFrom == "" {
			return nil, fmt.Errorf("%s: its time is not known, and a rate needs it: rename it to TIME.prom, with TIME as Unix seconds or 2026-11-21T07-10-00Z, or accept the file's modification time with --time-from mtime", arg)
		}
		times[i] = s.Time
		name := fmt.Sprintf("%s/%s/%d", target.Job, target.Instance, s.Time)
		files.add(name+".prom", s.Body)
		if ct := s.Header.Get("Content-Type"); ct != "" {
			files.add(name+".headers", []byte("HTTP/1.1 200 OK\r\nContent-Type: "+ct+"\r\n\r\n"))
		}
	}
	if times[1] >= times[0] {
		return nil, fmt.Errorf("%s was not scraped before %s: OLD comes before NEW, with different times", older, newer)
	}
	opts, err := f.options(cmd)
	if err != nil {
		return nil, err
	}
	if opts.MaxBody == 0 {
		opts.MaxBody = capture.DefaultMaxBody // the two were read within it, one by one
	}
	return files.open(older+" → "+newer, opts)
}
