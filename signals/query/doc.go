// Package query evaluates PromQL over any storage.Queryable with Prometheus'
// own engine, and tells of an expression what can be told without evaluating
// it: which series it selects, how far around an instant it can see, which
// constant it compares with, and whether a range query may stand for instant
// queries.
//
// An Engine has a server's settings. Instant and Range give a Value, whose JSON
// is that of the Prometheus API; Over gives the Source that rules ask. The
// measure is Prometheus v0.316.0 (3.x) with server defaults; with
// Options.Prometheus2 it is 2.55.1, of which InPrometheus2 says what is not
// known.
package query
