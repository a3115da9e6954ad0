package capture

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
)

// Relabel is a list of relabelling steps, done by Prometheus' own
// model/relabel. The zero value changes nothing.
type Relabel struct {
	steps []*relabel.Config
}

// Empty says that there are no steps, so that Apply returns what it is given.
func (r Relabel) Empty() bool { return len(r.steps) == 0 }

// Apply returns the labels after all steps, and whether the target or the
// sample is kept. When it is not kept, the labels are empty. It is safe for
// concurrent use.
func (r Relabel) Apply(ls labels.Labels) (labels.Labels, bool) {
	if r.Empty() {
		return ls, true
	}
	b := labels.NewBuilder(ls)
	if !relabel.ProcessBuilder(b, r.steps...) {
		return labels.EmptyLabels(), false
	}
	return b.Labels(), true
}
