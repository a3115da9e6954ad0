package push_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/push"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

func incident(t *testing.T) *capture.Capture {
	t.Helper()
	fsys, err := fixtures.FS("incident")
	require.NoError(t, err)
	c, err := capture.Open(fsys, "incident", capture.Options{})
	require.NoError(t, err)
	return c
}

// small is a capture of series that come and go, of targets that fail, and of
// samples with times of their own.
func small(t *testing.T) *capture.Capture {
	t.Helper()
	files := fstest.MapFS{}
	for target := range 3 {
		for i := range 20 {
			at := int64(1_700_000_000_000) + int64(i)*10_000 + int64(target)*1000
			name := fmt.Sprintf("app/node-%c/%d", 'a'+target, at)
			if i == 7 && target == 1 {
				files[name+".err"] = &fstest.MapFile{Data: []byte("connection refused\n")}
				continue
			}
			body := fmt.Sprintf("# TYPE a counter\na %d\nb{l=\"x\"} NaN\nown %d %d\n", i*3, i, at-3000)
			if i%4 != 3 {
				body += fmt.Sprintf("c{l=\"é \\\"q\\\"\"} -0\nd +Inf\ne{n=\"%d\"} 0.1\n", i/5)
			}
			files[name+".prom"] = &fstest.MapFile{Data: []byte(body)}
		}
	}
	c, err := capture.Open(files, "small", capture.Options{})
	require.NoError(t, err)
	return c
}

// replayed is what a replay of the same holds.
func replayed(t *testing.T, opts replay.Options, shift int64) map[string][]string {
	t.Helper()
	opts.Keep = true
	res, err := replay.Run(context.Background(), opts)
	require.NoError(t, err)
	return held(t, res.Store, shift)
}

var someRules = `groups:
- name: g
  rules:
  - {record: sum:a, expr: 'sum by (job) (a)'}
  - {alert: Down, expr: 'up == 0', labels: {severity: page}}
  - {alert: Late, expr: 'd > 1', for: 15s}
`

func groups(t *testing.T) []*rules.Group {
	t.Helper()
	list, errs := rules.Parse("rules.yml", []byte(someRules), rules.ParseOptions{})
	require.Empty(t, errs)
	return list
}

// What a server has after a push is what a replay has, bit for bit, in either
// version, and in batches of any size.
func TestPush(t *testing.T) {
	for _, tt := range []struct {
		name     string
		reason   string
		opts     push.Options
		only1    string
		protocol push.Protocol
	}{
		{"2.0", "the default", push.Options{}, "", push.Version2},
		{"1.0", "as told", push.Options{Protocol: push.Version1}, "", push.Version1},
		{"415", "the server says that it does not know 2.0", push.Options{}, "415", push.Version1},
		{"silent", "the server reads nothing in 2.0 and answers 204", push.Options{}, "silent", push.Version1},
		{"small batches", "their bounds are anywhere", push.Options{Batch: 7}, "", push.Version2},
		{"one by one", "a batch of one sample", push.Options{Batch: 1, Protocol: push.Version1}, "", push.Version1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReceiver(t)
			r.only1 = tt.only1
			opts := tt.opts
			opts.URL, opts.Replay = r.URL, replay.Options{Capture: small(t), Groups: groups(t)}
			res, err := push.Run(context.Background(), opts)
			require.NoError(t, err)
			want := replayed(t, replay.Options{Capture: small(t), Groups: groups(t)}, 0)
			same(t, want, r.stored)
			require.Contains(t, r.stored, `{__name__="ALERTS", alertname="Down", alertstate="firing", instance="node-b", job="app", severity="page"}`)
			require.Equal(t, int64(count(want)), res.Written)
			require.True(t, res.Complete)
			require.Zero(t, res.Refused+res.Known+res.Resumed)
			require.Equal(t, tt.protocol, res.Protocol)
			if tt.opts.Batch > 0 {
				require.Equal(t, tt.opts.Batch, r.max)
			}
		})
	}
}

func count(m map[string][]string) (n int) {
	for _, list := range m {
		n += len(list)
	}
	return n
}

// The real capture, whose series come, go and fail.
func TestPushIncident(t *testing.T) {
	r := newReceiver(t)
	res, err := push.Run(context.Background(), push.Options{URL: r.URL, Replay: replay.Options{Capture: incident(t)}})
	require.NoError(t, err)
	want := replayed(t, replay.Options{Capture: incident(t)}, 0)
	same(t, want, r.stored)
	require.Equal(t, int64(count(want)), res.Written)
}

