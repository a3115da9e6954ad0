package rules_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// TestStates moves one alert instance through its life. Each letter of want is
// the state after one evaluation: - inactive, p pending, F firing.
func TestStates(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		fields       string
		step         time.Duration // between evaluations and samples
		values, want string
	}{
		{"no for", "an alert without for fires at its first instant",
			"", 10 * time.Second, "0 1 1 0", "-FF-"},
		{"for reached", "it fires at the first instant with ts - active at >= for, not after it",
			"for: 20s", 10 * time.Second, "0 1 1 1 1 0", "-ppFF-"},
		{"for below a step", "a for shorter than the interval costs one whole interval",
			"for: 1s", 10 * time.Second, "1 1", "pF"},
		{"for not reached", "a pending alert that vanishes is forgotten",
			"for: 20s", 10 * time.Second, "1 1 0 1 1 1", "pp-ppF"},
		{"refires at once", "a resolved alert begins anew",
			"for: 10s", 10 * time.Second, "1 1 0 1 1", "pF-pF"},
		{"keep firing", "kept while ts - first instant without result < keep_firing_for",
			"keep_firing_for: 20s", 10 * time.Second, "1 0 0 0 0", "FFF--"},
		{"keep firing interrupted", "a result in between starts the count anew",
			"keep_firing_for: 20s", 10 * time.Second, "1 0 1 0 0 0", "FFFFF-"},
		{"pending is not kept", "keep_firing_for is about firing alerts alone",
			"for: 20s\nkeep_firing_for: 1m", 10 * time.Second, "1 1 0 0", "pp--"},
		{"kept then pending", "after keep_firing_for the alert waits for its for again",
			"for: 10s\nkeep_firing_for: 10s", 10 * time.Second, "1 1 0 0 1 1", "pFF-pF"},
		{"sub-second for", "durations are not cut to seconds",
			"for: 1500ms", time.Second, "1 1 1", "ppF"},
		{"vanishing series", "a series with a staleness marker is no result",
			"", 10 * time.Second, "1 stale 1", "F-F"},
		{"look-back", "a series that only stops is seen for five minutes more, the bound excluded",
			"", time.Minute, "1 _ _ _ _ _ _", "FFFFF--"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStore().load(t, tt.step, "m "+tt.values)
			ev := evaluator(t, st, group("", "- alert: A\n  expr: m > 0\n"+indent(tt.fields, "  ")))
			var got strings.Builder
			for i := range strings.Fields(tt.values) {
				out := ev.Eval(context.Background(), time.UnixMilli(int64(i)*tt.step.Milliseconds()))[0]
				switch {
				case out.Err != nil:
					t.Fatal(out.Err)
				case len(out.Alerts) == 0:
					got.WriteByte('-')
				case out.Alerts[0].State == rules.Pending:
					got.WriteByte('p')
				case out.Alerts[0].State == rules.Firing:
					got.WriteByte('F')
				}
			}
			if got.String() != tt.want {
				t.Errorf("got %s, want %s: %s", got.String(), tt.want, tt.reason)
			}
		})
	}
}

