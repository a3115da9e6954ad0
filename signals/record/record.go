package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/common/config"
)

// Options say what is recorded. Dir and Targets are required.
type Options struct {
	// Dir is the capture's folder. It is made if need be; it must be empty, or
	// hold an earlier recording, which is added to.
	Dir string
	// Targets are what is scraped.
	Targets []*Target
	// Every is the time between two scrapes of a target that says no Interval;
	// 0: that of the first target, or DefaultInterval.
	Every time.Duration
	// Timeout is that of targets that say none; 0: that of a server, 10 s, or
	// the interval if it is shorter.
	Timeout time.Duration
	// For ends the recording so long after the first instant; that instant is
	// the last one. 0: it goes on until it is stopped.
	For time.Duration
	// MaxBody bounds the bodies of targets that have no bound; 0:
	// DefaultMaxBody.
	MaxBody int64
	// MaxDisk bounds the bytes of all scrapes in Dir: the oldest are removed.
	// The newest one stays in any case. 0: there is no bound.
	MaxDisk int64
	// Zstd compresses bodies.
	Zstd bool
	// Done, if set, is called after each scrape, by one goroutine at a time.
	Done func(Outcome)
}

// The defaults of Options.
const (
	DefaultInterval = 5 * time.Second
	DefaultMaxBody  = 64 << 20
	defaultTimeout  = 10 * time.Second
)

// grace is how long scrapes that are under way may take when the recording is
// stopped.
const grace = 800 * time.Millisecond

// An Outcome is what became of a scrape.
type Outcome struct {
	Target  int           // of Options.Targets
	At      time.Time     // as its files say
	Planned time.Time     // the instant that it is of
	Late    time.Duration // that it began after Planned
	Took    time.Duration
	Bytes   int64  // of the body, decompressed
	Failure string // why it failed, "" if it did not
	Lost    error  // why it could not be saved
	Skipped int    // instants before it that were left out
}

// A Recorder records once.
type Recorder struct {
	opts   Options
	places []place
	store  store
	client *http.Client // of targets that have none
	last   []int64      // the newest time of each target's files

	mu      sync.Mutex
	summary Summary
}

// Interval is the time between two scrapes of most targets.
func (r *Recorder) Interval() time.Duration { return r.opts.Every }

// A Summary is what a recording came to.
type Summary struct {
	Targets int
	Scrapes int
	Failed  int   // of them
	Lost    int   // scrapes that could not be saved
	Skipped int   // instants that were left out
	Bytes   int64 // that lie in the folder, as far as it is bounded, or were added to it
	Removed int   // scrapes, to stay within MaxDisk
}

// New checks the options, makes the folder and writes its capture.yaml.
func New(opts Options) (*Recorder, error) {
	if len(opts.Targets) == 0 {
		return nil, errors.New("there is no target to record")
	}
	opts.Every = cmp.Or(opts.Every, opts.Targets[0].Interval, DefaultInterval)
	if opts.MaxBody == 0 {
		opts.MaxBody = DefaultMaxBody
	}
	for _, t := range opts.Targets {
		if t.Instance() == "" || t.Job == "" {
			return nil, errors.New("a target has no job or no instance")
		}
		if timeout, interval := opts.timeout(t), opts.interval(t); timeout > interval {
			return nil, fmt.Errorf("%s: the timeout %s is longer than the interval %s", t.name(), timeout, interval)
		}
	}
	if err := os.MkdirAll(opts.Dir, 0o777); err != nil {
		return nil, err
	}
	r := &Recorder{opts: opts, places: places(opts.Targets, opts.Every)}
	r.summary.Targets = len(opts.Targets)
	r.store = store{dir: opts.Dir, max: opts.MaxDisk, zstd: opts.Zstd}
	if err := writeManifest(opts.Dir, opts.Targets, r.places, opts.Every); err != nil {
		return nil, err
	}
	var err error
	if r.client, err = NewClient(config.DefaultHTTPClientConfig); err != nil {
		return nil, err
	}
	r.last, err = r.store.begin(r.folders())
	return r, err
}

func (r *Recorder) folders() (list []string) {
	for _, p := range r.places {
		list = append(list, p.folder)
	}
	return list
}

func (o *Options) interval(t *Target) time.Duration {
	if t.Interval > 0 {
		return t.Interval
	}
	return o.Every
}

func (o *Options) timeout(t *Target) time.Duration {
	switch {
	case t.Timeout > 0:
		return t.Timeout
	case o.Timeout > 0:
		return o.Timeout
	}
	return min(defaultTimeout, o.interval(t))
}

