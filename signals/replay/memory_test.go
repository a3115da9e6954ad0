package replay_test

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// counted counts how often scrapes are opened.
type counted struct {
	fs.FS
	opened atomic.Int64
}

func (c *counted) Open(name string) (fs.File, error) {
	if path.Ext(name) == ".prom" {
		c.opened.Add(1)
	}
	return c.FS.Open(name)
}

// spelled is all that is told of rules but for names that are alike, which are
// those of the Run that was remembered.
func spelled(list []replay.Rule) string {
	var b strings.Builder
	for _, r := range list {
		if r.Threshold != nil {
			fmt.Fprintf(&b, "%+v ", *r.Threshold)
		}
		if r.Closest != nil {
			fmt.Fprintf(&b, "%+v ", *r.Closest)
		}
		for _, s := range r.Selectors {
			fmt.Fprintf(&b, "%s %d ", s.Text, s.Series)
		}
		r.Threshold, r.Closest, r.Selectors = nil, nil, nil
		fmt.Fprintf(&b, "%+v\n", r)
	}
	return b.String()
}

// changed draws groups of some of the rules, with another `for`, and some with
// another expression.
func changed(t *rapid.T, groups []*rules.Group) (out []*rules.Group) {
	for _, g := range groups {
		c := *g
		c.Rules = nil
		for _, r := range g.Rules {
			if rapid.Bool().Draw(t, "leave") {
				continue
			}
			copied := *r
			if copied.Alert != "" {
				copied.For += rapid.SampledFrom([]time.Duration{0, 10 * time.Second}).Draw(t, "longer")
			}
			copied.Unwritten = rapid.Bool().Draw(t, "unwritten")
			if expr := rapid.SampledFrom([]string{"", "", `a{l="1"} > 1`, `b{l!="0"} > 2`, "up == 0", "no_such_metrics > 0", "scrape_series_added > 1"}).Draw(t, "other"); expr != "" {
				other, err := copied.With(expr, nil)
				if err != nil {
					t.Fatal(err)
				}
				copied = *other
			}
			c.Rules = append(c.Rules, &copied)
		}
		if len(c.Rules) > 0 {
			out = append(out, &c)
		}
	}
	return out
}

// plain leaves out what makes a memory useless: times of their own, names that
// are scraped and written, rules that see what comes later or may see anything.
func plain(saved fstest.MapFS, groups []*rules.Group) (out []*rules.Group) {
	own := regexp.MustCompile(`(?m) [0-9]{13}$|^(r0|clash).*\n`)
	for _, f := range saved {
		f.Data = own.ReplaceAll(f.Data, nil)
	}
	for _, g := range groups {
		g.Rules = slices.DeleteFunc(g.Rules, func(r *rules.Rule) bool {
			return strings.Contains(r.Expr, "@") || strings.Contains(r.Expr, "-15s") || strings.Contains(r.Expr, "__name__") || strings.Contains(r.Annotations.Get("text"), "printf")
		})
		if len(g.Rules) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// What is evaluated over a memory is what reading the capture again gives, and
// so is what an observer sees.
func TestMemory(t *testing.T) {
	remembered, read := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		saved, text := drawCapture(t), drawRules(t)
		groups, errs := rules.Parse("rules.yml", []byte(text), rules.ParseOptions{})
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if rapid.IntRange(0, 3).Draw(t, "plain") > 0 {
			groups = plain(saved, groups)
		}
		files := &counted{FS: saved}
		c, err := capture.Open(files, "test", capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		opts := replay.Options{
			Capture: c, Groups: groups, Memory: new(replay.Memory),
			Lookback: rapid.SampledFrom([]time.Duration{0, 25 * time.Second}).Draw(t, "lookback"),
			Segment:  rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "segment"), Workers: rapid.IntRange(1, 3).Draw(t, "workers"),
		}
		if _, err := replay.Run(context.Background(), opts); err != nil {
			t.Fatal(err)
		}
		if opts.Groups = changed(t, groups); len(opts.Groups) == 0 { // there is nothing to ask
			return
		}
		both := func(m *replay.Memory) (list string, seen *asking) {
			seen = &asking{}
			for _, g := range opts.Groups {
				for _, r := range g.Rules {
					x, err := query.Parse("", r.Expr, nil)
					if err != nil {
						t.Fatal(err)
					}
					seen.exprs = append(seen.exprs, x)
				}
			}
			seen.exprs = seen.exprs[:1] // of the first rule: others select what it may not keep
			opts.Memory, opts.Observer = m, seen
			got, err := replay.Rules(context.Background(), opts)
			if err != nil {
				t.Fatal(err)
			}
			return spelled(got), seen
		}
		files.opened.Store(0)
		list, seen := both(opts.Memory)
		if files.opened.Load() == 0 {
			remembered++
		} else {
			read++
		}
		want, saw := both(nil)
		if list != want {
			t.Fatalf("of the memory:\n%s\nread again:\n%s\nrules:\n%s", list, want, text)
		}
		seen.scrapes, saw.scrapes, seen.samples, saw.samples, seen.exprs, saw.exprs = nil, nil, 0, 0, nil, nil
		if a, b := fmt.Sprintf("%+v", *seen), fmt.Sprintf("%+v", *saw); a != b {
			t.Fatalf("with a memory an observer saw\n%s\nread again:\n%s\nrules:\n%s", a, b, text)
		}
	})
	t.Logf("%d times of a memory, %d times read again", remembered, read)
	require.NotZero(t, remembered)
	require.NotZero(t, read)
}

