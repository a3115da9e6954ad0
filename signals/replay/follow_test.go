package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/rules"
)

const followed = `
groups:
- name: g
  rules:
  - {alert: Down, expr: up == 0, for: 10s}
  - {alert: High, expr: 'v > 5', annotations: {a: "{{ $value }}"}}
  - {record: r, expr: 'sum(rate(c_total[20s]))'}
- name: slow
  interval: 20s
  rules:
  - {alert: Slow, expr: 'r > 2', keep_firing_for: 30s}
  - {alert: Gone, expr: 'absent(v{instance="late"})'}
`

// What is told of a capture while it grows is what a replay of the whole comes
// to, instant by instant: also where one target's failures come an interval
// late, one begins late, and one ends.
func TestFollow(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
	}
	put("capture.yaml", "interval: 5s\n")
	groups, errs := rules.Parse("f.yml", []byte(followed), rules.ParseOptions{})
	require.Empty(t, errs)
	var told []string
	spell := func(c Change) string {
		return fmt.Sprint(c.At.UTC(), c.Rule.Alert, c.Labels, c.From, "→", c.To)
	}
	open := func() (*capture.Capture, error) { return capture.OpenPath(dir, nil, capture.Options{}) }
	f := &Follower{Open: open, Options: Options{Groups: groups}, Tell: func(c Change) { told = append(told, spell(c)) }}

	start := time.UnixMilli(1795244460000)
	scrape := func(instance string, n int) {
		name := fmt.Sprintf("j/%s/%d", instance, start.Add(time.Duration(n)*5*time.Second).UnixMilli())
		switch {
		case n < 0 || instance == "b" && n > 40 || instance == "late" && n < 20:
		case instance == "hang" && n%7 > 3:
			put(name+".err", "timeout\n")
		default:
			put(name+".prom", fmt.Sprintf("# TYPE c_total counter\nc_total %d\nv %d\n", n*n/4, (n*7+len(instance))%11))
		}
	}
	early := 0
	for n := range 60 {
		for _, instance := range []string{"a", "b", "late"} {
			scrape(instance, n)
		}
		now := start.Add(time.Duration(n)*5*time.Second + 100*time.Millisecond)
		require.NoError(t, f.step(t.Context(), now))
		if n > 0 {
			scrape("hang", n-1) // when its timeout has passed
		}
		require.NoError(t, f.step(t.Context(), now.Add(4900*time.Millisecond)))
		if n == 30 {
			early = len(told)
		}
	}
	scrape("hang", 59)
	require.Greater(t, early, 5, "alerts are told while the capture grows")
	c, err := open()
	require.NoError(t, err)
	res, err := Run(t.Context(), Options{Capture: c, Groups: groups})
	require.NoError(t, err)
	var want []string
	for _, c := range res.Changes() {
		want = append(want, spell(c))
	}
	require.Greater(t, len(want), len(told), "the last ones are not settled")
	f.Rest(res, time.Now().AddDate(100, 0, 0))
	require.Equal(t, want, told)
	kinds := map[string]bool{}
	for _, c := range res.Changes() {
		kinds[c.Rule.Alert+string(c.From)+string(c.To)] = true
	}
	for _, kind := range []string{"Downpending", "Downpendingfiring", "Downfiring", "Highfiring", "Slowfiring", "Gonefiring"} {
		require.True(t, kinds[kind], "the test sees no %s", kind)
	}
}

func TestChangeText(t *testing.T) {
	at := time.UnixMilli(1795244460500)
	for _, row := range []struct {
		name, reason string
		from, to     State
		want         string
	}{
		{"fires", "with its value", Pending, Firing, `2026-11-21T07:01:00.5Z firing High {} 5.25`},
		{"ends", "it has no value", Firing, "", `2026-11-21T07:01:00.5Z resolved High {}`},
		{"ends before it fires", "there is nothing to resolve", Pending, "", `2026-11-21T07:01:00.5Z inactive High {}`},
	} {
		require.Equal(t, row.want, Change{At: at, Rule: Rule{Alert: "High"}, From: row.from, To: row.to, Value: 5.25}.Text(), row.name+row.reason)
	}
}