// The samples of a dump are pushed at their times, between scrapes and what
// rules write: a server that takes only what is not older than what it has
// takes all.
func TestDumpAmongScrapes(t *testing.T) {
	files := fstest.MapFS{}
	var lines strings.Builder
	for i := range 60 {
		at := int64(1_700_000_000_000) + int64(i)*1000
		fmt.Fprintf(&lines, "m{instance=\"i\",job=\"j\"} %d %d.000\n", i, at/1000)
		if i%10 == 0 {
			files[fmt.Sprintf("app/node/%d.prom", at)] = &fstest.MapFile{Data: fmt.Appendf(nil, "a %d\n", i)}
		}
	}
	for i := range 60 {
		fmt.Fprintf(&lines, "n{instance=\"i\",job=\"j\"} %d %d.000\n", i, 1_700_000_000+i)
	}
	files["metrics.openmetrics"] = &fstest.MapFile{Data: []byte(lines.String() + "# EOF\n")}
	for _, list := range [][]*rules.Group{nil, groups(t)} {
		c, err := capture.Open(files, "mixed", capture.Options{})
		require.NoError(t, err)
		r := newReceiver(t)
		newest := int64(0)
		r.before = func(_ http.ResponseWriter, _ int, series []got) bool {
			require.Len(t, series, 1)
			if ts := series[0].times[0]; ts < newest {
				t.Errorf("%s at %d, after a sample at %d", series[0].labels, ts, newest)
			} else {
				newest = ts
			}
			return false
		}
		ro := replay.Options{Capture: c, Groups: list}
		res, err := push.Run(context.Background(), push.Options{URL: r.URL, Batch: 1, Replay: ro})
		require.NoError(t, err)
		want := replayed(t, ro, 0)
		same(t, want, r.stored)
		require.Equal(t, int64(count(want)), res.Written)
		require.Len(t, r.stored[`{__name__="n", instance="i", job="j"}`], 60)
	}
}

// The parts of a capture are the whole, and share no series; the first may have
// rules.
func TestShards(t *testing.T) {
	r := newReceiver(t)
	total := int64(0)
	for i := 1; i <= 2; i++ {
		opts := push.Options{URL: r.URL, Shard: i, Shards: 2, Replay: replay.Options{Capture: small(t)}}
		if i == 1 {
			opts.Replay.Groups = groups(t)
		}
		res, err := push.Run(context.Background(), opts)
		require.NoError(t, err)
		require.NotZero(t, res.Written)
		total += res.Written
	}
	want := replayed(t, replay.Options{Capture: small(t), Groups: groups(t)}, 0)
	same(t, want, r.stored)
	require.Equal(t, int64(count(want)), total)

	_, err := push.Run(context.Background(), push.Options{URL: r.URL, Shard: 2, Shards: 2, Replay: replay.Options{Capture: small(t), Groups: groups(t)}})
	require.ErrorIs(t, err, push.ErrRules)
}

// All is moved by the same time, and so is since when alerts are active.
func TestShift(t *testing.T) {
	r := newReceiver(t)
	res, err := push.Run(context.Background(), push.Options{URL: r.URL, Shift: time.Hour + 1500*time.Millisecond, Replay: replay.Options{Capture: small(t)}})
	require.NoError(t, err)
	require.Equal(t, time.Hour+time.Second, res.Shift)
	same(t, replayed(t, replay.Options{Capture: small(t)}, res.Shift.Milliseconds()), r.stored)

	r = newReceiver(t)
	_, err = push.Run(context.Background(), push.Options{URL: r.URL, Shift: time.Hour, Replay: replay.Options{Capture: small(t), Groups: groups(t)}})
	require.NoError(t, err)
	down := r.stored[`{__name__="ALERTS_FOR_STATE", alertname="Down", instance="node-b", job="app", severity="page"}`]
	require.Len(t, down, 2, "a value, and a marker")
	require.Equal(t, text(1_700_003_677_000, 1_700_003_677, nil, nil), down[0])
}

// External labels are added where a series has not its own.
func TestExternalLabels(t *testing.T) {
	r := newReceiver(t)
	ro := replay.Options{Capture: small(t), ExternalLabels: labels.FromStrings("cluster", "x", "job", "other")}
	_, err := push.Run(context.Background(), push.Options{URL: r.URL, Replay: ro})
	require.NoError(t, err)
	require.Contains(t, r.stored, `{__name__="up", cluster="x", instance="node-a", job="app"}`)
}

// What is refused for who sends it, or where to, ends the push at once.
func TestStatusThatEndsIt(t *testing.T) {
	for _, code := range []int{301, 401, 403, 404, 405, 418} {
		requests := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			w.Header().Set("Location", "http://user:secret@127.0.0.1:1/there?token=secret")
			w.WriteHeader(code)
			fmt.Fprintln(w, "no, not you")
		}))
		_, err := push.Run(context.Background(), push.Options{URL: s.URL, Replay: replay.Options{Capture: small(t)}})
		s.Close()
		var status *push.StatusError
		require.ErrorAs(t, err, &status)
		require.Equal(t, code, status.Code)
		require.NotContains(t, err.Error(), "secret")
		require.Equal(t, 1, requests)
	}
}
