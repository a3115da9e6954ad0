package capture

import (
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
)

// targetsOf writes a line per target: job/instance{labels} interval.
func targetsOf(c *Capture) (lines []string) {
	for _, t := range c.Targets {
		lines = append(lines, fmt.Sprintf("%s/%s%s %v", t.Job, t.Instance, t.Labels, t.Interval))
	}
	return lines
}

// Three targets: j/a every 5 s, j/b every 15 s, k/a once.
func three(manifest string) fstest.MapFS {
	return files("j/a/1795244470.prom", "", "j/a/1795244475.prom", "", "j/a/1795244480.prom", "",
		"j/b/1795244470.prom", "", "j/b/1795244485.prom", "", "k/a/1795244470.prom", "", "capture.yaml", manifest)
}

func TestSettings(t *testing.T) {
	plain := []string{"j/a{} 5s", "j/b{} 15s", "k/a{} 0s"}
	for _, row := range []struct {
		name, Manifest string
		want           []string
		problems       []string
	}{
		{"nothing said", "", plain, nil},
		{"nothing but a comment", "# later\n", plain, nil},
		{"nothing in a section", "jobs:\ntargets: {}\n", plain, nil},
		{"labels of all levels are merged, the most specific wins",
			"labels: {l: top, m: top, n: top}\njobs: {j: {labels: {m: job, n: job}}}\ntargets: {j/a: {labels: {n: target}}}",
			[]string{`j/a{l="top", m="job", n="target"} 5s`, `j/b{l="top", m="job", n="job"} 15s`, `k/a{l="top", m="top", n="top"} 0s`}, nil},
		{"an empty value takes a label away", "labels: {l: top}\ntargets: {j/a: {labels: {l: ''}}}", []string{`j/a{} 5s`, `j/b{l="top"} 15s`, `k/a{l="top"} 0s`}, nil},
		{"numbers and booleans as they are written", "labels: {l: 010, m: yes, n: 1e3}", []string{`j/a{l="010", m="yes", n="1e3"} 5s`, `j/b{l="010", m="yes", n="1e3"} 15s`, `k/a{l="010", m="yes", n="1e3"} 0s`}, nil},
		{"an alias stands for its value", "jobs: {j: &x {labels: {l: v}}, k: *x}", []string{`j/a{l="v"} 5s`, `j/b{l="v"} 15s`, `k/a{l="v"} 0s`}, nil},
		{"intervals", "interval: 1m\njobs: {j: {interval: 10s}}\ntargets: {j/b: {interval: 20s}}", []string{"j/a{} 10s", "j/b{} 20s", "k/a{} 1m0s"}, nil},
		{"a job gets another name", "jobs: {j: {job: x}}", []string{"k/a{} 0s", "x/a{} 5s", "x/b{} 15s"}, nil},
		{"a target gets another job", "jobs: {j: {job: x}}\ntargets: {j/a: {job: y}}", []string{"k/a{} 0s", "x/b{} 15s", "y/a{} 5s"}, nil},
		{"job and instance as labels, as in static_configs", "targets: {j/a: {labels: {job: x, instance: 'y:1'}}}", []string{"j/b{} 15s", "k/a{} 0s", "x/y:1{} 5s"}, nil},
		{"a job at the top is for targets without", "job: x", plain, []string{"unused-setting capture.yaml"}},
		{"settings of nobody are said to be", "jobs: {kk: {}}\ntargets: {a: {}, j/c: {}}", plain, []string{"unused-setting capture.yaml", "unused-setting capture.yaml", "unused-setting capture.yaml"}},
		{"relabelling as for targets: __address__ is the instance, meta names go",
			"labels: {__meta_x: m}\nrelabel_configs: [{source_labels: [__address__, job, __meta_x], target_label: l}]",
			[]string{`j/a{l="a;j;m"} 5s`, `j/b{l="b;j;m"} 15s`, `k/a{l="a;k;m"} 0s`}, nil},
		{"the instance is what __address__ is afterwards", "relabel_configs: [{target_label: __address__, source_labels: [job, __address__], separator: '-'}]",
			[]string{"j/j-a{} 5s", "j/j-b{} 15s", "k/k-a{} 0s"}, nil},
		{"relabel_configs see the interval, and do not change it", "relabel_configs: [{source_labels: [__scrape_interval__], target_label: l}, {target_label: __scrape_interval__, replacement: 1h}]",
			[]string{`j/a{l="5s"} 5s`, `j/b{l="15s"} 15s`, `k/a{l="0s"} 0s`}, nil},
		{"a job relabelled away is none", "relabel_configs: [{action: labeldrop, regex: job}]\ntargets: {k/a: {relabel_configs: []}}", []string{"/a{} 5s", "/b{} 15s", "k/a{} 0s"}, nil},
		{"dropped targets", "relabel_configs: [{action: keep, source_labels: [__address__], regex: b}]", []string{"j/b{} 15s"}, []string{"target-dropped "}},
		{"a target without an address", "targets: {k/a: {relabel_configs: [{action: labeldrop, regex: __address__}]}}", []string{"j/a{} 5s", "j/b{} 15s"}, []string{"target-invalid "}},
		{"a target with a path for an address", "targets: {k/a: {relabel_configs: [{target_label: __address__, replacement: a/b}]}}", []string{"j/a{} 5s", "j/b{} 15s"}, []string{"target-invalid "}},
		{"two targets made one", "relabel_configs: [{target_label: job, replacement: x}]", []string{"x/a{} 5s", "x/b{} 15s"}, []string{"target-clash "}},
		{"two targets that differ in a label stay two", "jobs: {k: {job: j, labels: {l: v}}}", []string{"j/a{} 5s", `j/a{l="v"} 0s`, "j/b{} 15s"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpen(t, three(row.Manifest), Options{})
			require.Equal(t, row.want, targetsOf(c))
			require.Equal(t, row.problems, ids(c.Problems))
			n := 0
			for _, target := range c.Targets {
				n += target.Scrapes
			}
			require.Equal(t, n, c.Scrapes)
			require.Len(t, told(c), n)
			require.Len(t, c.Ignored, 6-n, "the files of those dropped")
		})
	}
}

