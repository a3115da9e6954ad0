package capture

import (
	"errors"
	"fmt"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// A Writer writes scrapes as a capture in the canonical layout, which Open
// reads back as the same scrapes of the same targets:
//
//	JOB/INSTANCE/TIME.prom     the body, TIME in Unix milliseconds
//	JOB/INSTANCE/TIME.headers  the response headers, when there are any
//	JOB/INSTANCE/TIME.err      why it failed, when it did
//	dump-1.prom                a dump, which has no target
//	capture.yaml               see Settings; and which targets have other names
//	                           than their folders
//
// What no folder can be called on every system, such as a/b or host:9100, is
// named as FolderName says; where that does not tell all, capture.yaml says
// whose a folder is. A target without a job has no folder JOB.
// A Writer is not safe for concurrent use.
type Writer struct {
	put      func(name string, data []byte) error
	folders  map[folder]string         // of targets
	taken    map[string]bool           // folders in lower case, as file systems may compare them
	renamed  map[string]*manifest.File // what capture.yaml says of folders
	settings []byte
	dumps    int
}

// NewWriter returns a Writer that calls put for each file as soon as it is
// known, with its slash-separated path within the capture and its content. The
// content is lent: put must neither keep nor change it.
func NewWriter(put func(name string, data []byte) error) *Writer {
	return &Writer{put: put, folders: map[folder]string{}, taken: map[string]bool{}, renamed: map[string]*manifest.File{}}
}

// NewFolderWriter returns a Writer that writes files below a folder on disk. It
// makes folders as they are needed, and overwrites files that are there.
func NewFolderWriter(dir string) *Writer {
	return NewWriter(func(name string, data []byte) error {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o666)
	})
}

// Write writes a scrape as a Stream gives it. What counts is the Job and the
// Instance of its Target, and its Time, Body, Header, Status, Failure and Bulk.
// A scrape with an Err is not written, since nobody knows what it said: the
// error has Err in its chain. So is one without an instance, and one whose time
// is negative or beyond 13 digits of milliseconds. Other errors are those of
// put.
func (w *Writer) Write(s *Scrape) error {
	if s.Err != nil {
		return fmt.Errorf("%s cannot be written: %w", message.Show(s.File), s.Err)
	}
	name, err := w.name(s)
	if err != nil {
		return err
	}
	if s.Failure != "" {
		if err := w.put(name+".err", []byte(s.Failure+"\n")); err != nil {
			return err
		}
	}
	if s.Header != nil {
		if err := w.put(name+".headers", formatHeaders(s.Header, s.Status)); err != nil {
			return err
		}
	}
	if len(s.Body) == 0 && s.Failure != "" {
		return nil
	}
	return w.put(name+".prom", s.Body)
}

// Settings sets the text of capture.yaml, which must not have the key files.
// Close writes it.
func (w *Writer) Settings(text []byte) { w.settings = text }

// Close writes capture.yaml, if there is anything to say in it. The error is
// that of put, or says why the names of the targets cannot stand in a
// capture.yaml.
func (w *Writer) Close() error {
	if len(w.settings) == 0 && len(w.renamed) == 0 {
		return nil
	}
	text := w.settings
	if len(w.renamed) > 0 {
		var err error
		if text, err = manifest.AppendFiles(text, w.renamed); err != nil {
			return err
		}
	}
	return w.put(naming.ManifestName, text)
}

// name is the path of a scrape's files without their extensions.
func (w *Writer) name(s *Scrape) (string, error) {
	switch {
	case s.Bulk:
		w.dumps++
		return fmt.Sprintf("dump-%d", w.dumps), nil
	case s.Target == nil || s.Target.Instance == "":
		return "", errors.New("a scrape without an instance cannot be written: no folder says whose it is")
	case s.Time < 0 || s.Time >= maxWrittenTime:
		return "", fmt.Errorf("a scrape at %d ms cannot be written: a name of 13 digits cannot say that", s.Time)
	}
	return fmt.Sprintf("%s/%013d", w.folder(s.Target.Job, s.Target.Instance), s.Time), nil
}

// maxWrittenTime is the first time that 13 digits of milliseconds cannot say.
const maxWrittenTime = 1e13

// folder is that of a target.
func (w *Writer) folder(job, instance string) string {
	id := folder{job: job, instance: instance}
	if dir, ok := w.folders[id]; ok {
		return dir
	}
	dir := naming.Folder(instance)
	if job != "" {
		dir = naming.Folder(job) + "/" + dir
	}
	for free, n := dir, 2; ; n++ {
		if !w.taken[strings.ToLower(free)] {
			dir = free
			break
		}
		free = fmt.Sprintf("%s-%d", dir, n)
	}
	w.folders[id], w.taken[strings.ToLower(dir)] = dir, true
	if j, i := naming.RecogniseFolder(dir); j != job || i != instance {
		w.renamed[dir+"/"] = &manifest.File{Job: job, Instance: instance}
	}
	return dir
}

// formatHeaders writes response headers as curl -D does, sorted. Without a
// status there is no status line.
func formatHeaders(header textproto.MIMEHeader, status int) []byte {
	var b strings.Builder
	switch {
	case status == 200:
		b.WriteString("HTTP/1.1 200 OK\r\n")
	case status != 0:
		fmt.Fprintf(&b, "HTTP/1.1 %d\r\n", status)
	}
	keys := make([]string, 0, len(header))
	for k := range header {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		for _, v := range header[k] {
			fmt.Fprintf(&b, "%s: %s\r\n", k, oneLine(v))
		}
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

// FolderName is the name of the folder in which scrapes of a job, or of an
// instance, are saved: bytes that folders cannot have on every system, and %,
// are written as % and two hexadecimal digits, as in 127.0.0.1%3A9090. So is
// the first byte of a name that Windows keeps for itself, or that says nothing
// of a target, such as metrics. Open reads such names back. One of more than
// 200 bytes is cut, and ends in ~ and a part of its hash, which tells it apart
// and no more.
func FolderName(name string) string { return naming.Folder(name) }

// oneLine keeps a header's value from being read as another header.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' {
			return ' '
		}
		return r
	}, s)
}
