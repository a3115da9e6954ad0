package redact

import (
	"errors"
	"maps"
	"net/textproto"
	"slices"

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

// Copy writes a capture with other names into a folder, as a capture.Writer
// writes it: scrapes with their response headers and the texts of those that
// failed, and a capture.yaml where the capture's says something.
// Metrics, other labels, numbers and times stay as they are. The capture is
// read twice; names are the same in all of it. An error is one of reading the
// capture or writing the copy, of which a part may be there already.
func Copy(c *capture.Capture, dir string, o Options) (*Copied, error) {
	if c == nil {
		return nil, errors.New("redact: there is no capture to copy")
	}
	cp := &copier{c: c, r: newRedactor(o.Labels, o.Keep)}
	if err := cp.write(capture.NewFolderWriter(dir)); err != nil {
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
	targets map[*capture.Target]*capture.Target // by those of the capture
	scrapes int
	leftOut []string
}

// write goes over the capture twice: first it learns all names, so that the
// first file knows those that only the last one tells.
func (cp *copier) write(w *capture.Writer) error {
	for _, t := range cp.c.Targets {
		cp.r.instance(t.Instance)
		t.Labels.Range(func(l labels.Label) { cp.r.value(l.Name, l.Value) })
	}
	if err := cp.each(func(*capture.Scrape) error { return nil }); err != nil {
		return err
	}
	cp.r.endLearning()
	cp.targets, cp.scrapes, cp.leftOut = map[*capture.Target]*capture.Target{}, 0, nil
	for _, t := range cp.c.Targets {
		cp.targets[t] = &capture.Target{Job: cp.job(t.Job), Instance: cp.r.instance(t.Instance)}
	}
	if err := cp.each(w.Write); err != nil {
		return err
	}
	manifest, err := cp.manifest()
	if err != nil {
		return err
	}
	w.Settings(manifest)
	return w.Close()
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

// each calls f with every scrape as it is in the copy.
func (cp *copier) each(f func(*capture.Scrape) error) error {
	stream := cp.c.Stream()
	for stream.Next() {
		s := stream.Scrape()
		cp.scrapes++
		copied, err := cp.scrape(s)
		if err != nil {
			cp.leftOut = append(cp.leftOut, s.File)
		} else if err := f(copied); err != nil {
			return err
		}
	}
	return stream.Err()
}

// scrape is a scrape with other names. The error says why it cannot be read.
func (cp *copier) scrape(s *capture.Scrape) (*capture.Scrape, error) {
	if s.Err != nil {
		return nil, s.Err
	}
	out := &capture.Scrape{Target: cp.targets[s.Target], Time: s.Time, Bulk: s.Bulk, File: s.File, Status: s.Status}
	if s.Header != nil {
		out.Header = textproto.MIMEHeader{}
	}
	if s.Failure != "" {
		out.Failure = cp.r.text(s.Failure)
	}
	for _, k := range slices.Sorted(maps.Keys(s.Header)) {
		if !keepsHeader(k) {
			continue
		}
		for _, v := range s.Header[k] {
			if k != "Content-Type" {
				v = cp.r.text(v)
			}
			out.Header.Add(k, v)
		}
	}
	if len(s.Body) == 0 && s.Failure != "" {
		return out, nil
	}
	var err error
	out.Body, err = cp.r.body(s.Body, s.Header.Get("Content-Type"))
	return out, err
}
