package capture

import (
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
)

// An Incident is something that is known to have happened, as capture.yaml says
// under `incidents`, or a file of its own.
type Incident struct {
	Name string
	From time.Time
	To   time.Time // zero: it lasts to the end of the capture
	// Targets are the instances that it concerned, or JOB/INSTANCE, in which *
	// stands for any letters; none: it may be any.
	Targets []string
	// Alerts are the names of those that should tell of it, and no others do;
	// none: any may.
	Alerts []string
	File   string // where it stands
	Line   int
}

// ParseIncidents reads a file of incidents, whose name is for messages, a list
// below the key `incidents` as in capture.yaml. The errors are *ManifestError,
// joined when they are several.
func ParseIncidents(name string, text []byte) ([]Incident, error) {
	list, mistakes := manifest.ParseIncidents(name, text)
	if len(mistakes) > 0 {
		return nil, manifestErrors(mistakes)
	}
	return incidents(list), nil
}

// incidents keeps nil for what nothing is said of.
func incidents(list []manifest.Incident) []Incident {
	if list == nil {
		return nil
	}
	out := make([]Incident, len(list))
	for i, in := range list {
		out[i] = Incident(in)
	}
	return out
}
