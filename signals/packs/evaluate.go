package packs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// Options say what Evaluate asks. The zero value is ready to use.
type Options struct {
	Packs []*Pack           // nil: All; of a general pack alone, all targets are its
	Set   map[string]string // parameters, by name, of the packs that have them
	By    []string          // labels to group by, besides job and instance
	// Window is how far back rates look, over time. 0: a minute, or four
	// scrapes of the pack's slowest target where that is more.
	Window time.Duration
	// Step between instants. 0: the capture's interval, or the least multiple
	// of it that makes at most 11,000 instants.
	Step     time.Duration
	From, To time.Time // bound the instants, both included; zero: the capture's own
	// TimeUnknown says that the times of scrapes are only guessed: signals that
	// need the age of a process are absent from a single scrape then.
	TimeUnknown bool
	// Workers is how many cores are used; 0: as many as GOMAXPROCS says. The
	// Result is the same with any number.
	Workers int
	// Mode is by default Life when no target has two scrapes, Between when none
	// has more than two, else OverTime.
	Mode Mode
}

// maxInstants is what Prometheus' API allows.
const maxInstants = 11_000

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// Evaluate asks the signals of the packs that apply to a capture.
//
// Over time, an instant lies in the middle between two scrapes, as in a replay.
// Life and Between give a value per target, at its last scrape; Between looks
// back to the scrape before and is then the true rate between the two, not an
// extrapolated one, but for the millisecond by which ranges are open.
func Evaluate(ctx context.Context, in *replay.Loaded, opts Options) (*Result, error) {
	if in == nil || in.Store == nil {
		return nil, errors.New("packs: nothing is loaded: call replay.Load first")
	}
	e, err := newEvaluation(ctx, opts)
	if err != nil {
		return nil, err
	}
	e.rangeOf = in.Range
	e.first, e.last, e.every = in.Capture.Start, in.Capture.End, cmp.Or(in.Capture.Interval, in.Interval)
	chosen, err := e.choose(in.Store)
	if err != nil {
		return nil, err
	}
	return e.result(chosen)
}

// newEvaluation checks what is asked.
func newEvaluation(ctx context.Context, opts Options) (*evaluation, error) {
	if opts.Packs == nil {
		var err error
		if opts.Packs, err = All(); err != nil {
			return nil, err
		}
	}
	if err := checkSet(opts.Packs, opts.Set, (*Pack).parameterNames); err != nil {
		return nil, err
	}
	by := ""
	for _, l := range opts.By {
		if !labelName.MatchString(l) {
			return nil, fmt.Errorf("%q cannot be the name of a label to group by", l)
		}
		if l != "job" && l != "instance" {
			by += ", " + l
		}
	}
	return &evaluation{ctx: ctx, opts: opts, by: by}, nil
}

// choose tells which packs apply to what a store holds, and when they are
// asked.
func (e *evaluation) choose(store *replay.Store) (*choice, error) {
	chosen, err := choose(e.ctx, store, e.opts.Packs)
	if err != nil {
		return nil, err
	}
	e.presence = chosen.presence
	return chosen, e.clock(chosen)
}

// result asks the signals of the packs that apply.
func (e *evaluation) result(chosen *choice) (*Result, error) {
	b := &Result{
		Mode: e.mode, Start: e.start, End: e.end, Step: e.step,
		Packs: []PackResult{}, Skipped: append([]Skipped{}, chosen.skipped...),
	}
	for _, p := range chosen.applied {
		pb, err := e.pack(p, chosen.targets[p])
		if err != nil {
			return nil, err
		}
		b.Packs = append(b.Packs, *pb)
	}
	return b, nil
}

// evaluation is one run of Evaluate.
type evaluation struct {
	ctx  context.Context
	opts Options
	by   string

	rangeOf func(ctx context.Context, expr string, start, end time.Time, step time.Duration) (*query.Value, error)
	asked   *asReading // knows what was asked already; may be nil, see AsRead

	first, last time.Time     // of the capture
	every       time.Duration // its interval

	presence   *presence
	mode       Mode
	start, end time.Time
	step       time.Duration
	scrapes    map[Target][]int64 // attempts, those that failed included
	upless     bool               // of some target no up tells of these
}

