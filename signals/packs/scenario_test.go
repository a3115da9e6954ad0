package packs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures/scenario"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// Each scenario that comes along is a failure that the article alerts on, and
// fires what is meant for it and nothing else.
func TestReadyScenarios(t *testing.T) {
	want := map[string][]string{
		"quiet":          nil,
		"proxy-down":     {"KubeProxyDown", "KubeProxyMissing"},
		"all-down":       {"KubeProxyAllDown", "KubeProxyDown", "KubeProxyMissing"},
		"apiserver-dead": {"KubeProxyErrors"},
		"slow-sync":      {"KubeProxySyncSlow"},
		"error-burst":    {"KubeProxyErrors"},
		"post-latency":   {"KubeProxyApiSlow"},
	}
	all, err := All()
	require.NoError(t, err)
	for _, n := range scenario.Names() {
		s, err := scenario.Ready(n[0])
		require.NoError(t, err)
		made, err := s.Make()
		require.NoError(t, err)
		c, err := capture.Open(made.FS, n[0], capture.Options{})
		require.NoError(t, err)
		require.Equal(t, want[n[0]], fired(t, c, all...), n[0])
		delete(want, n[0])
	}
	require.Empty(t, want)
}
