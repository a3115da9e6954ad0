package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A step is one scrape of the target under test, 10 s after the one before.
// Times in expectations are seconds since the first scrape.
type step struct {
	body    string
	failure string            // as an .err file records it
	err     error             // the file could not be read
	status  int               // of the .headers file
	header  map[string]string // of the .headers file
}

// the first scrape's time: own timestamps in bodies are written @5 for 5 s
// after it, which expand replaces.
const t0 = int64(1_700_000_000_000)

func expand(body string) string {
	if !strings.Contains(body, "@") {
		return body
	}
	for sec := -7200; sec <= 7200; sec += 1 {
		tag := fmt.Sprintf("@%d", sec)
		if strings.Contains(body, tag+"\n") {
			body = strings.ReplaceAll(body, tag+"\n", fmt.Sprintf("%d\n", t0+int64(sec)*1000))
		}
	}
	return body
}

type fixture struct {
	target capture.Target
	opts   ingest.Options
}

func newFixture() *fixture {
	return &fixture{target: capture.Target{Job: "j", Instance: "i", HonorTimestamps: true}}
}

// run ingests the steps and returns what the timeline holds, a line for each
// series: its name and labels (job and instance left out where they are the
// target's) and its samples "second:value". Report series but up are left out
// unless want asks for them.
func (f *fixture) run(t *testing.T, steps []step) (map[string]string, []ingest.Report) {
	t.Helper()
	tl := timeline.New()
	in := ingest.New(tl, f.opts)
	var reports []ingest.Report
	for i, s := range steps {
		h := textproto.MIMEHeader{}
		for k, v := range s.header {
			h.Set(k, v)
		}
		body := s.body
		if h.Get("Content-Type") != protoHeader["Content-Type"] {
			body = expand(body)
		}
		reports = append(reports, in.Add(&capture.Scrape{
			Target: &f.target, Time: t0 + int64(i)*10_000, File: fmt.Sprintf("s%d.prom", i),
			Body: []byte(body), Failure: s.failure, Err: s.err, Status: s.status, Header: h,
		}))
	}
	return dump(t, tl), reports
}

func dump(t *testing.T, tl *timeline.Timeline) map[string]string {
	t.Helper()
	q, err := tl.Querier(math.MinInt64, math.MaxInt64)
	require.NoError(t, err)
	out := map[string]string{}
	set := q.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, ".*"))
	for set.Next() {
		ls := set.At().Labels()
		lb := labels.NewBuilder(ls)
		if ls.Get("job") == "j" && ls.Get("instance") == "i" {
			lb.Del("job", "instance")
		}
		name := ls.Get(model.MetricNameLabel)
		lb.Del(model.MetricNameLabel)
		key := name
		if rest := lb.Labels(); !rest.IsEmpty() {
			key += rest.String()
		}
		var samples []string
		it := set.At().Iterator(nil)
		for vt := it.Next(); vt != chunkenc.ValNone; vt = it.Next() {
			sec := fmt.Sprintf("%g", float64(it.AtT()-t0)/1000)
			switch vt {
			case chunkenc.ValFloat:
				_, v := it.At()
				if value.IsStaleNaN(v) {
					samples = append(samples, sec+":stale")
				} else {
					samples = append(samples, fmt.Sprintf("%s:%g", sec, v))
				}
			case chunkenc.ValHistogram:
				_, h := it.AtHistogram(nil)
				if value.IsStaleNaN(h.Sum) {
					samples = append(samples, sec+":stale-histogram")
				} else {
					samples = append(samples, sec+":"+h.String())
				}
			case chunkenc.ValFloatHistogram:
				_, h := it.AtFloatHistogram(nil)
				if value.IsStaleNaN(h.Sum) {
					samples = append(samples, sec+":stale-float-histogram")
				} else {
					samples = append(samples, sec+":"+h.String())
				}
			}
		}
		out[key] = strings.Join(samples, " ")
	}
	return out
}

func ids(r ingest.Report) []string {
	var list []string
	for _, p := range r.Problems {
		list = append(list, p.ID)
	}
	return list
}

