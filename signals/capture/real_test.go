package capture

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// real returns the path of a real capture, and skips the test where there is
// none.
func real(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "captures", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skip("needs the real captures beside the repository: ", err)
	}
	return path
}

// The counts are those of the captures when they were taken.
func TestRealCaptures(t *testing.T) {
	for _, row := range []struct {
		name     string
		targets  []string
		scrapes  int
		failed   map[string]int // by target
		statuses int            // scrapes with a status of 200
	}{
		{"healthy", []string{"kube-proxy/node-a{} 5s", "kube-proxy/node-b{} 5s", "kube-proxy/node-c{} 5s"}, 3 * 72, map[string]int{}, 0},
		{"incident", []string{
			"etcd/control-plane{} 15s", "kube-apiserver/control-plane{} 30s",
			"kube-proxy/node-a{} 5s", "kube-proxy/node-b{} 5s", "kube-proxy/node-c{} 5s", "kube-proxy/node-d-v1.20{} 5s",
		}, 4*120 + 20 + 40, map[string]int{"kube-apiserver/control-plane": 4, "kube-proxy/node-a": 8, "kube-proxy/node-c": 30}, 498},
		{"flaky-apiserver", []string{"kube-proxy/node-a{} 5s", "kube-proxy/node-b{} 5s", "kube-proxy/node-c{} 5s", "kube-proxy/node-d-v1.20{} 5s"}, 4 * 60, map[string]int{}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpenPath(t, real(t, row.name))
			require.Equal(t, row.name, c.Name)
			require.Equal(t, row.targets, targetsOf(c))
			require.Equal(t, []string{"EVENTS.md"}, c.Ignored)
			require.Empty(t, c.Problems)
			require.Equal(t, row.scrapes, c.Scrapes)
			require.Equal(t, 5*time.Second, c.Interval)
			failed, statuses, n, last := map[string]int{}, 0, 0, int64(0)
			s := c.Stream()
			for s.Next() {
				sc := s.Scrape()
				require.NoError(t, sc.Err, sc.File)
				require.GreaterOrEqual(t, sc.Time, last)
				last = sc.Time
				n++
				if sc.Failure != "" {
					require.Contains(t, sc.Failure, "curl: (7) Failed to connect")
					require.Empty(t, sc.Body)
					failed[sc.Target.Job+"/"+sc.Target.Instance]++
				} else {
					require.NotEmpty(t, sc.Body, sc.File)
				}
				if sc.Status == 200 {
					require.Contains(t, sc.Header.Get("Content-Type"), "text/plain")
					statuses++
				}
			}
			require.NoError(t, s.Err())
			require.Equal(t, row.scrapes, n)
			require.Equal(t, c.End, last)
			require.Equal(t, row.failed, failed)
			require.Equal(t, row.statuses, statuses)
		})
	}
}

func TestRealCounts(t *testing.T) {
	c := mustOpenPath(t, real(t, "incident"))
	for _, target := range c.Targets {
		want := map[string]int{"kube-proxy": 120, "kube-apiserver": 20, "etcd": 40}[target.Job]
		require.Equal(t, want, target.Scrapes, "%s/%s", target.Job, target.Instance)
	}
}

// One scrape by itself, with its headers.
func TestRealSingles(t *testing.T) {
	c := mustOpenPath(t, real(t, "singles/kube-apiserver-unauthenticated.prom"))
	require.Equal(t, []string{"kube-apiserver/unauthenticated{} 0s"}, targetsOf(c))
	s := c.Stream()
	require.True(t, s.Next())
	require.Equal(t, 403, s.Scrape().Status)
	require.Equal(t, "application/json", s.Scrape().Header.Get("content-type"))

	plain, packed := mustOpenPath(t, real(t, "singles/kube-proxy-node-a.prom")).Stream(), mustOpenPath(t, real(t, "singles/kube-proxy-node-a.prom.gz")).Stream()
	require.True(t, plain.Next())
	require.True(t, packed.Next())
	require.Contains(t, string(packed.Scrape().Body), "kubeproxy_sync_proxy_rules_duration_seconds")
	require.Equal(t, "gzip", packed.Scrape().Header.Get("Content-Encoding"))
	require.Equal(t, 200, packed.Scrape().Status)

	_, err := OpenPath(real(t, "singles"), nil, Options{})
	require.ErrorContains(t, err, "no time in the name or the content of ")
}