// A memory answers where nothing is lacking, and is not asked else.
func TestWhatMemoryHolds(t *testing.T) {
	const scrapes = 60
	body := func(i int, more string) string {
		return fmt.Sprintf("m{l=\"1\"} %d\nm{l=\"2\"} %d\nn %d\nlonger_name_total{l=\"1\"} %d\n%s", i%7, i%5, i, i, more)
	}
	some, many := &strings.Builder{}, &strings.Builder{}
	for i := range 5000 {
		if fmt.Fprintf(many, "m{many=\"%d\"} 1\n", i); i < 1100 {
			fmt.Fprintf(some, "m{many=\"%d\"} 1\n", i)
		}
	}
	for _, tt := range []struct {
		name, reason   string
		rules, then    string
		yaml, each     string // of the capture, and of each scrape
		at             int    // of one scrape
		once           string
		server, reads  bool
		other, keeping bool
		until          int // scrapes have each; 0: all
	}{
		{name: "the same selector", reason: "another threshold sees the same series", rules: "m > 100", then: "m > 3"},
		{name: "wider", reason: "all samples are there", rules: "rate(m[30s]) > 100", then: "max_over_time(m[5m]) > 3"},
		{name: "fewer", reason: "a part of what there was", rules: "m > 100 and n > 1", then: "n > 5"},
		{name: "what rules write", reason: "it is written again", rules: `m > 100 and on () ALERTS{alertname="x"}`, then: `ALERTS{alertname="x"}`},
		{name: "another selector", reason: "its samples were not kept", rules: "m > 100", then: "n > 3", reads: true},
		{name: "other matchers", reason: "all series of that name are there", rules: "m > 100", then: `m{l="1"} > 3`},
		{name: "the other part", reason: "of a name that has what was asked for the rest is not kept", rules: `m{l="1"} > 100`, then: `m{l="2"} > 3`, reads: true},
		{name: "another value", reason: "of a name that has not what was asked for all is kept", rules: `m{l="none"} > 100`, then: `m{l="2"} > 3`},
		{name: "a part of a name", reason: "one whose end is missing may be meant", rules: "longer_name > 100", then: `longer_name_total > 3`},
		{name: "more than a name", reason: "one that is the beginning of it may be meant", rules: "longer_name_total_bucket > 100", then: `longer_name_total > 3`},
		{name: "a wrong letter", reason: "the name that differs in it may be meant", rules: "longer_nama_total > 100", then: `longer_name_total{l="1"} > 3`},
		{name: "too many guesses", reason: "of a name that is not found not everything is kept", rules: `m{l="none"} > 100`, then: `m{l="2"} > 3`, each: some.String(), reads: true},
		{name: "up", reason: "it tells since when a target was scraped", rules: "m > 100", then: "m > 3 and on (instance) up == 1"},
		{name: "a name by a pattern", reason: "rules may write what it matches", rules: `{__name__=~"m|n"} > 100`, then: `{__name__=~"m|n"} > 3`, reads: true},
		{name: "ahead", reason: "each instant is seen by itself", rules: "m offset -1m > 100", then: "m > 3", reads: true},
		{name: "ahead later", reason: "it sees what comes", rules: "m > 100", then: "m offset -1m > 3", reads: true},
		{name: "own times", reason: "a sample came later than its time", rules: "m > 100", then: "m > 3", at: 20, once: fmt.Sprintf("n{l=\"own\"} 1 %d\n", start.Add(-time.Minute).UnixMilli()), reads: true},
		{name: "a target that was removed", reason: "its markers come later than their time", rules: "m > 100", then: "m > 3", yaml: `targets: {"app/i:1": {ends: removed}}`, reads: true},
		{name: "too many", reason: "samples have to be dropped", rules: "m > 100", then: "m > 3", each: many.String(), reads: true},
		{name: "too many for a time", reason: "some were dropped", rules: "rate(m[30s]) > 100", then: "max_over_time(m[5m]) > 3", each: many.String(), until: 40, reads: true},
		{name: "another capture", reason: "it was another one", rules: "m > 100", then: "m > 3", other: true, reads: true},
		{name: "kept", reason: "the store is asked for", rules: "m > 100", then: "m > 3", keeping: true, reads: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var bodies []string
			for i := range scrapes {
				more := tt.each
				if tt.until > 0 && i >= tt.until {
					more = ""
				}
				if i == tt.at {
					more += tt.once
				}
				bodies = append(bodies, body(i, more))
			}
			saved := files(map[string][]string{"i:1": bodies, "j:1": append(bodies[:len(bodies):len(bodies)], bodies[:5]...)})
			if tt.yaml != "" {
				saved["capture.yaml"] = &fstest.MapFile{Data: []byte(tt.yaml + "\n")}
			}
			disk := &counted{FS: saved}
			c, err := capture.Open(disk, "test", capture.Options{})
			require.NoError(t, err)
			groups := func(expr string) []*rules.Group {
				return parse(t, fmt.Sprintf("groups: [{name: g, rules: [{alert: A, expr: %q}]}]", expr))
			}
			opts := replay.Options{Capture: c, Groups: groups(tt.rules), Memory: new(replay.Memory)}
			run(t, opts)
			opts.Groups, opts.Keep = groups(tt.then), tt.keeping
			if tt.other {
				opts.Capture, err = capture.Open(disk, "test", capture.Options{})
				require.NoError(t, err)
			}
			disk.opened.Store(0)
			list, err := replay.Rules(context.Background(), opts)
			require.NoError(t, err)
			require.Equal(t, tt.reads, disk.opened.Load() > 0, tt.reason)
			opts.Memory, opts.Keep = nil, false
			require.Equal(t, spelled(run(t, opts).Rules), spelled(list), tt.reason)
		})
	}
}

