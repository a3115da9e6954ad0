// Package signals puts two scrapes of one target side by side: what its
// counters did in between, how gauges moved, what was observed meanwhile.
//
// Compare goes by the TYPE of a family and never by the suffix of a name.
// Nothing is guessed: a series that came, went or began anew is named as such,
// and where a number is not known there are bounds. Package replay does the
// same for whole captures, with PromQL.
package signals
