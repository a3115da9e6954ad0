package export

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// seen is what a rule did at each of its instants.
type seen struct {
	instants []time.Time
	firing   [][]labels.Labels
}

// watcher is the Observer that notes it.
type watcher struct{ rules []*seen }

func (w *watcher) of(rule int) *seen {
	for len(w.rules) <= rule {
		w.rules = append(w.rules, &seen{})
	}
	return w.rules[rule]
}

// Came implements replay.Observer.
func (w *watcher) Came(rule int, at time.Time, out *rules.Outcome) {
	s := w.of(rule)
	s.instants = append(s.instants, at)
	s.firing = append(s.firing, firing(out))
}

// firing are the labels of the alerts that fire, sorted.
func firing(out *rules.Outcome) (list []labels.Labels) {
	for _, a := range out.Alerts {
		if a.State == rules.Firing {
			list = append(list, a.Labels)
		}
	}
	return list
}

// The rest of replay.Observer tells nothing that is needed here.

func (*watcher) Begin(replay.Options, storage.Queryable) {}
func (*watcher) Scraped(int, bool)                       {}
func (*watcher) Saw(int, rules.Look)                     {}
func (*watcher) Samples(storage.Queryable)               {}
func (*watcher) Done(*ingest.Names)                      {}
