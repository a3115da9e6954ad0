package ingest

import (
	"slices"

	"github.com/scrapebook/scrapebook/expfmt"
)

// ProblemIDs are the ids of the problems that this package tells of beside
// those of package expfmt, in the order of their names.
func ProblemIDs() []expfmt.ProblemID { return slices.Clone(problemIDs) }

var problemIDs = []expfmt.ProblemID{
	{ID: "body-size-limit", Severity: expfmt.SeverityError, Doc: "a body has as many bytes as body_size_limit of capture.yaml, or more: the scrape fails, as on a server",
		Fix: "raise the limit, there and on the server", Example: "a body of 2048 bytes, where body_size_limit is 1000: Prometheus takes what is smaller"},
	{ID: "content-type", Severity: expfmt.SeverityError, Doc: "the saved headers have no Content-Type that Prometheus takes: the scrape fails, as on a server",
		Fix: "let the target declare text/plain; version=0.0.4, or set fallback_scrape_protocol", Example: "the target declared Content-Type \"text/html\", which Prometheus refuses to parse unless fallback_scrape_protocol says how"},
	{ID: "dump-nan", Severity: expfmt.SeverityInfo, Doc: "a dump has NaN where a server had a staleness marker, which cannot be told from a value",
		Fix: "know that a series may seem to go on", Example: "3 values are NaN: a dump writes staleness markers so as well, and none of these is taken for one"},
	{ID: "duplicate-sample", Severity: expfmt.SeverityWarning, Doc: "a series has two samples at one time; the first is kept, as on a server",
		Fix: "let the target expose it once", Example: "jobs{queue=\"a\"} stands in this scrape already: its first sample is kept"},
	{ID: "empty-scrape", Severity: expfmt.SeverityError, Doc: "a file is empty and no headers say that the answer was: it counts as a failed scrape",
		Fix: "save headers too (curl -D)", Example: "an empty file, counted as a failed scrape: only headers with status 200 beside it could tell an empty answer from none"},
	{ID: "http-status", Severity: expfmt.SeverityError, Doc: "the saved status is not 200: the scrape fails, as on a server",
		Fix: "see what the target answered", Example: "the target answered HTTP status 503"},
	{ID: "invalid-histogram", Severity: expfmt.SeverityError, Doc: "a native histogram contradicts itself; it is left out",
		Fix: "let a client library write it", Example: "seconds: 5 observations found in buckets, but the Count field is 4: histogram's observation count should be at least the number of observations found in the buckets"},
	{ID: "invalid-series", Severity: expfmt.SeverityError, Doc: "labels leave no valid metric name, as after relabelling: the scrape fails",
		Fix: "correct metric_relabel_configs", Example: "a sample has no valid metric name and labels: {instance=\"a\", job=\"j\"}"},
	{ID: "label-limit", Severity: expfmt.SeverityError, Doc: "a series breaks label_limit, or another limit on labels: the scrape fails, as on a server",
		Fix: "raise the limit, there and on the server", Example: "label_limit exceeded: jobs has 4 labels where 3 are allowed"},
	{ID: "label-too-long", Severity: expfmt.SeverityError, Doc: "a label is longer than 16 MiB; its sample is left out",
		Fix: "shorten it", Example: "jobs has a name or label value that no store takes: it is left out"},
	{ID: "more-problems", Severity: expfmt.SeverityInfo, Doc: "a scrape has more problems than are told",
		Fix: "see to those that are told", Example: "and 12 more problems in this scrape"},
	{ID: "not-exposition", Severity: expfmt.SeverityError, Doc: "a file is no exposition: it counts as a failed scrape, and up is 0",
		Fix: "see what the target answered: an error page, a login, another path", Example: "not an exposition: an HTML page"},
	{ID: "out-of-bounds", Severity: expfmt.SeverityWarning, Doc: "a sample's own time is more than 10 minutes ahead, or an hour behind the newest: a server drops it",
		Fix: "set the clock of the target, or honor_timestamps: false", Example: "jobs has its own timestamp 2026-11-21T09:00:00Z: more than 10 minutes ahead of its scrape or an hour behind the newest sample, so Prometheus drops it"},
	{ID: "out-of-order", Severity: expfmt.SeverityWarning, Doc: "a sample's own time is older than what the series has: a server drops it",
		Fix: "let the target expose the newest sample alone", Example: "jobs at 2026-11-21T07:00:00Z is older than what the series already has, so Prometheus drops it"},
	{ID: "sample-limit", Severity: expfmt.SeverityError, Doc: "a scrape has more samples than sample_limit: it fails, as on a server",
		Fix: "raise the limit, there and on the server", Example: "sample_limit exceeded: 12 samples where 10 are allowed"},
	{ID: "unreadable-scrape", Severity: expfmt.SeverityError, Doc: "a file could not be read",
		Fix: "see to its permissions, or save it again", Example: "permission denied"},
}