// clock decides on the mode and the instants.
func (e *evaluation) clock(chosen *choice) error {
	up, err := e.presence.of("up", true)
	if err != nil {
		return err
	}
	e.scrapes = map[Target][]int64{}
	most := 0
	first := int64(0)
	for p, targets := range chosen.targets {
		at, err := e.presence.of(p.When[0], true)
		if err != nil {
			return err
		}
		for _, t := range targets {
			times := at[t].times
			if s, ok := up[t]; ok {
				times = s.times
			} else {
				e.upless = true
			}
			e.scrapes[t] = times
			most = max(most, len(times))
			if len(times) > 0 && (first == 0 || times[0] < first) {
				first = times[0]
			}
		}
	}
	switch e.mode = e.opts.Mode; {
	case e.mode != "":
	case most < 2:
		e.mode = Life
	case most == 2:
		e.mode = Between
	default:
		e.mode = OverTime
	}
	e.start, e.end, e.step = e.first, e.last, 0
	if e.mode == OverTime {
		e.instants(first)
	}
	return nil
}

func (e *evaluation) instants(first int64) {
	interval := e.every
	begin := first // of the targets that begin in the first round, the last one
	for _, times := range e.scrapes {
		if len(times) > 0 && times[0] <= first+interval.Milliseconds() {
			begin = max(begin, times[0])
		}
	}
	e.start = time.UnixMilli(begin).UTC().Add(interval / 2)
	last := e.end
	if !e.opts.To.IsZero() && e.opts.To.Before(e.end) {
		e.end = e.opts.To
	}
	if e.step = e.opts.Step; e.step <= 0 {
		n := e.end.Sub(e.start)/interval + 1
		e.step = interval * max(1, (n+maxInstants-1)/maxInstants)
	}
	if behind := e.opts.From.Sub(e.start); behind > 0 && !e.opts.From.IsZero() {
		e.start = e.start.Add((behind + e.step - 1) / e.step * e.step)
	}
	if e.end.Before(e.start) {
		e.end = e.start
	}
	e.end = e.start.Add(e.end.Sub(e.start) / e.step * e.step)
	// The last round of scrapes is seen, too, if an instant follows before
	// another round would.
	if next := e.end.Add(e.step); e.end.Before(last) && next.Sub(last) < interval && (e.opts.To.IsZero() || !next.After(e.opts.To)) {
		e.end = next
	}
}

// window is how far back the rates of a pack look.
func (e *evaluation) window(targets []Target) time.Duration {
	if e.opts.Window > 0 {
		return e.opts.Window
	}
	slowest := time.Duration(0)
	for _, t := range targets {
		times := e.scrapes[t]
		var gaps []int64
		for i := 1; i < len(times); i++ {
			gaps = append(gaps, times[i]-times[i-1])
		}
		if slices.Sort(gaps); len(gaps) > 0 {
			median := time.Duration(gaps[len(gaps)/2]) * time.Millisecond
			slowest = max(slowest, median.Round(time.Second))
		}
	}
	return max(time.Minute, 4*slowest)
}

func (e *evaluation) pack(p *Pack, targets []Target) (*PackResult, error) {
	pb := &PackResult{Pack: p.Name, Title: p.Title, Targets: targets, Signals: []SignalResult{}}
	if e.mode == OverTime {
		pb.Window = e.window(targets)
	}
	pb.Signals = make([]SignalResult, len(p.Signals))
	failed := make([]error, len(p.Signals))
	var wait sync.WaitGroup
	var next atomic.Int64 // signal, of those that no core has taken yet
	for range min(cmp.Or(max(e.opts.Workers, 0), runtime.GOMAXPROCS(0)), len(p.Signals)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(p.Signals); i = int(next.Add(1)) - 1 {
				s := &p.Signals[i]
				q := &question{evaluation: e, pack: p, signal: s, window: pb.Window}
				if err := q.answer(targets, &pb.Signals[i]); err != nil {
					failed[i] = fmt.Errorf("%s:%d: signal %s: %w", p.File, s.Line, s.Name, err)
				}
			}
		})
	}
	wait.Wait()
	for _, err := range failed {
		if err != nil { // the first of them, whichever came first
			return nil, err
		}
	}
	return pb, nil
}

// answer fills in what becomes of a signal.
func (q *question) answer(targets []Target, r *SignalResult) error {
	s := q.signal
	*r = SignalResult{
		Name: s.Name, Title: s.Title, Concern: s.Concern, Headline: s.Headline, Unit: s.Unit, Good: s.Good,
		Warn: s.Warn, Bad: s.Bad, Reason: s.Reason, Next: s.Next,
		Series: []Series{}, Absent: []Absence{},
	}
	if err := q.ask(targets, r); err != nil {
		return err
	}
	r.judge(s)
	return nil
}
