package serve

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGrafana asks what Grafana's data source asks, in its order: its health
// check, what it finds out at the start, its query builder, and a panel.
func TestGrafana(t *testing.T) {
	h := handler(t, func(o *Options) { o.Clock = ClockStill })
	ok := func(got reply) map[string]any {
		t.Helper()
		require.Equal(t, 200, got.code, got.body)
		var out map[string]any
		require.NoError(t, json.Unmarshal([]byte(got.body), &out))
		require.Equal(t, "success", out["status"])
		return out
	}
	health := ok(post(h, api+"query", "query=1%2B1&time=4"))
	require.Equal(t, map[string]any{"resultType": "scalar", "result": []any{4.0, "2"}}, health["data"])
	build := ok(get(h, api+"status/buildinfo"))["data"].(map[string]any)
	require.NotContains(t, build, "features", "it would be Mimir's")
	require.NotEmpty(t, build["version"])
	require.NotEmpty(t, ok(get(h, api+"rules"))["data"].(map[string]any)["groups"])
	end := wall.Unix()
	span := fmt.Sprintf("start=%d&end=%d", end-3600, end)
	ok(post(h, api+"query_exemplars", span+"&query=load"))
	require.Contains(t, ok(post(h, api+"labels", span))["data"], "instance")
	require.Contains(t, ok(get(h, api+"label/__name__/values?"+span))["data"], "load")
	require.Len(t, ok(post(h, api+"series", span+"&match[]=load"))["data"], 2)
	require.Contains(t, ok(get(h, api+"metadata"))["data"], "load")
	require.Contains(t, get(h, api+"search/metric_names").body, "search API disabled", "it falls back")
	panel := ok(post(h, api+"query_range", span+"&step=15&query=load"))["data"].(map[string]any)
	require.Len(t, panel["result"], 2)
	last := panel["result"].([]any)[0].(map[string]any)["values"].([]any)
	require.Equal(t, float64(end), last[len(last)-1].([]any)[0], "the capture reaches up to now")
}
