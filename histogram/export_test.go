package histogram

// Exponential is the bound with which the tests put observations into buckets.
var Exponential = exponential
