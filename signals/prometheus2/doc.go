// Package prometheus2 tells what Prometheus 2 would have said of a capture,
// where it is not what Prometheus 3 says. The measure is v2.55.1, the last of
// its kind.
//
// A capture is replayed a second time as Prometheus 2 would have lived through
// it, with query.Options.Prometheus2 and ingest.Options.Prometheus2, and the
// results are laid side by side. For each rule whose results differ it is then
// tried which piece of the expression, read as Prometheus 2 reads it while all
// else stays, makes the difference. Where it is not known what Prometheus 2
// would have said, that is said, and nothing is compared.
package prometheus2

// Version is the Prometheus 2 that is meant.
const Version = "2.55.1"
