package replay

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/ingest"
)

// Problem is a defect of the capture, with its place.
type Problem = ingest.Problem

// Result is what a replay found. Lists are in a stable order: groups and rules
// as in Options.Groups, alerts by their labels.
type Result struct {
	Capture  Summary
	Start    time.Time // the first scrape
	End      time.Time // the last scrape
	Interval time.Duration
	Groups   []Group
	Rules    []Rule
	Problems []Problem
	Notes    []string // why more was kept in memory than rules mostly need
	Server   *Asked   // nil: a capture was replayed
	Store    *Store   // nil unless Options.Keep was set
}

// Asked is the server that was asked in place of a capture.
type Asked struct {
	URL     string
	Version string   // what it says of itself, or ""
	Notes   []string // what a reader of the result should know
}

// Summary describes the capture as it was read.
type Summary struct {
	Name           string
	Jobs           []Job
	Targets        int
	Scrapes        int
	FailedScrapes  int
	Samples        int64 // in the scrapes that did not fail
	Start, End     time.Time
	Interval       time.Duration // between scrapes; 0 when no target has two
	Phase          time.Duration // of the instants, after Start's round of scrapes
	Ignored        []string      // files that are no part of the capture
	Restarts       []Restart
	Versions       []Version
	HiddenProblems int // beyond those in Result.Problems
	// TargetInfos tell of each target, in the capture's order.
	TargetInfos []TargetInfo
	Gaps        []Gap   // by time, then target
	Ended       []Ended // targets whose files end before the capture does, by time
	BulkSamples int64   // taken from timestamped dumps
}

// TargetInfo tells what a target's files hold.
type TargetInfo struct {
	Job, Instance   string
	Labels          labels.Labels // of capture.yaml
	Scrapes, Failed int
	Gaps            int           // see Gap
	Interval        time.Duration // 0: it was scraped once
	// Jitter is how far its scrapes are from their interval: the median
	// difference between two scrapes' distance and Interval, gaps left out.
	Jitter      time.Duration
	First, Last time.Time
	Restarts    int
	Versions    []string // as in Version, sorted
	Format      string   // "text", "openmetrics", "protobuf", several with ", " between; "" when no scrape was readable
}

// Gap is a time of one and a half times a target's interval or more without a
// scrape of it. Nothing happens in it: the series live on for the look-back,
// unless ingest.Options.Gaps says that the missing scrapes failed.
type Gap struct {
	Job, Instance string
	From, To      time.Time // the scrapes around it
	Missed        int       // scrapes that the interval would have put between them
}

// Ended is a target whose last scrape lies one and a half times its interval or
// more before the capture's end, or that capture.yaml says was removed after
// it.
type Ended struct {
	Job, Instance string
	Last          time.Time
	// Removed: capture.yaml says `ends: removed`. Its series are stale from one
	// interval after Last on, which rules see from two and a tenth on, since a
	// server waits as long before it writes so. Otherwise they live on for the
	// look-back.
	Removed bool
}

// Job sums up the targets of a job.
type Job struct {
	Name                     string
	Targets, Scrapes, Failed int
}

// Restart is a change of process_start_time_seconds between two scrapes.
type Restart struct {
	Job, Instance string
	Seen          time.Time // the first scrape of the new process
	Started       time.Time // when it says that it started
}

// Version is what a *_build_info metric says of the targets of a job.
type Version struct {
	Job, Version string
	Instances    []string
}

// Group is a rule group as it was evaluated.
type Group struct {
	Name, File  string
	Interval    time.Duration
	Evaluations int
}

// Verdict is what can be said of a rule in one word.
type Verdict string

// The verdicts, in the order in which they are decided: the first that holds.
const (
	VerdictError    Verdict = "error"    // every evaluation failed
	VerdictFiring   Verdict = "firing"   // an alert fired, if only once; a recording rule has no such
	VerdictPending  Verdict = "pending"  // an alert was pending, none fired
	VerdictNoData   Verdict = "no-data"  // no selector of the rule ever matched a series, nor could rules write one that it would
	VerdictInactive Verdict = "inactive" // evaluated, and never true; of a recording rule: it recorded
)

// Rule is what became of one rule.
type Rule struct {
	Group, File   string
	Alert, Record string // one of them is set
	Expr          string
	For           time.Duration
	Labels        labels.Labels
	Verdict       Verdict
	Selectors     []Selector
	Evaluations   int
	Failed        int        // evaluations
	Error         string     // the last one's
	Warnings      []string   // of the engine, distinct, at most 20
	Infos         []string   // of the engine, distinct, at most 20
	Threshold     *Threshold // nil: the expression compares with no constant
	Closest       *Closest   // of a rule that never was true, on the safe side of Threshold
	// HeldBack: at some instant the comparison with Threshold held and what
	// stands beside it (`and`, `unless`) let nothing through. Closest is nil
	// then.
	HeldBack bool
	Alerts   []Alert
	Recorded int // series at most, of a recording rule
}

// Selector is a selector of a rule's expression.
type Selector struct {
	Text    string
	Series  int      // that it matched over the whole capture
	Similar []string // when it matched none: names or values that exist
	// Unseen: it matched none, but its metric is there, with each label that it
	// asks for: a value was not seen, as of errors in a process that is well.
	Unseen bool
}

// KnowsMetric tells whether what the rule asks for could be in this capture: a
// selector matched series, or is Unseen.
func (r Rule) KnowsMetric() bool {
	return slices.ContainsFunc(r.Selectors, func(s Selector) bool { return s.Series > 0 || s.Unseen })
}

// Threshold is the constant that an expression compares with: VALUE OP Value.
type Threshold struct {
	Op    string
	Value float64
}

// Closest is how near a rule that never was true came to it.
type Closest struct {
	Value  float64
	At     time.Time
	Labels labels.Labels
}

// Alert is one alert of a rule: a set of labels and the times in its states.
type Alert struct {
	Labels      labels.Labels
	Annotations labels.Labels // of the last firing instant, else of the last pending one
	Intervals   []Interval
	Peak        float64 // the worst value: the furthest beyond the threshold
	PeakAt      time.Time
}

// Fired tells whether the alert was ever firing.
func (a Alert) Fired() bool {
	for _, iv := range a.Intervals {
		if iv.State == Firing {
			return true
		}
	}
	return false
}

// State of an alert.
type State string

// The states of an alert that is not inactive.
const (
	Pending State = "pending"
	Firing  State = "firing"
)

// Interval is a time in one state: from the first instant in it to the first
// instant out of it. Open: it still held at the last instant, which is End.
type Interval struct {
	State      State
	Start, End time.Time
	Open       bool
	Peak       float64 // the worst value in it
}
