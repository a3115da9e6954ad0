package report

import (
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Differences are what differs between two captures, target by target.
type Differences struct {
	Old, New string // as the user named them; one capture: the same
	Targets  []TargetDifference
	// Gone and Added are targets that only the older or only the newer capture
	// has, Single those of which one capture holds one scrape.
	Gone, Added, Single []string
}

// TargetDifference is what differs of one target.
type TargetDifference struct {
	Target        string // as it is shown
	Job, Instance string
	Old, New      string // what was compared
	Restarts      int    // within the newer one, where it is a time
	Difference    *signals.Difference
}

// Any tells whether anything differs.
func (ds Differences) Any() bool {
	for _, t := range ds.Targets {
		if len(t.Difference.Moves) > 0 {
			return true
		}
	}
	return len(ds.Gone)+len(ds.Added) > 0
}

// Differences writes what differs between two captures, for a person.
func (t Text) Differences(w io.Writer, ds Differences, o DifferenceOptions) error {
	p := newPage(t, clock{})
	restarted := 0
	for i, d := range ds.Targets {
		if i > 0 {
			p.WriteString("\n")
		}
		p.printf("%s: ", terminal.Clean(d.Target))
		p.differenceHead(d.Old, d.New, d.Difference)
		if d.Restarts > 0 {
			p.printf("the process began anew %s within %s\n\n", terminal.Plural(d.Restarts, "time", "times"), terminal.Clean(d.New))
		}
		if len(d.Difference.Moves) > 0 {
			p.moves(d.Difference, o)
		}
		if d.Difference.Restart != nil {
			restarted++
		}
	}
	for _, l := range ds.apart() {
		if len(l.list) > 0 {
			p.wrapped(2, "\n%s: %s", terminal.Clean(l.what), terminal.Clean(strings.Join(l.list, ", ")))
		}
	}
	if len(ds.Targets) > 1 && restarted > 0 {
		p.printf("\n%d of %d targets restarted between\n", restarted, len(ds.Targets))
	}
	return p.write(w)
}

// targetsOf are targets that were not compared, and why.
type targetsOf struct {
	what string
	list []string
}

func (ds Differences) apart() []targetsOf {
	return []targetsOf{{"only in " + ds.Old, ds.Gone}, {"only in " + ds.New, ds.Added}, {"scraped once, not compared", ds.Single}}
}

type jsonDifferences struct {
	Old     string                 `json:"old"`
	New     string                 `json:"new"`
	Targets []jsonTargetDifference `json:"targets"`
	Gone    []string               `json:"only_old"`
	Added   []string               `json:"only_new"`
	Single  []string               `json:"scraped_once"`
}

type jsonTargetDifference struct {
	Job      string `json:"job"`
	Instance string `json:"instance"`
	Restarts int    `json:"restarts,omitempty"` // within the newer time
	jsonDifference
}

// Differences writes what differs between two captures as one JSON object: of
// each target what Difference writes.
func (JSON) Differences(w io.Writer, ds Differences) error {
	out := jsonDifferences{Old: ds.Old, New: ds.New, Targets: []jsonTargetDifference{}, Gone: ds.Gone, Added: ds.Added, Single: ds.Single}
	for _, list := range []*[]string{&out.Gone, &out.Added, &out.Single} {
		if *list == nil {
			*list = []string{}
		}
	}
	for _, d := range ds.Targets {
		out.Targets = append(out.Targets, jsonTargetDifference{d.Job, d.Instance, d.Restarts, newJSONDifference(d.Old, d.New, d.Difference)})
	}
	return terminal.EncodeJSON(w, out)
}
