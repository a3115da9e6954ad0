package serve

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// FuzzRequest asks anything of every endpoint: there is always an answer, and
// it is JSON.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][2]string{
		{"query", "query=load"}, {"query", "query=load[1m:1s]&time=1e9&stats=all&limit=1"}, {"query_range", "query=sum(load)&start=1e9&end=1000000090&step=7"},
		{"parse_query", "query=load{a=~\".*\"} @ 5 offset 1m"}, {"format_query", "query=1"}, {"series", "match[]=load"}, {"label/a/values", ""},
		{"rules", "group_limit=1&time=5"}, {"metadata", "limit=-1"}, {"query", "time=1e300&query=1"}, {"query", "time=-1e300&query=1"}, {"status/tsdb", "limit=1"}, {"targets/metadata", "match_target={}"},
	} {
		f.Add(seed[0], seed[1])
	}
	fsys := fstest.MapFS{"x/y/1000000000.prom": {Data: []byte("load 1\n")}}
	c, err := capture.Open(fsys, "", capture.Options{})
	require.NoError(f, err)
	h, err := New(context.Background(), Options{Clock: ClockStill, MaxSamples: 1000, Replay: replay.Options{Capture: c}})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, path, params string) {
		got := post(h, api+url.PathEscape(path), params)
		if path = strings.Trim(path, "/"); url.PathEscape(path) == path {
			got = get(h, api+path+"?"+(url.Values{"query": {params}, "start": {params}, "end": {"1e9"}, "step": {"1"}, "match[]": {params}}).Encode())
		}
		if got.code == 204 || got.code == 307 || got.code == 301 {
			return
		}
		if !json.Valid([]byte(got.body)) {
			t.Fatalf("%d %q", got.code, got.body)
		}
	})
}

// TestHostileNames: what files say is text on the page and in answers.
func TestHostileNames(t *testing.T) {
	const evil = `<script>alert(1)</script>"'&`
	fsys := fstest.MapFS{"x/y/1000000000.prom": {Data: []byte("# HELP m " + evil + "\nm{a=\"<script>\"} 1\n")}}
	c, err := capture.Open(fsys, evil, capture.Options{})
	require.NoError(t, err)
	h, err := New(context.Background(), Options{Replay: replay.Options{Capture: c}})
	require.NoError(t, err)
	require.NotContains(t, get(h, "/").body, "<script>")
	require.Contains(t, get(h, "/").body, "&lt;script&gt;")
	for _, path := range []string{"query?query=m", "metadata", "series?match[]=m", "query?query=1&time=%3Cscript%3E"} {
		got := get(h, api+path)
		require.Contains(t, strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(got.body), "<script>", path)
		require.Equal(t, "application/json", got.header.Get("Content-Type"), "no browser takes it for a page")
		require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
	}
}
