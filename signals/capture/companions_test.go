package capture

import (
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/stretchr/testify/require"
)

// Companions are read up to a bound, however large they are.
func TestCompanionsAreBounded(t *testing.T) {
	c := mustOpen(t, files("1795244470.err", strings.Repeat("x", 10*content.MaxFailure), "1795244470.headers", strings.Repeat("A: b\n", content.MaxHeaders)), Options{})
	s := c.Stream()
	require.True(t, s.Next())
	require.Len(t, s.Scrape().Failure, content.MaxFailure)
	require.Less(t, len(s.Scrape().Header["A"]), content.MaxHeaders/4)
}
