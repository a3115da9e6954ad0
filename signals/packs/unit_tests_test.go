package packs_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
)

// Each rule of each pack is shown firing, and silent with data, in a test file
// as anybody writes it; what `scrapebook test --coverage` counts is whole.
func TestUnitTestsOfPacks(t *testing.T) {
	all, err := packs.All()
	require.NoError(t, err)
	var files []string
	for _, p := range all {
		if text, err := p.Rules(nil); err == nil && len(text) > 0 {
			files = append(files, "testdata/"+p.Name+"_test.yml")
		}
	}
	require.Greater(t, len(files), 4)
	res, err := suite.Run(context.Background(), files, suite.Options{Coverage: true})
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, suite.Text{}.Report(&b, res))
	require.False(t, res.Failed(), b.String())
	require.Equal(t, 100.0, res.Coverage.Percent(), b.String())
	require.Greater(t, len(res.Coverage.Rules), 15)
	for _, f := range res.Files {
		require.Empty(t, f.Allowed)
	}
}
