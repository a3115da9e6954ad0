package packs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

func kubeProxy(t *testing.T) *Pack {
	t.Helper()
	all, err := All()
	require.NoError(t, err)
	i := slices.IndexFunc(all, func(p *Pack) bool { return p.Name == "kube-proxy" })
	require.GreaterOrEqual(t, i, 0)
	return all[i]
}

func replayed(t *testing.T, c *capture.Capture, set map[string]string) (map[string]replay.Rule, *replay.Result) {
	t.Helper()
	p := kubeProxy(t)
	text, err := p.Rules(set)
	require.NoError(t, err)
	groups, errs := rules.Parse(p.File, text, rules.ParseOptions{})
	require.Empty(t, errs)
	res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups})
	require.NoError(t, err)
	byName := map[string]replay.Rule{}
	for _, r := range res.Rules {
		require.Zero(t, r.Failed, "%s: %s", r.Alert, r.Error)
		byName[r.Alert] = r
	}
	return byName, res
}

func demo(t *testing.T, name string) *capture.Capture {
	t.Helper()
	fsys, err := fixtures.FS(name)
	require.NoError(t, err)
	c, err := capture.Open(fsys, name, capture.Options{})
	require.NoError(t, err)
	return c
}

// firing lists "instance from-to" of a rule's firing intervals, the times in
// minutes and seconds of the hour, "" for the end.
func firing(r replay.Rule) []string {
	var out []string
	for _, a := range r.Alerts {
		for _, iv := range a.Intervals {
			if iv.State != replay.Firing {
				continue
			}
			end := iv.End.Format("04:05")
			if iv.Open {
				end = ""
			}
			out = append(out, fmt.Sprintf("%s %s-%s", a.Labels.Get("instance"), iv.Start.Format("04:05"), end))
		}
	}
	return out
}

// What EVENTS.md says was done, and what each alert made of it.
func TestIncident(t *testing.T) {
	got, _ := replayed(t, demo(t, "incident"), nil)
	// node-a was away from 15:38 to 16:13, node-c is down since 17:38.
	require.Equal(t, []string{"node-a 16:10-16:20", "node-c 18:10-"}, firing(got["KubeProxyDown"]))
	require.Equal(t, []string{" 16:10-16:20", " 18:10-"}, firing(got["KubeProxyMissing"]))
	require.Empty(t, firing(got["KubeProxyAllDown"]))
	// The API server was dead from 13:08 to 14:38: every proxy's requests fail.
	errs := got["KubeProxyErrors"]
	require.Len(t, errs.Alerts, 4)
	for _, a := range errs.Alerts {
		first := a.Intervals[slices.IndexFunc(a.Intervals, func(iv replay.Interval) bool { return iv.State == replay.Firing })]
		require.Equal(t, "07:13", first.Start.Format("15:04"), a.Labels)
		require.Greater(t, a.Peak, 0.9)
	}
	// 800 services were created from 11:08 on; the 1.20 proxy coped.
	require.Len(t, got["KubeProxySyncSlow"].Alerts, 3)
	for _, s := range firing(got["KubeProxySyncSlow"]) {
		require.Contains(t, s, " 12:")
	}
	// Refused connections are fast: no latency alert, and that is right.
	require.Equal(t, replay.VerdictInactive, got["KubeProxyApiSlow"].Verdict)
}

func TestHealthyIsSilent(t *testing.T) {
	got, _ := replayed(t, demo(t, "healthy"), nil)
	for name, r := range got {
		require.Empty(t, r.Alerts, name)
		require.Equal(t, replay.VerdictInactive, r.Verdict, name)
	}
}

// The API server answers with errors and delays: on 1.20 the latency is found
// under url and capped at 0.512 s, on 1.36 under host.
func TestFlaky(t *testing.T) {
	got, _ := replayed(t, demo(t, "flaky"), nil)
	require.Len(t, got["KubeProxyErrors"].Alerts, 4)
	require.Equal(t, replay.VerdictFiring, got["KubeProxyErrors"].Verdict)
	slow := got["KubeProxyApiSlow"]
	require.Equal(t, replay.VerdictFiring, slow.Verdict)
	var url, host int
	for _, a := range slow.Alerts {
		if a.Labels.Get("url") != "" {
			require.InDelta(t, 0.512, a.Peak, 1e-9)
			url++
		}
		if a.Labels.Get("host") != "" {
			require.Greater(t, a.Peak, 1.0)
			host++
		}
	}
	require.Positive(t, url)
	require.Positive(t, host)
	require.Empty(t, got["KubeProxyDown"].Alerts)
}

