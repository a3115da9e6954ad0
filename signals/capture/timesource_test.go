package capture

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/stretchr/testify/require"
)

func TestTimeSources(t *testing.T) {
	file := func(text string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(text), ModTime: time.Date(2026, 11, 21, 7, 1, 0, 0, time.UTC)}
	}
	for _, tt := range []struct {
		name string
		fs   fstest.MapFS
		opts Options
		want []TimeSource
	}{
		{"names", fstest.MapFS{"a/1795244460.prom": file("m 1\n"), "a/1795244465.prom": file("m 1\n")}, Options{},
			[]TimeSource{{Source: "names", Scrapes: 2, File: "a/1795244460.prom"}}},
		{"names without a zone", fstest.MapFS{"a/1795244460.prom": file("m 1\n"), "a/20261121T070105.prom": file("m 1\n")}, Options{},
			[]TimeSource{{Source: "names", Scrapes: 2, File: "a/1795244460.prom", Unzoned: "a/20261121T070105.prom"}}},
		{"modification times", fstest.MapFS{"a.prom": file("m 1\n"), "b.prom": file("m 1\n")}, Options{TimeFrom: TimeFromMtime},
			[]TimeSource{{Source: "modification times", Scrapes: 2, File: "a.prom"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Open(tt.fs, "x", tt.opts)
			require.NoError(t, err)
			require.Equal(t, tt.want, c.TimeSources)
		})
	}
	for from := clock.FromSamples; from <= clock.FromOrder; from++ {
		require.NotEmpty(t, clock.SourceWords[from], "source %d has no words", from)
	}
}