// Each row is an item of SEMANTICS.md (S), a thing that a live server was seen
// to do (L, facts/LIVE.md) or one of upstream's own tests (U). want lists
// series that must be there with all their samples; "" means that it must not
// be there.
type row struct {
	name  string
	setup func(*fixture)
	steps []step
	want  map[string]string
	ids   []string // problems of the last scrape
}

const om = "application/openmetrics-text; version=1.0.0"

func TestSemantics(t *testing.T) {
	runRows(t, []row{
		{
			name:  "S1 L1 samples, up and markers take the scrape's time, own timestamps win",
			steps: []step{{body: "a 1\nb 2 @-5\n"}},
			want:  map[string]string{"a": "0:1", "b": "-5:2", "up": "0:1"},
		},
		{
			name:  "S1 L29 honor_timestamps false: the scrape's time for all",
			setup: func(f *fixture) { f.target.HonorTimestamps = false },
			steps: []step{{body: "b 2 @-5\n"}, {body: "a 1\n"}},
			want:  map[string]string{"b": "0:2 10:stale", "a": "10:1"},
		},
		{
			name:  "S1 L26 own timestamps: no marker when the series vanishes",
			steps: []step{{body: "a 1 @0\nb 1\n"}, {body: "b 1\n"}},
			want:  map[string]string{"a": "0:1", "b": "0:1 10:1"},
		},
		{
			name:  "S1 own timestamps: no marker when the scrape fails",
			steps: []step{{body: "a 1 @0\nb 1\n"}, {failure: "refused"}},
			want:  map[string]string{"a": "0:1", "b": "0:1 10:stale"},
		},
		{
			name:  "S1 L26 track_timestamps_staleness: a marker at the scrape's time",
			setup: func(f *fixture) { f.target.TrackTimestampsStaleness = true },
			steps: []step{{body: "a 1 @0\n"}, {body: "b 1\n"}},
			want:  map[string]string{"a": "0:1 10:stale", "b": "10:1"},
		},
		{
			name:  "S1 L26 tracked, but its last sample lies in the future: the marker is dropped",
			setup: func(f *fixture) { f.target.TrackTimestampsStaleness = true },
			steps: []step{{body: "a 1 @60\n"}, {body: "b 1\n"}},
			want:  map[string]string{"a": "60:1"},
		},
		{
			name:  "S1 L27 from the scrape's time to its own: one marker then",
			steps: []step{{body: "a 1\n"}, {body: "a 2 @5\n"}, {body: "a 3 @15\n"}},
			want:  map[string]string{"a": "0:1 5:2 10:stale 15:3"},
		},
		{
			name:  "S1 L28 tracked and refused: stale at once",
			setup: func(f *fixture) { f.target.TrackTimestampsStaleness = true },
			steps: []step{{body: "a 1 @0\n"}, {body: "a 2 @0\n"}},
			want:  map[string]string{"a": "0:1 10:stale"},
			ids:   []string{"duplicate-timestamp"},
		},
		{
			name:  "S1 L25 more than 10 minutes ahead is refused, less is taken",
			steps: []step{{body: "a 1 @600\nb 1 @601\n"}},
			want:  map[string]string{"a": "600:1", "b": ""},
			ids:   []string{"out-of-bounds"},
		},
		{
			name:  "S1 L25 an hour behind the newest is taken, more is refused",
			steps: []step{{body: "x 1\n"}, {body: "a 1 @-3600\nb 1 @-3601\n"}},
			want:  map[string]string{"a": "-3600:1", "b": ""},
			ids:   []string{"out-of-bounds"},
		},
		{
			name:  "S1 L25 a sample of the future moves the bound behind",
			steps: []step{{body: "x 1 @500\n"}, {body: "a 1 @-3100\nb 1 @-3101\n"}},
			want:  map[string]string{"a": "-3100:1", "b": ""},
			ids:   []string{"out-of-bounds"},
		},
		{
			name:  "S1 L24 older than the series: dropped, the same again is none",
			steps: []step{{body: "a 1 @5\nb 1 @5\nc 1 @5\n"}, {body: "a 2 @4\nb 2 @5\nc 1 @5\n"}},
			want:  map[string]string{"a": "5:1", "b": "5:1", "c": "5:1", "scrape_samples_scraped": "0:3 10:3", "up": "0:1 10:1"},
			ids:   []string{"out-of-order", "duplicate-timestamp"},
		},
		{
			name:  "S2 L20 twice in a body: the first is kept",
			steps: []step{{body: "a 1\na 2\n"}},
			want:  map[string]string{"a": "0:1", "scrape_samples_scraped": "0:2", "scrape_samples_post_metric_relabeling": "0:2", "scrape_series_added": "0:1"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name:  "S2 L20 two spellings are one series, and both were added to the cache",
			steps: []step{{body: "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n"}},
			want:  map[string]string{`a{x="1", y="2"}`: "0:1", "scrape_series_added": "0:2"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name:  "S2 L21 the second spelling alone: stored, no marker",
			steps: []step{{body: "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n"}, {body: "a{y=\"2\",x=\"1\"} 3\n"}},
			want:  map[string]string{`a{x="1", y="2"}`: "0:1 10:3", "scrape_series_added": "0:2 10:0"},
		},
		{
			name:  "S2 L22 own timestamps that rise are all kept, one that falls is dropped",
			steps: []step{{body: "a 1 @1\na 2 @3\na 3 @2\n"}},
			want:  map[string]string{"a": "1:1 3:2"},
		},
		{
			name:  "S2 L22 explicit, older, after implicit: dropped; implicit after explicit: a duplicate",
			steps: []step{{body: "a 1\na 2 @-1\nb 1 @-1\nb 2\n"}},
			want:  map[string]string{"a": "0:1", "b": "-1:1"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name:  "S3 L36 a clash is exported, and again until it is free",
			steps: []step{{body: "a{job=\"own\",exported_job=\"mine\",instance=\"\"} 1\n"}},
			want:  map[string]string{`a{exported_exported_job="own", exported_job="mine"}`: "0:1"},
		},
		{
			name:  "S3 L37 honor_labels: the exposed ones win, even the empty ones",
			setup: func(f *fixture) { f.target.HonorLabels = true },
			steps: []step{{body: "a{job=\"own\"} 1\nb{instance=\"\",job=\"\"} 1\n"}},
			want:  map[string]string{`a{instance="i", job="own"}`: "0:1", "b": "0:1"},
		},
		{
			name:  "S3 L18 an empty label value is none",
			steps: []step{{body: "a{x=\"\"} 1\na 2\n"}},
			want:  map[string]string{"a": "0:1"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name: "S3 labels of capture.yaml are the target's",
			setup: func(f *fixture) {
				f.target.Labels = labels.FromStrings("zone", "z1")
			},
			steps: []step{{body: "a{zone=\"own\"} 1\n"}},
			want:  map[string]string{`a{exported_zone="own", zone="z1"}`: "0:1", `up{zone="z1"}`: "0:1"},
		},
		{
			name:  "S4 a failed scrape counts 0, and its return adds nothing that was known",
			steps: []step{{body: "a 1\nb 1\n"}, {failure: "refused"}, {body: "a 1\nb 1\nc 1\n"}},
			want: map[string]string{
				"up":                                    "0:1 10:0 20:1",
				"scrape_samples_scraped":                "0:2 10:0 20:3",
				"scrape_samples_post_metric_relabeling": "0:2 10:0 20:3",
				"scrape_series_added":                   "0:2 10:0 20:1",
				"scrape_duration_seconds":               "",
			},
		},
		{
			name:  "S4 L6 a target's own up wins over ours",
			steps: []step{{body: "up 7\n"}, {failure: "refused"}},
			want:  map[string]string{"up": "0:7 10:stale"},
		},
		{
			name:  "S5 a series that the next scrape lacks gets a marker, once",
			steps: []step{{body: "a 1\nb 1\n"}, {body: "b 2\n"}, {body: "b 3\n"}},
			want:  map[string]string{"a": "0:1 10:stale", "b": "0:1 10:2 20:3"},
		},
		{
			name:  "S5 L2 a failed scrape marks all, the next failed one nothing",
			steps: []step{{body: "a 1\n"}, {failure: "refused"}, {failure: "refused"}, {body: "a 4\n"}},
			want:  map[string]string{"a": "0:1 10:stale 30:4", "up": "0:1 10:0 20:0 30:1"},
		},
		{
			name:  "S6 a damaged line is skipped, the rest kept",
			steps: []step{{body: "a 1\nb 1\n"}, {body: "a 2\n...\nb 2\n"}},
			want:  map[string]string{"a": "0:1 10:2", "b": "0:1 10:2", "up": "0:1 10:1"},
			ids:   []string{"bad-line"},
		},
		{
			name:  "S6 L7 L8 L9 on-damage fail: what stood before the defect gets neither sample nor marker",
			setup: func(f *fixture) { f.opts.FailOnDamage = true },
			steps: []step{{body: "a 1\nb 1\n"}, {body: "a 2\nnew 2\n...\nb 2\n"}, {body: "a 3\nb 3\n"}},
			want: map[string]string{
				"a": "0:1 20:3", "b": "0:1 10:stale 20:3", "new": "20:stale", "up": "0:1 10:0 20:1",
				"scrape_samples_scraped": "0:2 10:2 20:2", "scrape_series_added": "0:2 10:1 20:0",
			},
		},
		{
			name:  "S6 on-damage fail spares what upstream reads, if as something else",
			setup: func(f *fixture) { f.opts.FailOnDamage = true },
			steps: []step{{body: "  a 1\nb 1"}},
			want:  map[string]string{"up": "0:1", "b": "0:1"},
			ids:   []string{"leading-blank", "no-final-newline"},
		},
		{
			name:  "S7 an HTML page is a failed scrape with a problem",
			steps: []step{{body: "a 1\n"}, {body: "<html><head><title>502 Bad Gateway</title></head></html>"}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:0"},
			ids:   []string{"not-exposition"},
		},
		{
			name:  "S7 a Kubernetes Status is one, too",
			steps: []step{{body: `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"forbidden","code":403}`}},
			want:  map[string]string{"up": "0:0"},
			ids:   []string{"not-exposition"},
		},
		{
			name:  "S7 no line that can be read",
			steps: []step{{body: "one two three\nfour five six\n"}},
			want:  map[string]string{"up": "0:0", "scrape_samples_scraped": "0:0"},
			ids:   []string{"bad-value", "bad-value", "not-exposition"},
		},
		{
			name:  "S7 a file that cannot be decompressed",
			steps: []step{{body: "a 1\n"}, {err: errors.New("gzip: unexpected EOF")}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:0"},
			ids:   []string{"unreadable-scrape"},
		},
		{
			name:  "S7 L2 another status than 200, even 204",
			steps: []step{{body: "a 1\n", status: 204}},
			want:  map[string]string{"up": "0:0", "a": ""},
			ids:   []string{"http-status"},
		},
		{
			name:  "S7 an empty file is a failed scrape",
			steps: []step{{body: "a 1\n"}, {}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:0"},
			ids:   []string{"empty-scrape"},
		},
		{
			name:  "S7 L4 an empty answer with status 200 is a good one",
			steps: []step{{body: "a 1\n"}, {status: 200}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:1"},
		},
		{
			name:  "L4 comments alone are a good scrape",
			steps: []step{{body: "a 1\n"}, {body: "# nothing\n\n"}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:1", "scrape_samples_scraped": "0:1 10:0"},
		},
		{
			name:  "L13 a declared type that Prometheus refuses",
			steps: []step{{body: "a 1\n", status: 200, header: map[string]string{"Content-Type": "text/csv"}}},
			want:  map[string]string{"up": "0:0", "a": ""},
			ids:   []string{"content-type"},
		},
		{
			name:  "L13 text/plain of any version or spelling",
			steps: []step{{body: "a 1\n", status: 200, header: map[string]string{"Content-Type": "TEXT/PLAIN; version=9"}}},
			want:  map[string]string{"up": "0:1", "a": "0:1"},
		},
		{
			name:  "L30 L31 le is normalised under TYPE histogram: one series",
			steps: []step{{body: "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 2\n"}},
			want:  map[string]string{`h_bucket{le="1.0"}`: "0:1"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name:  "L32 a TYPE line that comes later does not move a series that is known",
			steps: []step{{body: "h_bucket{le=\"1\"} 1\n"}, {body: "# TYPE h histogram\nh_bucket{le=\"1\"} 2\n"}},
			want:  map[string]string{`h_bucket{le="1"}`: "0:1 10:2", `h_bucket{le="1.0"}`: ""},
		},
		{
			name:  "L33 OpenMetrics: seconds, _created an ordinary series",
			steps: []step{{body: "# TYPE c counter\nc_total 1\nc_created 5\n# EOF\n", status: 200, header: map[string]string{"Content-Type": om}}},
			want:  map[string]string{"c_total": "0:1", "c_created": "0:5"},
		},
		{
			name:  "S6 on-damage fail: a last line of OpenMetrics without an end is not counted, as in upstream's lexer",
			setup: func(f *fixture) { f.opts.FailOnDamage = true },
			steps: []step{{body: "a 1\nb 1e-0", status: 200, header: map[string]string{"Content-Type": om}}},
			want:  map[string]string{"up": "0:0", "scrape_samples_scraped": "0:1", "scrape_series_added": "0:1"},
			ids:   []string{"no-eof"},
		},
		{
			name:  "a label value that no store takes is left out, the rest kept",
			steps: []step{{body: "a{x=\"" + strings.Repeat("x", 1<<24) + "\"} 1\nb 1\n"}},
			want:  map[string]string{"b": "0:1", "up": "0:1"},
			ids:   []string{"label-too-long"},
		},
		{
			name:  "a staleness marker's bits in a text are an ordinary NaN",
			steps: []step{{body: "a NaN\n"}},
			want:  map[string]string{"a": "0:NaN"},
		},
	})
}

func runRows(t *testing.T, rows []row) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture()
			if tt.setup != nil {
				tt.setup(f)
			}
			got, reports := f.run(t, tt.steps)
			for series, samples := range tt.want {
				require.Equal(t, samples, got[series], "%s in %v", series, got)
			}
			last := reports[len(reports)-1]
			require.Equal(t, tt.ids, ids(last), "%v", last.Problems)
			for _, p := range last.Problems {
				require.Equal(t, fmt.Sprintf("s%d.prom", len(tt.steps)-1), p.File, "a problem names its file")
			}
		})
	}
}

// A file of nothing but damage must not fill the memory with its story.
func TestProblemsAreBounded(t *testing.T) {
	f := newFixture()
	f.opts.MaxProblems = 5
	_, reports := f.run(t, []step{{body: "a 1\n" + strings.Repeat("...\n", 1000)}})
	require.Len(t, reports[0].Problems, 6)
	require.Equal(t, "more-problems", reports[0].Problems[5].ID)
	require.Contains(t, reports[0].Problems[5].Message, "995 more")
}

// The spellings of series that come and go must not pile up, not even when
// every scrape fails.
func TestCacheDoesNotGrow(t *testing.T) {
	f := newFixture()
	f.opts.FailOnDamage = true
	var steps []step
	for i := range 30 {
		var b strings.Builder
		for j := range 200 {
			fmt.Fprintf(&b, "a{n=\"%d_%d\"} 1\n", i, j)
		}
		steps = append(steps, step{body: b.String() + "...\n"})
	}
	got, _ := f.run(t, steps)
	require.Equal(t, 30, strings.Count(got["up"], ":0"))
}

// What is kept of a scrape must not change when its body's memory is used
// again.
func TestNothingOfTheBodyIsKept(t *testing.T) {
	tl := timeline.New()
	in := ingest.New(tl, ingest.Options{})
	target := &capture.Target{Job: "j", Instance: "i", HonorTimestamps: true}
	body := []byte("metric{label=\"value\"} 1\n...\n")
	rep := in.Add(&capture.Scrape{Target: target, Time: t0, File: "f", Body: body})
	before := slices.Clone(rep.Problems)
	text := strings.Clone(rep.Problems[0].Text)
	for i := range body {
		body[i] = '#'
	}
	require.Equal(t, "0:1", dump(t, tl)[`metric{label="value"}`])
	require.Equal(t, before, rep.Problems)
	require.Equal(t, text, rep.Problems[0].Text)
}
