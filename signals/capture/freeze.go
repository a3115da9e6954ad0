package capture

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// Manifest returns the text of a capture.yaml that says what was understood of
// the capture: the job, the instance and the times of every file whose name and
// folders do not tell them. Opened again with it, and without options, the
// capture is the same, whatever rules for names come later. What capture.yaml
// says already is kept.
//
// The error is for names that YAML cannot hold, and for more files than a
// capture.yaml may have.
func (c *Capture) Manifest() ([]byte, error) {
	return manifest.AppendFiles(c.settings, c.frozenFiles())
}

// frozenFiles is what is understood of the files whose names and folders do not
// say it.
func (c *Capture) frozenFiles() map[string]*manifest.File {
	type key struct{ dir, origin uint32 }
	byFile := map[string]*manifest.File{}
	plain := map[uint32]map[uint32]bool{} // the targets of canonical names, by folder
	for i := range c.entries {
		e := &c.entries[i]
		if e.target == noTarget {
			continue
		}
		if c.plain(e) {
			if plain[e.dir] == nil {
				plain[e.dir] = map[uint32]bool{}
			}
			plain[e.dir][e.target] = true
		}
	}
	add := func(name string, o folder) *manifest.File {
		f := byFile[name]
		if f == nil {
			f = &manifest.File{Job: o.job, Instance: o.instance, MetricsPath: o.path}
			byFile[name] = f
		}
		return f
	}
	several := c.severalTargets()
	done := map[key]bool{}
	for i := range c.entries {
		e := &c.entries[i]
		name := path.Join(c.dirs[e.dir], e.name())
		if e.target == noTarget || several[name] != nil {
			continue
		}
		if dir := c.dirs[e.dir]; c.plain(e) && len(plain[e.dir]) == 1 {
			job, instance := naming.RecogniseFolder(dir)
			if o := c.origins[e.target]; !done[key{e.dir, e.target}] && (o.job != job || o.instance != instance) {
				add(dir+"/", o)
			}
			done[key{e.dir, e.target}] = true
			continue
		}
		f := add(name, c.origins[e.target])
		f.Times = append(f.Times, e.time)
		f.Order = append(f.Order, c.ordinal(e))
	}
	for name, f := range several {
		byFile[name] = f
	}
	return byFile
}

// severalTargets is what is understood of the files that hold scrapes of
// several targets, those included that relabelling dropped.
func (c *Capture) severalTargets() map[string]*manifest.File {
	parts := map[string][]frozenPart{}
	add := func(e *entry, o folder) {
		if n := c.ordinal(e); n > 0 {
			name := path.Join(c.dirs[e.dir], e.name())
			parts[name] = append(parts[name], frozenPart{n, e.time, folder{job: o.job, instance: o.instance, path: o.path}})
		}
	}
	for i := range c.entries {
		if e := &c.entries[i]; e.target != noTarget {
			add(e, c.origins[e.target])
		}
	}
	for i := range c.dropped {
		add(&c.dropped[i].entry, c.dropped[i].origin)
	}
	out := map[string]*manifest.File{}
	for name, list := range parts {
		if !slices.ContainsFunc(list, func(p frozenPart) bool { return p.of != list[0].of }) {
			continue
		}
		slices.SortFunc(list, func(a, b frozenPart) int { return cmp.Compare(a.n, b.n) })
		f := &manifest.File{}
		for _, p := range list {
			f.Scrapes = append(f.Scrapes, manifest.FileScrape{Job: p.of.job, Instance: p.of.instance, MetricsPath: p.of.path, Time: p.time})
		}
		out[name] = f
	}
	return out
}

// A frozenPart is a scrape of a file that has several.
type frozenPart struct {
	n    int32
	time int64
	of   folder
}

// A droppedEntry is a scrape of a target that was dropped.
type droppedEntry struct {
	entry
	origin folder
}

// plain says whether a scrape's own name is canonical and tells its time.
func (c *Capture) plain(e *entry) bool {
	f := naming.Recognise(e.name())
	return e.part == 0 && f.Timed && f.Time == e.time && (f.Kind == naming.KindScrape || e.body == "")
}

// ordinal is which scrape of its file an entry is.
func (c *Capture) ordinal(e *entry) int32 {
	if e.part == 0 {
		return 0
	}
	return c.parts[e.part-1].n
}

// freeze lets capture.yaml go before all else that is known of a file.
func (l *lookout) freeze(c *recognised, f *manifest.File) {
	if f == nil {
		return
	}
	if f.Job != "" && f.Instance != "" {
		c.Job, c.Instance, c.Fallback, c.given, c.metricsPath = f.Job, f.Instance, "", true, f.MetricsPath
	} else {
		c.Job = cmp.Or(f.Job, c.Job)
		if f.Instance != "" {
			c.called(f.Instance)
		}
	}
	parts := c.facts.Parts
	switch {
	case len(f.Scrapes) > 0 && len(f.Scrapes) == len(parts):
		for i := range parts {
			parts[i].Time, parts[i].Zoned, parts[i].Source = f.Scrapes[i].Time, true, clock.FromManifest
		}
		c.each = f.Scrapes
	case len(f.Scrapes) > 0:
		l.changed(c, len(f.Scrapes))
	case len(f.Times) == 0:
	case len(f.Times) == 1 && (len(parts) <= 1 || !partsTimed(c)):
		c.Guess.Time, c.Timed, c.Zoned, c.from, c.second = f.Times[0], true, true, clock.FromManifest, secondTime{}
		if len(parts) == 1 {
			parts[0].Time, parts[0].Zoned, parts[0].Source = f.Times[0], true, cmp.Or(parts[0].Source, clock.FromManifest)
		}
	case len(f.Times) == len(parts):
		for i := range parts {
			parts[i].Time, parts[i].Zoned, parts[i].Source = f.Times[i], true, clock.FromManifest
		}
	default:
		l.changed(c, len(f.Times))
	}
}

// changed is the error for a file that has not so many scrapes as capture.yaml
// says.
func (l *lookout) changed(c *recognised, said int) {
	l.err = &ManifestError{File: naming.ManifestName, Message: fmt.Sprintf("files: %s has %s, and here are times of %d: it was changed since they were written",
		message.Show(c.file), message.Plural(max(1, len(c.facts.Parts)), "scrape"), said)}
}
