package ingest

// Decode and Store are the two halves of what a Prefetcher does with a scrape.
var (
	Decode = (*Ingester).decode
	Store  = (*Ingester).store
)

// Ready is how many targets are ready for a next scrape: what they need for it
// is held.
func Ready(in *Ingester) (n int) {
	for _, t := range in.order {
		if t.reading.decoder != nil || len(t.lines)+cap(t.cur)+cap(t.prev)+len(t.spare.list) > 0 || t.repeats != nil {
			n++
		}
	}
	return n
}

// SweepAlways makes an Ingester look after each scrape for what can be
// forgotten.
func SweepAlways(in *Ingester) { in.sweepAfter = func(int) int { return 0 } }
