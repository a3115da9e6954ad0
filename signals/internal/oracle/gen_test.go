package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
	"pgregory.net/rapid"
)

// drawer draws with few words. What comes first in a list is what shrinking
// tends to.
type drawer struct{ *rapid.T }

func pick[V any](d drawer, what string, from ...V) V { return rapid.SampledFrom(from).Draw(d.T, what) }

func (d drawer) number(what string, least, most int) int {
	return rapid.IntRange(least, most).Draw(d.T, what)
}

// oneIn is true once in n times.
func (d drawer) oneIn(n int, what string) bool { return d.number(what, 0, n-1) == n-1 }

const epoch = int64(1_700_000_000_000)

// drawPair makes up a capture and rules for it.
func drawPair(rt *rapid.T) *pair {
	d := drawer{rt}
	p := &pair{OnDamageFail: d.oneIn(2, "on-damage fail")}
	if d.oneIn(2, "external labels") {
		p.External = map[string]string{"cluster": "c1", "zone": "outer"}
	}
	w := &world{drawer: d, pair: p}
	p.GapsFailed = d.oneIn(4, "gaps failed")
	if d.oneIn(3, "lookback") {
		p.Lookback = pick(d, "lookback", int64(60_000), 10_000, 600_000)
	}
	if d.oneIn(3, "features") {
		for range d.number("how many", 1, 3) {
			if f := pick(d, "feature", featureNames...); !slices.Contains(p.Features, f) {
				p.Features = append(p.Features, f)
			}
		}
	}
	w.parser = p.parser()
	w.interval = pick(d, "interval", int64(10_000), 1000, 5000, 7500, 15_000, 30_000, 60_000, 120_000)
	if d.oneIn(4, "evaluation interval") {
		p.Interval = pick(d, "evaluation interval", w.interval, 2*w.interval, w.interval/2, 15_000)
	}
	if d.oneIn(4, "phase of instants") {
		phase := pick(d, "phase of instants", 0, 1, w.interval/3, w.interval)
		p.Phase = &phase
	}
	w.scrapes = d.number("scrapes", 1, pick(d, "at most", 24, 24, 24, 70))
	for i := range d.number("jobs", 1, 3) {
		w.drawJob([]string{"api", "db", "web"}[i])
	}
	w.drawRules()
	w.drawQueries()
	return p
}

// world is a pair in the making.
type world struct {
	drawer
	pair     *pair
	interval int64 // ms
	scrapes  int   // of a target that is there all the time
	names    []string
	recorded []string
	parser   parser.Parser
}

var featureNames = []string{
	"promql-experimental-functions", "promql-extended-range-selectors", "promql-binop-fill-modifiers", "promql-delayed-name-removal", "promql-per-step-stats",
}

func (w *world) end() int64 { return epoch + int64(w.scrapes)*w.interval }

func (w *world) drawJob(name string) {
	d := w.drawer
	job := pairJob{Name: name, Settings: map[string]any{}}
	for _, key := range []string{"honor_labels", "track_timestamps_staleness"} {
		if d.oneIn(4, key) {
			job.Settings[key] = true
		}
	}
	if d.oneIn(8, "honor_timestamps") {
		job.Settings["honor_timestamps"] = false
	}
	if d.oneIn(5, "metric relabelling") {
		job.Settings["metric_relabel_configs"] = pick(d, "metric_relabel_configs", metricRelabelings...)
	}
	if d.oneIn(6, "relabelling") {
		job.Settings["relabel_configs"] = pick(d, "relabel_configs", relabelings...)
	}
	w.drawLimits(&job)
	var families []*family
	for i := range d.number("families", 1, 6) {
		f := drawFamily(d, i)
		families = append(families, f)
		for _, n := range f.names() {
			if !slices.Contains(w.names, n) {
				w.names = append(w.names, n)
			}
		}
	}
	every := w.interval * int64(pick(d, "interval of the job", 1, 1, 1, 2, 3))
	if w.pair.GapsFailed || d.oneIn(6, "interval is told") {
		job.Interval = every
		job.Removed = d.oneIn(3, "removed")
	}
	if job.Settings["extra_scrape_metrics"] != nil {
		job.Interval = every // scrape_timeout_seconds hangs on it
	}
	openMetrics := d.oneIn(5, "OpenMetrics")
	var protos []*protoFamily
	if !openMetrics && d.oneIn(5, "protobuf") {
		delete(job.Settings, "fallback_scrape_protocol") // we see what a body is
		// Left alone, we keep a histogram that has no other form.
		if job.Settings["scrape_native_histograms"] == nil {
			job.Settings["scrape_native_histograms"] = !d.oneIn(4, "native histograms refused")
		}
		for range d.number("families of protobuf", 1, 4) {
			f := drawProtoFamily(d, w.pair.OnDamageFail)
			protos = append(protos, f)
			w.names = append(w.names, f.names()...)
		}
	}
	for i := range d.number("targets", 1, 3) {
		t := pairTarget{Job: name, Instance: fmt.Sprintf("node-%c", 'a'+i)}
		if d.oneIn(4, "target labels") {
			t.Labels = pick(d, "labels", map[string]string{"zone": "z1"}, map[string]string{"zone": "z2", "code": "own"}, map[string]string{"instance": "named"}, map[string]string{"zone": ""})
			if t.Labels["instance"] != "" {
				t.Labels = map[string]string{"instance": "named-" + string(rune('a'+i))}
			}
		}
		w.drawScrapes(&job, &t, families, protos, every, openMetrics, i)
		w.pair.Targets = append(w.pair.Targets, t)
	}
	w.pair.Jobs = append(w.pair.Jobs, job)
}

