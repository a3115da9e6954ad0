package capture

// source is where a time is from; the lower goes before.
type source uint8

const (
	sourceNone source = iota
	sourceOwn
	sourceManifest
	sourceName
	sourceLine // a line that `date` wrote
	sourceDate // the Date header
	sourceNode // node_time_seconds
	sourceMember
	sourceMtime
	sourceEvery
)

// sourceWords are what Capture.TimeSources calls them.
var sourceWords = map[source]string{
	sourceOwn:      "the samples' own timestamps",
	sourceManifest: "capture.yaml",
	sourceName:     "names",
	sourceLine:     "lines of date",
	sourceDate:     "Date headers",
	sourceNode:     "node_time_seconds",
	sourceMember:   "modification times in the archive",
	sourceMtime:    "modification times",
	sourceEvery:    "order and --every",
}
