// Package report writes a replay's Result for people and for machines, one
// format a file.
package report

import (
	"io"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report/internal/table"
)

// Reporter writes a Result in one format.
type Reporter interface {
	Report(w io.Writer, res *replay.Result) error
}

// Table and Column are what the command lays out its own lists with.
type (
	Table  = table.Table
	Column = table.Column
)
