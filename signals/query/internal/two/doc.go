// Package two makes the engine of Prometheus 3 say what that of Prometheus 2
// would have said: it rewrites an expression's tree, and leaves upstream's
// tables of functions alone. The measure is v2.55.1, whose engine is that of
// the module's v0.55.1; the module signals/internal/oracle compares the two bit
// for bit.
//
// What differs, and what is done about it:
//
//   - Ranges and subqueries are closed on both sides in Prometheus 2, and open
//     on the left since 3.0: theirs get a millisecond more. Of the look-back
//     the same is so, which is a setting of the engine.
//   - rate, increase and delta extrapolate to the range as it is written: see
//     Hooks.
//   - `.` of a regular expression does not match a line feed: it is put into
//     (?-s:…), also that of label_replace.
//   - avg and avg_over_time divide the sum by the count, where 3.5 divides the
//     sum and its lost low bits one after the other: they become sum and count.
//     But of an average below an aggregation within a subquery the series would
//     come in no certain order, one by (__name__) would lose its name, and those
//     below many others would be too large: these keep the last bit of
//     Prometheus 3, as Rewriter.Kept tells.
//   - deg and rad multiply and then divide, which 3.16 does the other way.
//   - A duration such as 1001ms loses its last millisecond where the product of
//     its seconds and 1000 is no whole number, which 3.5 mended.
//   - holt_winters is called double_exponential_smoothing since 3.0.
//
// What Prometheus 2 does not read is told by Refused, and what is not known of
// it by Doubts.
package two
