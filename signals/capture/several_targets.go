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

// acceptFrozen makes entries of a file of several targets as capture.yaml says
// it.
func (l *scrapes) acceptFrozen(c recognised) {
	for i, s := range c.each {
		one, p := c, &c.facts.Parts[i]
		one.Job, one.Instance, one.Fallback, one.given, one.metricsPath = s.Job, s.Instance, "", true, s.MetricsPath
		one.entry.target, one.entry.time = l.targetOf(&one), p.Time
		l.time(c.file, p.Source, p.Zoned)
		fp := *rangeOf(p)
		fp.n, fp.partFlags = int32(i+1), flagsOf(&c)
		fp.failure = p.Failure
		l.put(&one, fp)
	}
}
