package capture

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Manifest returns the text of a capture.yaml that says what was understood of the capture: the job, the instance and
// the times of every file whose name and folders do not tell them. Opened again with it, and without options, the
// capture is the same, whatever rules for names come later. What capture.yaml says already is kept.
//
// The error is for names that YAML cannot hold, and for more files than a capture.yaml may have.
func (c *Capture) Manifest() ([]byte, error) {
	files, err := c.frozenFiles()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if b.Write(bytes.TrimRight(c.settings, "\n")); b.Len() > 0 {
		b.WriteByte('\n')
	}
	if len(files.Content) > 0 {
		enc := yaml.NewEncoder(&b)
		enc.SetIndent(2)
		top := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar("files"), files}}
		if err := enc.Encode(top); err != nil {
			return nil, err
		}
		if err := enc.Close(); err != nil {
			return nil, err
		}
	}
	if b.Len() > maxManifest {
		return nil, fmt.Errorf("%s would be larger than %d bytes: sort the files into folders JOB/INSTANCE instead", manifestName, maxManifest)
	}
	return b.Bytes(), nil
}

func scalar(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

// frozenFiles is the value of `files`.
func (c *Capture) frozenFiles() (*yaml.Node, error) {
	type key struct{ dir, origin uint32 }
	byFile := map[string]*frozen{}
	var names []string
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
			names = append(names, name)
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
	slices.Sort(names)
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range names {
		f := byFile[name]
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("%s cannot stand in %s, which is UTF-8: rename it", show(name), manifestName)
		}
		value := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		value.Content = append(value.Content, scalar("job"), scalar(f.job), scalar("instance"), scalar(f.instance))
		f.sort()
		switch {
		case len(f.times) == 1:
			value.Content = append(value.Content, scalar("time"), plainScalar(formatTime(f.times[0])))
		case len(f.times) > 1:
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for _, ms := range f.times {
				list.Content = append(list.Content, plainScalar(formatTime(ms)))
			}
			value.Style = 0
			value.Content = append(value.Content, scalar("times"), list)
		}
		out.Content = append(out.Content, scalar(name), value)
	}
	return out, nil
}

func plainScalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

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

// sort brings times into the file's order.
func (f *frozen) sort() {
	at := make([]int, len(f.times))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Compare(f.order[a], f.order[b]) })
	times := make([]int64, len(at))
	for i, j := range at {
		times[i] = f.times[j]
	}
	f.times = times
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

// frozenFile reads what stands under `files`.
func (p *manifestParser) frozenFile(m *manifest, name string, v *yaml.Node) {
	f := &frozen{}
	clock := func(n *yaml.Node) {
		ms, _, ok := parseTime(p.text(n, "a time"))
		if !ok {
			p.fail(n, "a time must be %s", timeForms)
		}
		f.times = append(f.times, ms)
	}
	p.mapping(v, "files: "+show(name), fileKeys, func(key string, _, v *yaml.Node) {
		switch key {
		case "job":
			f.job = p.text(v, key)
		case "instance":
			f.instance = p.text(v, key)
		case "ignore":
			f.ignore = cmp.Or(p.text(v, key), "capture.yaml says so")
		case "time":
			clock(v)
		case "times":
			if list := follow(v); list.Kind == yaml.SequenceNode {
				for _, n := range list.Content {
					clock(n)
				}
				return
			}
			p.fail(v, "times must be a list")
		}
	})
	m.files[strings.TrimPrefix(name, "./")] = f
	if name == "./" {
		m.files[name] = f
	}
}

var fileKeys = []string{"job", "instance", "time", "times", "ignore"}

// withoutFiles is the text of a capture.yaml but for its key files.
func withoutFiles(data []byte, doc *yaml.Node) []byte {
	top := follow(doc.Content[0])
	if top.Kind != yaml.MappingNode {
		return data
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != "files" {
			continue
		}
		if top.Content = slices.Delete(top.Content, i, i+2); len(top.Content) == 0 {
			return nil
		}
		text, err := yaml.Marshal(doc)
		if err != nil {
			return data
		}
		return text
	}
	return data
}
