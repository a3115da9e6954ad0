package suite

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Text writes a line for each file and, of what failed, where it stands, what
// was expected and what came, side by side.
type Text struct {
	Width int // columns of the screen; 0: there is none, and lines are not folded
}

// Report writes r.
func (t Text) Report(w io.Writer, r *Result) error {
	p := page{width: t.Width}
	for i := range r.Files {
		p.file(&r.Files[i])
	}
	p.sum(r)
	if r.Coverage != nil {
		p.coverage(r.Coverage)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// page is what Text writes.
type page struct {
	strings.Builder
	width int
}

// line writes one, folded where a screen is narrower.
func (p *page) line(indent int, text string) {
	p.WriteString(terminal.Fold(strings.Repeat(" ", indent)+text, p.width, indent+2) + "\n")
}

// fold writes a sentence over as many lines as it takes.
func (p *page) fold(indent int, text string) {
	for part := range strings.SplitSeq(text, "\n") {
		p.line(indent, terminal.Clean(part))
	}
}

func (p *page) file(f *FileResult) {
	all, failed := f.count()
	name := terminal.Clean(f.Name)
	switch {
	case len(f.Errors) > 0:
		p.line(0, name+": cannot be used")
	case failed > 0:
		p.line(0, fmt.Sprintf("%s: %d of %s failed", name, failed, counted(all, "test")))
	case len(f.Failures) > 0:
		p.line(0, fmt.Sprintf("%s: failed, and its %s passed", name, counted(all, "test")))
	default:
		p.line(0, fmt.Sprintf("%s: ok, %s", name, counted(all, "test")))
	}
	for _, err := range f.Errors {
		for l := range strings.SplitSeq(err.Error(), "\n") {
			p.line(2, terminal.Clean(l))
		}
	}
	for i := range f.Failures {
		p.failure(f.Name, &f.Failures[i])
	}
	for i := range f.Tests {
		t := &f.Tests[i]
		if len(t.Failures) == 0 {
			continue
		}
		p.line(2, terminal.Clean(t.Name)+":")
		for j := range t.Failures {
			p.failure(f.Name, &t.Failures[j])
		}
	}
}

// Text is a failure of a test of a file as a terminal shows it: its place, what
// was expected and what came, and why.
func (f *Failure) Text(file string) string {
	p := page{width: 100}
	p.failure(file, f)
	return p.String()
}

// failure writes one, from its place on.
func (p *page) failure(file string, f *Failure) {
	p.fold(4, placed(file, f.Place)+": "+f.Message+checkName(f))
	p.rows(f.Rows)
	if f.Why != "" {
		p.fold(6, "Why: "+f.Why)
	}
}

// placed is file:line:column.
func placed(file string, at Place) string {
	if at.Line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, at.Line, at.Column)
}

// checkName says what lets a check's failure pass.
func checkName(f *Failure) string {
	if !isCheck(f.ID) {
		return ""
	}
	return " (allow: [" + f.ID + "] lets it pass)"
}

func isCheck(id string) bool {
	return slices.ContainsFunc(Checks(), func(c [2]string) bool { return c[0] == id })
}

const maxRows = 40 // of one failure that are shown

// rows writes differences side by side, or below each other where they are too
// wide.
func (p *page) rows(rows []Row) {
	more := len(rows) - maxRows
	rows = rows[:min(len(rows), maxRows)]
	what, want := 0, len("expected")
	got := len("got")
	for _, r := range rows {
		what = max(what, terminal.Width(clean(r.What)))
		want = max(want, terminal.Width(clean(r.Expected)))
		got = max(got, terminal.Width(clean(r.Got)))
	}
	const indent, gap = 8, 2
	beside := p.width <= 0 || indent+2+what+gap+want+gap+got <= p.width
	if beside && len(rows) > 0 {
		p.line(indent+2, pad("", what)+"  "+pad("expected", want)+"  got")
	}
	of := ""
	for _, r := range rows {
		if r.Of != of {
			p.line(indent, clean(r.Of))
			of = r.Of
		}
		if beside {
			p.line(indent+2, strings.TrimRight(pad(clean(r.What), what)+"  "+pad(clean(r.Expected), want)+"  "+clean(r.Got), " "))
			continue
		}
		if r.What != "" {
			p.line(indent+2, clean(r.What))
		}
		p.line(indent+4, "expected  "+clean(r.Expected))
		p.line(indent+4, "got       "+clean(r.Got))
	}
	if more > 0 {
		p.line(indent, fmt.Sprintf("and %d differences more", more))
	}
}

func clean(s string) string { return terminal.Clean(strings.ReplaceAll(s, "\n", `\n`)) }

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-terminal.Width(s)))
}

// sum writes the last line.
func (p *page) sum(r *Result) {
	tests, failed, unusable, let := 0, 0, 0, 0
	for i := range r.Files {
		f := &r.Files[i]
		all, bad := f.count()
		tests, failed, let = tests+all, failed+bad, let+len(f.Allowed)
		if len(f.Errors) > 0 {
			unusable++
		}
		for _, t := range f.Tests {
			let += len(t.Allowed)
		}
	}
	text := fmt.Sprintf("%s in %s: %d passed, %d failed", counted(tests, "test"), counted(len(r.Files), "file"), tests-failed, failed)
	if unusable > 0 {
		text += fmt.Sprintf("; %s cannot be used", counted(unusable, "file"))
	}
	if let > 0 {
		text += fmt.Sprintf("; %s let pass by allow", counted(let, "check"))
	}
	p.line(0, text)
}

// coverage writes what tests have not shown.
func (p *page) coverage(c *Coverage) {
	all, met := c.count()
	files := map[string]bool{}
	for _, r := range c.Rules {
		files[r.File] = true
	}
	p.line(0, fmt.Sprintf("coverage: %.4g %%, %d of %s, of %s in %s", c.Percent(), met, counted(all, "goal"), counted(len(c.Rules), "rule"), counted(len(files), "file")))
	for i := range c.Rules {
		r := &c.Rules[i]
		names, met := r.Goals()
		for j, name := range names {
			if !met[j] {
				p.fold(2, fmt.Sprintf("%s:%d: %s: no test in which it %s", r.File, r.Line, r.Alert+r.Record, name))
			}
		}
	}
}