func TestSettingsOfTargets(t *testing.T) {
	c := mustOpen(t, three(`
honor_labels: true
metric_relabel_configs: [{action: labeldrop, regex: x}]
jobs: {j: {honor_timestamps: false}}
targets: {j/b: {honor_labels: false, honor_timestamps: true, track_timestamps_staleness: true, metric_relabel_configs: []}}
`), Options{})
	a, b, k := c.Targets[0], c.Targets[1], c.Targets[2]
	require.Equal(t, []bool{true, false, false}, []bool{a.HonorLabels, a.HonorTimestamps, a.TrackTimestampsStaleness})
	require.Equal(t, []bool{false, true, true}, []bool{b.HonorLabels, b.HonorTimestamps, b.TrackTimestampsStaleness})
	require.Equal(t, []bool{true, true, false}, []bool{k.HonorLabels, k.HonorTimestamps, k.TrackTimestampsStaleness})
	require.False(t, a.MetricRelabel.Empty())
	require.True(t, b.MetricRelabel.Empty(), "an empty list is said, and wins")
	require.True(t, a.Relabel.Empty())
	require.Equal(t, []int64{1795244470000, 1795244480000}, []int64{a.First, a.Last})
	require.Equal(t, 3, a.Scrapes)
}

// A target without a job folder can be named with its job or without.
func TestSettingsWithoutJobFolder(t *testing.T) {
	for _, row := range []struct {
		name, Manifest string
		opts           Options
		want           string
	}{
		{"top", "job: x", Options{}, "x/a{} 0s"},
		{"the option goes before the top", "job: x", Options{Job: "y"}, "y/a{} 0s"},
		{"what is said of the target goes before the option", "targets: {a: {job: z}}", Options{Job: "y"}, "z/a{} 0s"},
		{"target by instance", "targets: {a: {labels: {l: v}}}", Options{}, `cap/a{l="v"} 0s`},
		{"target by job and instance", "job: x\ntargets: {x/a: {labels: {l: v}}}", Options{}, `x/a{l="v"} 0s`},
		{"job", "job: x\njobs: {x: {labels: {l: v}}}", Options{}, `x/a{l="v"} 0s`},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpen(t, files("a/1795244470.prom", "", "capture.yaml", row.Manifest), row.opts)
			require.Equal(t, []string{row.want}, targetsOf(c))
			require.Empty(t, c.Problems)
		})
	}
}

