package replay

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

var stale = math.Float64frombits(value.StaleNaN)

// watching looks at the samples of one series, a second apart, after each.
func watching(t *testing.T, ls labels.Labels, values ...float64) *watch {
	t.Helper()
	w, tl := newWatch(), timeline.New()
	for i, v := range values {
		require.NoError(t, tl.Append(tl.Series(ls), int64(i)*1000, v))
		w.look(tl)
	}
	return w
}

func TestVersions(t *testing.T) {
	for _, row := range []struct {
		name, reason string
		labels       []string
		values       []float64
		want         string
	}{
		{"version", "the usual label", []string{"__name__", "etcd_build_info", "version", "3"}, []float64{1}, "3"},
		{"gitVersion before version", "kube-proxy has both at some versions", []string{"__name__", "a_build_info", "version", "3", "gitVersion", "v2"}, []float64{1}, "v2"},
		{"git_version first", "Kubernetes' own", []string{"__name__", "a_build_info", "git_version", "v1", "gitVersion", "v2"}, []float64{1}, "v1"},
		{"of Go itself", "go_build_info tells of the module, not of the component", []string{"__name__", "go_build_info", "version", "(devel)"}, []float64{1}, ""},
		{"that begins as Go's", "the name decides up to the _", []string{"__name__", "gopher_build_info", "version", "3"}, []float64{1}, "3"},
		{"no version", "nothing to tell", []string{"__name__", "a_build_info", "commit", "x"}, []float64{1}, ""},
		{"no build info", "other metrics have a version, too", []string{"__name__", "a_info", "version", "3"}, []float64{1}, ""},
		{"a marker alone", "the series was not there", []string{"__name__", "a_build_info", "version", "3"}, []float64{stale}, ""},
		{"a value after a marker", "then it was", []string{"__name__", "a_build_info", "version", "3"}, []float64{stale, 1}, "3"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := watching(t, labels.FromStrings(append(row.labels, "job", "j", "instance", "i")...), row.values...)
			var want []Version
			if row.want != "" {
				want = []Version{{Job: "j", Version: row.want, Instances: []string{"i"}}}
			}
			require.Equal(t, want, w.versions(), row.reason)
		})
	}
}

func TestRestarts(t *testing.T) {
	for _, row := range []struct {
		name, reason string
		values       []float64
		want         []Restart
	}{
		{"the same", "no restart", []float64{100, 100, 100}, nil},
		{"another", "seen with the first scrape of the new process", []float64{100, 100, 100.5}, []Restart{{Seen: time.Unix(2, 0).UTC(), Started: time.UnixMilli(100_500).UTC()}}},
		{"away in between", "the marker is no time", []float64{100, stale, 100}, nil},
		{"another after a gap", "the marker is no time", []float64{100, stale, 7}, []Restart{{Seen: time.Unix(2, 0).UTC(), Started: time.Unix(7, 0).UTC()}}},
		{"beyond all times", "what is no time of this world is left out", []float64{100, 1e11}, []Restart{{Seen: time.Unix(1, 0).UTC()}}},
		{"just within", "the year 5138", []float64{100, 1e11 - 1}, []Restart{{Seen: time.Unix(1, 0).UTC(), Started: time.Unix(1e11-1, 0).UTC()}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := watching(t, labels.FromStrings("__name__", "process_start_time_seconds"), row.values...)
			require.Equal(t, row.want, w.restarts(), row.reason)
		})
	}
}
