package capture

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

// timeSources sums up where times come from.
func (l *listing) timeSources() []TimeSource {
	var list []TimeSource
	unzoned := l.unzoned
	for from := sourceOwn; from <= sourceEvery; from++ {
		if l.times[from] == 0 {
			continue
		}
		s := TimeSource{Source: sourceWords[from], Scrapes: l.times[from], File: l.first[from]}
		if from == sourceName || from == sourceLine { // no other lacks a zone
			s.Unzoned, unzoned = unzoned, ""
		}
		list = append(list, s)
	}
	return list
}
