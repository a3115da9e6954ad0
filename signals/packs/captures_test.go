package packs

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// shared opens a real capture that is not embedded.
func shared(t *testing.T, name string) *capture.Capture {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "captures", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("the captures are not there: ", err)
	}
	c, err := capture.OpenPath(path, nil, capture.Options{})
	require.NoError(t, err)
	return c
}

func TestHealthyIsGood(t *testing.T) {
	b := evaluated(t, demo(t, "healthy"), Options{})
	require.Equal(t, OverTime, b.Mode)
	require.Len(t, b.Packs, 1)
	judged := 0
	for _, s := range b.Packs[0].Signals {
		for _, series := range s.Series {
			for _, p := range series.Points {
				require.NotContains(t, []Level{Warn, Bad}, p.Level, "%s of %s at %s: %v", s.Name, series.Instance, p.Time, p.Value)
				if p.Level == Good {
					judged++
				}
			}
		}
	}
	require.Greater(t, judged, 3000)
	for _, c := range []Concern{Latency, Errors, Saturation} {
		h := b.Packs[0].Headline(c)
		require.Equal(t, Good, h.Level, c)
		require.Empty(t, h.Absent, c)
		require.Len(t, h.Series, 3, c)
	}
}

// requireBad requires that something became bad soon after an event.
func requireBad(t *testing.T, r *SignalResult, instance, event string, soon time.Duration) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, "2026-11-21T"+event+"Z")
	require.NoError(t, err)
	for _, s := range seriesOn(r, instance) {
		if s.FirstBad != nil {
			require.WithinRange(t, *s.FirstBad, at, at.Add(soon), "%s of %s", r.Name, instance)
			return
		}
	}
	require.Fail(t, "never bad", "%s of %s", r.Name, instance)
}

// What EVENTS.md says was done, at its times.
func TestIncidentShowsItsEvents(t *testing.T) {
	b := evaluated(t, demo(t, "incident"), Options{})
	p := boardOf(t, b, "kube-proxy")

	// From 07:11:08 on 800 services and 8000 endpoints come. A sync shows when
	// it is over.
	sync := p.Headline(Latency)
	require.Equal(t, "sync-latency", sync.Name)
	for _, proxy := range []string{"node-a", "node-b", "node-c"} {
		requireBad(t, sync, proxy, "07:11:08", 90*time.Second)
	}
	require.Equal(t, Good, seriesOn(sync, "node-d-v1.20")[0].Level, "1.20 coped")
	require.Greater(t, sync.Worst.Value, 8.0)

	// The API server is killed at 07:13:07 and back at 07:14:38.
	failed := p.Headline(Errors)
	require.Equal(t, "failed-requests", failed.Name)
	for _, proxy := range []string{"node-a", "node-b", "node-c", "node-d-v1.20"} {
		requireBad(t, failed, proxy, "07:13:07", 15*time.Second)
		requireBad(t, resultOf(t, p, "unanswered-requests"), proxy, "07:13:07", 20*time.Second)
		last := seriesOn(failed, proxy)[0].Last()
		require.Zero(t, last.Value, "it is over at the end")
	}
	require.Equal(t, Good, resultOf(t, p, "server-errors").Level, "nobody answered with 5xx")

	// node-a is away from 07:15:38 to 07:16:13, node-c from 07:17:38 on.
	down := resultOf(t, p, "down")
	requireBad(t, down, "node-a", "07:15:37", 10*time.Second)
	requireBad(t, down, "node-c", "07:17:37", 10*time.Second)
	require.Equal(t, Good, seriesOn(down, "node-b")[0].Level)
	require.Equal(t, Bad, seriesOn(down, "node-c")[0].Last().Level)
	restarts := resultOf(t, p, "restarts")
	requireBad(t, restarts, "node-a", "07:16:12", 15*time.Second)
	for _, other := range []string{"node-b", "node-c", "node-d-v1.20"} {
		require.Nil(t, seriesOn(restarts, other)[0].FirstBad, other)
	}
}

