package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/redact"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// A redactedCopy is a capture on its way to a folder.
type redactedCopy struct {
	c       *capture.Capture
	r       *redact.Redactor
	dir     string
	targets map[*capture.Target]string // the folder of each
	scrapes int
	damaged []string // scrapes that are not in the copy
}

// write goes over the capture twice: first it learns all names, so that the
// first file knows those that only the last one tells.
func (cp *redactedCopy) write() error {
	for _, t := range cp.c.Targets {
		cp.r.Instance(t.Instance)
		for _, l := range cp.labels(t) {
			cp.r.Value(l[0], l[1])
		}
	}
	if err := cp.each(func(string, []byte) error { return nil }); err != nil {
		return err
	}
	cp.r.Settle()
	cp.targets, cp.scrapes, cp.damaged = map[*capture.Target]string{}, 0, nil
	for _, t := range cp.c.Targets {
		cp.targets[t] = fileName(cp.job(t.Job)) + "/" + fileName(cp.r.Instance(t.Instance))
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
func (cp *redactedCopy) job(name string) string {
	switch {
	case name == "":
		return "job"
	case capture.IsComponent(name):
		return name
	}
	return cp.r.Known(name)
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

func (cp *redactedCopy) file(name string, data []byte) error {
	to := filepath.Join(cp.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o666)
}

// each calls f with every file of the copy but capture.yaml.
func (cp *redactedCopy) each(f func(name string, data []byte) error) error {
	stream := cp.c.Stream()
	for stream.Next() {
		s := stream.Scrape()
		name := fmt.Sprintf("dump-%d", cp.scrapes+1)
		if !s.Bulk {
			name = fmt.Sprintf("%s/%d", cp.targets[s.Target], s.Time)
		}
		cp.scrapes++
		if s.Err != nil {
			cp.damaged = append(cp.damaged, s.File)
			continue
		}
		if s.Failure != "" {
			if err := f(name+".err", []byte(cp.r.Text(s.Failure)+"\n")); err != nil {
				return err
			}
		}
		if len(s.Header) > 0 {
			if err := f(name+".headers", cp.headers(s)); err != nil {
				return err
			}
		}
		if len(s.Body) == 0 && s.Failure != "" {
			continue
		}
		body, err := cp.r.Body(s.Body, s.Header.Get("Content-Type"))
		if err != nil {
			cp.damaged = append(cp.damaged, s.File)
			continue
		}
		if err := f(name+".prom", body); err != nil {
			return err
		}
	}
	return stream.Err()
}

// headers are the response's, as curl -D writes them.
func (cp *redactedCopy) headers(s *capture.Scrape) []byte {
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
		if !redact.Header(k) {
			continue
		}
		for _, v := range s.Header[k] {
			if k != "Content-Type" {
				v = cp.r.Text(v)
			}
			fmt.Fprintf(&b, "%s: %s\r\n", k, v)
		}
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

// labels are those that capture.yaml adds to a target.
func (cp *redactedCopy) labels(t *capture.Target) (list [][2]string) {
	t.Labels.Range(func(l labels.Label) { list = append(list, [2]string{l.Name, l.Value}) })
	return list
}

// list is what was replaced, as a table.
func (cp *redactedCopy) list() string {
	t := report.Table{Columns: []report.Column{{}, {Max: 40}, {Max: 20}, {Right: true}}}
	t.Row("KIND", "WAS", "BECAME", "TIMES")
	for _, n := range cp.r.Names() {
		t.Row(n.Kind, terminal.Clean(n.Was), n.Became, fmt.Sprint(n.Times))
	}
	return t.String()
}

// manifest is the capture.yaml of the copy: what the capture's says but of
// files, and of relabelling, which is done already. It is nil when there is
// nothing to say.
func (cp *redactedCopy) manifest() ([]byte, error) {
	text, err := cp.c.Manifest()
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	settings := func(level any) map[string]any {
		m, _ := level.(map[string]any)
		for _, key := range []string{"files", "job", "labels", "relabel_configs", "jobs", "targets"} {
			delete(m, key)
		}
		return m
	}
	jobs, targets := doc["jobs"], doc["targets"]
	out := settings(doc)
	if out == nil {
		out = map[string]any{}
	}
	byJob := map[string]any{}
	if m, ok := jobs.(map[string]any); ok {
		for name, level := range m {
			if s := settings(level); len(s) > 0 {
				byJob[cp.job(name)] = s
			}
		}
	}
	byTarget := map[string]any{}
	old, _ := targets.(map[string]any)
	for _, t := range cp.c.Targets {
		level := settings(old[t.Job+"/"+t.Instance])
		if level == nil {
			level = map[string]any{}
		}
		ls := map[string]string{}
		for _, l := range cp.labels(t) {
			ls[l[0]] = cp.r.Value(l[0], l[1])
		}
		if len(ls) > 0 {
			level["labels"] = ls
		}
		if len(level) > 0 {
			byTarget[cp.targets[t]] = level
		}
	}
	for key, m := range map[string]map[string]any{"jobs": byJob, "targets": byTarget} {
		if len(m) > 0 {
			out[key] = m
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	text, err = yaml.Marshal(out)
	return []byte(cp.r.Text(string(text))), err
}
