package judge_test

import (
	"context"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// at is a time so many seconds after the start.
func at(s int) time.Time { return time.Unix(1_800_000_000+int64(s), 0).UTC() }

// alert is one on an instance, or on none, that is pending from, fires from and
// ends at such times; each three more are a time more.
func alert(instance string, times ...int) replay.Alert {
	a := replay.Alert{Labels: labels.FromStrings("alertname", "A", "job", "j", "severity", "page")}
	if instance != "" {
		b := labels.NewBuilder(a.Labels)
		a.Labels = b.Set("instance", instance).Labels()
	}
	for i := 0; i+2 < len(times); i += 3 {
		if times[i] < times[i+1] {
			a.Intervals = append(a.Intervals, replay.Interval{State: replay.Pending, Start: at(times[i]), End: at(times[i+1])})
		}
		if times[i+1] < times[i+2] {
			a.Intervals = append(a.Intervals, replay.Interval{State: replay.Firing, Start: at(times[i+1]), End: at(times[i+2])})
		}
	}
	return a
}

func result(alerts ...replay.Alert) *replay.Result {
	return &replay.Result{Start: at(0), End: at(600), Rules: []replay.Rule{
		{Record: "r"}, {Alert: "A", Labels: labels.FromStrings("severity", "page"), Alerts: alerts}, {Alert: "B"},
	}}
}

// One rule, one incident from 100 to 200, and what is said of both.
func TestIncidents(t *testing.T) {
	on := func(targets ...string) func(*capture.Incident) {
		return func(in *capture.Incident) { in.Targets = targets }
	}
	by := func(alerts ...string) func(*capture.Incident) {
		return func(in *capture.Incident) { in.Alerts = alerts }
	}
	tests := []struct {
		name   string
		with   func(*capture.Incident)
		alerts []replay.Alert
		caught int // delay in seconds; -1: it was not told of
		rang   bool
		missed []string
		wolf   int
	}{
		{name: "nothing fired", caught: -1},
		{name: "pending alone tells nothing", alerts: []replay.Alert{alert("a", 110, 190, 190)}, caught: -1},
		{name: "fired in it", alerts: []replay.Alert{alert("a", 110, 140, 180)}, caught: 40},
		{name: "fired as it began", alerts: []replay.Alert{alert("a", 90, 100, 180)}, caught: 0},
		{name: "fired after its end, pending before", alerts: []replay.Alert{alert("a", 200, 230, 250)}, caught: 130},
		{name: "pending after its end", alerts: []replay.Alert{alert("a", 201, 230, 250)}, caught: -1, wolf: 1},
		{name: "rang before, and on", alerts: []replay.Alert{alert("a", 20, 50, 150)}, caught: -1, rang: true},
		{name: "was over as it began", alerts: []replay.Alert{alert("a", 20, 50, 99)}, caught: -1, wolf: 1},
		{name: "rang before, and again", alerts: []replay.Alert{alert("a", 20, 50, 110, 150, 160, 170)}, caught: 60},
		{name: "the first of two instances", alerts: []replay.Alert{alert("b", 120, 150, 180), alert("a", 110, 140, 180)}, caught: 40},
		{name: "its target", with: on("x", "a"), alerts: []replay.Alert{alert("a", 110, 140, 180)}, caught: 40},
		{name: "its target by a pattern", with: on("j/a*"), alerts: []replay.Alert{alert("a-1", 110, 140, 180)}, caught: 40},
		{name: "an address with brackets", with: on("[::1]:80"), alerts: []replay.Alert{alert("[::1]:80", 110, 140, 180)}, caught: 40},
		{name: "an alert without instance", with: on("x"), alerts: []replay.Alert{alert("", 110, 140, 180)}, caught: 40},
		{name: "another target", with: on("x", "j/b"), alerts: []replay.Alert{alert("a", 110, 140, 180)}, caught: -1, wolf: 1},
		{name: "the alert that it names", with: by("A"), alerts: []replay.Alert{alert("a", 110, 140, 180)}, caught: 40},
		{name: "an alert that it does not name", with: by("B"), alerts: []replay.Alert{alert("a", 110, 140, 180)}, caught: -1, missed: []string{"B"}},
		{name: "the alert that it names is silent", with: by("A"), caught: -1, missed: []string{"A"}},
		{name: "false alarms are counted each", alerts: []replay.Alert{alert("a", 110, 140, 180, 300, 310, 320, 400, 410, 420)}, caught: 40, wolf: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := capture.Incident{Name: "I", From: at(100), To: at(200)}
			if tt.with != nil {
				tt.with(&in)
			}
			j := judge.Incidents(result(tt.alerts...), []capture.Incident{in})
			require.Len(t, j.Rules, 2, "recording rules are not judged")
			require.Equal(t, tt.wolf, j.FalseAlarms())
			got := j.Incidents[0]
			require.Equal(t, tt.rang, len(got.Ringing) > 0)
			require.Equal(t, tt.missed, got.Missed)
			if tt.caught < 0 {
				require.Empty(t, got.Caught)
				require.Empty(t, j.Rules[0].Caught)
				require.Zero(t, j.Told())
				return
			}
			require.Equal(t, 1, j.Told())
			require.Len(t, got.Caught, 1, "one for each rule")
			require.Equal(t, time.Duration(tt.caught)*time.Second, got.Caught[0].Delay)
			require.Equal(t, at(100+tt.caught), got.Caught[0].At)
			require.Equal(t, []judge.RuleCatch{{Incident: "I", Delay: time.Duration(tt.caught) * time.Second}}, j.Rules[0].Caught)
		})
	}
}

