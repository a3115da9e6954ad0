package serve

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// broad is a capture of many series, of which few are asked for.
func broad(t *testing.T, targets, scrapes int) *capture.Capture {
	t.Helper()
	return coming(t, targets, scrapes, 0)
}

// coming is one whose targets come one after the other, at an interval.
func coming(t *testing.T, targets, scrapes, every int) *capture.Capture {
	t.Helper()
	var b strings.Builder
	for k := range 500 {
		fmt.Fprintf(&b, "wide{k=\"%d\"} 1\n", k)
	}
	b.WriteString("narrow 1\n")
	fsys := fstest.MapFS{}
	for n := range targets {
		for i := range scrapes {
			fsys[fmt.Sprintf("x/y%d/%d.prom", n, 1_000_000_000+15*i+every*n)] = &fstest.MapFile{Data: []byte(b.String())}
		}
	}
	c, err := capture.Open(fsys, "", capture.Options{})
	require.NoError(t, err)
	return c
}

// TestReadingOfPods: of targets that come and go, what their next scrapes take
// is counted where there is one.
func TestReadingOfPods(t *testing.T) {
	c := coming(t, 20, 3, 60)
	var most, end int64
	_, err := replay.Load(context.Background(), replay.Options{Capture: c, Workers: 1, Queries: []string{"narrow"}, Held: func(_, known int64) error {
		most, end = max(most, known), known
		return nil
	}})
	require.NoError(t, err)
	one := labels.FromStrings(model.MetricNameLabel, "wide", "instance", "y19", "job", "x", "k", "499")
	require.Less(t, end, 20*501*(int64(one.ByteSize())+200), "of 20 targets with 501 series each: nothing is read any more")
	require.InEpsilon(t, most, guessKnown(c, 16), 0.25)
}

// TestReadingIsCounted: what must be known of series to read them is a part of
// the memory that is used, and the guess of it by some scrapes is a good one.
func TestReadingIsCounted(t *testing.T) {
	c := broad(t, 20, 3)
	var kept, known int64
	_, err := replay.Load(context.Background(), replay.Options{Capture: c, Queries: []string{"narrow"}, Held: func(a, b int64) error {
		kept, known = a, max(known, b)
		return nil
	}})
	require.NoError(t, err)
	require.Less(t, kept, int64(20_000))
	require.Greater(t, known, int64(20*501*600), "of 20 targets with 501 series each")
	require.InEpsilon(t, known, guessKnown(c, 16), 0.25)

	m := newMemory(1 << 20)
	require.NoError(t, m.check(c), "so many series are read without that it counts")
	m.free = 0
	require.ErrorContains(t, m.check(c), "to read the 20 targets of the capture takes about "+megabytes(guessKnown(c, 16)))
	for _, free := range []int64{0, 1 << 20, known} {
		m.free = free
		took := &claim{m: m}
		err := took.held(1000, known)
		if free < known {
			require.ErrorAs(t, err, new(*fullError))
			continue
		}
		require.NoError(t, err)
		require.Equal(t, int64(1000), m.taken())
	}
}

// TestTellsWhatItNeeds: with the memory that the error of a reading names, it
// comes to its end.
func TestTellsWhatItNeeds(t *testing.T) {
	c := broad(t, 2, 100)
	read := func(most int64) error {
		m := newMemory(most)
		took := &claim{m: m, of: c.Scrapes}
		_, err := replay.Load(context.Background(), replay.Options{Capture: c, Held: took.held})
		return err
	}
	var full *fullError
	require.ErrorAs(t, read(400_000), &full)
	require.ErrorContains(t, full, "pass --max-memory "+wholeMegabytes(2*full.need)+", which is about what this needs")
	require.NoError(t, read(full.need))
	require.ErrorAs(t, read(full.need*3/4), new(*fullError), "nor is it much too much")
}

// TestFirstReadingLeaves: the first reading ends when a request needs the
// memory that it takes, is begun again after that, and is not ended for ever.
func TestFirstReadingLeaves(t *testing.T) {
	h, err := New(context.Background(), Options{MaxMemory: 1 << 20, Replay: replay.Options{Capture: broad(t, 2, 2)}})
	require.NoError(t, err)
	require.NoError(t, h.Wait(context.Background()))
	m, b := h.memory, h.book.Load()
	m.free = 0
	begun, leave, tries := make(chan int64, 10), make(chan bool), 0
	run := h.opts.Run
	h.opts.Run = func(ctx context.Context, opts replay.Options) (*replay.Result, error) {
		tries++
		if err := opts.Held(0, m.most-m.fixed); err != nil {
			return nil, err
		}
		begun <- m.taken()
		<-leave
		if err := opts.Held(0, m.most-m.fixed); err != nil {
			return nil, err
		}
		opts.Held = nil
		return run(ctx, opts)
	}
	again := &book{capture: b.capture, store: &shelf{mem: m}, begun: b.begun}
	opts := replay.Options{Capture: b.capture}
	before := make(chan struct{})
	close(before)
	ended := make(chan error, 1)
	go func() { ended <- h.readFirst(context.Background(), again, opts, before) }()
	request := &claim{m: m}
	for range mostLeaves {
		<-begun
		m.busy(1)
		leave <- true
		require.NoError(t, request.set(m.most/2), "the first reading gave its memory back")
		require.NoError(t, request.set(0))
		m.busy(-1)
	}
	<-begun
	m.busy(1)
	var full *fullError
	require.ErrorAs(t, request.set(m.most/2), &full)
	require.True(t, full.others, "it is asked to come again")
	m.busy(-1)
	leave <- true
	require.NoError(t, <-ended)
	require.Equal(t, mostLeaves+1, tries)
	require.Empty(t, m.first)
}

// TestExplainGivesBack: what a rule's tree was read with is free again.
func TestExplainGivesBack(t *testing.T) {
	h, _ := sparing(t, 2<<20, `groups: [{name: g, rules: [{alert: A, expr: "m1 < -5"}]}]`)
	h.memory.free = 0
	before := h.memory.taken()
	tree, err := h.book.Load().account.tree(context.Background(), 0)
	require.NoError(t, err)
	require.NotNil(t, tree)
	require.LessOrEqual(t, h.memory.taken(), before)
}
