// Package report writes a replay's Result for people and for machines, one
// format a file.
package report

import (
	"io"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// Reporter writes a Result in one format.
type Reporter interface {
	Report(w io.Writer, res *replay.Result) error
}
