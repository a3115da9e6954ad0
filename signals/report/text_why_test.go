package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// What a page says of one rule, beside and below the table.
func TestTextOfOneRule(t *testing.T) {
	pending := func(ls ...string) replay.Alert {
		return replay.Alert{Labels: labels.FromStrings(ls...), Intervals: []replay.Interval{{State: replay.Pending, Start: at(5), End: at(10), Peak: 6}}}
	}
	threshold := &replay.Threshold{Op: ">", Value: 5}
	for _, tt := range []struct {
		name, reason string
		rule         replay.Rule
		why          []verdict.Finding
		all          bool
		has, not     []string
	}{
		{name: "for", reason: "it stands in a column of its own", rule: replay.Rule{Alert: "A", For: time.Minute, Verdict: replay.VerdictInactive},
			has: []string{"VERDICT   ALERT  FOR", "inactive  A      1m"}},
		{name: "for of a long name", reason: "it stands below the name, which is not cut", rule: replay.Rule{Alert: strings.Repeat("N", 50), For: time.Minute, Verdict: replay.VerdictInactive},
			has: []string{strings.Repeat("N", 50), "\n    FOR 1m"}, not: []string{"ALERT  FOR"}},
		{name: "no for", reason: "a column of nothing is left away", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictInactive}, not: []string{"FOR"}},
		{name: "labels of the rule that differ", reason: "rows would look alike without them", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictPending, Labels: labels.FromStrings("v", "{{ $value }}", "team", "x"),
			Alerts: []replay.Alert{pending("alertname", "A", "instance", "i", "team", "x", "v", "6"), pending("alertname", "A", "instance", "i", "team", "x", "v", "7")}},
			has: []string{"i v=6", "i v=7"}, not: []string{"team"}},
		{name: "held back", reason: "the value lay beyond, and is no closest approach", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictInactive, Threshold: threshold, HeldBack: true},
			has: []string{"held back"}, not: []string{"not >", "no value"}},
		{name: "a blind side", reason: "the largest number alone would hide it", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictInactive, Selectors: []replay.Selector{{Series: 12}, {Series: 0}}},
			has: []string{"0–12"}},
		{name: "two sides", reason: "none is blind", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictInactive, Selectors: []replay.Selector{{Series: 12}, {Series: 3}}},
			has: []string{" 12\n"}, not: []string{"–12"}},
		{name: "some evaluations failed", reason: "the headline counts the rule, whatever its verdict", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictPending, Evaluations: 19, Failed: 11, Error: "many-to-many",
			Alerts: []replay.Alert{pending("alertname", "A")}}, has: []string{"0 of 1 alert fired; 1 failed", "11 of 19 evaluations failed"}},
		{name: "what the engine says", reason: "warnings and infos are not for machines alone", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictInactive, Warnings: []string{"PromQL warning: w"}, Infos: []string{"PromQL info: i1", "PromQL info: i2", "PromQL info: i3"}},
			has: []string{"A: PromQL warning: w", "A: PromQL info: i2", "A: and 1 more"}, not: []string{"i3"}},
		{name: "first finding", reason: "a sentence a rule", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictInactive}, why: []verdict.Finding{{ID: verdict.NoSeries, Text: "A says this."}, {ID: verdict.Quiet, Text: "A says more."}},
			has: []string{"\nA says this.\n"}, not: []string{"more."}},
		{name: "all findings", reason: "as asked for, with what was tried", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictInactive}, all: true,
			why: []verdict.Finding{{ID: verdict.NoSeries, Text: "A says this.", Try: []verdict.Try{{Change: "with x", Outcome: "fires"}}}, {ID: verdict.Quiet, Text: "A says more."}},
			has: []string{"A says this.\n    tried: with x: fires\nA says more."}},
		{name: "fired", reason: "the table has said it", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictFiring}, why: []verdict.Finding{{ID: verdict.Fired, Text: "A fired."}}, not: []string{"A fired."}},
		{name: "a template that fails", reason: "it is not left to the JSON", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictFiring}, why: []verdict.Finding{{ID: verdict.Fired, Text: "A fired."}, {ID: verdict.TemplateFails, Text: "A's label fails."}},
			has: []string{"A's label fails."}},
		{name: "no data, told by a finding", reason: "once is enough", rule: replay.Rule{Alert: "A", Verdict: replay.VerdictNoData, Selectors: []replay.Selector{{Text: "m"}}}, why: []verdict.Finding{{ID: verdict.NoSeries, Text: "A says this."}},
			has: []string{"A says this."}, not: []string{"A saw no data:"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := &replay.Result{Start: at(0), End: at(600), Rules: []replay.Rule{tt.rule}, Capture: replay.Summary{Name: "c", Scrapes: 2, Interval: time.Second}}
			page := report.Text{WhyAll: tt.all}
			if tt.why != nil {
				page.Why = [][]verdict.Finding{tt.why}
			}
			got := text(t, page, res)
			for _, s := range tt.has {
				require.Contains(t, got, s, tt.reason)
			}
			for _, s := range tt.not {
				require.NotContains(t, got, s, tt.reason)
			}
		})
	}
}
