package ingest_test

import (
	"fmt"
	"math"
	"testing"
	"testing/fstest"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// One bad line, and a server takes nothing of the scrape. By default the other
// lines are kept.
func TestTextThatAServerRefuses(t *testing.T) {
	for name, line := range map[string]string{
		"letters after the value":       "bad 12abc",
		"hexadecimal":                   "bad 0x10",
		"hexadecimal float":             "bad 0x1p3",
		"underscores":                   "bad 1_000",
		"out of range":                  "bad 1e400",
		"a signed NaN":                  "bad +NaN",
		"no value":                      "bad",
		"two numbers after the value":   "bad 1 2 3",
		"a float timestamp":             "bad 1 1700000000.5",
		"a negative timestamp":          "bad 1 -5",
		"a trailing comment":            "bad 1 # no",
		"CRLF":                          "bad 1\r",
		"invalid UTF-8 in a value":      "bad{a=\"\xff\"} 1",
		"a label name twice":            "bad{a=\"1\",a=\"2\"} 1",
		"the metric's name as a label":  "bad{__name__=\"x\"} 1",
		"labels without a name":         "{x=\"1\"} 5",
		"a leading comma":               "bad{,x=\"1\"} 1",
		"single quotes":                 "bad{x='1'} 1",
		"a colon in a label name":       "bad{a:b=\"1\"} 1",
		"a name that begins with digit": "1bad 1",
		"an unknown type":               "# TYPE x banana",
		"no type":                       "# TYPE x",
	} {
		t.Run(name, func(t *testing.T) {
			steps := []step{{body: "before 1\nafter 1\n"}, {body: "before 2\n" + line + "\nafter 2\n"}}
			f := newFixture()
			f.opts.FailOnDamage = true
			got, reports := f.run(t, steps)
			require.Equal(t, "0:1 10:0", got["up"], "%v", reports[1].Problems)
			require.Equal(t, "0:1", got["before"], "neither sample nor marker")
			require.Equal(t, "0:1 10:stale", got["after"])
			require.Contains(t, reports[1].Reason, "damaged: s1.prom:")

			kept, reports := newFixture().run(t, steps)
			require.Equal(t, []string{"0:1 10:1", "0:1 10:2", "0:1 10:2"}, []string{kept["up"], kept["before"], kept["after"]})
			require.NotEmpty(t, reports[1].Problems)
		})
	}
	t.Run("a byte order mark", func(t *testing.T) {
		f := newFixture()
		f.opts.FailOnDamage = true
		got, _ := f.run(t, []step{{body: "\xef\xbb\xbfa 1\n"}})
		require.Equal(t, "0:0", got["up"])
	})
	t.Run("a last line that is cut before its value", func(t *testing.T) {
		f := newFixture()
		f.opts.FailOnDamage = true
		got, _ := f.run(t, []step{{body: "a 1\nb{x=\"1"}})
		require.Equal(t, "0:0", got["up"])
	})
}

// What a server accepts, and as what.
func TestTextThatAServerAccepts(t *testing.T) {
	for _, c := range []struct{ name, body, series, value string }{
		{"a trailing comma", "a{x=\"1\",} 1\n", `a{x="1"}`, "1"},
		{"blanks before the braces and around = and ,", "a {x = \"1\" , y= \"2\"} 1\n", `a{x="1", y="2"}`, "1"},
		{"tabs", "a\t1\n", "a", "1"},
		{"trailing blanks", "a 1  \n", "a", "1"},
		{"blank lines", "\n\na 1\n\n", "a", "1"},
		{"# EOF in text", "a 1\n# EOF\n", "a", "1"},
		{"a comment without a blank", "#nospace\na 1\n", "a", "1"},
		{"HELP without a text", "# HELP a\na 1\n", "a", "1"},
		{"two TYPE lines", "# TYPE a counter\n# TYPE a gauge\na 1\n", "a", "1"},
		{"no final newline", "a 1", "a", "1"},
		{"a colon in the name", "a:b 1\n", "a:b", "1"},
		{"a label that begins with __", "a{__x=\"1\"} 1\n", `a{__x="1"}`, "1"},
		{"a NUL byte in a value", "a{x=\"\x00\"} 1\n", `a{x="\x00"}`, "1"},
		{"too small a number is 0", "a 1e-400\n", "a", "0"},
		{"nan", "a nan\n", "a", "NaN"},
		{"INF", "a INF\n", "a", "+Inf"},
		{"-inf", "a -inf\n", "a", "-Inf"},
		{"Infinity", "a Infinity\n", "a", "+Inf"},
		{"minus zero", "a -0\n", "a", "-0"},
		{"+5", "a +5\n", "a", "5"},
		{".5", "a .5\n", "a", "0.5"},
		{"5.", "a 5.\n", "a", "5"},
		{"leading blanks are a part of the name", "  odd 5\n", "  odd", "5"},
		{"an unknown escape stays", "a{x=\"\\q\"} 1\n", `a{x="\\q"}`, "1"},
		{"an empty label value is no label", "a{x=\"\"} 1\n", "a", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture()
			f.opts.FailOnDamage = true
			got, reports := f.run(t, []step{{body: c.body}})
			require.Equal(t, "0:1", got["up"], "%v", reports[0].Problems)
			require.Equal(t, "0:"+c.value, got[c.series], "%v", got)
		})
	}
}

