package manifest

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"github.com/stretchr/testify/require"
)

// manifestRows are mistakes and what is said of them. They seed the fuzzer.
var manifestRows = []struct{ name, in, want string }{
	{"unknown key", "lables: {}", "f:1:1: unknown key lables in capture.yaml; did you mean labels?"},
	{"unknown key, nothing near", "\n\n  zebra: 1", "f:3:3: unknown key zebra in capture.yaml; the keys are job, labels, interval, honor_labels, honor_timestamps, track_timestamps_staleness, relabel_configs, metric_relabel_configs, sample_limit, "},
	{"a key of Prometheus' with another name here", "scrape_interval: 5s", "f:1:1: unknown key scrape_interval in capture.yaml; did you mean interval?"},
	{"unknown key of a job", "jobs:\n  kube-proxy:\n    honour_labels: true", "f:3:5: unknown key honour_labels in jobs: kube-proxy; did you mean honor_labels?"},
	{"sections do not nest", "targets: {a: {jobs: {}}}", "f:1:15: unknown key jobs in targets: a; did you mean job?"},
	{"unknown key of a step", "relabel_configs:\n- source_label: [a]", "f:2:3: unknown key source_label in a step of relabel_configs; did you mean source_labels?"},
	{"merge keys are unknown, too", "jobs: {a: &a {}, b: {<<: *a}}", "f:1:22: unknown key << in jobs: b; the keys are job"},
	{"control characters are not let through", `"\e[2J": 1`, `f:1:1: unknown key "\x1b[2J" in capture.yaml`},
	{"a key twice", "job: a\njob: b", "f:2:1: the key job stands twice in capture.yaml"},
	{"a target twice", "targets: {a: {}, a: {}}", "f:1:18: the key a stands twice in targets"},
	{"a key that is a list", "[a]: 1", "f:1:1: a key of capture.yaml must be a plain word"},
	{"no mapping", "- job", "f:1:1: capture.yaml must be a mapping of keys to values"},
	{"a text for a section", "jobs: x", "f:1:7: jobs must be a mapping of keys to values"},
	{"a list for a job", "job: [a]", "f:1:6: job must be a text"},
	{"an empty job", "job: ''", "f:1:6: job must not be empty"},
	{"no job", "job:", "f:1:5: job must be a text"},
	{"labels as a list", "labels: [a]", "f:1:9: labels must be a mapping of keys to values"},
	{"a label of no name", "labels: {'': a}", `f:1:10: "" cannot be the name of a target's label`},
	{"a label of that name", "labels: {__name__: a}", "f:1:10: __name__ cannot be the name of a target's label"},
	{"a label without a text", "labels: {a: }", "f:1:13: the label a must be a text"},
	{"an interval without a unit", "interval: 15", "f:1:11: interval must be a duration above zero, such as 15s or 1m30s"},
	{"no interval at all", "interval: 0s", "f:1:11: interval must be a duration above zero"},
	{"a boolean that is none", "honor_labels: perhaps", "f:1:15: honor_labels must be true or false"},
	{"a boolean left out", "honor_timestamps:", "f:1:18: honor_timestamps must be true or false"},
	{"steps that are no list", "relabel_configs: {action: drop}", "f:1:18: relabel_configs must be a list"},
	{"a regular expression that is none", "relabel_configs:\n- regex: '('", "f:2:3: error parsing regexp: missing closing )"},
	{"an action that is none", "metric_relabel_configs: [{action: explode}]", `f:1:26: unknown relabel action "explode"`},
	{"a step that Prometheus refuses", "relabel_configs: [{action: hashmod, target_label: a}]", "f:1:19: relabel configuration for hashmod requires non-zero modulus"},
	{"scrapes that are no list", "files: {a: {scrapes: x}}", "f:1:22: scrapes must be a list"},
	{"a scrape without a time", "files: {a: {scrapes: [{job: a, instance: b}]}}", "f:1:23: a scrape of a file needs job, instance and time"},
	{"a scrape with another key", "files: {a: {scrapes: [{host: a}]}}", "f:1:24: unknown key host in a scrape of a file; the keys are job, instance, metrics_path, time"},
	{"scrapes beside a time", "files: {a: {time: 1714557600, scrapes: [{job: a, instance: b, time: 1714557600}]}}", "f:1:12: scrapes say all of a file"},
	{"not YAML", "job: [", "f:1: not YAML: did not find expected node content"},
	{"bytes that are no YAML", "job: \x01", "f: not YAML: control characters are not allowed"},
	{"two documents", "job: a\n---\njob: b", "f:2:1: a second document; put all settings into one"},
	{"two documents, one broken", "job: a\n---\njob: [", "f:3: not YAML"},
}

func TestManifestErrors(t *testing.T) {
	for _, row := range manifestRows {
		t.Run(row.name, func(t *testing.T) {
			_, mistakes := Parse("f", []byte(row.in))
			require.NotEmpty(t, mistakes)
			got := mistakes[0].String()
			require.Equal(t, row.want, got[:min(len(row.want), len(got))])
		})
	}
	t.Run("all mistakes at once", func(t *testing.T) {
		_, mistakes := Parse("f", []byte("lables: {}\ninterval: x\n"))
		require.Len(t, mistakes, 2)
		require.Equal(t, "f:1:1: unknown key lables in capture.yaml; did you mean labels?", mistakes[0].String())
		require.Equal(t, "f:2:11: interval must be a duration above zero, such as 15s or 1m30s", mistakes[1].String())
	})
	t.Run("but no more than a screen", func(t *testing.T) {
		_, mistakes := Parse("f", []byte(strings.Repeat("? [a]\n", 1000)))
		require.Len(t, mistakes, maxMistakes)
		require.Contains(t, mistakes[maxMistakes-1].String(), "must be a plain word")
	})
}

// FuzzManifest holds for any bytes: no panic, and settings or errors with a
// place.
func FuzzManifest(f *testing.F) {
	for _, row := range manifestRows {
		f.Add(row.in)
	}
	f.Add("a: &x {jobs: *x}")
	f.Add("relabel_configs: &x [{source_labels: *x}]")
	f.Fuzz(func(t *testing.T, in string) {
		m, mistakes := Parse("f", []byte(in))
		if (m == nil) == (len(mistakes) == 0) {
			t.Fatal("neither settings nor mistakes, or both")
		}
		if m == nil {
			return
		}
		if m.Top.Interval < 0 {
			t.Fatalf("interval %v", m.Top.Interval)
		}
		if m.Top.Relabel != nil {
			relabel.ProcessBuilder(labels.NewBuilder(labelsForFuzz), *m.Top.Relabel...)
		}
	})
}

var labelsForFuzz = labels.FromStrings("__address__", "a", "job", "b", "instance", "c")
