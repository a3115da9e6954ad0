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
	origin capture.Origin
	proto  bool // the body is protobuf
	list   []Problem
	more   int
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
	ps.origin.Move(&p, ps.proto)
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
