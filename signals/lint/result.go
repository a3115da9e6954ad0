package lint

import (
	"fmt"
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
)

// Result is what was found in some files and captures.
type Result struct {
	Inputs []*Input
}

// Reporter writes a Result in one format.
type Reporter interface {
	Report(w io.Writer, r *Result) error
}

// Input is what was found in one file or capture.
type Input struct {
	Name    string
	Not     string // what it is, if it is no exposition
	Capture bool
	Scrapes int // of a capture, those that failed included
	Failed  int
	// Refused is how many scrapes a Prometheus server would refuse as a whole,
	// of one file at most 1; PromtoolRefused how many promtool check metrics
	// would not read, and Promtool why, of the first.
	Refused, PromtoolRefused int
	Promtool                 string
	Samples                  int
	Families                 map[string]bool // that have samples
	// Findings are in the order of their places; of a capture the worst
	// severity comes first and within it what is most frequent.
	Findings []*Finding

	judged, unasked int           // scrapes that are expositions, and those of which promtool was not asked
	format          expfmt.Format // of the first of these
}

// Finding is a problem; in a capture it stands for all that are like it.
type Finding struct {
	expfmt.Problem
	Metric   string // of a finding of promtool's lint: the metric it is about
	Protobuf bool   // Line counts messages, and Column bytes of the whole file
	Runes    int    // the column in characters, from 1; 0: not known
	Count    int    // with those like it, of which this is the first
	Scrapes  int    // of a capture: in how many there is one

	others []string // further metrics or places that it stands for
	last   int      // the last scrape it was counted in
}

// Count is how many problems of a severity there are, each as often as there
// is the like.
func (r *Result) Count(s expfmt.Severity) int {
	n := 0
	for _, in := range r.Inputs {
		n += in.Count(s)
	}
	return n
}

// Count is how many problems of a severity there are, each as often as there
// is the like.
func (in *Input) Count(s expfmt.Severity) int {
	n := 0
	for _, f := range in.Findings {
		if f.Severity == s {
			n += f.Count
		}
	}
	return n
}

// NotExposition is the id of a scrape which says something else than metrics.
const NotExposition = "not-an-exposition"

// IDs are the ids of all problems that this package finds.
func IDs() []expfmt.ProblemID {
	return append(expfmt.ProblemIDs(), expfmt.ProblemID{
		ID: NotExposition, Severity: expfmt.SeverityError, Done: "skipped", Doc: "the file says something else than metrics",
		Fix: "see what the target answered: an error page, a login, another path; in a capture it counts as a failed scrape",
	}, expfmt.ProblemID{
		ID: RefusedByPromtool, Severity: expfmt.SeverityWarning, Done: "kept", Doc: "promtool check metrics refuses the text, which Prometheus takes",
		Fix: "nothing for a server; for promtool write the line as its message asks",
	})
}

// CheckID returns an error that names a similar id when no problem has this
// one.
func CheckID(id string) error {
	hint := ""
	for _, p := range IDs() {
		if p.ID == id {
			return nil
		}
		if hint == "" && (strings.Contains(p.ID, id) || strings.Contains(id, p.ID)) {
			hint = "; did you mean " + p.ID + "?"
		}
	}
	return fmt.Errorf("no problem has this id%s", hint)
}