// A memory does not keep a replay from dropping what is too much.
func TestMemoryIsBounded(t *testing.T) {
	var bodies []string
	for range 120 {
		var b strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&b, "m{many=\"%d\"} 1\n", i)
		}
		bodies = append(bodies, b.String())
	}
	most := int64(0)
	run(t, replay.Options{
		Capture: open(t, files(map[string][]string{"t0": bodies})), Memory: new(replay.Memory), Segment: 1,
		Groups: parse(t, "groups: [{name: g, rules: [{alert: A, expr: 'm > 3'}]}]"), Lookback: 30 * time.Second,
		Held: func(kept, known int64) error { most = max(most, kept); return nil },
	})
	require.Less(t, most, int64(5<<20), "all of them would be 10 MB")
	require.Greater(t, most, int64(4<<20))
}

// A memory holds no more than its bound, though nothing had to be dropped.
func TestMemoryOfOneScrape(t *testing.T) {
	for _, row := range []struct {
		name, reason string
		series       int
		reads        int64
	}{
		{name: "few", reason: "they are kept", series: 1000},
		{name: "many", reason: "they would take more than 4 MB", series: 270_000, reads: 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			var b strings.Builder
			for i := range row.series {
				fmt.Fprintf(&b, "m{i=\"%d\"} 1\n", i)
			}
			disk := &counted{FS: files(map[string][]string{"t0": {b.String()}})}
			c, err := capture.Open(disk, "test", capture.Options{})
			require.NoError(t, err)
			opts := replay.Options{Capture: c, Groups: parse(t, "groups: [{name: g, rules: [{alert: A, expr: count(m) > 1e6}]}]"), Memory: new(replay.Memory)}
			run(t, opts)
			disk.opened.Store(0)
			_, err = replay.Rules(context.Background(), opts)
			require.NoError(t, err)
			require.Equal(t, row.reads, disk.opened.Load(), row.reason)
		})
	}
}
