package replay

import (
	"slices"

	"github.com/scrapebook/scrapebook/expfmt"
)

// ProblemIDs are the ids of the problems that this package tells of beside
// those of packages capture, ingest and expfmt.
func ProblemIDs() []expfmt.ProblemID { return slices.Clone(problemIDs) }

var problemIDs = []expfmt.ProblemID{
	{ID: "dump-refused", Severity: expfmt.SeverityWarning, Doc: "samples of a dump were not taken: the series has another value at their time, or has gone on without them",
		Fix: "pass the dump and the scrapes apart", Example: "3 samples of dumps were not taken: the series has another value at their time, or has gone on without them"},
	{ID: "gaps-cut", Severity: expfmt.SeverityError, Doc: "with --gaps failed more scrapes are missing than are counted",
		Fix: "pass --from and --to", Example: "more than 1000000 scrapes are missing in gaps; those beyond are not counted as failed"},
}
