package capture

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
	"github.com/stretchr/testify/require"
)

// seen is a scrape as a replay sees it, file names aside.
type seen struct {
	job, instance, failure, body string
	time                         int64
}

func seenOf(t *testing.T, c *Capture) (out []seen) {
	t.Helper()
	s := c.Stream()
	for s.Next() {
		sc := s.Scrape()
		require.NoError(t, sc.Err, sc.File)
		out = append(out, seen{sc.Target.Job, sc.Target.Instance, sc.Failure, string(sc.Body), sc.Time})
	}
	require.NoError(t, s.Err())
	slices.SortStableFunc(out, func(a, b seen) int {
		return strings.Compare(fmt.Sprint(a.time, a.job, a.instance), fmt.Sprint(b.time, b.job, b.instance))
	})
	return out
}

// original is a piece of the incident: two proxies, one of them restarting,
// etcd, and the API server when it is gone.
func original(t *testing.T) (out []seen) {
	t.Helper()
	c := mustOpenPath(t, real(t, "incident"))
	count := map[string]int{}
	s := c.Stream()
	for s.Next() {
		sc := s.Scrape()
		id := sc.Target.Job + "/" + sc.Target.Instance
		from := map[string]int{"kube-proxy/node-a": 55, "kube-proxy/node-b": 0, "etcd/control-plane": 3, "kube-apiserver/control-plane": 3}
		first, ok := from[id]
		if count[id]++; !ok || count[id] <= first || count[id] > first+14 {
			continue
		}
		out = append(out, seen{sc.Target.Job, sc.Target.Instance, sc.Failure, string(sc.Body), sc.Time})
	}
	require.Greater(t, len(out), 50)
	slices.SortStableFunc(out, func(a, b seen) int {
		return strings.Compare(fmt.Sprint(a.time, a.job, a.instance), fmt.Sprint(b.time, b.job, b.instance))
	})
	return out
}

// transform writes scrapes in another layout.
type transform func(all []seen, put func(name string, data string, mtime int64))

func utc(ms int64, layout string) string { return time.UnixMilli(ms).UTC().Format(layout) }

// each writes a file for each scrape that did not fail, and an .err beside an
// empty one for those that did.
func each(name func(s seen, n int) string) transform {
	return func(all []seen, put func(string, string, int64)) {
		count := map[string]int{}
		for _, s := range all {
			count[s.job+s.instance]++
			file := name(s, count[s.job+s.instance])
			put(file, s.body, s.time)
			if s.failure != "" {
				put(file+".err", s.failure+"\n", s.time)
			}
		}
	}
}

// loops writes a file for each target, in which its scrapes follow one another.
func loops(name string, before func(s seen) string, around func(body string) string) transform {
	return func(all []seen, put func(string, string, int64)) {
		files := map[string]*strings.Builder{}
		for _, s := range all {
			file := fmt.Sprintf(name, s.job, s.instance)
			if files[file] == nil {
				files[file] = &strings.Builder{}
			}
			b := files[file]
			b.WriteString(before(s))
			if s.body != "" {
				b.WriteString(around(s.body))
			}
			if s.failure != "" {
				b.WriteString(s.failure + "\n")
			}
		}
		for file, b := range files {
			put(file, b.String(), t0)
		}
	}
}

func asItIs(body string) string { return body }

const meterTop = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n" +
	"                                 Dload  Upload   Total   Spent    Left  Speed\n" +
	"\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"

// meterWithin is what `curl >> file 2>&1` makes of a body: seen of curl 7.88.
func meterWithin(body string) string {
	cut := len(body) * 9 / 10
	return meterTop + body[:cut] + "\r100  106k  100  106k    0     0  77.3M      0 --:--:-- --:--:-- --:--:--  104M\n" + body[cut:]
}

func envelopeOf(s seen) string {
	status := 200
	if s.failure != "" {
		status = 503
	}
	return fmt.Sprintf(`{"request":{"url":"http://x/metrics"},"response":{"status":%d,"body":%q,"headers":{"Content-Type":["text/plain; version=0.0.4"],"Date":"x"}},"timestamp":%q}`,
		status, s.body, utc(s.time, "2006-01-02T15:04:05.000Z"))
}

// originals are real scrapes, with the times that a form of them can have.
type originals struct {
	all    []seen
	whole  []seen // times of whole seconds, for forms that have no more
	spaced []seen // every 5 s up to t0, for forms that count
	steady []seen // those of etcd that did not fail, as spaced
}

