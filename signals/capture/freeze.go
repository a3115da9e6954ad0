package capture

import (
	"cmp"
	"fmt"
	"path"

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
	add := func(name string, e *entry) *manifest.File {
		f := byFile[name]
		if f == nil {
			o := c.origins[e.target]
			f = &manifest.File{Job: o.job, Instance: o.instance, MetricsPath: o.path}
			byFile[name] = f
		} else if o := c.origins[e.target]; f.Job != o.job || f.Instance != o.instance {
			f.Job, f.Instance, f.MetricsPath = "", "", "" // its content names its targets
		}
		return f
	}
	done := map[key]bool{}
	for i := range c.entries {
		e := &c.entries[i]
		if e.target == noTarget {
			continue
		}
		if dir := c.dirs[e.dir]; c.plain(e) && len(plain[e.dir]) == 1 {
			job, instance := naming.RecogniseFolder(dir)
			if o := c.origins[e.target]; !done[key{e.dir, e.target}] && (o.job != job || o.instance != instance) {
				add(dir+"/", e)
			}
			done[key{e.dir, e.target}] = true
			continue
		}
		f := add(path.Join(c.dirs[e.dir], e.name()), e)
		f.Times = append(f.Times, e.time)
		f.Order = append(f.Order, c.ordinal(e))
	}
	return byFile
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
		l.err = &ManifestError{File: naming.ManifestName, Message: fmt.Sprintf("files: %s has %s, and here are times of %d: it was changed since they were written",
			message.Show(c.file), message.Plural(max(1, len(parts)), "scrape"), len(f.Times))}
	}
}
