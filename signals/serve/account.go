package serve

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/report/html"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// An account is what pages tell of a book's rules and targets. What is more
// than its first reading gives is found out when it is asked for, by reading
// again.
type account struct {
	result  *replay.Result
	words   report.Words
	text    report.Text
	charts  []html.Chart
	targets html.Targets

	why    *verdict.Watcher
	once   sync.Once  // of warm
	mu     sync.Mutex // of reading again
	trees  map[int]report.TreeWords
	golden *html.Golden
	board  bool // golden is known: nil when no pack applies
	load   replay.Options
	memory *memory
	first  *claim // of the first reading, whose options reading again has
}

// watchers see what an account is made of.
type watchers struct {
	why   *verdict.Watcher
	drawn *html.Watcher
}

func newWatchers() watchers {
	w := watchers{verdict.NewWatcher(), html.NewWatcher()}
	w.why.Consult(catalogue.Kubernetes)
	return w
}

// account is that of a reading.
func (w watchers) account(res *replay.Result, opts replay.Options) *account {
	a := &account{
		result: res, text: report.Text{Why: w.why.Why(res), WhyAll: true}, why: w.why, trees: map[int]report.TreeWords{},
		charts: w.drawn.Charts(res), targets: w.drawn.Targets(res),
		load: replay.Options{Capture: opts.Capture, Ingest: opts.Ingest, Workers: opts.Workers, Interval: opts.Interval},
	}
	a.words = a.text.Words(res)
	return a
}

// maxTrees are remembered.
const maxTrees = 200

// tree is the tree of a rule at its most telling instant. It is nil when the
// rule was never evaluated.
func (a *account) tree(ctx context.Context, rule int) (*report.TreeWords, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t, ok := a.trees[rule]; ok {
		return &t, nil
	}
	if err := a.explain(ctx, rule); err != nil {
		return nil, err
	}
	if t, ok := a.trees[rule]; ok {
		return &t, nil
	}
	return nil, nil
}

// explain remembers the trees of some rules.
func (a *account) explain(ctx context.Context, numbers ...int) error {
	a.first.read = 0
	defer a.first.set(0)
	trees, err := a.why.Explain(ctx, numbers, time.Time{}, nil)
	if len(a.trees)+len(trees) > maxTrees {
		clear(a.trees)
	}
	for _, t := range trees {
		a.trees[t.Rule] = a.text.TreeWords(a.result, t)
	}
	return err
}

// warm finds out in the background, once, what reading again tells of a capture
// that is soon read: who has seen one page will see another.
func (a *account) warm(most time.Duration) {
	if a.load.Capture.Scrapes > wholeScrapes {
		return
	}
	a.once.Do(func() {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), most)
			defer cancel()
			a.signals(ctx) // what fails here is told to who asks for it
			a.mu.Lock()
			defer a.mu.Unlock()
			var numbers []int
			for _, r := range a.words.Rules[:min(len(a.words.Rules), maxTrees/2)] {
				if _, ok := a.trees[r.Rule]; !ok {
					numbers = append(numbers, r.Rule)
				}
			}
			a.explain(ctx, numbers...)
		}()
	})
}

// guessedTime are the problems of a capture that say that a lone scrape's time
// was not known.
var guessedTime = map[string]bool{"time-from-mtime": true, "time-from-clock": true, "time-from-archive": true}

// signals are the golden signals; nil when no pack applies.
func (a *account) signals(ctx context.Context) (*html.Golden, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.board {
		return a.golden, nil
	}
	asked := packs.Options{TimeUnknown: slices.ContainsFunc(a.load.Capture.Problems, func(p capture.Problem) bool { return guessedTime[p.ID] }), Workers: a.load.Workers}
	var err error
	opts := a.load
	if opts.Queries, err = asked.Queries(); err != nil {
		return nil, err
	}
	held := &claim{m: a.memory, of: opts.Capture.Scrapes}
	defer held.set(0)
	opts.Held = held.held
	loaded, err := replay.Load(ctx, opts)
	if err != nil {
		return nil, err
	}
	board, err := packs.Evaluate(ctx, loaded, asked)
	if err != nil {
		return nil, err
	}
	if len(board.Packs) > 0 {
		a.golden = &html.Golden{Result: board, Words: a.text.BoardWords(opts.Capture.Name, board)}
	}
	a.board = true
	return a.golden, nil
}
