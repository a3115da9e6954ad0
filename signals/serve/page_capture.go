package serve

import (
	"fmt"
	"time"

	"github.com/scrapebook/scrapebook/signals/report/html"
)

// captureView tells of the captures as a whole.
func (h *Handler) captureView(r *request) (html.Document, *failure) {
	firing, pending := h.states(r)
	doc := html.Document{Title: r.name(), Lead: []string{fmt.Sprintf("Rules at the end: %d firing, %d pending.", firing, pending)}}
	for _, b := range r.books {
		text := fmt.Sprintf("%d scrapes of %d targets, %d series, %d samples, from %s to %s.", b.capture.Scrapes, len(b.capture.Targets), b.series, b.samples,
			spell(r.toClient(time.UnixMilli(b.capture.Start))), spell(r.toClient(b.end)))
		if b.name != "" {
			text = b.name + ": " + text
		}
		if problems := len(b.result.Problems) + b.result.Capture.HiddenProblems; problems > 0 {
			text += fmt.Sprintf(" Problems in the files: %d (scrapebook inspect lists them).", problems)
		}
		doc.Lead = append(doc.Lead, text)
	}
	return doc, nil
}

// states counts the alerting rules that are firing and pending now.
func (h *Handler) states(r *request) (firing, pending int) {
	for _, b := range r.books {
		for _, g := range b.course.groups {
			for _, rule := range g.rules {
				switch now, ok := rule.at(h.present(r)); stateOf(ok, now.alerts) {
				case "firing":
					firing++
				case "pending":
					pending++
				}
			}
		}
	}
	return firing, pending
}