// The API server that was killed, and the etcd that was not.
func TestIncidentControlPlane(t *testing.T) {
	b := evaluated(t, shared(t, "incident"), Options{})
	require.Len(t, b.Packs, 3)
	require.Equal(t, []Skipped{{Pack: "node", Lacked: []string{"node_cpu_seconds_total"}}, {Pack: "go", Lacked: []string{}, Taken: true}}, b.Skipped)
	api := boardOf(t, b, "kube-apiserver")
	require.Equal(t, 2*time.Minute, api.Window, "four scrapes, 30 s apart")
	requireBad(t, resultOf(t, api, "down"), "control-plane", "07:13:07", 35*time.Second)
	requireBad(t, resultOf(t, api, "restarts"), "control-plane", "07:14:37", 65*time.Second)
	require.Equal(t, Good, api.Headline(Errors).Level, "/readyz said 500 while it started, which is an answer")
	etcd := boardOf(t, b, "etcd")
	require.Equal(t, time.Minute, etcd.Window)
	for _, s := range etcd.Signals {
		require.NotContains(t, []Level{Warn, Bad}, s.Level, s.Name)
	}
}

// An API server that answers 500, 503 and 429 and is slow, from 07:29:54 on.
func TestFlakyShowsFailuresAndLatency(t *testing.T) {
	p := boardOf(t, evaluated(t, demo(t, "flaky"), Options{}), "kube-proxy")
	for _, proxy := range []string{"node-a", "node-b", "node-c", "node-d-v1.20"} {
		requireBad(t, p.Headline(Errors), proxy, "07:29:54", 30*time.Second)
		requireBad(t, resultOf(t, p, "server-errors"), proxy, "07:29:54", time.Minute)
		requireBad(t, resultOf(t, p, "api-latency"), proxy, "07:29:54", 75*time.Second)
		// Two to four at once, and no more: increase alone would see none.
		require.Equal(t, Warn, seriesOn(resultOf(t, p, "unanswered-requests"), proxy)[0].Level)
	}
	var urls, hosts int
	for _, s := range resultOf(t, p, "api-latency").Series {
		switch {
		case s.Instance == "node-d-v1.20":
			require.NotEmpty(t, s.Labels["url"])
			require.Contains(t, s.Expr, "verb, url, le")
			urls++
			if s.Level == Bad {
				require.Equal(t, 0.512, s.Worst.Value)
				require.Equal(t, 0.512, *s.Worst.Lower)
				require.True(t, isInf(*s.Worst.Upper))
				require.Contains(t, s.Worst.Flags, "capped")
			}
		default:
			require.NotEmpty(t, s.Labels["host"])
			hosts++
			if s.Level == Bad {
				require.NotContains(t, s.Worst.Flags, "capped")
				require.Greater(t, s.Worst.Value, 1.0)
			}
		}
	}
	require.Positive(t, urls)
	require.Positive(t, hosts)
	require.Equal(t, Good, p.Headline(Latency).Level, "the rules are written as ever")
}

func isInf(n float64) bool { return n > 1e308 }

// In nftables mode there is nothing of iptables, which is not zero of it.
func TestNftablesModeHasNoIptables(t *testing.T) {
	p := boardOf(t, evaluated(t, demo(t, "healthy"), Options{}), "kube-proxy")
	for _, name := range []string{"restore-failures", "iptables-rules", "invalid-packets"} {
		r := resultOf(t, p, name)
		require.Empty(t, seriesOn(r, "node-b"), name)
		require.NotEmpty(t, seriesOn(r, "node-a"), name)
		require.Len(t, r.Absent, 1, name)
		require.Equal(t, "node-b", r.Absent[0].Instance)
		require.NotEmpty(t, r.Absent[0].Lacked, name)
		require.Contains(t, r.Absent[0].Reason, "it has no kubeproxy_")
	}
	// Restore failures have no series on 1.36 until there is one: zero all the
	// same.
	require.Zero(t, float64(seriesOn(resultOf(t, p, "restore-failures"), "node-a")[0].Last().Value))
}