func readOriginals(t *testing.T) (o originals) {
	o.all = original(t)
	o.whole = slices.Clone(o.all)
	for i := range o.whole {
		o.whole[i].time = o.whole[i].time / 1000 * 1000
	}
	o.spaced = slices.Clone(o.all)
	count, total := map[string]int{}, map[string]int{}
	for _, s := range o.all {
		total[s.job+s.instance]++
	}
	for i := range o.spaced {
		s := &o.spaced[i]
		of := s.job + s.instance
		count[of]++
		s.time = t0 - int64(total[of]-count[of])*5000
	}
	for _, s := range alive(o.spaced) {
		if s.job == "etcd" {
			o.steady = append(o.steady, s)
		}
	}
	for i := range o.steady {
		o.steady[i].time = t0 - int64(len(o.steady)-1-i)*5000
	}
	return o
}

// alive are the scrapes that did not fail.
func alive(in []seen) (out []seen) {
	for _, s := range in {
		if s.failure == "" {
			out = append(out, s)
		}
	}
	return out
}

// A transformation writes real scrapes in another form. What a stream says of
// it is the original, to the byte.
type transformation struct {
	name string
	in   []seen
	how  transform
	opts Options
}

// transformedNames are forms in which each scrape has a file.
func transformedNames(o originals) []transformation {
	return []transformation{
		{name: "one flat folder, all in the name", in: o.all, how: each(func(s seen, _ int) string {
			return fmt.Sprintf("%s_%s_%s.txt", s.job, s.instance, utc(s.time, "2006-01-02T15-04-05.000Z"))
		})},
		{name: "the job from content", in: alive(o.all), how: each(func(s seen, _ int) string {
			return fmt.Sprintf("%s_metrics.%d.out", s.instance, s.time)
		})},
		{name: "a folder per target, dates with minutes and seconds", in: o.whole, how: each(func(s seen, _ int) string {
			return fmt.Sprintf("%s/%s/metrics-%s", s.job, s.instance, utc(s.time, "20060102-150405"))
		})},
		{name: "dates in folders, times in files", in: o.whole, how: each(func(s seen, _ int) string {
			return fmt.Sprintf("%s/%s-%s-%s.metrics", utc(s.time, "2006/01/02"), s.job, s.instance, utc(s.time, "15-04-05"))
		})},
		{name: "date folders between", in: o.all, how: each(func(s seen, _ int) string {
			return fmt.Sprintf("dump/%s/%s/%s/raw.%d", s.job, utc(s.time, "2006-01-02"), s.instance, s.time*1000)
		})},
		{name: "nanoseconds, compressed", in: alive(o.all), how: func(all []seen, put func(string, string, int64)) {
			for _, s := range all {
				put(fmt.Sprintf("%s/%s/%d000000.txt.gz", s.job, s.instance, s.time), gz(s.body), 0)
			}
		}},
		{name: "mtimes on request", in: alive(o.all), opts: Options{TimeFrom: TimeFromMtime}, how: each(func(s seen, n int) string {
			return fmt.Sprintf("%s/%s/metrics.%d", s.job, s.instance, n)
		})},
		{name: "numbered", in: o.spaced, opts: Options{Every: 5 * time.Second, End: time.UnixMilli(t0)}, how: each(func(s seen, n int) string {
			return fmt.Sprintf("%s/%s/metrics.%d", s.job, s.instance, n)
		})},
		{name: "rotated: the highest number is the oldest", in: o.steady, opts: Options{Every: 5 * time.Second, End: time.UnixMilli(t0)}, how: each(func(s seen, n int) string {
			return fmt.Sprintf("%s/%s/scrape%d.txt", s.job, s.instance, 100-n)
		})},
	}
}

