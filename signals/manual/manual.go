// Package manual is what `scrapebook help` shows beside the help of its
// commands: topics, each a page of Markdown that is written for a terminal, and
// what the ids of findings and problems mean, as their packages document them.
package manual

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

// A Topic is one page of the manual.
type Topic struct {
	Name  string // as `scrapebook help` takes it
	Title string // half a sentence
	// Text is Markdown without the title: headings of the second level, lists,
	// paragraphs, fenced and indented blocks, and code in backquotes. Commands
	// in its blocks called console are run by a test.
	Text string
}

//go:embed topics/*.md
var files embed.FS

// Topics returns all topics, by their names.
func Topics() []Topic {
	names, err := fs.Glob(files, "topics/*.md")
	if err != nil {
		panic(err) // of a pattern that is wrong
	}
	var list []Topic
	for _, name := range names {
		page, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		title, text, _ := strings.Cut(strings.TrimPrefix(string(page), "# "), "\n")
		topic, title, _ := strings.Cut(title, ": ")
		list = append(list, Topic{Name: topic, Title: title, Text: strings.TrimLeft(text, "\n")})
	}
	slices.SortFunc(list, func(a, b Topic) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Find returns the topic of a name, in any case.
func Find(name string) (Topic, bool) {
	for _, t := range Topics() {
		if strings.EqualFold(t.Name, name) {
			return t, true
		}
	}
	return Topic{}, false
}
