package capture

import (
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
	"github.com/stretchr/testify/require"
)

func TestManifestNotRead(t *testing.T) {
	t.Run("too large", func(t *testing.T) {
		_, err := Open(files("1795244470.prom", "", "capture.yaml", strings.Repeat("#", manifest.MaxSize+1)), "cap", Options{})
		require.EqualError(t, err, "capture.yaml: larger than 16777216 bytes: this is no capture.yaml")
	})
	t.Run("not to be read", func(t *testing.T) {
		_, err := Open(partly{files("1795244470.prom", "", "capture.yaml", ""), "capture.yaml"}, "cap", Options{})
		require.EqualError(t, err, "capture.yaml: cannot read: permission denied")
	})
}
