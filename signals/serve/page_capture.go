package serve

import (
	"fmt"
	"time"

	"github.com/scrapebook/scrapebook/signals/report/html"
)

// each makes a section of each capture, called by a title where there is one.
func (r *request) each(id, title string, section func(*book) (html.Section, *failure)) (list []html.Section, fail *failure) {
	for i, b := range r.books {
		s, fail := section(b)
		if fail != nil {
			return nil, fail
		}
		s.ID, s.Title = id, title
		if b.name != "" {
			s.ID, s.Title = fmt.Sprintf("%s-%d", id, i), title+" of "+b.name
		}
		list = append(list, s)
	}
	return list, nil
}

// captureView tells of the captures as a whole, target by target.
func (h *Handler) captureView(r *request) (html.Document, *failure) {
	firing, pending := h.states(r)
	doc := html.Document{Title: r.name()}
	for _, b := range r.books {
		text := fmt.Sprintf("%d scrapes of %d targets, %d series, %d samples, from %s to %s.", b.capture.Scrapes, len(b.capture.Targets), b.series, b.samples,
			spell(time.UnixMilli(b.capture.Start)), spell(b.end))
		if b.name != "" {
			text = b.name + ": " + text
		}
		doc.Lead = append(doc.Lead, b.account.words.Answer, text)
	}
	doc.Lead = append(doc.Lead, fmt.Sprintf("Rules at the end: %d firing, %d pending.", firing, pending))
	doc.Lead = append(doc.Lead, h.ownTimes(r)...)
	var fail *failure
	doc.Sections, fail = r.each("targets", "Targets", func(b *book) (html.Section, *failure) {
		return html.Section{Body: b.account.targets.HTML()}, nil
	})
	return doc, fail
}

// ownTimes say of a page whose times are the capture's, as those of a report
// are, what clients call them.
func (h *Handler) ownTimes(r *request) []string {
	if h.opts.Clock == ClockCapture {
		return nil
	}
	return []string{fmt.Sprintf("Times on this page are the capture's own: its end, %s, is what clients and /explore call %s.", spell(r.book.end), spell(r.toClient(r.book.end)))}
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

// problemsView lists what is wrong with the files, with their lines.
func (h *Handler) problemsView(r *request) (html.Document, *failure) {
	doc := html.Document{Title: "Problems in the files"}
	all := 0
	for _, b := range r.books {
		all += len(b.account.words.Problems) + b.account.words.Hidden
	}
	doc.Lead = []string{count(all, "problem") + "."}
	var fail *failure
	doc.Sections, fail = r.each("problems", "Problems", func(b *book) (html.Section, *failure) {
		w := b.account.words
		s := html.Section{Body: html.Problems{List: w.Problems, Hidden: w.Hidden, Hint: "scrapebook inspect lists them"}.HTML()}
		return s, nil
	})
	return doc, fail
}

// signalsView shows the golden signals.
func (h *Handler) signalsView(r *request) (html.Document, *failure) {
	doc := html.Document{Title: "Golden signals"}
	var fail *failure
	doc.Sections, fail = r.each("signals", "Signals", func(b *book) (html.Section, *failure) {
		golden, err := b.account.signals(r.Context())
		if err != nil {
			return html.Section{}, evaluating(err)
		}
		if golden == nil {
			doc.Lead = append(doc.Lead, "No pack of golden signals applies: the capture has the metrics of none.")
			return html.Section{}, nil
		}
		doc.Lead = append(doc.Lead, golden.Words.Answer, golden.Words.Head)
		return html.Section{Body: golden.HTML()}, nil
	})
	doc.Lead = append(doc.Lead, h.ownTimes(r)...)
	return doc, fail
}
