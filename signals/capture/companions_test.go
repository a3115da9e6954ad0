package capture

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Companions are read up to a bound, however large they are.
func TestCompanionsAreBounded(t *testing.T) {
	c := mustOpen(t, files("1795244470.err", strings.Repeat("x", 10*maxFailure), "1795244470.headers", strings.Repeat("A: b\n", maxHeaders)), Options{})
	s := c.Stream()
	require.True(t, s.Next())
	require.Len(t, s.Scrape().Failure, maxFailure)
	require.Less(t, len(s.Scrape().Header["A"]), maxHeaders/4)
}
