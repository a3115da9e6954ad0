// Package verdict tells of each rule of a replay why it was silent, or why it
// fired: which series were missing, which side of an operator was empty, how
// near the value came to the threshold. Run replays a capture as replay.Run
// does and adds findings, which are made in the same pass.
package verdict

import (
	"context"
	"time"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// A Result is a replay's with the findings of each rule.
type Result struct {
	*replay.Result
	// Why holds the findings of Rules, a list a rule, in their order. The first
	// of a list is the one that decides.
	Why [][]Finding
}

// Run replays a capture and finds out why each rule came to what it did, of
// Kubernetes by the catalogue that comes with scrapebook. The Observer of the
// options must be nil.
func Run(ctx context.Context, opts replay.Options) (*Result, error) {
	w := NewWatcher()
	w.Consult(catalogue.Kubernetes)
	opts.Observer = w
	res, err := replay.Run(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &Result{Result: res, Why: w.Why(res)}, nil
}

// Try replays the capture once more, with changed copies of the rules, and sets
// Try of the findings that Why returned: for each the changes that its kind
// suggests, and what came of them. What is not told was not tried.
func (w *Watcher) Try(ctx context.Context, why [][]Finding) error {
	_, err := w.again(ctx, why, nil, time.Time{})
	return err
}

// A Watcher gathers in one replay what findings are made of, for who can't use
// Run: it is the Observer of the replay's options.
type Watcher struct{ run }

// NewWatcher makes one.
func NewWatcher() *Watcher { return &Watcher{} }

// Consult makes findings tell what a catalogue of Kubernetes knows of the
// versions that the capture is of: since when a metric exists, on which
// versions the buckets end elsewhere. It is asked for at most once, and only
// where a version is known. Consult is called before the replay begins; nil
// asks nobody.
func (w *Watcher) Consult(kubernetes func() *catalogue.Catalogue) { w.facts = kubernetes }

// Why are the findings of the replay's rules, a list for each rule of the
// result, in their order. Rules may have been left out of the result.
func (w *Watcher) Why(res *replay.Result) [][]Finding { return w.findings(res) }