// Run records until the context is done or Options.For has passed. Scrapes that
// are under way then may take 0.8 s; what they have by then is not kept. It is
// called once.
func (r *Recorder) Run(ctx context.Context) Summary {
	running, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, abandon) })()
	begin := firstInstant(time.Now())
	var all sync.WaitGroup
	for i := range r.opts.Targets {
		all.Go(func() { r.loop(ctx, running, i, begin) })
	}
	all.Wait()
	r.store.syncFolders(r.folders())
	s := r.summary
	s.Bytes, s.Removed = r.store.size, r.store.removed
	return s
}

// firstInstant is the next whole second. It keeps the monotonic clock.
func firstInstant(now time.Time) time.Time {
	return now.Add(now.Truncate(time.Second).Add(time.Second).Sub(now.Round(0)))
}

// loop scrapes a target at its instants. What a scrape came to is saved while
// the loop waits for the next instant, or does the next scrape: no more than
// two are under way.
func (r *Recorder) loop(ctx, running context.Context, i int, begin time.Time) {
	interval := r.opts.interval(r.opts.Targets[i])
	skipped := 0
	timer := time.NewTimer(0)
	defer timer.Stop()
	before, last := done(), done() // of the last two scrapes: both were saved
	defer func() { <-last.saved }()
	for n := time.Duration(0); r.opts.For == 0 || n*interval <= r.opts.For; n++ {
		planned := begin.Add(n * interval)
		<-last.asked
		<-before.saved
		wait := time.Until(planned)
		if wait <= -interval { // the instant after it has come, too
			skipped++
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if ctx.Err() != nil || running.Err() != nil {
			return
		}
		began := time.Now()
		at := r.at(i, began, planned)
		left := skipped
		before, last, skipped = last, stages{make(chan struct{}), make(chan struct{})}, 0
		go func(prior, own stages) {
			defer close(own.saved)
			save := r.scrape(running, i, began, at, planned)
			close(own.asked)
			<-prior.saved // files of a target come in the order of their times
			if o := save(); o != nil {
				o.Skipped = left
				r.note(*o)
			}
		}(before, last)
	}
}

// stages are closed when a target was asked, and when what it said is saved.
type stages struct{ asked, saved chan struct{} }

// done are stages that are over.
func done() stages {
	c := make(chan struct{})
	close(c)
	return stages{c, c}
}

// scrape asks a target. The function that it returns saves what came of it, and
// returns nil if the scrape was abandoned.
func (r *Recorder) scrape(running context.Context, i int, began, at, planned time.Time) (save func() *Outcome) {
	t := r.opts.Targets[i]
	o := &Outcome{Target: i, At: at, Planned: planned, Late: began.Sub(planned)}
	timeout, limit := r.opts.timeout(t), r.opts.MaxBody
	if t.MaxBody > 0 {
		limit = t.MaxBody
	}
	deadline := began.Add(timeout)
	if next := planned.Add(r.opts.interval(t)); o.Late < timeout/2 && next.Before(deadline) {
		deadline = next // so that the next scrape is on time
	}
	ctx, cancel := context.WithDeadline(running, deadline)
	defer cancel()
	stem := filepath.Join(r.store.dir, filepath.FromSlash(r.places[i].folder), fmt.Sprintf("%013d", o.At.UnixMilli()))
	var body *draft
	a := scrape(ctx, cmp.Or(t.Client, r.client), t, timeout, limit, func() (w io.Writer, err error) {
		body, err = r.store.draft(stem)
		return body, err
	})
	o.Took, o.Bytes, o.Failure, o.Lost = time.Since(began), a.bytes, a.failure, a.lost
	abandoned := running.Err() != nil && (a.failure != "" || a.lost != nil)
	return func() *Outcome {
		switch {
		case abandoned || a.lost != nil:
			if body != nil {
				body.drop()
			}
			if abandoned {
				return nil
			}
		default:
			o.Lost = r.store.save(stem, o.At.UnixMilli(), a, body)
		}
		return o
	}
}

// at is the time that the files of a scrape say: see the package's comment. It
// is later than that of the scrape before, whatever the clock does.
func (r *Recorder) at(i int, began, planned time.Time) time.Time {
	at := began.Round(0).Truncate(time.Millisecond)
	tolerance := min(2*time.Millisecond, r.opts.interval(r.opts.Targets[i])/100)
	if late := began.Round(0).Sub(planned.Round(0)); late >= -tolerance && late <= tolerance {
		at = planned.Round(0)
	}
	if ms := at.UnixMilli(); ms <= r.last[i] {
		at = time.UnixMilli(r.last[i] + 1)
	}
	r.last[i] = at.UnixMilli()
	return at
}

// note counts an outcome and tells of it.
func (r *Recorder) note(o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.summary
	s.Scrapes++
	s.Skipped += o.Skipped
	if o.Failure != "" {
		s.Failed++
	}
	if o.Lost != nil {
		s.Lost++
	}
	if r.opts.Done != nil {
		r.opts.Done(o)
	}
}
