// Package push writes a capture into a server by Prometheus' remote write: what
// package ingest makes of it, and on request what rules write, as a server that
// scraped it would have sent it.
//
// [Run] replays the capture and sends its samples in the order of their times,
// in batches, one after the other: floats, native histograms, staleness
// markers, up and the scrape_* series; beside them the start times of protobuf,
// in 2.0 alone, exemplars, and what TYPE, HELP and UNIT say. Memory holds two
// batches and the newest sample of each series. The stream of samples is the
// same at every run, so that a journal, which says how many of them are
// written, is all that an interrupted push needs to go on.
//
// Remote write 2.0 is spoken
// (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/), and 1.0 with a
// server that answers 415, or 2xx without the headers that 2.0 requires and so
// has written nothing. Connections that break, 5xx, 408 and 429 are tried
// again, later and later, and as late as Retry-After says. Other answers are
// not.
//
// A server takes old samples only if it is told to. Of a capture of some days
// ago these need:
//
//	Prometheus       --web.enable-remote-write-receiver, --storage.tsdb.retention.time=10y, and in prometheus.yml
//	                 storage: {tsdb: {out_of_order_time_window: 30d}}; the path is /api/v1/write
//	VictoriaMetrics  -retentionPeriod=10y, and to see it at once -search.latencyOffset=0s; /api/v1/write
//	Thanos receive   --label, --tsdb.out-of-order.time-window=30d once it has newer samples; /api/v1/receive
//	Mimir            limits: {out_of_order_time_window: 30d, query_ingesters_within: 0}; /api/v1/push
package push
