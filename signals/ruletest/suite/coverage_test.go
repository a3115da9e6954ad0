package suite_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
)

// Coverage counts what was expected and came: a rule of two test files once,
// and no rule that was evaluated alone.
func TestCoverage(t *testing.T) {
	files := []string{"testdata/coverage/one_test.yml", "testdata/coverage/sub/two_test.yml"}
	var texts []string
	for _, workers := range []int{1, 4} {
		res := run(t, suite.Options{Coverage: true, Workers: workers}, files...)
		var b strings.Builder
		require.NoError(t, suite.Text{Width: 80}.Report(&b, res))
		require.NoError(t, suite.JSON{}.Report(&b, res))
		texts = append(texts, b.String())
	}
	require.Equal(t, texts[0], texts[1])
	golden(t, "testdata/coverage/text.txt", texts[0])

	res := run(t, suite.Options{Coverage: true}, files...)
	for _, r := range res.Coverage.Rules {
		names, met := r.Goals()
		require.Equal(t, len(names), len(met))
		require.NotEmpty(t, names)
	}
	require.Less(t, res.Coverage.Percent(), 100.0)
	require.Equal(t, 100.0, (&suite.Coverage{}).Percent(), "of no rule nothing is left to show")
	require.Nil(t, run(t, suite.Options{}, files...).Coverage)
}
