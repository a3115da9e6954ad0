package redact

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// Options say which labels name somebody, beside those that are known to.
type Options struct {
	Labels []string // all values of these are replaced
	Keep   []string // none of the values of these is
}

// Copied is what a copy has.
type Copied struct {
	Names   []Name   // that were learnt, in the order in which they were met
	Scrapes int      // of the capture
	LeftOut []string // files of scrapes that cannot be read, and may hold names
}

// Copy writes a capture with other names into a folder, as
// JOB/INSTANCE/TIME.prom with the response headers and the texts of failed
// scrapes beside it, and a capture.yaml where the capture's says something.
// Metrics, other labels, numbers and times stay as they are. The capture is
// read twice; names are the same in all of it. An error is one of reading the
// capture or writing the copy, of which a part may be there already.
func Copy(c *capture.Capture, dir string, o Options) (*Copied, error) {
	cp := &copier{c: c, r: newRedactor(o.Labels, o.Keep), dir: dir}
	if err := cp.write(); err != nil {
		return nil, err
	}
	out := &Copied{Scrapes: cp.scrapes, LeftOut: cp.leftOut}
	for _, n := range cp.r.list {
		out.Names = append(out.Names, *n)
	}
	return out, nil
}

// copier is a copy in the making.
type copier struct {
	c       *capture.Capture
	r       *redactor
	dir     string
	targets map[*capture.Target]string // the folder of each
	scrapes int
	leftOut []string
}

// write goes over the capture twice: first it learns all names, so that the
// first file knows those that only the last one tells.
func (cp *copier) write() error {
	for _, t := range cp.c.Targets {
		cp.r.instance(t.Instance)
		t.Labels.Range(func(l labels.Label) { cp.r.value(l.Name, l.Value) })
	}
	if err := cp.each(func(string, []byte) error { return nil }); err != nil {
		return err
	}
	cp.r.endLearning()
	cp.targets, cp.scrapes, cp.leftOut = map[*capture.Target]string{}, 0, nil
	for _, t := range cp.c.Targets {
		cp.targets[t] = fileName(cp.job(t.Job)) + "/" + fileName(cp.r.instance(t.Instance))
	}
	if err := cp.each(cp.file); err != nil {
		return err
	}
	manifest, err := cp.manifest()
	if err != nil || manifest == nil {
		return err
	}
	return cp.file("capture.yaml", manifest)
}

// job is what a job is called in the copy. One that is called as a host was
// named for the file of that host; a component's name tells nothing, and rules
// ask for it.
func (cp *copier) job(name string) string {
	switch {
	case name == "":
		return "job"
	case capture.IsComponent(name):
		return name
	}
	return cp.r.known(name)
}

// fileName makes a name one of a folder.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, s)
	return strings.TrimLeft(s, ".")
}

func (cp *copier) file(name string, data []byte) error {
	to := filepath.Join(cp.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o666)
}

// each calls f with every file of the copy but capture.yaml.
func (cp *copier) each(f func(name string, data []byte) error) error {
	stream := cp.c.Stream()
	for stream.Next() {
		if err := cp.scrape(stream.Scrape(), f); err != nil {
			return err
		}
	}
	return stream.Err()
}

func (cp *copier) scrape(s *capture.Scrape, f func(name string, data []byte) error) error {
	name := fmt.Sprintf("dump-%d", cp.scrapes+1)
	if !s.Bulk {
		name = fmt.Sprintf("%s/%d", cp.targets[s.Target], s.Time)
	}
	cp.scrapes++
	if s.Err != nil {
		cp.leftOut = append(cp.leftOut, s.File)
		return nil
	}
	if s.Failure != "" {
		if err := f(name+".err", []byte(cp.r.text(s.Failure)+"\n")); err != nil {
			return err
		}
	}
	if len(s.Header) > 0 {
		if err := f(name+".headers", cp.headers(s)); err != nil {
			return err
		}
	}
	if len(s.Body) == 0 && s.Failure != "" {
		return nil
	}
	body, err := cp.r.body(s.Body, s.Header.Get("Content-Type"))
	if err != nil {
		cp.leftOut = append(cp.leftOut, s.File)
		return nil
	}
	return f(name+".prom", body)
}

// headers are the response's, as curl -D writes them.
func (cp *copier) headers(s *capture.Scrape) []byte {
	var b strings.Builder
	if s.Status != 0 {
		fmt.Fprintf(&b, "HTTP/1.1 %d\r\n", s.Status)
	}
	var keys []string
	for k := range s.Header {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !keepsHeader(k) {
			continue
		}
		for _, v := range s.Header[k] {
			if k != "Content-Type" {
				v = cp.r.text(v)
			}
			fmt.Fprintf(&b, "%s: %s\r\n", k, v)
		}
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}
