package serve

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// wide is a capture of three metrics, m0 to m2, with ten series each, and one
// of two hundred.
func wide(t *testing.T) *capture.Capture {
	t.Helper()
	fsys := fstest.MapFS{}
	for i := range 40 {
		var b strings.Builder
		for k := range 10 {
			fmt.Fprintf(&b, "m0{k=\"%d\"} %d\nm1{k=\"%d\"} %d\nm2{k=\"%d\"} %d\n", k, i*k, k, -i, k, i)
		}
		for k := range 200 {
			fmt.Fprintf(&b, "large{k=\"%d\"} %d\n", k, i)
		}
		fsys[fmt.Sprintf("x/y/%d.prom", 1_000_000_000+15*i)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	c, err := capture.Open(fsys, "", capture.Options{})
	require.NoError(t, err)
	return c
}

// sparing serves it with little memory, and counts how often it is read after
// the first time.
func sparing(t *testing.T, memory int64, text string) (*Handler, *atomic.Int64) {
	t.Helper()
	opts := Options{MaxMemory: memory, MaxSamples: 1_000_000, Replay: replay.Options{Capture: wide(t)}}
	if text != "" {
		groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
		require.Empty(t, errs)
		opts.Replay.Groups = groups
	}
	h, err := New(context.Background(), opts)
	require.NoError(t, err)
	require.NoError(t, h.Wait(context.Background()))
	reads := &atomic.Int64{}
	s := h.book.Load().store
	read := s.read
	s.read = func(ctx context.Context, keep []string, rules bool, held func(kept, known int64) error) (*replay.Store, error) {
		reads.Add(1)
		return read(ctx, keep, rules, held)
	}
	return h, reads
}

// TestShelf: what is asked for is read once, held while there is room, and read
// again after that. The bound holds.
func TestShelf(t *testing.T) {
	h, reads := sparing(t, 200_000, "") // half of it, without the index of some 20,000
	count := func(name string, want int64) {
		t.Helper()
		got := get(h, api+"query?query=count("+name+")&time=1000000300")
		require.Equal(t, 200, got.code, got.body)
		require.Contains(t, got.body, `"10"`)
		require.Equal(t, want, reads.Load(), name)
		require.LessOrEqual(t, h.memory.taken(), h.memory.most)
	}
	count("m0", 1)
	count("m0", 1)
	count(`m0{k=~".*"}`, 1) // other matchers, the same metric
	count("m1", 2)
	count("m0%20or%20m1%20or%20m2", 3)
	for range 3 {
		count("m0", 3)
	}
	count(`{__name__=~"m[01]",__name__!="m1"}`, 4) // no name, so that no metric as a whole tells
	count(`{__name__=~"m[01]",__name__!="m1"}`, 4)
	require.Greater(t, h.memory.taken(), int64(10_000))
}

// TestShelfGivesUp: least recently used first.
func TestShelfGivesUp(t *testing.T) {
	h, reads := sparing(t, 60_000, "")
	ask := func(name string) {
		require.Equal(t, 200, get(h, api+"query?query="+name+"&time=1000000300").code)
	}
	ask("m0")
	ask("m1")
	ask("m0")
	ask("m2") // in the place of m1
	require.Equal(t, int64(3), reads.Load())
	ask("m0")
	require.Equal(t, int64(3), reads.Load())
	ask("m1")
	require.Equal(t, int64(4), reads.Load())
	require.LessOrEqual(t, h.memory.taken(), h.memory.most)
}

// TestTooLarge: what alone is more than there may be is an error, a part of it
// is not, and others are told to come again.
func TestTooLarge(t *testing.T) {
	// An eighth is the index's, of 230 series, whatever form labels have.
	one := labels.FromStrings(model.MetricNameLabel, "large", "instance", "y", "job", "x", "k", "199")
	h, reads := sparing(t, 8*230*(int64(one.ByteSize())+80)+90_000, "")
	got := get(h, api+"query?query=large&time=1000000300")
	require.Equal(t, 422, got.code, got.body)
	require.Contains(t, got.body, `"errorType":"execution"`)
	require.Contains(t, got.body, "pass --max-memory")
	require.Contains(t, get(h, api+`query?query=large{k="7"}&time=1000000300`).body, `"20"`)
	before := reads.Load()
	require.Contains(t, get(h, api+`query?query=large{k="7"}&time=1000000300`).body, `"20"`)
	require.Equal(t, before, reads.Load(), "the part is held")
	require.Equal(t, 200, get(h, api+"series?match[]=large").code, "the index knows its series")

	c := &claim{m: h.memory}
	require.NoError(t, c.set(h.memory.most-h.memory.fixed))
	got = get(h, api+"query?query=m0&time=1000000300")
	require.Equal(t, 503, got.code, got.body)
	require.Contains(t, got.body, "ask again later")
	require.Equal(t, "10", got.header.Get("Retry-After"))
	require.NoError(t, c.set(0))
	require.Equal(t, 200, get(h, api+"query?query=m0&time=1000000300").code)
}

// TestShelfWithRules: what rules write is there though the rest is not, and is
// read with them once it had to give way.
func TestShelfWithRules(t *testing.T) {
	h, reads := sparing(t, 300_000, `groups: [{name: g, rules: [{record: n, expr: "sum(m0)"}, {alert: A, expr: "m1 < -5"}]}]`)
	require.Contains(t, get(h, api+"query?query=n&time=1000000300").body, `"855"`)
	require.Contains(t, get(h, api+"query?query=count(ALERTS)&time=1000000300").body, `"10"`)
	require.Zero(t, reads.Load())
	h.memory.mu.Lock()
	for u := h.memory.oldest(); u != nil; u = h.memory.oldest() {
		u.remove()
	}
	h.memory.mu.Unlock()
	require.Contains(t, get(h, api+"query?query=n&time=1000000300").body, `"855"`)
	require.Contains(t, get(h, api+"query?query=count(ALERTS)&time=1000000300").body, `"10"`)
	require.Equal(t, int64(2), reads.Load())
	require.Contains(t, get(h, api+`query?query=count({job="x"})&time=1000000300`).body, `--max-memory`, "everything is too much")
	require.Contains(t, get(h, api+`query?query=count({alertname="A"})&time=1000000300`).body, `"20"`, "no name, and rules write it")
}

// TestTogether: who asks while something is read waits, and all who wait are
// served by one reading; who leaves does not hold it up.
func TestTogether(t *testing.T) {
	h, reads := sparing(t, 400_000, "")
	s := h.book.Load().store
	read, hold := s.read, make(chan struct{})
	s.read = func(ctx context.Context, keep []string, rules bool, held func(kept, known int64) error) (*replay.Store, error) {
		<-hold
		return read(ctx, keep, rules, held)
	}
	ctx, cancel := context.WithCancel(context.Background())
	answers := make(chan error, 9)
	named := func(name string) [][]*labels.Matcher {
		return [][]*labels.Matcher{{labels.MustNewMatcher(labels.MatchEqual, "__name__", name)}}
	}
	lend := func(ctx context.Context, name string) {
		l, err := s.lend(ctx, named(name))
		if err == nil {
			l.Close()
		}
		answers <- err
	}
	waits := func(n int) {
		require.Eventually(t, func() bool {
			s.mem.mu.Lock()
			defer s.mem.mu.Unlock()
			got := 0
			for _, o := range s.orders {
				got += o.waiting
			}
			return got == n
		}, 5*time.Second, time.Millisecond)
	}
	go lend(context.Background(), "m0")
	waits(1)
	for range 3 {
		go lend(context.Background(), "m1")
		go lend(context.Background(), "m2")
	}
	go lend(ctx, "large")
	waits(8)
	cancel()
	require.ErrorIs(t, <-answers, context.Canceled)
	waits(7)
	close(hold)
	for range 7 {
		require.NoError(t, <-answers)
	}
	require.LessOrEqual(t, reads.Load(), int64(2), "m0 alone, or with all others")
	s.mem.mu.Lock()
	defer s.mem.mu.Unlock()
	for u := range s.mem.units {
		require.Zero(t, u.pins)
	}
	require.Empty(t, s.orders)
}

// TestWaitsForNobody: when all who waited have left, the reading ends.
func TestWaitsForNobody(t *testing.T) {
	h, _ := sparing(t, 400_000, "")
	s := h.book.Load().store
	ended := make(chan error, 1)
	s.read = func(ctx context.Context, keep []string, rules bool, held func(kept, known int64) error) (*replay.Store, error) {
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := s.lend(ctx, [][]*labels.Matcher{{labels.MustNewMatcher(labels.MatchEqual, "__name__", "m0")}})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, <-ended, context.Canceled)
}

// TestSeriesWithin: whether a series has samples in a range is told exactly,
// also where its first and last one do not tell.
func TestSeriesWithin(t *testing.T) {
	fsys := fstest.MapFS{}
	for i := range 40 {
		text := "always 1\n"
		if i < 3 || i > 36 {
			text += "seldom 1\n"
		}
		fsys[fmt.Sprintf("x/y/%d.prom", 1_000_000_000+15*i)] = &fstest.MapFile{Data: []byte(text)}
	}
	c, err := capture.Open(fsys, "", capture.Options{})
	require.NoError(t, err)
	h, err := New(context.Background(), Options{MaxMemory: 1 << 14, Replay: replay.Options{Capture: c}})
	require.NoError(t, err)
	find := func(span string) string {
		return get(h, api+`series?match[]={__name__=~"always|seldom"}`+span).body
	}
	require.Contains(t, find(""), "seldom")
	require.Contains(t, find("&start=1000000570"), "seldom", "its last sample tells")
	require.Contains(t, find("&end=1000000000"), "seldom", "its first sample tells")
	require.Contains(t, find("&start=1000000030&end=1000000200"), "seldom")
	got := find("&start=1000000100&end=1000000200")
	require.Contains(t, got, "always")
	require.NotContains(t, got, "seldom")
}

// TestPagesWithinMemory: what a page reads is bound by the same memory.
func TestPagesWithinMemory(t *testing.T) {
	h, _ := sparing(t, 200_000, "")
	c := &claim{m: h.memory}
	require.NoError(t, c.set(h.memory.most-h.memory.fixed))
	_, err := h.book.Load().account.signals(context.Background())
	require.ErrorAs(t, err, new(*fullError))
	require.NoError(t, c.set(0))
	_, err = h.book.Load().account.signals(context.Background())
	require.NoError(t, err)
	require.Equal(t, h.memory.fixed, h.memory.taken())
}
