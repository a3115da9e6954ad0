package capture

import (
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// acceptEach makes entries of a file of several targets, or of one that it
// names.
func (l *scrapes) acceptEach(c recognised, list []*content.Facts) {
	var names []string
	for _, f := range list {
		one := c
		if one.facts = f; f.Name != "" && !c.given {
			one.called(f.Name)
			names = append(names, f.Name)
		}
		l.accept(one)
	}
	if len(names) > 0 {
		l.problem(c.file, "targets-in-file", "what stands between scrapes, before lines or around them names "+message.Plural(len(names), "target")+": "+message.List(some(names), len(names)))
	}
}

// rangeOf is the place of a part in its file.
func rangeOf(p *content.Part) *filePart {
	return &filePart{off: p.Off, size: p.Size, line: p.Line, column: p.Column, n: p.N}
}