// What a caller names a capture is the instance of scrapes in no folder,
// whatever it is.
func TestCaptureNames(t *testing.T) {
	for name, want := range map[string]string{"": "capture/capture{} 0s", "demo:x": "demo:x/demo:x{} 0s", "a/b": "a/b/a/b{} 0s", "\xff": "\uFFFD/\uFFFD{} 0s"} {
		c, err := Open(files("1795244470.prom", ""), name, Options{})
		require.NoError(t, err, "%q", name)
		require.Equal(t, []string{want}, targetsOf(c))
	}
}

func TestUnusedSettingsSayWhatIsThere(t *testing.T) {
	c := mustOpen(t, files("kube-proxy/node-a/1795244470.prom", "", "capture.yaml", "jobs: {kubeproxy: {}}\ntargets: {kube-proxy/node_a: {}}"), Options{})
	require.Equal(t, []Problem{
		{"capture.yaml", "unused-setting", "jobs: kubeproxy fits no target of the capture; did you mean kube-proxy?"},
		{"capture.yaml", "unused-setting", "targets: kube-proxy/node_a fits no target of the capture; did you mean kube-proxy/node-a?"},
	}, c.Problems)
}

// The capture's interval is the median of all distances: 5, 5 and 15 seconds
// here.
func TestCaptureInterval(t *testing.T) {
	for _, row := range []struct {
		name, Manifest string
		opts           Options
		want           time.Duration
	}{
		{"median over all targets", "", Options{}, 5 * time.Second},
		{"of those that are kept", "relabel_configs: [{action: drop, source_labels: [job, __address__], regex: j;a}]", Options{}, 15 * time.Second},
		{"a job's setting does not speak for all", "jobs: {j: {interval: 20s}}", Options{}, 5 * time.Second},
		{"the top does", "interval: 20s", Options{}, 20 * time.Second},
		{"the option goes before", "interval: 20s", Options{Interval: time.Minute}, time.Minute},
		{"less than nothing is nothing", "", Options{Interval: -1}, 5 * time.Second},
		{"single scrapes have none", "relabel_configs: [{action: keep, source_labels: [job], regex: k}]", Options{}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpen(t, three(row.Manifest), row.opts)
			require.Equal(t, row.want, c.Interval)
		})
	}
}

func TestRelabel(t *testing.T) {
	ls := labels.FromStrings("__name__", "m", "a", "1")
	var none Relabel
	got, keep := none.Apply(ls)
	require.True(t, keep)
	require.True(t, labels.Equal(ls, got))

	c := mustOpen(t, three("metric_relabel_configs: [{action: drop, source_labels: [a], regex: 2}, {source_labels: [a], target_label: b}]"), Options{})
	r := c.Targets[0].MetricRelabel
	got, keep = r.Apply(ls)
	require.True(t, keep)
	require.Equal(t, `{__name__="m", a="1", b="1"}`, got.String())
	got, keep = r.Apply(labels.FromStrings("a", "2"))
	require.False(t, keep)
	require.True(t, got.IsEmpty())
}
