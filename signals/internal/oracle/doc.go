// Package oracle proves parts of scrapebook against Prometheus itself, in
// tests alone. It is a module of its own because what serves as oracle here
// (tsdb, scrape, rules, promqltest) brings cloud SDKs, which must not reach the
// go.mod of scrapebook.
//
// TestPairs is the differential test of the whole road: captures and rule files
// are made up, replayed by us, and lived through by upstream's own scrape
// loops, TSDB head, engine and rule groups under a clock of their own; every
// sample of every series must be alike. What once differed stays in
// testdata/pairs. TestRulesDifferential does the same for the rules alone, over
// real captures. TestHead, TestPromQLSuite, TestQueryJSON and TestDump are
// about the timeline, its use by PromQL, the answers' form and dumps.
//
// TestAPI and TestAPIParameters ask package serve and upstream's web/api/v1 the
// same over the same samples: every function, aggregation and operator, what is
// wrong, and all parameters.
//
// TestPrometheus2 asks the engine of Prometheus 2.55.1, which the program in
// ../oracle2 holds, what query.Options.Prometheus2 says; -exprs2 sets of how
// many expressions.
//
// Run it with go test ./... in this folder. TestPairs draws 500 pairs, and
// with -rapid.checks=4000 (or RAPID_CHECKS=4000) 20,000.
package oracle
