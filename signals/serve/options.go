package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// A Clock says what "now" is: the default of times, and the time that clients
// call the present.
type Clock string

// The clocks.
const (
	// ClockCapture: times are the capture's own, and now is its end.
	ClockCapture Clock = ""
	// ClockStill: now is always the capture's end, or less than an interval
	// after it, whatever the time is.
	ClockStill Clock = "still"
	// ClockRun: the capture ended when it was read, and time goes on from
	// there.
	ClockRun Clock = "run"
)

// Options say what is served. Replay.Capture is required.
type Options struct {
	// Replay is how the capture is replayed. Keep is set, Queries are none: all
	// is kept in memory. An Observer is called as well.
	Replay replay.Options
	// Run replays; nil: replay.Run. It must call it with the options that it is
	// given, but for Groups, and may leave groups out of the Result.
	Run func(context.Context, replay.Options) (*replay.Result, error)

	// Clock maps the capture's time to the present. Times of requests, of @ and
	// of answers are mapped; what is evaluated, and so time(), is not.
	Clock Clock
	// Hosts are names by which clients may call the server, beside localhost
	// and addresses in numbers, which are always allowed.
	Hosts []string
	// Concurrency is how many requests are worked on at once; 0: 20. Ten times
	// as many wait for up to 10 s, and the others get a 503.
	Concurrency int
	// MaxSamples is how many samples one query may hold in memory; 0: 50
	// million, as a server.
	MaxSamples int
	// Settings are shown as the flags of the server, beside those that follow
	// from other options.
	Settings map[string]string
}

// A Handler serves one capture. It is made by New, and safe for concurrent use.
type Handler struct {
	opts    Options
	parser  parser.Parser
	mux     *http.ServeMux
	gate    gate
	metrics *metrics
	started time.Time
	now     func() time.Time
	book    atomic.Pointer[book]
	cross   *http.CrossOriginProtection
}

// errNoCapture is that of Options without a Capture.
var errNoCapture = errors.New("there is nothing to serve: Options.Replay.Capture is nil")

// New replays the capture and returns the Handler that serves it. The error is
// that of the replay, or says which option is wrong.
func New(ctx context.Context, opts Options) (*Handler, error) {
	return newHandler(ctx, opts, time.Now)
}

func newHandler(ctx context.Context, opts Options, now func() time.Time) (*Handler, error) {
	c := opts.Replay.Capture
	switch {
	case c == nil:
		return nil, errNoCapture
	case opts.Clock != ClockCapture && opts.Clock != ClockStill && opts.Clock != ClockRun:
		return nil, fmt.Errorf("there is no clock %q: it is %q, %q or none", opts.Clock, ClockStill, ClockRun)
	case opts.Replay.Prometheus2:
		return nil, errors.New("only Prometheus 3 has an API here: Options.Replay.Prometheus2 must not be set")
	}
	if opts.Concurrency <= 0 {
		opts.Concurrency = defaultConcurrency
	}
	if opts.Run == nil {
		opts.Run = replay.Run
	}
	h := &Handler{
		opts: opts, parser: query.NewParser(opts.Replay.Features), started: now(), now: now,
		gate: newGate(opts.Concurrency), cross: http.NewCrossOriginProtection(),
	}
	h.metrics = newMetrics(h)
	h.mux = h.routes()
	return h, h.Read(ctx, c)
}

// Read replays another capture, or the same with more in it, and serves it from
// then on. Requests that are under way see the one before. After an error it
// goes on to be served.
func (h *Handler) Read(ctx context.Context, c *capture.Capture) error {
	b, err := h.read(ctx, c)
	if err != nil {
		return err
	}
	h.book.Store(b)
	return nil
}

// Serve answers on a listener until ctx is done, and then lets requests that
// are under way come to their end, for up to 10 s. It closes the listener.
func (h *Handler) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      h.timeout() + time.Minute, // to wait, and to be written
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return server.Shutdown(end)
	}
}

// timeout is how long one query may take.
func (h *Handler) timeout() time.Duration {
	if h.opts.Replay.Timeout > 0 {
		return h.opts.Replay.Timeout
	}
	return 2 * time.Minute
}

// maxSamples is how many samples one query may hold.
func (h *Handler) maxSamples() int {
	if h.opts.MaxSamples > 0 {
		return h.opts.MaxSamples
	}
	return 50_000_000
}

// lookback is how long a sample without successor is seen.
func (h *Handler) lookback() time.Duration {
	if h.opts.Replay.Lookback > 0 {
		return h.opts.Replay.Lookback
	}
	return query.DefaultLookback
}
