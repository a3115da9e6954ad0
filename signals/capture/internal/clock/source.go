package clock

// Source is where a time is from; the lower goes before.
type Source uint8

const (
	FromNothing Source = iota
	FromSamples
	FromManifest
	FromName
	FromDateLine   // a line that `date` wrote
	FromDateHeader // the Date header
	FromNodeTime   // node_time_seconds
	FromMember
	FromArchive // the archive's own modification time
	FromModTime
	FromOrder
)

// SourceWords are what Capture.TimeSources calls them.
var SourceWords = map[Source]string{
	FromSamples:    "the samples' own timestamps",
	FromManifest:   "capture.yaml",
	FromName:       "names",
	FromDateLine:   "lines of date",
	FromDateHeader: "Date headers",
	FromNodeTime:   "node_time_seconds",
	FromMember:     "modification times in the archive",
	FromArchive:    "the archive's modification time",
	FromModTime:    "modification times",
	FromOrder:      "order",
}

func (s Source) String() string { return SourceWords[s] }
