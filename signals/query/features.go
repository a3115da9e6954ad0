package query

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// The features of rules and queries, by the names that a server's
// --enable-feature has for them (cmd/prometheus/main.go of v0.315.0). The
// lists of names that this package takes may hold others, which have no bearing
// here.
const (
	FeatureExperimentalFunctions  = "promql-experimental-functions"
	FeatureExtendedRangeSelectors = "promql-extended-range-selectors" // smoothed and anchored
	FeatureBinopFillModifiers     = "promql-binop-fill-modifiers"     // fill, fill_left and fill_right
	FeatureDelayedNameRemoval     = "promql-delayed-name-removal"
	FeatureUseStartTimestamps     = "use-start-timestamps"
)

// Features returns the names above, sorted.
func Features() []string {
	return []string{
		FeatureBinopFillModifiers, FeatureDelayedNameRemoval, FeatureExperimentalFunctions,
		FeatureExtendedRangeSelectors, FeatureUseStartTimestamps,
	}
}

// NewParser returns a server's parser with these features: to parse an
// expression as the Engine does, and for rulefmt, which judges rule files with
// it. It refuses with a *LimitError what is longer or deeper nested than is
// evaluated here: 20,000 words and signs, 2,000 levels.
func NewParser(features []string) parser.Parser {
	return limited{parser.NewParser(parser.Options{
		EnableExperimentalFunctions:  slices.Contains(features, FeatureExperimentalFunctions),
		EnableExtendedRangeSelectors: slices.Contains(features, FeatureExtendedRangeSelectors),
		EnableBinopFillModifiers:     slices.Contains(features, FeatureBinopFillModifiers),
	})}
}
