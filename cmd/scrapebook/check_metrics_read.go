package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"unicode/utf8"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// metricsResult is what check metrics found.
type metricsResult struct {
	inputs []*metricsInput
	width  int
	fold   bool // lines that are wider
}

// metricsInput is what was found in one file or capture.
type metricsInput struct {
	name     string
	not      string // what it is, if no exposition
	capture  bool
	scrapes  int // of a capture, those that failed included
	failed   int
	samples  int
	families map[string]bool // that have samples
	findings []*finding
}

// finding is a problem, in a capture with all that are like it.
type finding struct {
	expfmt.Problem
	metric   string // of a finding of lint
	protobuf bool
	runes    int // the column in characters; 0: not known
	count    int
	scrapes  int // in how many
	seen     int // the last scrape it was counted in
}

func (r *metricsResult) count(s expfmt.Severity) int {
	n := 0
	for _, in := range r.inputs {
		n += in.count(s)
	}
	return n
}

// count is how many problems of a severity there are, not folded.
func (in *metricsInput) count(s expfmt.Severity) int {
	n := 0
	for _, f := range in.findings {
		if f.Severity == s {
			n += f.count
		}
	}
	return n
}

// checker reads and lints.
type checker struct {
	opts    expfmt.Options
	lint    expfmt.LintOptions
	disable []string
}

// file checks one exposition. The error is for what is none.
func (c *checker) file(name, contentType string, body []byte) (*metricsInput, error) {
	in := &metricsInput{name: name, families: map[string]bool{}}
	list, err := c.read(in, name, contentType, body)
	if ne := (*notExposition)(nil); errors.As(err, &ne) {
		in.not = ne.what
	}
	in.findings = list
	return in, err
}

// capture checks every scrape, and folds what is alike. The error is for a
// capture that has no exposition in it.
func (c *checker) capture(name string, captured *capture.Capture) (*metricsInput, error) {
	in := &metricsInput{name: name, capture: true, families: map[string]bool{}}
	at := map[string]*finding{}
	stream := captured.Stream()
	for stream.Next() {
		s := stream.Scrape()
		in.scrapes++
		file := path.Join(name, s.File)
		list, err := c.scrape(in, file, s)
		if err != nil {
			in.failed++
			if !slices.Contains(c.disable, notExpositionID) {
				list = append(list, &finding{Problem: expfmt.Problem{
					File: file, ID: notExpositionID, Severity: expfmt.SeverityError, Message: err.Error(), Done: "skipped",
				}, count: 1})
			}
		}
		for _, f := range list {
			in.fold(at, f)
		}
	}
	if err := stream.Err(); err != nil {
		return in, fmt.Errorf("%s: %w", name, err)
	}
	rank := map[expfmt.Severity]int{expfmt.SeverityError: 0, expfmt.SeverityWarning: 1, expfmt.SeverityInfo: 2}
	slices.SortStableFunc(in.findings, func(a, b *finding) int {
		return cmp.Or(cmp.Compare(rank[a.Severity], rank[b.Severity]), cmp.Compare(b.count, a.count))
	})
	if in.failed == in.scrapes {
		in.not = "a capture without an exposition"
		return in, &notExposition{name, in.not}
	}
	return in, nil
}

// notExpositionID is that of a scrape which says something else.
const notExpositionID = "not-an-exposition"

// scrape checks one of a capture. A scrape that is known to have failed, as an
// .err file tells, is no defect; the error says why it is no exposition.
func (c *checker) scrape(in *metricsInput, file string, s *capture.Scrape) ([]*finding, error) {
	switch {
	case s.Failure != "":
		in.failed++
		return nil, nil
	case s.Err != nil:
		return nil, s.Err
	case s.Status != 0 && s.Status != 200:
		return nil, fmt.Errorf("the answer of a failed scrape: HTTP status %d", s.Status)
	}
	list, err := c.read(in, file, s.Header.Get("Content-Type"), s.Body)
	for _, f := range list {
		if f.Line > 0 {
			f.Line, f.Column = s.Place(f.Line, f.Column, f.protobuf)
		}
	}
	if ne := (*notExposition)(nil); errors.As(err, &ne) {
		err = errors.New(ne.what)
	}
	return list, err
}

