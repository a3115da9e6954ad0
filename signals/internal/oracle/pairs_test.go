package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// pairShards times -rapid.checks (100) pairs are drawn.
const pairShards = 5

// keptPairs are pairs that once differed, shrunk, and a few drawn to show what
// a pair looks like. Every one is compared again in each run.
const keptPairs = "testdata/pairs"

// TestPairs draws captures and rule files, replays them by the road of the
// replay command, has upstream's server live through them, and wants every
// sample of every series, every error and every answer alike, bit for bit.
//
// -rapid.checks=4000 (or RAPID_CHECKS) draws 20,000. A pair that differs
// shrinks and is kept in testdata/pairs.
func TestPairs(t *testing.T) {
	var total pairTally
	t.Run("shards", func(t *testing.T) {
		for i := range pairShards {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				var failing *pair
				t.Cleanup(func() { keep(t, failing) })
				rapid.Check(t, func(rt *rapid.T) {
					p := drawPair(rt)
					watch := time.AfterFunc(8*time.Minute, func() {
						panic("a pair takes more than eight minutes:\n" + string(mustYAML(p)))
					})
					runs := manyRuns
					if failing != nil {
						runs = fewRuns
					}
					v, err := comparePair(t, p, runs)
					watch.Stop()
					switch {
					case err != nil:
						failing = p
						rt.Fatal(err)
					case v.undecided:
						total.undecided.Add(1)
					case len(v.differences) > 0:
						failing = p
						rt.Fatal(strings.Join(v.differences, "\n"))
					}
					total.note(v)
				})
			})
		}
	})
	t.Log(&total)
	if n := total.undecided.Load(); n*20 > total.pairs.Load() {
		t.Errorf("on %d pairs upstream differs from itself: too many prove nothing", n)
	}
}

// keep writes the smallest pair that failed, which rapid tried last.
func keep(t *testing.T, p *pair) {
	if !t.Failed() || p == nil {
		return
	}
	data := mustYAML(p)
	name := filepath.Join(keptPairs, fmt.Sprintf("found-%08x.yml", fnv32(data)))
	if err := os.MkdirAll(keptPairs, 0o777); err != nil {
		t.Log(err)
		return
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Log(err)
		return
	}
	t.Logf("kept as %s: give it a name and commit it with the repair", name)
}

func fnv32(data []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range data {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

// TestPairsKept compares the kept pairs.
func TestPairsKept(t *testing.T) {
	files, err := filepath.Glob(keptPairs + "/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pairs in %s: %v", keptPairs, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			v, err := comparePair(t, readPair(t, file), manyRuns)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range v.differences {
				t.Error(d)
			}
		})
	}
}

// pairTally says what the pairs were made of: a test whose pairs are all empty
// proves nothing.
type pairTally struct {
	pairs, undecided, refused, samples, evaluations, failed, alerts, fired, answers, stale atomic.Int64
}

func (n *pairTally) note(v *verdict) {
	n.pairs.Add(1)
	o := v.ours
	if o.refused != "" {
		n.refused.Add(1)
	}
	n.samples.Add(int64(o.stored.samples()))
	n.stale.Add(int64(o.stored.stale()))
	for _, r := range o.rules {
		n.evaluations.Add(int64(r.evaluations))
		n.failed.Add(int64(r.failed))
		n.alerts.Add(int64(len(r.alerts)))
		for _, a := range r.alerts {
			if strings.Contains(a.String(), "firing ") {
				n.fired.Add(1)
			}
		}
	}
	for _, q := range o.queries {
		if q != "error" && q != "" && q != "\n" {
			n.answers.Add(1)
		}
	}
}

func (n *pairTally) String() string {
	return fmt.Sprintf("%d pairs alike (%d with rules that are refused, %d undecided): %d samples, %d of them staleness markers; %d evaluations of rules, %d failed; %d alerts, %d fired; %d queries that had an answer",
		n.pairs.Load(), n.refused.Load(), n.undecided.Load(), n.samples.Load(), n.stale.Load(), n.evaluations.Load(), n.failed.Load(), n.alerts.Load(), n.fired.Load(), n.answers.Load())
}
