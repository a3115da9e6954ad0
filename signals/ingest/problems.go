package ingest

import (
	"fmt"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// problems gathers those of one scrape, up to a limit: a file of a million
// damaged lines is one story.
type problems struct {
	file   string
	limit  int
	origin origin
	list   []Problem
	more   int
}

// An origin is where in its file a body begins, as capture.Scrape has it.
type origin struct {
	line     int
	offset   int64
	protobuf bool
}

func originOf(s *capture.Scrape, f expfmt.Format) origin {
	return origin{s.Line, s.Offset, f == expfmt.FormatProtobuf}
}

// place makes of a place in the body one in the file.
func (o origin) place(line, column int) (int, int) {
	s := capture.Scrape{Line: o.line, Offset: o.offset}
	return s.Place(line, column, o.protobuf)
}

func (ps *problems) reset(limit int, file string) {
	*ps = problems{file: file, limit: limit}
}

func (ps *problems) add(p Problem) {
	if len(ps.list) >= ps.limit {
		ps.more++
		return
	}
	p.File = ps.file
	p.Line, p.Column = ps.origin.place(p.Line, p.Column)
	ps.list = append(ps.list, p)
}

func (ps *problems) take() []Problem {
	if ps.more > 0 {
		ps.list = append(ps.list, Problem{
			File: ps.file, ID: "more-problems", Severity: expfmt.SeverityInfo,
			Message: fmt.Sprintf("and %d more problems in this scrape", ps.more),
		})
	}
	return ps.list
}