// writtenRows are rules, what they see, and every sample that they write.
var writtenRows = []struct {
	name, reason  string
	fields, rules string
	load          []string
	at            []float64
	want          []string
}{
	{
		name:   "alert life",
		reason: "a change of state is a marker in the old ALERTS series and a sample in the new; the end marks both",
		rules:  "- alert: A\n  expr: m > 0\n  for: 10s\n  labels: {severity: page}",
		load:   []string{`m{a="1"} 1 1 0`},
		at:     []float64{0.0005, 10.0005, 20.0005},
		want: []string{
			`0 {__name__="ALERTS", a="1", alertname="A", alertstate="pending", severity="page"} 1`,
			`0 {__name__="ALERTS_FOR_STATE", a="1", alertname="A", severity="page"} 0`,
			`10000 {__name__="ALERTS", a="1", alertname="A", alertstate="firing", severity="page"} 1`,
			`10000 {__name__="ALERTS_FOR_STATE", a="1", alertname="A", severity="page"} 0`,
			`10000 {__name__="ALERTS", a="1", alertname="A", alertstate="pending", severity="page"} stale`,
			`20000 {__name__="ALERTS", a="1", alertname="A", alertstate="firing", severity="page"} stale`,
			`20000 {__name__="ALERTS_FOR_STATE", a="1", alertname="A", severity="page"} stale`,
		},
	},
	{
		name:   "active at in whole seconds",
		reason: "ALERTS_FOR_STATE is cut, not rounded",
		rules:  "- alert: A\n  expr: vector(1)",
		at:     []float64{7.9},
		want: []string{
			`7900 {__name__="ALERTS", alertname="A", alertstate="firing"} 1`,
			`7900 {__name__="ALERTS_FOR_STATE", alertname="A"} 7`,
		},
	},
	{
		name:   "query offset",
		reason: "the query and the samples are at T - query_offset, active at is T",
		fields: "query_offset: 10s",
		rules:  "- alert: A\n  expr: m == 1\n- record: r\n  expr: m",
		load:   []string{`m 0 1 2 3`},
		at:     []float64{20},
		want: []string{
			`10000 {__name__="ALERTS", alertname="A", alertstate="firing"} 1`,
			`10000 {__name__="ALERTS_FOR_STATE", alertname="A"} 20`,
			`10000 {__name__="r"} 1`,
		},
	},
	{
		name:   "recording chain",
		reason: "a later rule sees what an earlier one of the group wrote at this instant",
		rules:  "- record: a\n  expr: m * 2\n- record: b\n  expr: a * 2\n- alert: C\n  expr: b > 3",
		load:   []string{`m{x="1"} 1`},
		at:     []float64{0},
		want: []string{
			`0 {__name__="a", x="1"} 2`,
			`0 {__name__="b", x="1"} 4`,
			`0 {__name__="ALERTS", alertname="C", alertstate="firing", x="1"} 1`,
			`0 {__name__="ALERTS_FOR_STATE", alertname="C", x="1"} 0`,
		},
	},
	{
		name:   "recording chain against the order",
		reason: "what a later rule wrote is seen from the instant before",
		rules:  "- record: b\n  expr: a\n- record: a\n  expr: m",
		load:   []string{`m 1 2`},
		at:     []float64{0, 10},
		want:   []string{`0 {__name__="a"} 1`, `10000 {__name__="b"} 1`, `10000 {__name__="a"} 2`},
	},
	{
		name:   "vanishing recorded series",
		reason: "one marker, at the instant that lacks it, once",
		rules:  "- record: r\n  expr: m > 0",
		load:   []string{`m{a="1"} 1 0 0`, `m{a="2"} 1 1 0`},
		at:     []float64{0, 10, 20, 30},
		want: []string{
			`0 {__name__="r", a="1"} 1`, `0 {__name__="r", a="2"} 1`,
			`10000 {__name__="r", a="2"} 1`, `10000 {__name__="r", a="1"} stale`,
			`20000 {__name__="r", a="2"} stale`,
		},
	},
	{
		name:   "failed evaluation",
		reason: "an error writes no marker; the next success marks what is gone since",
		rules:  "- record: r\n  expr: m / on() group_left() n",
		load:   []string{`m{a="1"} 1 1 1`, `m{a="2"} 1 1 stale`, `n{b="1"} 1 1 1`, `n{b="2"} _ 1 stale`},
		at:     []float64{0, 10, 20},
		want: []string{
			`0 {__name__="r", a="1"} 1`, `0 {__name__="r", a="2"} 1`,
			`20000 {__name__="r", a="1"} 1`, `20000 {__name__="r", a="2"} stale`,
		},
	},
	{
		name:   "group and rule labels",
		reason: "the rule's override the group's, an empty one removes the label",
		fields: "labels: {team: a, tier: x}",
		rules:  "- record: r\n  expr: m\n  labels: {team: b, job: ''}",
		load:   []string{`m{job="j",a="1"} 1`},
		at:     []float64{0},
		want:   []string{`0 {__name__="r", a="1", team="b", tier="x"} 1`},
	},
	{
		name:   "scalar and histogram",
		reason: "a scalar records one series without labels; a histogram stays one",
		rules:  "- record: s\n  expr: scalar(n)\n- record: h\n  expr: h0",
		load:   []string{`n 3`, `h0 {{schema:0 sum:5 count:4 buckets:[1 2 1]}}`},
		at:     []float64{0},
		want:   []string{`0 {__name__="s"} 3`, `0 {__name__="h"} {count:4, sum:5, (0.5,1]:1, (1,2]:2, (2,4]:1}`},
	},
	{
		name:   "label that expands to nothing",
		reason: "the alert lacks it, ALERTS shows the template's text, as upstream",
		rules:  "- alert: A\n  expr: m\n  labels: {x: '{{ $labels.none }}'}",
		load:   []string{`m 1`},
		at:     []float64{0},
		want: []string{
			`0 {__name__="ALERTS", alertname="A", alertstate="firing", x="{{ $labels.none }}"} 1`,
			`0 {__name__="ALERTS_FOR_STATE", alertname="A", x="{{ $labels.none }}"} 0`,
		},
	},
	{
		name:   "alertstate from a rule",
		reason: "two alerts that differ in alertstate alone are one ALERTS series; the first stays, without an error",
		rules:  "- alert: A\n  expr: m",
		load:   []string{`m{alertstate="x"} 1`, `m{alertstate="y"} 1`},
		at:     []float64{0},
		want: []string{
			`0 {__name__="ALERTS", alertname="A", alertstate="firing"} 1`,
			`0 {__name__="ALERTS_FOR_STATE", alertname="A", alertstate="x"} 0`,
			`0 {__name__="ALERTS_FOR_STATE", alertname="A", alertstate="y"} 0`,
		},
	},
	{
		name:   "count_values",
		reason: "the engine's map order is sorted away",
		rules:  "- record: r\n  expr: count_values('v', m)",
		load:   []string{`m{a="1"} 3`, `m{a="2"} 1`, `m{a="3"} 2`, `m{a="4"} 5`, `m{a="5"} 4`},
		at:     []float64{0},
		want: []string{
			`0 {__name__="r", v="1"} 1`, `0 {__name__="r", v="2"} 1`, `0 {__name__="r", v="3"} 1`,
			`0 {__name__="r", v="4"} 1`, `0 {__name__="r", v="5"} 1`,
		},
	},
}

