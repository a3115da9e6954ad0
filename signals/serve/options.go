package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

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

// Options say what is served. Replay.Capture is required, or Volumes.
type Options struct {
	// Replay is how the capture is replayed. Keep, KeepWritten, Queries and
	// Held are set here. An Observer and Progress are called when it is
	// replayed for the first time.
	Replay replay.Options
	// Volumes are several captures, in the place of Replay.Capture. Each is
	// replayed by itself. All series, alerts, rules and targets get the label
	// capture, with its name; what a series has under that name goes to
	// exported_capture. The file of a group has the name before it. One alone
	// gets no label.
	Volumes []Volume
	// Run replays; nil: replay.Run. It must call it with the options that it is
	// given, but for Groups, and may leave groups out of the Result. It is
	// called again when what rules wrote is to be read once more.
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
	// MaxSamples is how many samples one query may hold in memory; 0: as many
	// as MaxMemory has room for, 50 million at most, as a server.
	MaxSamples int
	// MaxMemory is how many bytes may be used, about, beside Base; 0: 1 GiB.
	// Half of it is for samples, of which those that were asked for last are
	// held and others read again, and for what must be known of series and
	// targets to read them. The other half is for queries. The error of New
	// says so when that is too little to read the capture.
	MaxMemory int64
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
	alone   chan struct{} // of the query that needs more memory than others leave
	metrics *metrics
	memory  *memory
	started time.Time
	now     func() time.Time
	book    current
	volumes int
	cross   *http.CrossOriginProtection
}

// errNoCapture is that of Options without a Capture.
var errNoCapture = errors.New("there is nothing to serve: Options.Replay.Capture is nil")

// New returns the Handler that serves a capture, and begins to replay it. What
// needs no more than the metrics that it names can be asked at once, all else
// waits until the replay is over, see Wait. When ctx is done, nothing is read
// any more. The error says which option is wrong.
func New(ctx context.Context, opts Options) (*Handler, error) {
	return newHandler(ctx, opts, time.Now)
}

func newHandler(ctx context.Context, opts Options, now func() time.Time) (*Handler, error) {
	volumes := opts.Volumes
	if len(volumes) == 0 {
		volumes = []Volume{{Capture: opts.Replay.Capture}}
	}
	if err := checkVolumes(volumes); err != nil {
		return nil, err
	}
	switch {
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
	if opts.MaxMemory <= 0 {
		opts.MaxMemory = DefaultMaxMemory
	}
	h := &Handler{
		opts: opts, parser: query.NewParser(opts.Replay.Features), started: now(), now: now,
		gate: newGate(opts.Concurrency), cross: http.NewCrossOriginProtection(), memory: newMemory(opts.MaxMemory / 2),
		alone: make(chan struct{}, 1),
	}
	h.metrics = newMetrics(h)
	h.mux = h.routes()
	h.volumes = len(volumes)
	all, err := h.open(ctx, volumes)
	if err != nil {
		return nil, err
	}
	h.book.books.Store(&all)
	return h, nil
}

// DefaultMaxMemory is that of Options.
const DefaultMaxMemory = 1 << 30

// Read replays other captures, or the same with more in them, and serves them
// from then on. Requests that are under way see those before. After an error
// these go on to be served. What ctx is to it, it is to New.
func (h *Handler) Read(ctx context.Context, volumes ...Volume) error {
	if err := checkVolumes(volumes); err != nil {
		return err
	}
	all, err := h.open(ctx, volumes)
	if err != nil {
		return err
	}
	if err := whole(ctx, all); err != nil {
		for _, b := range all {
			b.leave()
		}
		return err
	}
	for _, b := range *h.book.books.Swap(&all) {
		b.leave()
	}
	return nil
}

// Wait waits until what is served was replayed, and returns the error of that.
func (h *Handler) Wait(ctx context.Context) error { return whole(ctx, h.book.all()) }

// whole waits until books were read as a whole.
func whole(ctx context.Context, all []*book) error {
	for _, b := range all {
		if err := b.whole(ctx); err != nil {
			return err
		}
	}
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
	return int(min(50_000_000, max(1000, h.opts.MaxMemory/4/ofSample)))
}

// ofSample is what a sample of a query takes, the engine's and that of the
// answer.
const ofSample = 48

// lookback is how long a sample without successor is seen.
func (h *Handler) lookback() time.Duration {
	if h.opts.Replay.Lookback > 0 {
		return h.opts.Replay.Lookback
	}
	return query.DefaultLookback
}