// Leading blanks are a part of the series' identity; a name without them is
// another series.
func TestLeadingBlanksBelongToTheName(t *testing.T) {
	f := newFixture()
	f.opts.FailOnDamage = true
	got, _ := f.run(t, []step{{body: "odd 1\n  odd 2\n"}, {body: "odd 3\n"}})
	require.Equal(t, "0:1 10:3", got["odd"])
	require.Equal(t, "0:2 10:stale", got["  odd"])
}

// A NUL byte in a comment ends the body for a live server, without an error.
func TestNULEndsTheBody(t *testing.T) {
	f := newFixture()
	f.opts.FailOnDamage = true
	got, _ := f.run(t, []step{{body: "a 1\nb 1\n"}, {body: "a 2\n# \x00\nb 2\n"}})
	require.Equal(t, "0:1 10:1", got["up"])
	require.Equal(t, "0:1 10:stale", got["b"])
}

// The bits of NaN, of -0 and of a staleness marker.
func TestBitsOfStoredValues(t *testing.T) {
	tl := timeline.New()
	in := ingest.New(tl, ingest.Options{})
	target := &capture.Target{Job: "j", Instance: "i"}
	in.Add(&capture.Scrape{Target: target, Time: t0, Body: []byte("n NaN\nz -0\ns 1\n")})
	in.Add(&capture.Scrape{Target: target, Time: t0 + 1000, Body: []byte("n NaN\nz -0\n")})
	for name, want := range map[string]uint64{"n": 0x7ff8000000000001, "z": 0x8000000000000000, "s": 0x7ff0000000000002} {
		_, v, ok := tl.Last(tl.Series(labels.FromStrings("__name__", name, "instance", "i", "job", "j")))
		require.True(t, ok)
		require.Equal(t, want, math.Float64bits(v), name)
	}
}

// metricRelabel reads metric_relabel_configs as capture.yaml has them.
func metricRelabel(t *testing.T, configs string) capture.Relabel {
	t.Helper()
	c, err := capture.Open(fstest.MapFS{
		"capture.yaml":           {Data: []byte("metric_relabel_configs: " + configs + "\n")},
		"j/i/1700000000000.prom": {Data: []byte("m 1\n")},
	}, "test", capture.Options{})
	require.NoError(t, err)
	return c.Targets[0].MetricRelabel
}

// Of two series that relabelling makes one, the first wins.
func TestRelabellingMakesTwoSeriesOne(t *testing.T) {
	f := newFixture()
	f.target.MetricRelabel = metricRelabel(t, "[{action: labeldrop, regex: x}, {action: drop, source_labels: [__name__], regex: gone}]")
	got, reports := f.run(t, []step{{body: "a{x=\"1\"} 1\na{x=\"2\"} 2\ngone 1\n"}})
	require.Equal(t, "0:1", got["a"])
	require.Equal(t, []string{"duplicate-sample"}, ids(reports[0]))
	require.Equal(t, []string{"0:3", "0:2"}, []string{got["scrape_samples_scraped"], got["scrape_samples_post_metric_relabeling"]})
	require.NotContains(t, fmt.Sprint(got), "gone")
}
