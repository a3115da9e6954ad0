package signals

import (
	"math"
	"strings"
	"time"
)

// Restart says that a target's process began anew between two scrapes.
type Restart struct {
	// Started is when, as process_start_time_seconds or a start timestamp says;
	// zero when it is only known that a counter of the process fell.
	Started time.Time
	// By is the series that tells.
	By string
}

// processStart is what client libraries call the time at which they began.
const processStart = "process_start_time_seconds"

// ofProcess are the first words of the names that client libraries and runtimes
// give to the counters of their own process.
var ofProcess = []string{"process_", "go_", "python_", "jvm_", "nodejs_", "ruby_", "dotnet_", "promhttp_"}

func isOfProcess(name string) bool {
	for _, p := range ofProcess {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// restartBetween finds out whether the process of the target began anew.
func restartBetween(old, now *snapshotIndex) *Restart {
	var fell *Restart
	for _, s := range now.list {
		o := old.get(s)
		switch {
		case o == nil:
		case s.Name == processStart && math.Abs(s.value-o.value) > 1: // some compute it anew at each scrape
			r := &Restart{By: processStart}
			if s.value > 0 && s.value < maxSeconds {
				r.Started = time.UnixMilli(int64(math.Round(s.value * 1000))).UTC()
			}
			return r
		case fell == nil && isOfProcess(s.Name) && s.counts() && s.value < o.value:
			fell = &Restart{By: s.Name}
		}
	}
	return fell
}

// few is how many counters of a family of names may all have outgrown what they
// were before it is taken that they never began anew.
const few = 5

// survivors are the first words of the names of counters that a restart of the
// process does not touch: those of an exporter that tells of something else, as
// node_exporter does of the kernel. No one of them fell, though there are
// several.
func survivors(old, now *snapshotIndex) map[string]bool {
	type tally struct{ stayed, fell int }
	of := map[string]*tally{}
	for _, s := range now.list {
		o := old.get(s)
		if o == nil || !s.counts() || isOfProcess(s.Name) || !(o.value > 0) {
			continue
		}
		t := of[firstWord(s.Name)]
		if t == nil {
			t = &tally{}
			of[firstWord(s.Name)] = t
		}
		if s.value < o.value {
			t.fell++
		} else {
			t.stayed++
		}
	}
	words := map[string]bool{}
	for word, t := range of {
		words[word] = t.fell == 0 && t.stayed >= few
	}
	return words
}

func firstWord(name string) string {
	word, _, _ := strings.Cut(name, "_")
	return word
}

// begunAnew tells whether a series that was there before began anew, as far as
// other things than its value tell.
func (c *Comparison) begunAnew(o, s *series, since time.Time) bool {
	switch {
	case !s.started.IsZero() && !o.started.IsZero() && !s.started.After(o.started):
		return false // it says itself that it did not
	case !s.started.IsZero() && (!o.started.IsZero() || !since.IsZero() && s.started.After(since)):
		return true
	}
	return c.Restart != nil && s.started.IsZero() && !c.survive[firstWord(s.Name)]
}
