// Package rules reads Prometheus rule files and evaluates their groups at
// given instants, as a Prometheus server would, over any storage.Queryable.
//
// The measure is Prometheus v0.316.0 (3.x) with server defaults: rule files are
// judged by model/rulefmt, expressions run in promql.Engine, templates in
// package template. What is written here is the part that upstream keeps in
// its package rules (which brings a TSDB with it): the inactive, pending,
// firing machine, ALERTS and ALERTS_FOR_STATE, recorded series, and the
// staleness markers of both (rules/group.go, alerting.go, recording.go).
//
// It differs from a live server in three ways, each chosen:
//   - ALERTS and ALERTS_FOR_STATE are written from the first evaluation, where
//     a server writes them only from a group's third, while it restores state;
//   - everything that upstream takes from a map's order is sorted by labels, so
//     that the same input gives the same output;
//   - a template expands to at most 1 MiB (see Evaluator.Eval).
package rules
