// Package ruletest tests alerting rules in Go tests. Run runs a test file, of
// promtool or ours, each test as a subtest:
//
//	func TestAlerts(t *testing.T) { ruletest.Run(t, "alerts_test.yml") }
//
// Replay replays saved or made-up scrapes, and its result says whether alerts
// fired:
//
//	func TestAlerts(t *testing.T) {
//		r := ruletest.Replay(t, os.DirFS("testdata/outage"), rules)
//		r.Fired("TargetDown", "node-a")
//		r.Silent("DiskFull")
//		r.NoData("MailQueueLong") // this capture has no mail server
//		r.Why("MailQueueLong", "no-series")
//	}
//
// A capture is a directory of scrapes, JOB/INSTANCE/TIME.prom for instance;
// package fixtures has real ones, fixtures/scenario makes some up.
package ruletest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// T is what this package needs of a testing.TB.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
}

// Tests is what Run needs of a *testing.T.
type Tests[S any] interface {
	T
	Run(name string, f func(S)) bool
}

// Run runs the tests of a file as 'scrapebook test' does, each as a subtest.
// What makes one fail is said as there: its place, what was expected and what
// came, and why an alert did not fire. A file that cannot be used, or that
// tests nothing, fails the test itself.
func Run[S Tests[S]](t S, file string, options ...func(*suite.Options)) {
	t.Helper()
	var opts suite.Options
	for _, o := range options {
		o(&opts)
	}
	res, err := suite.Run(context.Background(), []string{file}, opts)
	if err != nil {
		t.Errorf("ruletest: %v", err)
		t.FailNow()
		return
	}
	f := res.Files[0]
	for _, err := range f.Errors {
		t.Errorf("%v", err)
	}
	for _, failure := range f.Failures {
		t.Errorf("\n%s", failure.Text(file))
	}
	for _, one := range f.Tests {
		t.Run(one.Name, func(t S) {
			t.Helper()
			for _, failure := range one.Failures {
				t.Errorf("\n%s", failure.Text(file))
			}
		})
	}
}

// Result is what a replay found, with questions that fail the test.
type Result struct {
	*replay.Result
	// Reasons hold for each of Rules why it was silent or fired; the first
	// decides.
	Reasons [][]verdict.Finding
	t       T
}

// Replay evaluates a rule file, its text as Prometheus reads it, over a
// capture, as scrapebook replay does. With options the settings of the replay
// can be changed before it runs. It stops the test, with FailNow, when the
// capture or the rules cannot be read.
func Replay(t T, files fs.FS, ruleFile string, options ...func(*replay.Options)) *Result {
	t.Helper()
	stop := func(what string, err error) {
		t.Helper()
		t.Errorf("ruletest: %s: %v", what, err)
		t.FailNow()
	}
	c, err := capture.Open(files, "capture", capture.Options{})
	if err != nil {
		stop("the capture", err)
		return nil
	}
	groups, errs := rules.Parse("rules", []byte(ruleFile), rules.ParseOptions{})
	if len(errs) > 0 {
		stop("the rules", errs[0])
		return nil
	}
	opts := replay.Options{Capture: c, Groups: groups}
	for _, o := range options {
		o(&opts)
	}
	if opts.Observer != nil {
		stop("the replay", errors.New("the Observer of the options must be nil: it watches for the reasons"))
		return nil
	}
	res, err := verdict.Run(context.Background(), opts)
	if err != nil {
		stop("the replay", err)
		return nil
	}
	return &Result{res.Result, res.Why, t}
}

// Fired fails the test unless the alert fired, and for each instance that is
// named on that instance. It returns the alerts that did, in the order of their
// labels.
func (r *Result) Fired(alert string, instances ...string) []replay.Alert {
	r.t.Helper()
	var fired []replay.Alert
	var on []string
	rules := r.rules(alert)
	for _, i := range rules {
		for _, a := range r.Rules[i].Alerts {
			if a.Fired() {
				fired = append(fired, a)
				on = append(on, a.Labels.Get("instance"))
			}
		}
	}
	if len(fired) == 0 && len(rules) > 0 {
		r.t.Errorf("%s did not fire: %s", alert, r.story(rules))
		return nil
	}
	for _, in := range instances {
		if len(fired) > 0 && !slices.Contains(on, in) {
			r.t.Errorf("%s did not fire on %s: %s", alert, in, r.story(rules))
		}
	}
	return fired
}

// Silent fails the test if the alert ever fired, and also if it saw no data or
// could not be evaluated: silence says nothing then. An alert may have been
// pending.
func (r *Result) Silent(alert string) {
	r.t.Helper()
	for _, i := range r.rules(alert) {
		switch r.Rules[i].Verdict {
		case replay.VerdictFiring, replay.VerdictNoData, replay.VerdictError:
			r.t.Errorf("%s was not silent: %s", alert, r.story([]int{i}))
		}
	}
}

// NoData fails the test unless the alert is blind: none of its selectors ever
// matched a series.
func (r *Result) NoData(alert string) {
	r.t.Helper()
	for _, i := range r.rules(alert) {
		if r.Rules[i].Verdict != replay.VerdictNoData {
			r.t.Errorf("%s saw data: %s", alert, r.story([]int{i}))
		}
	}
}

// Why fails the test unless the first reason why the alert was silent or fired
// has an id, such as verdict.Quiet; of several rules of that name one is
// enough.
func (r *Result) Why(alert, id string) {
	r.t.Helper()
	rules := r.rules(alert)
	var got []string
	for _, i := range rules {
		if len(r.Reasons[i]) > 0 {
			got = append(got, r.Reasons[i][0].ID)
		}
	}
	if len(rules) > 0 && !slices.Contains(got, id) {
		r.t.Errorf("%s: the reason is %s, not %s: %s", alert, strings.Join(got, ", "), id, r.story(rules))
	}
}

// rules are the numbers of those of an alert's name; that there is none fails
// the test.
func (r *Result) rules(alert string) (list []int) {
	r.t.Helper()
	var names []string
	for i, rule := range r.Rules {
		if rule.Alert == alert {
			list = append(list, i)
		} else if rule.Alert != "" {
			names = append(names, rule.Alert)
		}
	}
	if len(list) == 0 {
		r.t.Errorf("no rule is called %s; there are %s", alert, strings.Join(names, ", "))
	}
	return list
}

// story says what became of rules: the first reason of each, and of those that
// fired when.
func (r *Result) story(rules []int) string {
	var parts []string
	for _, i := range rules {
		text := fmt.Sprintf("it is %s", r.Rules[i].Verdict)
		if len(r.Reasons[i]) > 0 {
			text = strings.TrimSuffix(r.Reasons[i][0].Text, ".")
		}
		parts = append(parts, text+times(&r.Rules[i]))
	}
	return strings.Join(parts, "; ")
}

func times(rule *replay.Rule) string {
	var b strings.Builder
	for i, a := range rule.Alerts {
		if i == 5 {
			fmt.Fprintf(&b, ", and %d alerts more", len(rule.Alerts)-i)
			break
		}
		for _, iv := range a.Intervals {
			end := iv.End.Format(time.TimeOnly)
			if iv.Open {
				end = "the end"
			}
			fmt.Fprintf(&b, ", %s %s – %s %s", iv.State, iv.Start.Format(time.TimeOnly), end, a.Labels)
		}
	}
	return b.String()
}
