// Package reachable proves that an expression can never return a sample,
// whatever the data, as long as the data keep the shape of what was captured.
//
// It follows the engine of Prometheus v0.316.0 node by node and keeps of each
// the values that its samples can have (an interval of floats, NaN, native
// histograms) and, label by label, the values that their labels can have.
// Analyse answers with proofs or with nothing; nothing says nothing.
//
// What a proof rests on, in this order:
//
//  1. The expression: its functions, aggregations, matchers and constants.
//  2. The Shape: which labels and bounds a metric has, and that samples of some
//     metrics are not negative, are numbers, or are no native histograms.
//
// What is free, and so never part of a proof: the number of series, their
// presence at any instant, resets, NaN and ±Inf in what is not said to be a
// number, negative values in what is not said to be non-negative, the values of
// labels, times and scrape intervals, and histograms that lack bounds or mix
// them.
//
// A metric that the Shape does not know can be anything. So can one whose
// matchers let nothing of the Shape through: that nothing was seen is another
// finding, not this one.
package reachable