// made is a capture of up to a minute in which proxies come and go: a rune a
// scrape, ten seconds apart, + answered, - refused.
func made(t *testing.T, job string, targets map[string]string) *capture.Capture {
	t.Helper()
	start := time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)
	fsys := fstest.MapFS{}
	for target, life := range targets {
		for i, c := range life {
			name := fmt.Sprintf("%s/%s/%d", job, target, start.Add(time.Duration(i)*10*time.Second).UnixMilli())
			if c == '+' {
				fsys[name+".prom"] = &fstest.MapFile{Data: []byte("kubeproxy_sync_proxy_rules_duration_seconds_count 1\n")}
			} else {
				fsys[name+".err"] = &fstest.MapFile{Data: []byte("refused\n")}
			}
		}
	}
	c, err := capture.Open(fsys, "made", capture.Options{})
	require.NoError(t, err)
	return c
}

func TestUpAndDown(t *testing.T) {
	const up, gone, never = "++++++++++++", "++++--------", "------------"
	tests := []struct {
		name, job string
		targets   map[string]string
		set       map[string]string
		want      []string // the alerts that fire
	}{
		{"all up", "kube-proxy", map[string]string{"a": up, "b": up}, nil, nil},
		{"one goes down, the job has any name", "whatever", map[string]string{"a": up, "b": gone}, nil, []string{"KubeProxyDown", "KubeProxyMissing"}},
		{"all go down", "whatever", map[string]string{"a": gone, "b": gone}, nil, []string{"KubeProxyAllDown", "KubeProxyDown", "KubeProxyMissing"}},
		{"one was never up: the job's name tells that it is a proxy", "kube-proxy", map[string]string{"a": up, "b": never}, nil, []string{"KubeProxyDown"}},
		{"one was never up and the job has another name: only the number of nodes tells", "whatever", map[string]string{"a": up, "b": never}, map[string]string{"nodes": "2"}, []string{"KubeProxyMissing"}},
		{"a node that is no target at all", "kube-proxy", map[string]string{"a": up}, map[string]string{"nodes": "2"}, []string{"KubeProxyMissing"}},
		{"down for 20 s only", "kube-proxy", map[string]string{"a": up, "b": "++++--++++++"}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := replayed(t, made(t, tt.job, tt.targets), tt.set)
			var fired []string
			for _, name := range slices.Sorted(maps.Keys(got)) {
				if got[name].Verdict == replay.VerdictFiring {
					fired = append(fired, name)
				}
			}
			require.Equal(t, tt.want, fired)
		})
	}
}

func TestRulesParameters(t *testing.T) {
	p := kubeProxy(t)
	tests := []struct {
		name string
		set  map[string]string
		err  string
	}{
		{"a name that it lacks", map[string]string{"node": "4"}, `no parameter "node": it has nodes`},
		{"no number", map[string]string{"nodes": "4) or vector(1"}, "must be a decimal number"},
		{"not a number by name", map[string]string{"nodes": "nan"}, "must be a decimal number"},
		{"empty", map[string]string{"nodes": ""}, "must be a decimal number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := p.Rules(tt.set)
			require.ErrorContains(t, err, tt.err)
		})
	}
	text, err := p.Rules(map[string]string{"nodes": "4"})
	require.NoError(t, err)
	require.Contains(t, string(text), ") < 4\n")
	require.NotContains(t, string(text), "${")
}

// Errors in a pack must point into the file that people edit.
func TestRulesKeepLines(t *testing.T) {
	p := kubeProxy(t)
	text, err := p.Rules(nil)
	require.NoError(t, err)
	line := func(s string) int {
		before, _, ok := strings.Cut(s, "- alert: KubeProxyErrors")
		require.True(t, ok)
		return strings.Count(before, "\n")
	}
	require.Equal(t, line(string(p.text)), line(string(text)))
}