// transformedLoops are forms in which a file holds what a loop left.
func transformedLoops(o originals) []transformation {
	return []transformation{
		{name: "date; curl in the C locale", in: o.whole, how: loops("%s-%s.log", func(s seen) string { return utc(s.time, time.UnixDate) + "\n" }, asItIs)},
		{name: "date -Ins; curl", in: o.all, how: loops("%s-%s.log", func(s seen) string { return utc(s.time, "2006-01-02T15:04:05,000000000-07:00") + "\n" }, asItIs)},
		{name: "date +%s%3N; curl, all compressed", in: o.all, how: func(all []seen, put func(string, string, int64)) {
			loops("%s-%s.log.zst", func(s seen) string { return fmt.Sprint(s.time, "\n") }, asItIs)(all, func(name, data string, at int64) { put(name, zst(data), at) })
		}},
		{name: "date; curl with its progress meter", in: o.whole, how: loops("%s-%s.log", func(s seen) string { return utc(s.time, time.UnixDate) + "\n" }, meterWithin)},
		{name: "echo === $(date -u) ===; curl", in: o.whole, how: loops("%s-%s.log", func(s seen) string { return "=== " + utc(s.time, time.UnixDate) + " ===\n" }, asItIs)},
		{name: "curl; date", in: alive(o.whole), how: func(all []seen, put func(string, string, int64)) {
			files := map[string]string{}
			for _, s := range all {
				files[s.job+"-"+s.instance] += s.body + utc(s.time, time.UnixDate) + "\n"
			}
			for name, text := range files {
				put(name, text, 0)
			}
		}},
		{name: "curl -i in a loop: the Date header", in: alive(o.whole), how: loops("%s-%s.log", func(s seen) string {
			return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nDate: " + utc(s.time, "Mon, 02 Jan 2006 15:04:05 GMT") + "\r\n\r\n"
		}, asItIs)},
		{name: "curl -i, a file each", in: alive(o.whole), how: func(all []seen, put func(string, string, int64)) {
			for i, s := range all {
				put(fmt.Sprintf("%s/%s/%03d.http", s.job, s.instance, i), "HTTP/1.1 200 OK\r\nDate: "+utc(s.time, "Mon, 02 Jan 2006 15:04:05 GMT")+"\r\n\r\n"+s.body, 0)
			}
		}},
		{name: "curl in a loop, no dates at all", in: o.steady, opts: Options{Every: 5 * time.Second, End: time.UnixMilli(t0)}, how: loops("%s-%s.log", func(seen) string { return "" }, asItIs)},
		{name: "envelopes, a file each", in: alive(o.all), how: func(all []seen, put func(string, string, int64)) {
			for _, s := range all {
				put(fmt.Sprintf("%s-%s-%d.json", s.job, s.instance, s.time), envelopeOf(s), 0)
			}
		}},
		{name: "envelopes, a line each, with times of their own", in: alive(o.all), how: func(all []seen, put func(string, string, int64)) {
			files := map[string]string{}
			for _, s := range all {
				files[s.job+"-"+s.instance+".json"] += envelopeOf(s) + "\n"
			}
			for name, text := range files {
				put(name, text, 0)
			}
		}},
	}
}

func TestTransformed(t *testing.T) {
	o := readOriginals(t)
	for _, row := range slices.Concat(transformedNames(o), transformedLoops(o)) {
		t.Run(row.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			row.how(row.in, func(name, data string, mtime int64) {
				require.NotContains(t, fsys, name)
				fsys[name] = &fstest.MapFile{Data: []byte(data), ModTime: time.UnixMilli(mtime)}
			})
			c, err := Open(fsys, "cap", row.opts)
			require.NoError(t, err)
			compare(t, row.in, seenOf(t, c))
			require.Empty(t, c.Ignored)

			// Frozen and opened again without options it is the same.
			text, err := c.Manifest()
			require.NoError(t, err)
			fsys[naming.ManifestName] = &fstest.MapFile{Data: text}
			again, err := Open(fsys, "cap", Options{})
			require.NoError(t, err, "%s", text[:min(len(text), 500)])
			compare(t, row.in, seenOf(t, again))
			require.Equal(t, c.Ignored, again.Ignored)
			text2, err := again.Manifest()
			require.NoError(t, err)
			require.True(t, bytes.Equal(text, text2), "and writes the same")
		})
	}
}

func compare(t *testing.T, want, got []seen) {
	t.Helper()
	short := func(all []seen) (out []string) {
		for _, s := range all {
			out = append(out, fmt.Sprintf("%s/%s %s %d bytes %s", s.job, s.instance, clock.Format(s.time), len(s.body), s.failure))
		}
		slices.Sort(out)
		return out
	}
	require.Equal(t, short(want), short(got))
	sortSeen := func(a, b seen) int {
		return strings.Compare(fmt.Sprint(a.time, a.job, a.instance), fmt.Sprint(b.time, b.job, b.instance))
	}
	want, got = slices.SortedFunc(slices.Values(want), sortSeen), slices.SortedFunc(slices.Values(got), sortSeen)
	for i := range want {
		require.True(t, want[i] == got[i], "%s/%s at %s differs", want[i].job, want[i].instance, clock.Format(want[i].time))
	}
}
