package capture

import (
	"fmt"

	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// unfold takes off what stands around a body whose name is canonical, and which
// was not looked into before. Its name says whose it is and when: what holds
// several scrapes, or a dump, is none that it could be.
func (s *Stream) unfold(file string) {
	sc := &s.scrape
	f, err := content.LookInto(sc.Body, s.c.maxBody)
	if err != nil || f.Form != content.FormExposition || f.View == "" && !f.Wrapped && !f.CurlProgress {
		return // whoever reads it says what it is
	}
	const rename = "under another name, with .txt instead of .prom, the file is looked into"
	switch targets := f.ByTarget(); {
	case f.Bulk:
		sc.Err = fmt.Errorf("the file is a dump, as its samples have times and labels of their own, and its name says that it is one scrape: %s", rename)
		return
	case len(targets) > 1:
		var names []string
		for _, t := range targets {
			names = append(names, t.Name)
		}
		sc.Err = fmt.Errorf("the file has scrapes of %s (%s), and its name says that it is one of a single target: %s",
			message.Plural(len(targets), "target"), message.List(some(names), len(names)), rename)
		return
	case len(f.Parts) > 1:
		sc.Err = fmt.Errorf("the file has %s, and its name says that it is one: %s", message.Plural(len(f.Parts), "scrape"), rename)
		return
	}
	p := filePart{partFlags: partFlags{meter: f.CurlProgress, header: f.Header, wrapped: f.Wrapped}}
	sc.Unwrapped = f.View
	switch {
	case f.Wrapped:
		sc.Unwrapped = "JSON around the body, as HTTP tools save it, is taken off"
		p.line, p.column = f.Parts[0].Line, f.Parts[0].Column
	case f.View == "":
		sc.Unwrapped = "curl's progress meter is taken out (curl -s leaves it away)"
	default:
		v := content.Unfold(sc.Body)
		part := f.Parts[0]
		sc.Body, sc.taken.places, sc.taken.at = v.Text[part.Off:part.Off+part.Size], v.Places, part.Off
		p.failure = part.Failure
	}
	sc.Line = max(int(p.line), 1)
	s.unwrap(p)
}
