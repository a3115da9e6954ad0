package serve

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// TestManyClients lets 200 clients ask at once of a capture for which there is
// too little memory: every answer is right, or a 503 that says why, and what is
// held does not grow.
func TestManyClients(t *testing.T) {
	h, err := New(context.Background(), Options{MaxMemory: 150_000, MaxSamples: 1_000_000, Replay: replay.Options{Capture: wide(t)}})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
	ask := func(path string) (int, string) {
		resp, err := client.Get(server.URL + path)
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return 0, err.Error()
		}
		return resp.StatusCode, string(body)
	}
	var paths, want []string
	for _, expr := range []string{"m0", "m1", "sum(m2)", "rate(m0[2m])", "m0+m1", `large{k="7"}`, "up"} {
		q := url.Values{"query": {expr}, "start": {"1000000000"}, "end": {"1000000585"}, "step": {"15"}, "match[]": {expr}}
		paths = append(paths, api+"query_range?"+q.Encode())
	}
	paths = append(paths, api+"label/__name__/values", api+"series?match[]=m0", "/federate?match[]=m1", api+"targets")
	for _, path := range paths {
		code, body := ask(path)
		require.Equal(t, 200, code, body)
		want = append(want, body)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var right, busy, wrong atomic.Int64
	var said sync.Map
	stop := time.Now().Add(1500 * time.Millisecond)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			for n := i; time.Now().Before(stop); n += 7 {
				k := n % len(paths)
				switch code, body := ask(paths[k]); {
				case code == 200 && body == want[k]:
					right.Add(1)
				case code == 503 && (len(body) > 60 || k >= len(paths)-2):
					busy.Add(1)
				default:
					wrong.Add(1)
					said.Store(fmt.Sprint(paths[k], code, body), true)
				}
			}
		})
	}
	all.Wait()
	said.Range(func(k, _ any) bool { t.Log(k); return true })
	require.Zero(t, wrong.Load())
	require.Greater(t, right.Load(), int64(20))
	client.CloseIdleConnections()
	require.LessOrEqual(t, h.memory.taken(), h.memory.most)
	require.Less(t, heap(), before+20<<20)
	require.Zero(t, len(h.gate.slots))
	for u := range h.memory.units {
		require.Zero(t, u.pins)
	}
	t.Logf("%d right, %d busy", right.Load(), busy.Load())
}
