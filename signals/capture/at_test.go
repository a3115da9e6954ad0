package capture_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// Whatever the order, At reads what Next reads, and leaves Next where it is.
func TestStreamAt(t *testing.T) {
	fsys, err := fixtures.FS("incident")
	require.NoError(t, err)
	c, err := capture.Open(fsys, "incident", capture.Options{})
	require.NoError(t, err)
	at := c.Stream()
	i := c.Scrapes
	bodies := make([][]byte, c.Scrapes)
	for both := c.Stream(); both.Next(); {
		i--
		sc := at.At(i, nil)
		target, time, alone := c.Entry(i)
		require.Equal(t, target, sc.Target)
		require.Equal(t, time, sc.Time)
		require.True(t, alone)
		bodies[i] = sc.Body
		before := slices.Clone(both.Scrape().Body)
		both.At(i, nil)
		require.True(t, bytes.Equal(before, both.Scrape().Body))
	}
	n := 0
	for s := c.Stream(); s.Next(); n++ {
		require.True(t, bytes.Equal(s.Scrape().Body, bodies[n]), s.Scrape().File)
	}
	require.Equal(t, c.Scrapes, n)
}
