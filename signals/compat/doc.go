// Package compat tells on which versions of a program a rule can work: where a
// metric is gone or not there yet, where a label that the rule asks for is
// another one, where a quantile cannot pass the threshold because the buckets
// end below it, where one series has become several.
//
// What it claims rests on a catalogue, whose sources may be silent: then the
// verdict is [NotKnown], and never that something is gone. A metric of another
// program, such as kube_node_info, is not known on any version; those that
// Prometheus makes itself (up, ALERTS) are there on all.
//
// A rule [Breaks] on a version where its expression cannot return a sample,
// whatever the program does: each operand that the result needs is looked
// through, both arms of an `or`, rules that record what it selects. A label is
// said to be missing only where the catalogue knows the metric with it on
// another version; one that no version has may come from the scrape job, and is
// a [Note].
package compat
