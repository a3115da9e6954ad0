package verdict

import (
	"time"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// firing is what is gathered of the instants at which a rule's expression gave
// something.
type firing struct{}

// saw is called with each query that gave something, before anything that comes
// of it is written.
func (f *firing) saw(t *trace, l rules.Look) {}

// came is called with what became of each evaluation.
func (f *firing) came(t *trace, at time.Time, out *rules.Outcome) {}