// fold counts a finding with those like it: of lint those of the same rule and
// metric, else all of the same id.
func (in *metricsInput) fold(at map[string]*finding, f *finding) {
	key := f.ID + " " + string(f.Severity) + " " + f.metric
	first := at[key]
	if first == nil {
		first = f
		first.count = 0
		at[key] = f
		in.findings = append(in.findings, f)
	}
	first.count++
	if first.seen != in.scrapes {
		first.seen = in.scrapes
		first.scrapes++
	}
}

// read reads and lints a body, and counts what is in it.
func (c *checker) read(in *metricsInput, name, contentType string, body []byte) ([]*finding, error) {
	s, err := readExposition(name, contentType, body, c.opts)
	if err != nil {
		return nil, err
	}
	names := 0
	for _, f := range s.Families {
		if n := len(f.Samples) + len(f.Histograms); n > 0 {
			in.samples += n
			in.families[f.Name] = true
		}
		names++
	}
	list := c.findings(s, name, body)
	if names == 0 && slices.ContainsFunc(s.Problems, func(p expfmt.Problem) bool { return p.Done == "skipped" }) {
		return list, &notExposition{name, "no line of it can be read"}
	}
	return list, nil
}

// findings are the problems of a snapshot and of its lint in the order of
// their places.
func (c *checker) findings(s *expfmt.Snapshot, name string, body []byte) []*finding {
	var list []*finding
	lines := lineIndex{body: body}
	add := func(p expfmt.Problem, metric string) {
		f := &finding{Problem: p, metric: metric, protobuf: s.Format == expfmt.FormatProtobuf, count: 1}
		if !f.protobuf && p.Line > 0 {
			lines.show(f)
		}
		list = append(list, f)
	}
	twice := map[int]bool{} // lines with a series that stands twice
	for _, p := range s.Problems {
		switch p.ID {
		case "duplicate-series":
			twice[p.Line] = true
		case "utf-16":
			lines.body = nil // places are those of the text in UTF-8
		}
		if !slices.Contains(c.disable, p.ID) {
			add(p, "")
		}
	}
	lint := c.lint
	lint.File = name
	for _, p := range expfmt.Lint(s, lint) {
		if p.ID != "duplicate-metric" || !twice[p.Line] { // said once
			add(p, p.Text)
		}
	}
	slices.SortStableFunc(list, func(a, b *finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}

// lineIndex finds lines of a body.
type lineIndex struct {
	body   []byte
	starts []int
}

const (
	shownText  = 200  // how much of a line a problem has
	countRunes = 4096 // up to which column characters are counted
)

// show gives a finding of lint its line, cut around the column, and counts the
// column in characters.
func (l *lineIndex) show(f *finding) {
	if l.body == nil {
		return
	}
	if l.starts == nil {
		l.starts = []int{0}
	}
	for len(l.starts) <= f.Line { // no further than asked for: there may be millions
		begin := l.starts[len(l.starts)-1]
		i := bytes.IndexByte(l.body[begin:], '\n')
		if i < 0 {
			break
		}
		l.starts = append(l.starts, begin+i+1)
	}
	if f.Line > len(l.starts) {
		return
	}
	line := l.body[l.starts[f.Line-1]:]
	if f.Line < len(l.starts) {
		line = line[:l.starts[f.Line]-l.starts[f.Line-1]-1]
	}
	if f.Column <= countRunes {
		f.runes = utf8.RuneCount(line[:min(f.Column-1, len(line))]) + 1
	}
	if f.metric != "" {
		f.TextOffset = min(max(f.Column-shownText/2, 0), len(line))
		line = bytes.TrimSuffix(line[f.TextOffset:], []byte{'\r'})
		f.Text = string(line[:min(len(line), shownText)])
	}
}
