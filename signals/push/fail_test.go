package push_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/push"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// noWait does not sleep, and keeps what it was asked for.
func noWait(waits *[]time.Duration) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		*waits = append(*waits, d)
		return ctx.Err()
	}
}

// A server that fails in all kinds of ways, at random, before it stores a
// request and after, has all of it in the end and nothing twice.
func TestFailures(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := newReceiver(t)
			random := rand.New(rand.NewPCG(seed, 1))
			fail := func(w http.ResponseWriter) bool {
				switch random.IntN(12) {
				case 0:
					w.Header().Set("Retry-After", "7")
					http.Error(w, "starting", http.StatusServiceUnavailable)
				case 1:
					http.Error(w, "slower", http.StatusTooManyRequests)
				case 2:
					http.Error(w, "oh", http.StatusInternalServerError)
				case 3:
					panic(http.ErrAbortHandler) // the connection is cut
				default:
					return false
				}
				return true
			}
			r.before = func(w http.ResponseWriter, _ int, _ []got) bool { return fail(w) }
			r.after = func(w http.ResponseWriter, _ int) bool { return fail(w) }
			var waits []time.Duration
			opts := push.Options{URL: r.URL, Batch: 1 + random.IntN(60), Replay: replay.Options{Capture: small(t)}}
			if seed%2 == 1 {
				opts.Protocol = push.Version1
			}
			push.SetWait(&opts, noWait(&waits))
			res, err := push.Run(context.Background(), opts)
			require.NoError(t, err)
			want := replayed(t, replay.Options{Capture: small(t)}, 0)
			same(t, want, r.stored)
			require.Equal(t, int64(count(want)), res.Written+res.Known)
			require.Zero(t, res.Refused)
			require.Equal(t, len(waits), res.Retries)
			require.Contains(t, waits, 7*time.Second, "Retry-After")
		})
	}
}

// Each attempt waits longer, up to a bound, and ends after a time.
func TestBackOff(t *testing.T) {
	r := newReceiver(t)
	r.before = func(w http.ResponseWriter, _ int, _ []got) bool {
		http.Error(w, "not now", http.StatusBadGateway)
		return true
	}
	var waits []time.Duration
	opts := push.Options{URL: r.URL, GiveUp: time.Minute, Replay: replay.Options{Capture: small(t)}}
	push.SetWait(&opts, noWait(&waits))
	res, err := push.Run(context.Background(), opts)
	var status *push.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, "not now", status.Message)
	require.ErrorContains(t, err, "tried")
	require.False(t, res.Complete)
	require.Zero(t, res.Written)
	total := time.Duration(0)
	for i, w := range waits {
		total += w
		require.Less(t, w, 15*time.Second)
		require.GreaterOrEqual(t, w, min(10*time.Second, 100*time.Millisecond<<i)/2)
		if i > 0 && w < 7*time.Second {
			require.Greater(t, w, waits[i-1])
		}
	}
	require.LessOrEqual(t, total, time.Minute)
	require.Greater(t, total, 30*time.Second)
}

// A server that asks for more time than there is does not get it.
func TestRetryAfterIsBounded(t *testing.T) {
	r := newReceiver(t)
	r.before = func(w http.ResponseWriter, _ int, _ []got) bool {
		w.Header().Set("Retry-After", time.Now().Add(3*time.Hour).UTC().Format(http.TimeFormat))
		http.Error(w, "", http.StatusServiceUnavailable)
		return true
	}
	var waits []time.Duration
	opts := push.Options{URL: r.URL, Replay: replay.Options{Capture: small(t)}}
	push.SetWait(&opts, noWait(&waits))
	_, err := push.Run(context.Background(), opts)
	require.Regexp(t, `it asks to wait for (3h0m0s|2h59m5\ds), which is longer than is waited \(10m0s\)`, err.Error())
	require.Empty(t, waits)
}

// A series that a server refuses costs no other one, of a server that stores a
// request as a whole as of one that tells how much it has written.
func TestRefusedSeries(t *testing.T) {
	for _, protocol := range []push.Protocol{push.Version1, push.Version2} {
		r := newReceiver(t)
		r.before = func(w http.ResponseWriter, _ int, all []got) bool {
			kept := all[:0]
			bad := 0
			for _, s := range all {
				if s.labels == `{__name__="d", instance="node-a", job="app"}` {
					bad += len(s.samples)
					continue
				}
				kept = append(kept, s)
			}
			if bad == 0 {
				return false
			}
			if protocol == push.Version2 {
				w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", fmt.Sprint(r.store(kept, true)))
			}
			http.Error(w, "no metric may be called d", http.StatusBadRequest)
			return true
		}
		res, err := push.Run(context.Background(), push.Options{URL: r.URL, Protocol: protocol, Batch: 40, Replay: replay.Options{Capture: small(t)}})
		require.NoError(t, err)
		want := replayed(t, replay.Options{Capture: small(t)}, 0)
		d := want[`{__name__="d", instance="node-a", job="app"}`]
		delete(want, `{__name__="d", instance="node-a", job="app"}`)
		same(t, want, r.stored)
		require.Equal(t, int64(len(d)), res.Refused)
		require.Equal(t, int64(count(want)), res.Written)
		require.Len(t, res.Refusals, 1)
		require.Equal(t, "no metric may be called d", res.Refusals[0].Message)
		require.Equal(t, int64(len(d)), res.Refusals[0].Samples)
	}
}

