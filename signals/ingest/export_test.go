package ingest

// Decode and Store are the two halves of what a Prefetcher does with a scrape.
var (
	Decode = (*Ingester).decode
	Store  = (*Ingester).store
)
