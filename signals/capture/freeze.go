package capture

import (
	"cmp"
	"fmt"
	"path"
)

// Manifest returns the text of a capture.yaml that says what was understood of the capture: the job, the instance and
// the times of every file whose name and folders do not tell them. Opened again with it, and without options, the
// capture is the same, whatever rules for names come later. What capture.yaml says already is kept.
//
// The error is for names that YAML cannot hold, and for more files than a capture.yaml may have.
func (c *Capture) Manifest() ([]byte, error) {
	return appendFiles(c.settings, c.frozenFiles())
}

// frozenFiles is what is understood of the files whose names and folders do not say it.
func (c *Capture) frozenFiles() map[string]*frozen {
	type key struct{ dir, origin uint32 }
	byFile := map[string]*frozen{}
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
	add := func(name string, e *entry) *frozen {
		f := byFile[name]
		if f == nil {
			o := c.origins[e.target]
			f = &frozen{job: o.job, instance: o.instance}
			byFile[name] = f
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
			job, instance := recogniseFolder(dir)
			if o := c.origins[e.target]; !done[key{e.dir, e.target}] && (o.job != job || o.instance != instance) {
				add(dir+"/", e)
			}
			done[key{e.dir, e.target}] = true
			continue
		}
		f := add(path.Join(c.dirs[e.dir], e.name()), e)
		f.times = append(f.times, e.time)
		f.order = append(f.order, c.ordinal(e))
	}
	return byFile
}

// plain says whether a scrape's own name is canonical and tells its time.
func (c *Capture) plain(e *entry) bool {
	f := recogniseName(e.name())
	return e.part == 0 && f.timed && f.time == e.time && (f.kind == kindScrape || e.body == "")
}

// ordinal is which scrape of its file an entry is.
func (c *Capture) ordinal(e *entry) int32 {
	if e.part == 0 {
		return 0
	}
	return c.parts[e.part-1].n
}

// freeze lets capture.yaml go before all else that is known of a file.
func (l *listing) freeze(c *loose, f *frozen) {
	if f == nil {
		return
	}
	if f.job != "" && f.instance != "" {
		c.job, c.instance, c.fallback, c.where, c.given = f.job, f.instance, "", "", true
	} else {
		c.job, c.instance = cmp.Or(f.job, c.job), cmp.Or(f.instance, c.instance)
	}
	parts := c.facts.parts
	switch {
	case len(f.times) == 0:
	case len(f.times) == 1 && (len(parts) <= 1 || !l.partsTimed(c)):
		c.naming.time, c.timed, c.zoned, c.from = f.times[0], true, true, sourceManifest
		if len(parts) == 1 {
			parts[0].time, parts[0].zoned, parts[0].source = f.times[0], true, cmp.Or(parts[0].source, sourceManifest)
		}
	case len(f.times) == len(parts):
		for i := range parts {
			parts[i].time, parts[i].zoned, parts[i].source = f.times[i], true, sourceManifest
		}
	default:
		l.err = &ManifestError{File: manifestName, Message: fmt.Sprintf("files: %s has %s, and here are times of %d: it was changed since they were written",
			show(c.file), plural(max(1, len(parts)), "scrape"), len(f.times))}
	}
}
