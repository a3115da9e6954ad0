// Package ruletest tests alerting rules on saved or made-up scrapes: one call
// replays a capture, and the result says whether alerts fired.
//
//	func TestAlerts(t *testing.T) {
//		r := ruletest.Replay(t, os.DirFS("testdata/outage"), rules)
//		r.Fired("TargetDown", "node-a")
//		r.Silent("DiskFull")
//		r.NoData("MailQueueLong") // this capture has no mail server
//	}
//
// A capture is a directory of scrapes, JOB/INSTANCE/TIME.prom for instance;
// package fixtures has real ones, fixtures/scenario makes some up.
package ruletest

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// T is what this package needs of a testing.TB.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
}

// Result is what a replay found, with questions that fail the test.
type Result struct {
	*replay.Result
	t T
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
	res, err := replay.Run(context.Background(), opts)
	if err != nil {
		stop("the replay", err)
		return nil
	}
	return &Result{res, t}
}

// Fired fails the test unless the alert fired, and for each instance that is
// named on that instance. It returns the alerts that did, in the order of their
// labels.
func (r *Result) Fired(alert string, instances ...string) []replay.Alert {
	r.t.Helper()
	var fired []replay.Alert
	var on []string
	rules := r.rules(alert)
	for _, rule := range rules {
		for _, a := range rule.Alerts {
			if a.Fired() {
				fired = append(fired, a)
				on = append(on, a.Labels.Get("instance"))
			}
		}
	}
	if len(fired) == 0 && len(rules) > 0 {
		r.t.Errorf("%s did not fire: %s", alert, story(rules))
		return nil
	}
	for _, in := range instances {
		if len(fired) > 0 && !slices.Contains(on, in) {
			r.t.Errorf("%s did not fire on %s: %s", alert, in, story(rules))
		}
	}
	return fired
}

// Silent fails the test if the alert ever fired, and also if it saw no data or
// could not be evaluated: silence says nothing then. An alert may have been
// pending.
func (r *Result) Silent(alert string) {
	r.t.Helper()
	for _, rule := range r.rules(alert) {
		switch rule.Verdict {
		case replay.VerdictFiring, replay.VerdictNoData, replay.VerdictError:
			r.t.Errorf("%s was not silent: %s", alert, story([]replay.Rule{rule}))
		}
	}
}

// NoData fails the test unless the alert is blind: none of its selectors ever
// matched a series.
func (r *Result) NoData(alert string) {
	r.t.Helper()
	for _, rule := range r.rules(alert) {
		if rule.Verdict != replay.VerdictNoData {
			r.t.Errorf("%s saw data: %s", alert, story([]replay.Rule{rule}))
		}
	}
}

// rules are those of an alert's name; that there is none fails the test.
func (r *Result) rules(alert string) (list []replay.Rule) {
	r.t.Helper()
	var names []string
	for _, rule := range r.Rules {
		if rule.Alert == alert {
			list = append(list, rule)
		} else if rule.Alert != "" {
			names = append(names, rule.Alert)
		}
	}
	if len(list) == 0 {
		r.t.Errorf("no rule is called %s; there are %s", alert, strings.Join(names, ", "))
	}
	return list
}

// story says what became of rules.
func story(rules []replay.Rule) string {
	var parts []string
	for _, rule := range rules {
		parts = append(parts, tell(rule))
	}
	return strings.Join(parts, "; ")
}

func tell(rule replay.Rule) string {
	seen := 0
	for _, s := range rule.Selectors {
		seen += s.Series
	}
	text := fmt.Sprintf("%s, %d series seen in %d evaluations of %s", rule.Verdict, seen, rule.Evaluations, rule.Expr)
	if rule.Error != "" {
		text += ", " + rule.Error
	}
	for _, s := range rule.Selectors {
		if s.Series == 0 && len(s.Similar) > 0 {
			text += fmt.Sprintf(", nothing matched %s, there is %s", s.Text, strings.Join(s.Similar, ", "))
		}
	}
	if c := rule.Closest; c != nil {
		text += fmt.Sprintf(", nearest at %s: %s", c.At.Format(time.TimeOnly), number(c.Value))
		if rule.Threshold != nil {
			text += fmt.Sprintf(", not %s %s", rule.Threshold.Op, number(rule.Threshold.Value))
		}
	}
	for i, a := range rule.Alerts {
		if i == 5 {
			text += fmt.Sprintf(", and %d alerts more", len(rule.Alerts)-i)
			break
		}
		for _, iv := range a.Intervals {
			end := iv.End.Format(time.TimeOnly)
			if iv.Open {
				end = "the end"
			}
			text += fmt.Sprintf(", %s %s – %s %s", iv.State, iv.Start.Format(time.TimeOnly), end, a.Labels)
		}
	}
	return text
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