func TestIncidentsElsewhere(t *testing.T) {
	j := judge.Incidents(result(alert("a", 550, 560, 600)), []capture.Incident{
		{Name: "after", From: at(700), Alerts: []string{"A"}},
		{Name: "open", From: at(540)},
		{Name: "before", From: at(-20), To: at(-10), Alerts: []string{"A", "Gone"}},
	})
	require.Equal(t, []string{"before", "open", "after"}, []string{j.Incidents[0].Name, j.Incidents[1].Name, j.Incidents[2].Name})
	require.True(t, j.Incidents[0].Outside)
	require.Empty(t, j.Incidents[0].Missed, "nobody could tell of it")
	require.Equal(t, []string{"Gone"}, j.Incidents[0].Unknown)
	require.Equal(t, at(600), j.Incidents[1].End)
	require.Len(t, j.Incidents[1].Caught, 1)
	require.True(t, j.Incidents[2].Outside)
	require.Empty(t, j.Rules[0].Missed)
	require.Equal(t, &judge.Judgement{}, judge.Incidents(&replay.Result{}, nil))
}

// The capture that the fixture is from, with its API server and etcd: the
// built-in rules tell of everything, and of nothing else.
func TestWholeIncident(t *testing.T) {
	whole := os.DirFS("../../../shared/captures/incident")
	if _, err := fs.Stat(whole, "etcd"); err != nil {
		t.Skip("needs ../shared/captures/incident, the whole of the incident")
	}
	files, err := fixtures.FS("incident")
	require.NoError(t, err)
	said, err := fs.ReadFile(files, "capture.yaml")
	require.NoError(t, err)
	known, err := capture.ParseIncidents("capture.yaml", said)
	require.NoError(t, err)
	c, err := capture.Open(whole, "incident", capture.Options{})
	require.NoError(t, err)
	res, err := packs.Replay(context.Background(), replay.Options{Capture: c}, nil, nil)
	require.NoError(t, err)
	j := judge.Incidents(res.Result, known)
	require.Zero(t, j.FalseAlarms())
	delays := map[string]time.Duration{}
	for _, in := range j.Incidents {
		require.NotEmpty(t, in.Caught, in.Name)
		delays[in.Name] = in.Caught[0].Delay.Round(time.Second)
	}
	require.Equal(t, map[string]time.Duration{
		"slow sync": 107 * time.Second, "API server dead": 33 * time.Second,
		"kube-proxy down on node-a": 33 * time.Second, "kube-proxy down on node-c": 33 * time.Second,
	}, delays)
}
