// Package sweep tells of alerting rules what other thresholds would have come
// to: for each comparison with a constant with which thresholds the rule fires
// over a capture, exactly, and with some of them for how long and on how many
// series.
//
// It is computed in the replay's own pass, from the values that are compared at
// each evaluation, and not by a replay for each threshold:
//
//   - A comparison that is the whole expression, or stands in it under `and`,
//     `or`, `unless`, parentheses and other comparisons with constants, selects
//     and changes no value. What is below and beside it the engine is asked
//     once, and which of it is left is known for every threshold: each value
//     passes `> T` for all T below it. The other comparisons keep their own
//     constants.
//   - From that follows for each set of labels with which thresholds the alert
//     is there at each evaluation, and with which it is so at all of them for
//     as long as `for` asks.
//   - Where that is not all that counts, nothing is told but why not: a
//     comparison inside of a function, an aggregation or arithmetic, one with
//     bool, a rule that reads what it writes itself, label sets that come
//     twice, a limit that could be exceeded.
//   - Native histograms pass no comparison with a number: they are counted and
//     left out.
//
// Memory is bounded by maxValues ranges of thresholds, all rules together, of
// 24 bytes each: an alert that has the same one at evaluations that follow one
// another takes one for all of these. Beyond that the comparisons that take
// most are given up, which is said. Of a rule with more than maxComparisons
// comparisons none is swept.
package sweep
