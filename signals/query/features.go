package query

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// The features of rules and queries, by the names that a server's
// --enable-feature has for them (cmd/prometheus/main.go of v0.316.0). The
// lists of names that this package takes may hold others, which have no bearing
// here.
const (
	FeatureExperimentalFunctions = "promql-experimental-functions"
	FeatureBinopFillModifiers    = "promql-binop-fill-modifiers" // fill, fill_left and fill_right
	FeatureDelayedNameRemoval    = "promql-delayed-name-removal"
	FeatureUnquotedUTF8Names     = "promql-unquoted-utf8-names" // letters of Unicode, and dots
	FeatureUseStartTimestamps    = "use-start-timestamps"
)

// Features returns the names above, sorted.
func Features() []string {
	return []string{
		FeatureBinopFillModifiers, FeatureDelayedNameRemoval, FeatureExperimentalFunctions,
		FeatureUnquotedUTF8Names, FeatureUseStartTimestamps,
	}
}

// NewParser returns a server's parser with these features: to parse an
// expression as the Engine does, and for rulefmt, which judges rule files with
// it. It refuses with a *LimitError what is longer or deeper nested than is
// evaluated here: 20,000 words and signs, 2,000 levels.
func NewParser(features []string) parser.Parser {
	return limited{parser.NewParser(parser.Options{
		EnableExperimentalFunctions: slices.Contains(features, FeatureExperimentalFunctions),
		EnableBinopFillModifiers:    slices.Contains(features, FeatureBinopFillModifiers),
		EnableUnquotedUTF8Names:     slices.Contains(features, FeatureUnquotedUTF8Names),
	})}
}
