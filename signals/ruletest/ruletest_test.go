package ruletest_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/ruletest"
	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

const alerts = `groups:
- name: kube-proxy
  rules:
  - alert: Down
    expr: up == 0
    for: 10s
  - alert: ManyGoroutines
    expr: go_goroutines > 1e6
  - alert: Blind
    expr: up{job="kubeproxy"} == 0
  - alert: Broken
    expr: up * on(job) up > 1
`

func incident(t testing.TB) fs.FS {
	t.Helper()
	files, err := fixtures.FS("incident")
	require.NoError(t, err)
	return files
}

// recorder is the T of a test that may fail.
type recorder struct {
	errors  []string
	stopped bool
}

func (r *recorder) Helper()                   {}
func (r *recorder) FailNow()                  { r.stopped = true }
func (r *recorder) Errorf(f string, a ...any) { r.errors = append(r.errors, fmt.Sprintf(f, a...)) }

func TestReplay(t *testing.T) {
	r := ruletest.Replay(t, incident(t), alerts)
	fired := r.Fired("Down", "node-a", "node-c")
	require.Len(t, fired, 2)
	require.Equal(t, "07:15:50", fired[0].Intervals[1].Start.Format(time.TimeOnly), "after 10 s of pending")
	r.Silent("ManyGoroutines")
	r.NoData("Blind")
	r.Why("Blind", verdict.NoSeries)
	r.Why("ManyGoroutines", verdict.Quiet)
}

// Each question can fail, and says what happened instead.
func TestQuestionsCanFail(t *testing.T) {
	tests := []struct {
		name string
		ask  func(*ruletest.Result)
		want []string
	}{
		{"fired, but it did not", func(r *ruletest.Result) { r.Fired("ManyGoroutines") },
			[]string{"ManyGoroutines did not fire: ManyGoroutines was quiet: go_goroutines was 72 at most (07:16:20, node-a), and > 1e+06 is asked for"}},
		{"fired elsewhere", func(r *ruletest.Result) { r.Fired("Down", "node-b") },
			[]string{"Down did not fire on node-b: Down fired for 2 alerts", `firing 07:15:50 – 07:16:20 {`, "firing 07:17:50 – the end"}},
		{"fired, but it is blind", func(r *ruletest.Result) { r.Fired("Blind") }, []string{"Blind did not fire: Blind cannot fire on this capture", `probably job="kube-proxy" is meant`}},
		{"silent, but it fired", func(r *ruletest.Result) { r.Silent("Down") }, []string{"Down was not silent: Down fired for 2 alerts"}},
		{"silent, but it is blind", func(r *ruletest.Result) { r.Silent("Blind") }, []string{"Blind was not silent: Blind cannot fire on this capture"}},
		{"silent, but it fails", func(r *ruletest.Result) { r.Silent("Broken") }, []string{"Broken was not silent: Broken could not be evaluated", "they differ in instance"}},
		{"blind, but it is not", func(r *ruletest.Result) { r.NoData("ManyGoroutines") }, []string{"ManyGoroutines saw data: ManyGoroutines was quiet"}},
		{"another reason", func(r *ruletest.Result) { r.Why("Blind", verdict.Quiet) }, []string{"Blind: the reason is no-series, not quiet: Blind cannot fire on this capture"}},
		{"no such alert, so no reason", func(r *ruletest.Result) { r.Why("Up", verdict.Quiet) }, []string{"no rule is called Up"}},
		{"no such alert", func(r *ruletest.Result) { r.Silent("Up") }, []string{"no rule is called Up; there are Down, ManyGoroutines, Blind, Broken"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var rec recorder
			tt.ask(ruletest.Replay(&rec, incident(t), alerts))
			require.Len(t, rec.errors, 1)
			for _, want := range tt.want {
				require.Contains(t, rec.errors[0], want)
			}
			require.False(t, rec.stopped)
		})
	}
}

func TestWhatCannotBeReadStops(t *testing.T) {
	for want, run := range map[string]func(ruletest.T) *ruletest.Result{
		"the rules: rules:": func(rec ruletest.T) *ruletest.Result {
			return ruletest.Replay(rec, incident(t), strings.Replace(alerts, "expr", "exp", 1))
		},
		"the capture:": func(rec ruletest.T) *ruletest.Result { return ruletest.Replay(rec, fstest.MapFS{}, alerts) },
		"the replay:": func(rec ruletest.T) *ruletest.Result {
			return ruletest.Replay(rec, incident(t), alerts, func(o *replay.Options) { o.Features = []string{"none"} })
		},
		"the Observer of the options must be nil": func(rec ruletest.T) *ruletest.Result {
			return ruletest.Replay(rec, incident(t), alerts, func(o *replay.Options) { o.Observer = verdict.NewWatcher() })
		},
	} {
		var rec recorder
		require.Nil(t, run(&rec))
		require.True(t, rec.stopped)
		require.Contains(t, rec.errors[0], want)
	}
}

func Example() {
	files, _ := fixtures.FS("incident") // os.DirFS("testdata/outage") for one of your own
	var t printer                       // in a test its *testing.T
	r := ruletest.Replay(t, files, alerts)
	for _, a := range r.Fired("Down") {
		fmt.Println(a.Labels.Get("instance"), "from", a.Intervals[1].Start.Format(time.TimeOnly))
	}
	r.Silent("Blind")
	r.NoData("Blind") // which is so, and prints nothing
	r.Why("Blind", verdict.NoSeries)
	// Output:
	// node-a from 07:15:50
	// node-c from 07:17:50
	// Blind was not silent: Blind cannot fire on this capture: no up passes job="kubeproxy" (there: job="kube-proxy"); probably job="kube-proxy" is meant
}

type printer struct{}

func (printer) Helper()                           {}
func (printer) FailNow()                          {}
func (printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// A test file passes as subtests of this test.
func TestRun(t *testing.T) { ruletest.Run(t, "suite/testdata/incident_test.yml") }

// runner is a test whose subtests may fail.
type runner struct {
	recorder
	names []string
}

func (r *runner) Run(name string, f func(*runner)) bool {
	sub := &runner{}
	f(sub)
	r.names = append(r.names, name)
	r.errors = append(r.errors, sub.errors...)
	return len(sub.errors) == 0
}

// Each test of a file is a subtest, and what makes it fail is said in it.
func TestRunCanFail(t *testing.T) {
	var rec runner
	ruletest.Run(&rec, "suite/testdata/failures/for-nothing.yml")
	require.Equal(t, []string{"no such rule, no data, ended", "series that are not loaded", "twice", "nothing is asked"}, rec.names)
	require.Len(t, rec.errors, 9)
	require.Contains(t, rec.errors[0], "for-nothing.yml:1:25: rule_files: no file matches missing/*.yml")
	require.Contains(t, rec.errors[1], "for-nothing.yml:7:33: no rule has the alertname Dwon")
	require.False(t, rec.stopped)

	var unusable runner
	ruletest.Run(&unusable, "suite/testdata/failures/unusable.yml")
	require.Empty(t, unusable.names)
	require.Contains(t, unusable.errors[0], `unusable.yml:5:3: unknown key "input_serie"`)

	var asked runner
	ruletest.Run(&asked, "suite/testdata/failures/for-nothing.yml", func(o *suite.Options) { o.Compat = suite.CompatPromtool })
	require.Empty(t, asked.errors)
	ruletest.Run(&asked, "", func(o *suite.Options) { o.Compat = "x" })
	require.True(t, asked.stopped)
}
