// Package promapi asks a server that speaks the Prometheus HTTP API: what an
// expression gives at an instant or over a range, which series there are, and
// their samples. A Client is a query.Source, so that rules can be evaluated by
// the server's own engine, and a storage.Queryable.
//
// Followed are web/api/v1 and storage/remote of Prometheus v0.316.0, and what
// VictoriaMetrics, Thanos and Mimir do otherwise.
package promapi