// TestWritten holds every sample that rules write, in order.
func TestWritten(t *testing.T) {
	for _, tt := range writtenRows {
		if tt.name == "" || tt.reason == "" {
			t.Errorf("a row without a name or a reason: %+v", tt)
		}
		t.Run(tt.name, func(t *testing.T) {
			st := newStore().load(t, 10*time.Second, tt.load...)
			ev := evaluator(t, st, group(tt.fields, tt.rules))
			for _, at := range tt.at {
				ev.Eval(context.Background(), seconds(at))
			}
			if diff := cmp.Diff(tt.want, st.log); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

// TestFailures: what an error leaves behind.
func TestFailures(t *testing.T) {
	ctx := context.Background()

	t.Run("limit clears alerts", func(t *testing.T) {
		st := newStore().load(t, 10*time.Second, `m{a="1"} 1 1 1`, `m{a="2"} 0 1 0`)
		ev := evaluator(t, st, group("limit: 1", "- alert: A\n  expr: m > 0\n  for: 10s"))
		ev.Eval(ctx, seconds(0))
		out := ev.Eval(ctx, seconds(10))[0]
		var limit *rules.LimitError
		if !errors.As(out.Err, &limit) || out.Err.Error() != "exceeded limit of 1 with 2 alerts" {
			t.Fatalf("got %v", out.Err)
		}
		if len(out.Alerts) != 0 {
			t.Errorf("alerts are left: %v", out.Alerts)
		}
		out = ev.Eval(ctx, seconds(20))[0]
		if out.Err != nil || len(out.Alerts) != 1 || out.Alerts[0].State != rules.Pending {
			t.Errorf("the alert must begin anew: %+v", out)
		}
	})
	t.Run("limit of a recording rule", func(t *testing.T) {
		st := newStore().load(t, 10*time.Second, `m{a="1"} 1`, `m{a="2"} 1`)
		out := evaluator(t, st, group("limit: 1", "- record: r\n  expr: m")).Eval(ctx, seconds(0))[0]
		if fmt.Sprint(out.Err) != "exceeded limit of 1 with 2 series" || out.Series != 0 || len(st.log) != 0 {
			t.Errorf("got %v, %d series, %v", out.Err, out.Series, st.log)
		}
	})
	t.Run("duplicates of a recording rule", func(t *testing.T) {
		st := newStore().load(t, 10*time.Second, `m{a="1"} 1`, `m{a="2"} 1`)
		out := evaluator(t, st, group("", "- record: r\n  expr: m\n  labels: {a: x}")).Eval(ctx, seconds(0))[0]
		if !errors.Is(out.Err, rules.ErrDuplicateRecords) {
			t.Errorf("got %v", out.Err)
		}
	})
	t.Run("duplicates of an alerting rule keep the state", func(t *testing.T) {
		st := newStore().load(t, 10*time.Second, `m{a="1"} 1 1`, `m{a="2"} 0 1`)
		ev := evaluator(t, st, group("", "- alert: A\n  expr: m > 0\n  labels: {a: x}"))
		ev.Eval(ctx, seconds(0))
		out := ev.Eval(ctx, seconds(10))[0]
		if !errors.Is(out.Err, rules.ErrDuplicateAlerts) || len(out.Alerts) != 1 || out.Alerts[0].State != rules.Firing {
			t.Errorf("got %+v", out)
		}
	})
	t.Run("a failed query keeps the state", func(t *testing.T) {
		st := newStore().load(t, 10*time.Second, `m 1 1 1`)
		ev := evaluator(t, st, group("", "- alert: A\n  expr: m > 0\n  for: 20s"))
		ev.Eval(ctx, seconds(0))
		st.broken = errors.New("disk on fire")
		if out := ev.Eval(ctx, seconds(10))[0]; out.Err == nil || len(out.Alerts) != 1 {
			t.Errorf("got %+v", out)
		}
		st.broken = nil
		if out := ev.Eval(ctx, seconds(20))[0]; out.Err != nil || out.Alerts[0].State != rules.Firing {
			t.Errorf("time does not stop while a query fails: %+v", out)
		}
	})
	t.Run("a refused sample", func(t *testing.T) {
		st := newStore().load(t, 10*time.Second, `m 1`)
		st.refuse = errors.New("no room")
		if out := evaluator(t, st, group("", "- record: r\n  expr: m")).Eval(ctx, seconds(0))[0]; !errors.Is(out.Err, st.refuse) {
			t.Errorf("got %v", out.Err)
		}
	})
	t.Run("two rules for one series", func(t *testing.T) {
		st := newStore().load(t, 10*time.Second, `m 1`)
		out := evaluator(t, st, group("", "- record: r\n  expr: m\n- record: r\n  expr: m + 1")).Eval(ctx, seconds(0))
		if out[0].Err != nil || out[1].Err == nil {
			t.Errorf("the second must be refused: %v, %v", out[0].Err, out[1].Err)
		}
	})
	t.Run("a canceled context", func(t *testing.T) {
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		if out := evaluator(t, newStore(), group("", "- record: r\n  expr: m")).Eval(canceled, seconds(0))[0]; out.Err == nil {
			t.Error("no error")
		}
	})
}

// TestKept: what keep_firing_for leaves of an alert.
func TestKept(t *testing.T) {
	st := newStore().load(t, 10*time.Second, `m 7 0`)
	ev := evaluator(t, st, group("", "- alert: A\n  expr: m > 0\n  keep_firing_for: 1m\n  annotations: {v: '{{ $value }}'}"))
	ev.Eval(context.Background(), seconds(0))
	a := ev.Eval(context.Background(), seconds(10))[0].Alerts[0]
	if a.Value != 7 || a.Annotations.Get("v") != "7" || !a.FiredAt.Equal(seconds(0)) || !a.ActiveAt.Equal(seconds(0)) {
		t.Errorf("value and annotations must be those of the last result: %+v", a)
	}
}
