package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// Options say what is pushed, and where to. Replay.Capture and URL are
// required, all else may stay zero.
type Options struct {
	// Replay says what is read, and how. What the rules of its Groups write is
	// pushed with the rest. External labels go to each series that has not its
	// own. Observer, Keep, Queries, Segment and Progress are not used.
	Replay replay.Options

	URL    string       // of the receiver, such as http://127.0.0.1:9090/api/v1/write
	Client *http.Client // nil: http.DefaultClient; redirects are never followed
	Agent  string       // the User-Agent; "": scrapebook
	// Protocol is the version of remote write; "": 2.0 and, where the server
	// does not know that, 1.0.
	Protocol Protocol

	// Shard is the part of the capture that is pushed, from 1 to Shards; no
	// target is in two parts, and each is in one. Dumps, which have no target,
	// are in the first. It alone may have rules, and evaluates them over the
	// whole capture. Shards of 0 means that there are no parts.
	Shard, Shards int

	// Shift is added to all times, and to the values of ALERTS_FOR_STATE, which
	// are times. Other values are not changed. It is cut to whole seconds.
	Shift time.Duration

	// Journal is the path of a file that says how far the push has come. Where
	// there is one, the push goes on behind what it says, with its Shift and
	// its Batch. "": none is kept.
	Journal string

	// Batch is how many samples a request has at most; 0: 10,000.
	Batch int
	// Timeout ends a request that takes longer; 0: 30s.
	Timeout time.Duration
	// GiveUp ends the push when a batch does not get through for so long; 0:
	// 10m.
	GiveUp time.Duration

	// Progress, if set, is called after each batch with the samples that are
	// behind us, of the whole push, and the scrapes that were read so far.
	Progress func(samples int64, scrapes int)
	// Retry, if set, is told of each attempt that failed, and how long is
	// waited before the next.
	Retry func(err error, wait time.Duration)

	wait func(context.Context, time.Duration) error // in tests
}

// Result is what became of a push.
type Result struct {
	Protocol Protocol // that was spoken last; "" when nothing was sent
	Shift    time.Duration
	// Of the samples of the capture, markers included, Written were taken by
	// the server, Refused were not, and Known were refused in such a way that
	// an attempt before must have written them: as duplicates or out of order,
	// in the first batch after a push was resumed or after an answer got lost.
	// What pushes before this one did, by the journal, counts in all of them;
	// Resumed is how many samples that were.
	Written, Refused, Known, Resumed int64
	// Refusals are the distinct reasons of Refused, at most 5, with their
	// samples.
	Refusals []Refusal
	// Complete: the whole capture is behind us.
	Complete bool

	Requests, Retries int
	Bytes             int64 // sent, compressed
	Scrapes           int   // that were read
}

// A Refusal is why a server did not take samples, in its words.
type Refusal struct {
	Samples int64
	StatusError
}

// RefusedError says that the push was given up since the server takes nothing
// of what it is sent.
type RefusedError struct {
	Samples int64 // in a row
	Reason  StatusError
}

// Error says so.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("the server takes nothing: of the last %d samples it refused each; %s", e.Samples, e.Reason.Error())
}

// Unwrap returns the reason.
func (e *RefusedError) Unwrap() error { return &e.Reason }

// ErrRules is the error of rules in a shard other than the first.
var ErrRules = errors.New("rules see the whole capture: the first shard alone can push what they write")

const (
	defaultBatch   = 10_000
	defaultTimeout = 30 * time.Second
	defaultGiveUp  = 10 * time.Minute
)

// Run pushes a capture. There is a Result beside an error as well, when
// anything was begun: it says how far the push has come.
//
// The error is a *StatusError when the server does not want to talk (401, 404
// and so on), a *RefusedError, a *JournalError, ErrRules, that of ctx, one of
// options, or what kept a batch from getting through.
func Run(ctx context.Context, opts Options) (*Result, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	opts.Shift = opts.Shift.Truncate(time.Second)
	j, resumed, err := openJournal(opts.Journal, state{
		Push: opts.identity(), ShiftMS: opts.Shift.Milliseconds(), Batch: cmp.Or(opts.Batch, defaultBatch),
	})
	if err != nil {
		return nil, err
	}
	p := newPusher(opts, j, resumed)
	if !j.Complete {
		err = p.run(ctx)
	}
	return p.result(), err
}

func (o *Options) check() error {
	if o.Replay.Capture == nil {
		return errors.New("there is nothing to push: Options.Replay.Capture is nil")
	}
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("the address of the server must be a URL such as http://127.0.0.1:9090/api/v1/write")
	case o.Protocol != "" && o.Protocol != Version1 && o.Protocol != Version2:
		return fmt.Errorf("remote write has no version %q: it is 1.0 or 2.0", o.Protocol)
	case o.Shards < 0 || o.Shards == 0 && o.Shard != 0 || o.Shards > 0 && (o.Shard < 1 || o.Shard > o.Shards):
		return fmt.Errorf("there is no shard %d of %d", o.Shard, o.Shards)
	case o.Shard > 1 && len(o.Replay.Groups) > 0:
		return ErrRules
	case o.Batch < 0 || o.Timeout < 0 || o.GiveUp < 0:
		return errors.New("a batch, a timeout and a time to give up cannot be below 0")
	}
	return nil
}

// part is the options of the replay, and which targets are pushed; nil: all.
func (o *Options) part() (replay.Options, map[*capture.Target]bool) {
	ro := o.Replay
	ro.Observer, ro.Keep, ro.Queries, ro.Progress = nil, false, nil, nil
	ro.Segment = 0
	if len(ro.Groups) > 0 {
		ro.Segment = 1 // so that what rules write comes in the order of times
	}
	if o.Shards < 2 {
		return ro, nil
	}
	mine := map[*capture.Target]bool{}
	for i, t := range ro.Capture.Targets {
		mine[t] = i%o.Shards == o.Shard-1
	}
	if len(ro.Groups) > 0 {
		return ro, mine
	}
	ro.Capture = ro.Capture.Without(func(t *capture.Target, _ int) bool { return !mine[t] })
	return ro, nil
}

// pushes tells whether a sample is of the shard.
func (p *pusher) pushes(t *capture.Target, rule bool) bool {
	switch {
	case rule || p.opts.Shards < 2:
		return true
	case t == nil:
		return p.opts.Shard == 1
	}
	return p.mine == nil || p.mine[t]
}

// forState is the metric whose values are times.
const forState = "ALERTS_FOR_STATE"
