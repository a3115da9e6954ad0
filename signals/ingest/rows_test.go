package ingest_test

import (
	"context"
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
		var h textproto.MIMEHeader
		if s.header != nil {
			h = textproto.MIMEHeader{}
		}
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

// A row is a sentence of signals/SEMANTICS.md, where its name is cited, or one
// of upstream's own tests. want lists series that must be there with all their
// samples; "" means that it must not be there.
type row struct {
	name  string
	setup func(*fixture)
	steps []step
	want  map[string]string
	ids   []string // problems of the last scrape
}

const om = "application/openmetrics-text; version=1.0.0"

func runRows(t *testing.T, rows []row) {
	t.Helper()
	for _, tt := range rows {
		if tt.name == "" {
			t.Errorf("a row without a name: %+v", tt)
		}
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
