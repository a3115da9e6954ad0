package push

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// A pusher is one push. What replay calls fills batches; another goroutine
// sends them, one after the other.
type pusher struct {
	opts    Options
	journal *journal
	resumed int64 // samples that were behind us at the start
	mine    map[*capture.Target]bool

	// Of the filling.
	filler  filler
	skip    int64 // samples that are still to be left out
	ctx     context.Context
	full    chan *batch
	free    chan *batch
	scrapes int

	// Of the sending.
	sender   sender
	encoder  *encoder
	protocol Protocol
	again    bool // the next batch may have been written before
	splits   int  // requests that were spent on finding out what is refused
	refusals []Refusal
	barren   tally // batches in a row of which nothing was taken
	barrens  int
}

func newPusher(opts Options, j *journal, resumed bool) *pusher {
	p := &pusher{
		opts: opts, journal: j, resumed: j.Done, skip: j.Done, again: resumed,
		encoder: newEncoder(), protocol: opts.Protocol,
		full: make(chan *batch), free: make(chan *batch, 2),
		filler: filler{external: opts.Replay.ExternalLabels, builder: labels.NewBuilder(labels.EmptyLabels()), shift: j.ShiftMS},
	}
	if p.protocol == "" {
		p.protocol = Version2
	}
	client := *or(opts.Client, http.DefaultClient)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.sender = sender{
		client: &client, url: opts.URL, agent: or(opts.Agent, "scrapebook"), timeout: or(opts.Timeout, defaultTimeout),
		giveUp: or(opts.GiveUp, defaultGiveUp), wait: opts.wait, retry: opts.Retry,
	}
	if p.sender.wait == nil {
		p.sender.wait = sleep
	}
	return p
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// run replays, and sends what comes.
func (p *pusher) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p.ctx = ctx
	var sending sync.WaitGroup
	sending.Go(func() {
		for b := range p.full {
			if ctx.Err() == nil {
				if err := p.deliver(ctx, b); err != nil {
					cancel(err)
				}
			}
			p.free <- b
		}
	})
	p.free <- &batch{}
	p.filler.begin(&batch{}, p.journal.Done)
	ro, mine := p.opts.part()
	p.mine = mine
	ro.Ingest.Stored = p.take
	ro.Progress = func(scrapes int) { p.scrapes = scrapes }
	_, err := replay.Run(ctx, ro)
	if err == nil && len(p.filler.samples) > 0 {
		p.hand()
	}
	close(p.full)
	sending.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil {
		return err
	}
	return p.end()
}

// take is told of each sample of the replay.
func (p *pusher) take(s *ingest.Stored) {
	if !p.pushes(s.Target, s.Rule) {
		return
	}
	if p.skip > 0 {
		p.skip--
		return
	}
	if len(p.filler.samples) >= p.journal.Batch || !p.filler.fits(s) {
		p.hand()
	}
	if s.Rule && p.filler.shift != 0 && !value.IsStaleNaN(s.V) && s.Labels(s.Ref).Get(model.MetricNameLabel) == forState {
		moved := *s.Sample
		moved.V += float64(p.filler.shift / 1000)
		one := *s
		one.Sample = &moved
		s = &one
	}
	p.filler.add(s)
}

// hand hands the batch over to be sent and takes an empty one, when there is
// one. When the push has come to its end, it goes on with the same.
func (p *pusher) hand() {
	b := p.filler.batch
	b.scrapes = p.scrapes
	next := b.next()
	select {
	case p.full <- b:
		b = <-p.free
	case <-p.ctx.Done():
	}
	p.filler.begin(b, next)
}

// deliver sends a batch, and keeps in the journal what became of it.
func (p *pusher) deliver(ctx context.Context, b *batch) error {
	p.encoder.sorted(b)
	t, err := p.part(ctx, b, 0, len(b.series))
	if err != nil {
		return err
	}
	p.again = false
	p.barren.add(t)
	if t.written+t.known == 0 {
		if p.barrens++; p.barrens == maxBarren {
			return p.nothing()
		}
		return nil
	}
	if err := p.settle(b.next(), false); err != nil {
		return err
	}
	if p.opts.Progress != nil {
		p.opts.Progress(b.next(), b.scrapes)
	}
	return nil
}

// maxBarren is how many batches in a row may be refused as a whole.
const maxBarren = 3

// settle writes down what became of the samples up to done. What was refused as
// a whole waits for it, so that a push that is given up begins before that when
// the server's settings were mended.
func (p *pusher) settle(done int64, complete bool) error {
	j := p.journal
	j.Done, j.Complete = done, complete
	j.Written += p.barren.written
	j.Refused += p.barren.refused
	j.Known += p.barren.known
	p.barren, p.barrens = tally{}, 0
	return j.save()
}

// end is that of a capture that was sent as a whole.
func (p *pusher) end() error {
	if p.barrens > 0 && p.journal.Written+p.journal.Known == 0 {
		return p.nothing()
	}
	return p.settle(p.filler.next(), true)
}

// nothing is the error for a server that takes nothing.
func (p *pusher) nothing() error {
	return &RefusedError{Samples: p.barren.refused, Reason: p.refusals[len(p.refusals)-1].StatusError}
}

func (p *pusher) result() *Result {
	j := p.journal
	r := &Result{
		Shift: j.shift(), Written: j.Written, Refused: j.Refused + p.barren.refused, Known: j.Known, Resumed: p.resumed,
		Refusals: p.refusals, Complete: j.Complete,
		Requests: p.sender.requests, Retries: p.sender.retries, Bytes: p.sender.bytes, Scrapes: p.scrapes,
	}
	if r.Requests > 0 {
		r.Protocol = p.protocol
	}
	return r
}

// identity tells this push from others.
func (o *Options) identity() identity {
	c := o.Replay.Capture
	return identity{
		URL: withoutSecrets(o.URL), Capture: c.Name, Scrapes: c.Scrapes, Targets: len(c.Targets), Start: c.Start, End: c.End,
		Shard: o.Shard, Shards: o.Shards, Settings: o.settings(),
	}
}

// settings are a hash of what decides on the stream of samples, beside the
// capture.
func (o *Options) settings() string {
	h := sha256.New()
	ro := o.Replay
	fmt.Fprintln(h, ro.Interval, ro.From.UnixMilli(), ro.To.UnixMilli(), ro.Lookback, ro.Features, ro.Prometheus2, ro.AddFor, ro.ExternalURL)
	if ro.Phase != nil {
		fmt.Fprintln(h, *ro.Phase)
	}
	fmt.Fprintln(h, ro.Ingest.FailOnDamage, ro.Ingest.Gaps, ro.Ingest.ExtraScrapeMetrics, ro.Ingest.Prometheus2, ro.Ingest.MaxLine, ro.ExternalLabels)
	for _, g := range ro.Groups {
		fmt.Fprintf(h, "%q %q %v %v %d\n", g.File, g.Name, g.Interval, g.QueryOffset, g.Limit)
		for _, r := range g.Rules {
			fmt.Fprintf(h, "%q %q %q %v %v %v\n", r.Alert, r.Record, r.Expr, r.For, r.KeepFiringFor, r.Labels)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:16])
}