// The article's numbers, from its own payloads.
func TestArticle(t *testing.T) {
	open := func(name string) *capture.Capture {
		c, err := capture.OpenPath(filepath.Join("..", "..", "fixtures", "article", "kube-proxy", name), nil, capture.Options{Job: "kube-proxy"})
		require.NoError(t, err)
		return c
	}
	kp := []*Pack{kubeProxy(t)}
	tests := []struct {
		name  string // the quantile
		want  float64
		flags string
	}{
		{"0.5", .03964022, ""}, {"0.9", .06139775, ""}, {"0.99", .12172700, ""}, {"0.999", .27115255, ""},
		{"0.99999", 16.09545, ""}, {"1", 16.384, "capped"},
	}
	for _, tt := range tests {
		b := evaluated(t, open("sync-proxy-rules"), Options{Packs: kp, Set: map[string]string{"quantile": tt.name}})
		require.Equal(t, Life, b.Mode)
		r := b.Packs[0].Headline(Latency)
		require.Len(t, r.Series, 1)
		got := r.Series[0].Last()
		require.InEpsilon(t, tt.want, got.Value, 1e-6, tt.name)
		require.Equal(t, tt.flags, got.Flags, tt.name)
	}

	// An excerpt without a metric of kube-proxy's own.
	b := evaluated(t, open("requests-total"), Options{By: []string{"method"}})
	require.Len(t, b.Packs, 1)
	failed := b.Packs[0].Headline(Errors)
	require.Len(t, failed.Series, 2)
	require.Equal(t, map[string]string{"method": "GET"}, failed.Series[0].Labels)
	require.InEpsilon(t, 91.0/26586, failed.Series[0].Last().Value, 1e-9)
	require.InEpsilon(t, 6.0/7, failed.Series[1].Last().Value, 1e-9)
	require.Equal(t, Bad, failed.Series[1].Level)

	for q, want := range map[string]struct {
		value float64
		flags string
	}{
		"0.5": {.00111702, ""}, "0.9": {.00190851, ""}, "0.99": {.01228, "few"}, "0.999": {.015628, "few"},
		"0.99999": {.01599628, "few"}, "1": {.016, ""},
	} {
		b = evaluated(t, open("rest-client-duration"), Options{Set: map[string]string{"quantile": q}})
		got := resultOf(t, &b.Packs[0], "api-latency").Series[0].Last()
		require.InEpsilon(t, want.value, got.Value, 2e-6, q)
		require.Equal(t, want.flags, got.Flags, q)
	}
}

// Single scrapes of every component: what can be told of one is told, and is
// good.
func TestSingles(t *testing.T) {
	tests := []struct{ name, pack string }{
		{"kube-proxy-node-a.prom", "kube-proxy"}, {"kube-proxy-node-b.prom", "kube-proxy"}, {"kube-proxy-v1.20.6.prom", "kube-proxy"},
		{"kube-apiserver.prom", "kube-apiserver"}, {"etcd.prom", "etcd"}, {"node_exporter.prom", "node"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := evaluated(t, shared(t, "singles/"+tt.name), Options{})
			require.Equal(t, Life, b.Mode)
			require.Len(t, b.Packs, 1)
			require.Equal(t, tt.pack, b.Packs[0].Pack)
			for _, c := range Concerns() {
				h := b.Packs[0].Headline(c)
				require.NotEmpty(t, h.Series, "%s: %v", c, h.Absent)
			}
			for _, s := range b.Packs[0].Signals {
				require.NotEqual(t, Bad, s.Level, s.Name)
			}
		})
	}
}

// The go pack alone takes every Go process.
func TestGoAlone(t *testing.T) {
	p, err := Find("go")
	require.NoError(t, err)
	b := evaluated(t, demo(t, "incident"), Options{Packs: []*Pack{p}})
	require.Len(t, b.Packs[0].Targets, 4)
	require.Equal(t, Bad, b.Packs[0].Headline(Errors).Level, "node-a was restarted")
	require.Equal(t, Good, b.Packs[0].Headline(Latency).Level)
}