// drawLimits draws settings that most jobs leave alone.
func (w *world) drawLimits(job *pairJob) {
	d := w.drawer
	if !d.oneIn(3, "rare settings") {
		return
	}
	for range d.number("rare settings", 1, 2) {
		key := pick(d, "setting", slices.Sorted(maps.Keys(rareSettings))...)
		if key == "fallback_scrape_protocol" && !w.pair.OnDamageFail {
			continue // read as another format, most lines are damaged
		}
		job.Settings[key] = pick(d, key, rareSettings[key]...)
	}
}

var rareSettings = map[string][]any{
	"sample_limit":                       {10, 1, 5, 20, 40},
	"label_limit":                        {4, 3, 5, 6},
	"label_name_length_limit":            {8, 4, 12},
	"label_value_length_limit":           {6, 3, 10},
	"body_size_limit":                    {"1KB", "100B", "300B", "2KB"},
	"metric_name_validation_scheme":      {"legacy", "utf8"},
	"fallback_scrape_protocol":           {"PrometheusText0.0.4", "OpenMetricsText1.0.0", "PrometheusText1.0.0"},
	"extra_scrape_metrics":               {true},
	"scrape_native_histograms":           {true, false},
	"always_scrape_classic_histograms":   {true},
	"convert_classic_histograms_to_nhcb": {true},
}

var metricRelabelings = []any{
	[]any{map[string]any{"source_labels": []string{"__name__"}, "regex": "g.*", "action": "drop"}},
	[]any{map[string]any{"regex": "code|le", "action": "labeldrop"}},
	[]any{map[string]any{"source_labels": []string{"code"}, "target_label": "kind", "regex": "(.).*", "replacement": "${1}xx"}},
	[]any{map[string]any{"source_labels": []string{"__name__"}, "regex": "(.*)_total", "target_label": "__name__", "replacement": "$1_renamed"}},
	[]any{map[string]any{"source_labels": []string{"code"}, "regex": "500", "target_label": "__name__", "replacement": ""}},
	[]any{map[string]any{"target_label": "instance", "replacement": "same"}},
	[]any{map[string]any{"source_labels": []string{"code"}, "regex": "200", "action": "keep"}},
	[]any{map[string]any{"target_label": "job", "replacement": ""}, map[string]any{"action": "labelmap", "regex": "(c)ode", "replacement": "${1}_mapped"}},
}

var relabelings = []any{
	[]any{map[string]any{"source_labels": []string{"__address__"}, "target_label": "address"}},
	[]any{map[string]any{"source_labels": []string{"job", "__address__"}, "separator": "-", "target_label": "instance"}},
	[]any{map[string]any{"source_labels": []string{"job"}, "target_label": "job", "replacement": "re$1"}},
	[]any{map[string]any{"source_labels": []string{"__address__"}, "regex": "node-(.)", "target_label": "__tmp"}, map[string]any{"source_labels": []string{"__tmp"}, "target_label": "zone"}},
}

// drawScrapes saves the scrapes of one target.
func (w *world) drawScrapes(job *pairJob, t *pairTarget, families []*family, protos []*protoFamily, every int64, openMetrics bool, target int) {
	d := w.drawer
	phase := int64(d.number("phase", 0, 10)) * every / 11
	jitter := pick(d, "jitter", int64(0), 0, 3, 40)
	first, last := 0, max(1, w.scrapes*int(w.interval)/int(every))
	if d.oneIn(4, "late") {
		first = d.number("first", 0, last-1)
	}
	if d.oneIn(4, "early end") {
		last = d.number("last", first+1, last)
	}
	mishaps := w.drawMishaps(job, last, openMetrics)
	for i := first; i < last; i++ {
		s := pairScrape{At: epoch + phase + int64(i)*every}
		if jitter > 0 {
			s.At += int64(i*i*7+i*3)%(2*jitter) - jitter
		}
		gone := false
		b := &body{target: target, scrape: i, at: s.At, openMetrics: openMetrics}
		for _, f := range families {
			f.write(b)
		}
		if openMetrics {
			if !(i%7 == 6 && w.pair.OnDamageFail) {
				b.lines = append(b.lines, "# EOF")
			}
			s.Headers = "HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n\r\n"
		}
		s.Body = b.text()
		if protos != nil {
			s.Body, s.Headers = protoBody(protos, target, i, s.At), protoHeaders
		}
		for _, m := range mishaps {
			if i >= m.from && i < m.to {
				gone = m.happen(&s, b, w.pair.OnDamageFail) || gone
			}
		}
		if !gone {
			t.Scrapes = append(t.Scrapes, s)
		}
	}
	if len(t.Scrapes) == 0 {
		t.Scrapes = []pairScrape{{At: epoch + phase, Body: "# nothing but a gap\n", Headers: "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"}}
	}
}

// body is the text of a scrape in the making.
type body struct {
	target, scrape int
	at             int64
	openMetrics    bool
	lines          []string
}

func (b *body) text() text {
	if len(b.lines) == 0 {
		return ""
	}
	return text(strings.Join(b.lines, "\n") + "\n")
}

func (b *body) samples() int {
	n := 0
	for _, line := range b.lines {
		if !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}
