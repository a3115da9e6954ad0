package signals

import (
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
)

// Inventory is what one scrape holds.
type Inventory struct {
	expfmt.Cardinality
	Format     expfmt.Format
	Timestamps int // samples that have their own time
	Exemplars  int
	// ExemplarsOf are those of each family of Cardinality, in its order.
	ExemplarsOf []int
	// StartFirst and StartLast are the earliest and the latest start timestamp,
	// or _created series; zero when there is none.
	StartFirst, StartLast time.Time
}

// NewInventory counts what a scrape holds. It takes memory for all its series.
func NewInventory(s *expfmt.Snapshot) *Inventory {
	if s == nil {
		s = &expfmt.Snapshot{}
	}
	inv := &Inventory{Cardinality: s.Cardinality(), Format: s.Format}
	for _, size := range inv.Families {
		n := inv.look(size.Family)
		inv.ExemplarsOf = append(inv.ExemplarsOf, n)
		inv.Exemplars += n
	}
	return inv
}

// look counts what samples bring with them, and returns the exemplars.
func (inv *Inventory) look(f *expfmt.Family) (exemplars int) {
	for i := range f.Samples {
		s := &f.Samples[i]
		if s.HasTimestamp {
			inv.Timestamps++
		}
		if s.Exemplar != nil {
			exemplars++
		}
		inv.start(startOf(f, s))
	}
	for i := range f.Histograms {
		h := &f.Histograms[i]
		if h.HasTimestamp {
			inv.Timestamps++
		}
		exemplars += len(h.Exemplars)
		inv.start(h.StartTimestamp)
	}
	return exemplars
}

func (inv *Inventory) start(ms int64) {
	if ms <= 0 {
		return
	}
	at := time.UnixMilli(ms).UTC()
	if inv.StartFirst.IsZero() || at.Before(inv.StartFirst) {
		inv.StartFirst = at
	}
	if at.After(inv.StartLast) {
		inv.StartLast = at
	}
}

// startOf returns when a sample's counter began, in ms: what protobuf says, or
// the value of a _created sample; 0: nothing is said.
func startOf(f *expfmt.Family, s *expfmt.Sample) int64 {
	if s.Name == f.Name+"_created" && s.Value > 0 && s.Value < maxSeconds &&
		(f.Type == expfmt.TypeCounter || f.Type == expfmt.TypeHistogram || f.Type == expfmt.TypeSummary) {
		return int64(s.Value * 1000)
	}
	return s.StartTimestamp
}

// maxSeconds is a time in seconds that no counter began after: year 9999.
const maxSeconds = 253402300800