// What is refused without a word on how much of it was written, in 2.0 or as
// too large, is sent again only when a single series of it is taken, or
// refused for something else.
func TestRefusedWithoutCounts(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		code         int
		protocol     push.Protocol
		bad          func(n int, series []got) string // the answer; "": taken
		requests     int                              // 0: any number
		refused      string                           // the one series; "": all
	}{
		{"all", "the first one of each batch is tried alone", 400, push.Version2, func(int, []got) string { return "no" }, 6, ""},
		{"any size", "as small as a series", 413, push.Version1, func(int, []got) string { return "large" }, 6, ""},
		{"above 4", "some size is small enough", 413, push.Version1, func(_ int, series []got) string {
			if len(series) > 4 {
				return "large"
			}
			return ""
		}, 0, "none"},
		{"one", "it is found", 400, push.Version2, func(_ int, series []got) string {
			for _, s := range series {
				if s.labels == `{__name__="d", instance="node-a", job="app"}` {
					return "no d"
				}
			}
			return ""
		}, 0, `{__name__="d", instance="node-a", job="app"}`},
		{"first", "each has words of its own", 400, push.Version2, func(_ int, series []got) string {
			for _, s := range series {
				if s.labels == `{__name__="a", instance="node-a", job="app"}` {
					return fmt.Sprintf("of %d series one is a", len(series))
				}
			}
			return ""
		}, 0, `{__name__="a", instance="node-a", job="app"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReceiver(t)
			r.before = func(w http.ResponseWriter, n int, series []got) bool {
				text := tt.bad(n, series)
				if text != "" {
					http.Error(w, text, tt.code)
				}
				return text != ""
			}
			res, err := push.Run(context.Background(), push.Options{URL: r.URL, Protocol: tt.protocol, Batch: 60, Replay: replay.Options{Capture: small(t)}})
			if tt.refused == "" {
				var refused *push.RefusedError
				require.ErrorAs(t, err, &refused, tt.reason)
				require.Equal(t, int64(180), res.Refused)
				require.Equal(t, tt.requests, r.requests)
				return
			}
			require.NoError(t, err, tt.reason)
			want := replayed(t, replay.Options{Capture: small(t)}, 0)
			require.Equal(t, int64(len(want[tt.refused])), res.Refused)
			delete(want, tt.refused)
			same(t, want, r.stored)
			require.Equal(t, int64(count(want)), res.Written)
		})
	}
}

// A server that takes nothing is not asked for ever; what it refused is pushed
// when the push is resumed.
func TestServerThatTakesNothing(t *testing.T) {
	for _, protocol := range []push.Protocol{push.Version1, push.Version2} {
		r := newReceiver(t)
		taken := 3
		r.before = func(w http.ResponseWriter, n int, _ []got) bool {
			if n <= taken {
				return false
			}
			if protocol == push.Version2 {
				w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", "0")
			}
			http.Error(w, "out of bounds", http.StatusBadRequest)
			return true
		}
		opts := push.Options{URL: r.URL, Protocol: protocol, Batch: 50, Replay: replay.Options{Capture: small(t)}, Journal: filepath.Join(t.TempDir(), "j")}
		res, err := push.Run(context.Background(), opts)
		var refused *push.RefusedError
		require.ErrorAs(t, err, &refused)
		require.True(t, refused.Reason.TooOld())
		require.Equal(t, int64(150), refused.Samples)
		require.Equal(t, []int64{150, 150}, []int64{res.Written, res.Refused})
		require.Less(t, r.requests, 120)

		taken = 1 << 30
		res, err = push.Run(context.Background(), opts)
		require.NoError(t, err)
		want := replayed(t, replay.Options{Capture: small(t)}, 0)
		same(t, want, r.stored)
		require.Equal(t, []int64{150, 0, int64(count(want))}, []int64{res.Resumed, res.Refused, res.Written})
	}
}

// A push that is cut off at any point and resumed leaves out nothing and writes
// nothing twice.
func TestResume(t *testing.T) {
	random := rand.New(rand.NewPCG(20, 26))
	want := replayed(t, replay.Options{Capture: small(t), Groups: groups(t)}, 0)
	for n := range 20 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			r := newReceiver(t)
			journal := filepath.Join(t.TempDir(), "journal")
			opts := push.Options{
				URL: r.URL, Batch: 25, Journal: journal,
				Replay: replay.Options{Capture: small(t), Groups: groups(t)},
			}
			if n%2 == 1 {
				opts.Protocol = push.Version1
			}
			cut := errors.New("cut")
			ctx, cancel := context.WithCancelCause(context.Background())
			at, late := 1+random.IntN(20), random.IntN(2) == 0
			stop := func(n int) bool {
				if n == at {
					cancel(cut)
					panic(http.ErrAbortHandler)
				}
				return false
			}
			if late { // what was stored is not answered
				r.after = func(_ http.ResponseWriter, n int) bool { return stop(n) }
			} else {
				r.before = func(_ http.ResponseWriter, n int, _ []got) bool { return stop(n) }
			}
			res, err := push.Run(ctx, opts)
			require.ErrorIs(t, err, cut)
			require.Equal(t, int64(25*(at-1)), res.Written)

			opts.Batch = 11 // the journal has its own
			res, err = push.Run(context.Background(), opts)
			require.NoError(t, err)
			same(t, want, r.stored)
			require.Equal(t, int64(25*(at-1)), res.Resumed)
			require.Equal(t, int64(count(want)), res.Written+res.Known)
			require.Zero(t, res.Refused)
			require.Equal(t, 25, r.max)

			before := r.requests
			res, err = push.Run(context.Background(), opts)
			require.NoError(t, err)
			require.True(t, res.Complete)
			require.Equal(t, before, r.requests, "all of it is there")
		})
	}
}

// What is refused as being there counts as written in the first batch alone.
func TestKnown(t *testing.T) {
	r := newReceiver(t)
	journal := filepath.Join(t.TempDir(), "journal")
	opts := push.Options{URL: r.URL, Batch: 100, Journal: journal, Protocol: push.Version1, Replay: replay.Options{Capture: small(t)}}
	cut := errors.New("cut")
	ctx, cancel := context.WithCancelCause(context.Background())
	r.after = func(_ http.ResponseWriter, n int) bool { // all that is known to us is lost
		if n == 2 {
			cancel(cut)
			panic(http.ErrAbortHandler)
		}
		return false
	}
	_, err := push.Run(ctx, opts)
	require.ErrorIs(t, err, cut)
	res, err := push.Run(context.Background(), opts)
	require.NoError(t, err)
	require.Equal(t, int64(100), res.Known)
	require.Zero(t, res.Refused)

	require.NoError(t, os.Remove(journal))
	res, err = push.Run(context.Background(), opts)
	var refused *push.RefusedError
	require.ErrorAs(t, err, &refused, "without a journal nothing says that it is there")
	require.Zero(t, res.Known)
}

// A journal is of one push alone.
func TestJournalOfAnother(t *testing.T) {
	r := newReceiver(t)
	journal := filepath.Join(t.TempDir(), "journal")
	first := push.Options{URL: r.URL, Journal: journal, Replay: replay.Options{Capture: small(t)}}
	_, err := push.Run(context.Background(), first)
	require.NoError(t, err)
	for _, tt := range []struct {
		name, reason, want string
		change             func(*push.Options)
	}{
		{"address", "another server has none of it", "it is of a push to http://", func(o *push.Options) { o.URL = "http://user:secret@127.0.0.1:1/x?token=secret" }},
		{"capture", "other samples", "it is of the capture small", func(o *push.Options) { o.Replay.Capture = incident(t) }},
		{"shard", "other targets", "it is of shard none, this is 1/2", func(o *push.Options) { o.Shard, o.Shards = 1, 2 }},
		{"rules", "more samples", "rules, external labels", func(o *push.Options) { o.Replay.Groups = groups(t) }},
	} {
		opts := first
		tt.change(&opts)
		_, err := push.Run(context.Background(), opts)
		var bad *push.JournalError
		require.ErrorAs(t, err, &bad, "%s: %s", tt.name, tt.reason)
		require.ErrorContains(t, err, tt.want)
		require.NotContains(t, err.Error(), "secret")
	}
	for _, text := range []string{"", "{", `{"version": 2}`, `{"version": 1, "done": -5, "batch": 1}`} {
		require.NoError(t, os.WriteFile(journal, []byte(text), 0o600))
		_, err := push.Run(context.Background(), first)
		var bad *push.JournalError
		require.ErrorAs(t, err, &bad, text)
	}
}
