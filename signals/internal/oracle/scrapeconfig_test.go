package oracle

import (
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	upstream "github.com/prometheus/prometheus/discovery"
	_ "github.com/prometheus/prometheus/discovery/file" // file_sd_configs
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/scrape"

	"github.com/scrapebook/scrapebook/signals/scrapeconfig"
	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

var configs = flag.Int("configs", 2000, "how many configurations TestScrapeConfig makes up")

// configGen makes up configurations, most of which load, and targets.
type configGen struct{ *rand.Rand }

func (g configGen) of(words ...string) string { return words[g.IntN(len(words))] }

// rare tells true once in n.
func (g configGen) rare(n int) bool { return g.IntN(n) == 0 }

// quote spells a string in one of YAML's styles.
func (g configGen) quote(s string) string {
	switch g.IntN(3) {
	case 0:
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	case 1:
		return fmt.Sprintf("%q", s)
	}
	if s == "" || strings.ContainsAny(s[:1], "\"'[]{}*&!|>%@`#,?:-=~ ") || strings.Contains(s, ": ") || strings.Contains(s, " #") {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return s
}

func (g configGen) name() string {
	return g.of("__address__", "__address__", "job", "instance", "__meta_kubernetes_namespace", "__meta_kubernetes_pod_name",
		"__meta_a_port", "env", "__param_x", "__metrics_path__", "__scheme__", "__scrape_interval__", "__scrape_timeout__", "__tmp", "a b", "ü")
}

func (g configGen) regex() string {
	if g.rare(150) {
		return "("
	}
	return g.of("(.*)", "(.+)", "kube-system/kube-proxy.+", `(.+?)(\\:\\d+)?`, `(.+?)(\:\d+)?`, `([^:]+)(?::\d+)?;(\d+)`, "a|b", "", "prod.*",
		"__meta_(.+)", "__meta_kubernetes_(.+)", "__.*", "env|job", `\p{L}+`, "10.*")
}

// rule is one item of relabel_configs, its lines indented by two.
func (g configGen) rule() []string {
	action := g.of("replace", "replace", "replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap", "labeldrop", "labelkeep", "lowercase", "Uppercase", "Uppercase")
	if g.rare(200) {
		action = g.of("rename", "")
	}
	var out []string
	add := func(key, value string) { out = append(out, key+": "+value) }
	if action != "replace" || g.rare(2) {
		add("action", action)
	}
	whole := !strings.HasPrefix(action, "label")
	if whole && !g.rare(12) || g.rare(60) {
		var names []string
		for range g.IntN(3) + 1 {
			names = append(names, g.quote(g.name()))
		}
		add("source_labels", "["+strings.Join(names, ", ")+"]")
	}
	equal := strings.HasSuffix(action, "equal")
	if !equal && (action == "labelmap" || !g.rare(5)) {
		r := g.regex()
		if action == "labelmap" || !whole && !g.rare(8) {
			r = g.of("__meta_(.+)", "(env)", "__meta_kubernetes_(.+)", "(team|a b)")
		}
		add("regex", g.quote(r))
	}
	if whole && action != "keep" && action != "drop" && !g.rare(20) || g.rare(60) {
		add("target_label", g.quote(g.of("__address__", "__address__", "job", "instance", "env", "x_$1", "${1}_y", "a b", g.name())))
	}
	switch {
	case action == "labelmap":
		// Of several labels that get one name upstream keeps any.
		add("replacement", g.quote(g.of("k_$1", "$1", "x-$1", "${1}", "$1 ü")))
	case (action == "replace" || action == "") && !g.rare(4) || g.rare(60):
		add("replacement", g.quote(g.of("$1:10249", "$1:$2", "$1", "", "x", "5s", "0s", "0", "1h", "http", "k_$1", "a/b", "true", "${2}")))
	}
	if action == "hashmod" && !g.rare(30) {
		add("modulus", g.of("8", "1", "16", "7", "8", "1", "3", "2", "0", "-1", "x"))
	}
	if g.rare(8) && whole && !equal {
		add("separator", g.quote(g.of("/", ";", "", "@")))
	}
	if g.rare(150) {
		add(g.of("regexp", "source_label", "regex"), "x")
	}
	if len(out) == 0 {
		add("regex", "x")
	}
	return out
}

// item writes lines as an item of a list.
func item(b *strings.Builder, indent string, lines []string) {
	for i, l := range lines {
		b.WriteString(indent + map[bool]string{true: "- ", false: "  "}[i == 0] + l + "\n")
	}
}

// common are lines that may be wrong in any section.
var jobLines = []string{
	"honor_labels: true", "honor_labels: yes", "honor_timestamps: false", "scrape_interval: 30s", "scrape_timeout: 5s", "scrape_interval: 5s",
	"metrics_path: /federate", "metrics_path: ''", "metrics_path: /a b", "scheme: https", "scheme: ''", "params: {x: [a, b], 'match[]': ['{a=\"b\"}']}", "params: {y: []}",
	"scrape_native_histograms: true", "always_scrape_classic_histograms: true", "convert_classic_histograms_to_nhcb: true", "extra_scrape_metrics: true",
	"sample_limit: 10", "target_limit: 5", "body_size_limit: 10MB", "enable_compression: false", "scrape_protocols: [PrometheusText0.0.4]",
	"fallback_scrape_protocol: PrometheusText1.0.0", "basic_auth: {username: a, password: b}", "authorization: {credentials: x}", "bearer_token: abc",
	"tls_config: {insecure_skip_verify: true}", "proxy_url: http://a:1", "follow_redirects: false", "http_headers: {X-A: {values: [b]}}",
	"metric_name_validation_scheme: legacy", "metric_name_validation_scheme: utf8", "metric_name_escaping_scheme: underscores", "native_histogram_min_bucket_factor: 1.1",
	"file_sd_configs: [{files: [a.json, 'b/*.yml']}]", "static_configs:", "relabel_configs: []", "scrape_failure_log_file: x", "job_name: null",
}

var wrongJobLines = []string{
	"honor_labels: maybe", "scrape_interval: 5", "scrape_interval: -5s", "scrape_timeout: 10m", "params: [a]", "params: {x: a}", "metrics_path: [a]", "sample_limit: -1", "body_size_limit: 5XB",
	"scrape_protocols: []", "scrape_protocols: [PrometheusProto, prometheusproto]", "scrape_protocols: [nope]", "fallback_scrape_protocol: nope",
	"basic_auth: {username: a, username_file: b}", "authorization: {type: Basic}", "bearer_token: a\n  bearer_token_file: b", "tls_config: {ca: a, ca_file: b}", "tls_config: {min_version: TLS9}",
	"proxy_url: 'http://[a'", "http_headers: {Accept: {values: [x]}}", "metric_name_validation_scheme: x", "metric_name_escaping_scheme: x", "metric_name_escaping_scheme: allow-utf-8\n  metric_name_validation_scheme: legacy",
	"relabel_configs: {a: b}", "relabel_configs: [null]", "relabel_config: []", "honor_label: true", "static_configs: [null]", "static_configs: [{target: [a]}]",
	"static_configs: [{targets: a}]", "static_configs: [{targets: ['http://a/b']}]", "static_configs: [{targets: [a], labels: {'': x}}]", "static_configs: [{targets: [a], labels: {a: {b: c}}}]",
	"file_sd_configs: [{files: []}]", "file_sd_configs: [{files: [a.txt]}]", "file_sd_configs: [{}]", "sysdig_sd_configs: []", "job_name: x\n  job_name: y", "scrape_classic_histograms: true",
	"oauth2: {client_id: a}", "basic_auth: {username: a}\n  oauth2: {client_id: a, token_url: b}", "native_histogram_min_bucket_factor: x", "x: {? {a: b} : c}",
}

func (g configGen) job(i int, shared bool) string {
	var b strings.Builder
	name := fmt.Sprintf("job-%d", i)
	if g.rare(80) {
		name = g.of("", "job-0", "ü", "a b", "x-y")
	}
	b.WriteString("- job_name: " + g.quote(name) + "\n")
	used := map[string]bool{"job_name": true}
	lines := map[bool][]string{false: jobLines[:len(jobLines)-1], true: wrongJobLines}
	for range g.IntN(5) {
		line := lines[g.rare(30)][g.IntN(30)%len(jobLines)]
		if g.rare(2) {
			list := lines[g.rare(40)]
			line = list[g.IntN(len(list))]
		}
		key, _, _ := strings.Cut(line, ":")
		if used[key] && !g.rare(100) {
			continue
		}
		used[key] = true
		b.WriteString("  " + line + "\n")
	}
	if shared && g.rare(3) { // the name stands after it, since what is later counts
		b.Reset()
		b.WriteString("- <<: *shared\n  job_name: " + name + "\n")
	}
	for _, key := range []string{"relabel_configs", "metric_relabel_configs"} {
		if used[key] || g.rare(4) {
			continue
		}
		b.WriteString("  " + key + ":\n")
		for range g.IntN(4) + 1 {
			item(&b, g.of("  ", "    ")[:2], g.rule())
		}
	}
	if !used["static_configs"] && !g.rare(3) {
		b.WriteString("  static_configs:\n  - targets: [" + g.quote(g.of("10.0.0.1", "a:9100", "fd00::1", "[::1]:80", "a", "b", "c", "x/y", "")) + ", b:1]\n")
		if g.rare(2) {
			b.WriteString("    labels: {env: " + g.quote(g.of("prod", "", "ü")) + ", " + g.quote(g.of("job", "instance", "team", "__param_x", "__scrape_interval__")) + ": " + g.of("x", "5s", "1h", "''", "~") + "}\n")
		}
	}
	return b.String()
}

// wrong tells true of most lines that no section global has.
func (g configGen) wrong(line string) bool {
	return (strings.Contains(line, "''") || strings.HasPrefix(line, "interval")) && !g.rare(10)
}

func (g configGen) config() string {
	var b strings.Builder
	if g.rare(3) {
		b.WriteString("global:\n")
		for _, line := range []string{
			"scrape_interval: " + g.of("15s", "1m", "5s", "0s", "1h"), "scrape_timeout: " + g.of("10s", "5s", "3s", "20s"), "external_labels: {a: b}",
			"scrape_native_histograms: true", "metric_name_validation_scheme: legacy", "metric_name_escaping_scheme: " + g.of("underscores", "allow-utf-8", "dots", "values", "underscores", "no"),
			"always_scrape_classic_histograms: true", "convert_classic_histograms_to_nhcb: on", "scrape_protocols: [" + g.of("PrometheusProto", "PrometheusText0.0.4", "OpenMetricsText1.0.0, PrometheusProto", "PrometheusProto", "x", "") + "]",
			"query_max_series: 5", "external_labels: {'': b}", "interval: 5s",
		} {
			if g.rare(4) && !g.wrong(line) && !strings.Contains(b.String(), line[:12]) || g.rare(200) {
				b.WriteString("  " + line + "\n")
			}
		}
	}
	if g.rare(10) {
		b.WriteString("rule_files: [" + g.quote(g.of("a.yml", "b/*.yml", "b/c*", "x", "y", "*/c.yml")) + "]\n")
	}
	if g.rare(100) {
		b.WriteString(g.of("scrape_config: []\n", "alerting: x\n", "runtime: {}\n", "remote_write: []\n", "otlp: {}\n"))
	}
	b.WriteString("scrape_configs:\n")
	shared := g.rare(4)
	if shared {
		b.WriteString("- &shared\n  job_name: shared\n  scrape_interval: 20s\n  relabel_configs:\n  - {target_label: env, replacement: s}\n")
	}
	for i := range g.IntN(3) + 1 {
		b.WriteString(g.job(i, shared))
	}
	if g.rare(100) {
		b.WriteString("- \n")
	}
	return b.String()
}

func (g configGen) labelSet() model.LabelSet {
	ls := model.LabelSet{}
	for range g.IntN(6) {
		ls[model.LabelName(g.name())] = model.LabelValue(g.of("kube-system", "kube-proxy-x", "10.0.0.1", "10.0.0.1:8080", "fd00::1", "[fd00::1]:80", "9102", "", "prod", "5s", "1h", "x/y", "\xff", "http"))
	}
	if !g.rare(5) {
		ls[model.AddressLabel] = model.LabelValue(g.of("10.0.0.1", "10.0.0.1:8080", "fd00::1", "[fd00::1]:80", "a.example.org:9100"))
	}
	return ls
}

// TestScrapeConfig compares what loads, and what becomes of targets, with
// config.Load and scrape.PopulateLabels.
func TestScrapeConfig(t *testing.T) {
	g := configGen{rand.New(rand.NewPCG(16, 316))}
	refused, targets, states := 0, 0, map[string]int{}
	for i := range *configs {
		text := g.config()
		want, err := config.Load(text, slog.New(slog.DiscardHandler))
		file := scrapeconfig.Read("prometheus.yml", []byte(text))
		if file.Loads() != (err == nil) {
			t.Fatalf("configuration %d: upstream says %v, we %+v:\n%s", i, err, file.Findings, text)
		}
		if err != nil {
			refused++
			continue
		}
		if len(file.Jobs) != len(want.ScrapeConfigs) {
			t.Fatalf("configuration %d: %d jobs, want %d:\n%s", i, len(file.Jobs), len(want.ScrapeConfigs), text)
		}
		for k, job := range want.ScrapeConfigs {
			groups := []discovery.Group{{Targets: []model.LabelSet{g.labelSet(), g.labelSet()}, Labels: g.labelSet()}}
			static := slices.IndexFunc(job.ServiceDiscoveryConfigs, func(c upstream.Config) bool { return c.Name() == "static" })
			if static >= 0 {
				groups = append(groups, file.Jobs[k].Static...)
			}
			for _, group := range groups {
				for m, got := range file.Jobs[k].Relabel(group, g.rare(2)) {
					targets++
					states[sameTarget(t, job, group.Targets[m], group.Labels, &got, text)]++
				}
			}
			if static >= 0 {
				sameStatic(t, job.ServiceDiscoveryConfigs[static].(upstream.StaticConfig), file.Jobs[k].Static)
			} else if len(file.Jobs[k].Static) > 0 {
				t.Fatalf("static_configs that upstream has not:\n%s", text)
			}
		}
	}
	t.Logf("%d configurations, %d refused, %d targets: %v", *configs, refused, targets, states)
	if refused < *configs/10 || refused > *configs*9/10 || states["kept"] == 0 || states["dropped"] == 0 || states["refused"] == 0 {
		t.Error("the generator is one-sided")
	}
}

func sameTarget(t *testing.T, job *config.ScrapeConfig, own, shared model.LabelSet, got *scrapeconfig.Target, text string) string {
	t.Helper()
	b := labels.NewBuilder(labels.EmptyLabels())
	want, err := scrape.PopulateLabels(b, job, own, shared)
	for i := 0; i < 500 && got.Chance != nil && !labels.Equal(got.Labels, want); i++ { // upstream ranges over maps
		want, err = scrape.PopulateLabels(b, job, own, shared)
	}
	state := "kept"
	switch {
	case err != nil:
		state = "refused"
	case want.IsEmpty():
		state = "dropped"
	}
	if (got.Err != nil) != (state == "refused") || (got.By != nil) != (state == "dropped") || !labels.Equal(got.Labels, want) {
		t.Fatalf("target %v of %v: %+v, want %v, %v:\n%s", own, shared, got, want, err, text)
	}
	scrape.PopulateDiscoveredLabels(b, job, own, shared)
	if d := b.Labels(); !labels.Equal(d, got.Discovered) {
		t.Fatalf("target %v of %v is discovered as %v, want %v:\n%s", own, shared, got.Discovered, d, text)
	}
	if state == "kept" {
		target := scrape.NewTarget(want, job, own, shared)
		if u := target.URL().String(); u != got.URL {
			t.Fatalf("target %v of %v: %s, want %s:\n%s", own, shared, got.URL, u, text)
		}
		if public := target.Labels(b); !labels.Equal(public, got.Public()) {
			t.Fatalf("target %v of %v: %s, want %s:\n%s", own, shared, got.Public(), public, text)
		}
	}
	return state
}

// Which of several labels a labelmap takes is chance with upstream, as is told,
// unless the order in which it sets them is fixed.
func TestLabelmapChance(t *testing.T) {
	const maps = "[{action: labelmap, regex: '__meta_(?:.)_(.+)'}]"
	for _, row := range []struct {
		name        string
		own, shared model.LabelSet
		rules       string
		chance      bool
	}{
		{"two of a target", model.LabelSet{"__meta_a_x": "1", "__meta_b_x": "2"}, nil, maps, true},
		{"two of a group", nil, model.LabelSet{"__meta_a_x": "1", "__meta_b_x": "2"}, maps, true},
		{"which are the same", model.LabelSet{"__meta_a_x": "1", "__meta_b_x": "1"}, nil, maps, false},
		{"one of each", model.LabelSet{"__meta_b_x": "1"}, model.LabelSet{"__meta_a_x": "2"}, maps, false},
		{"one that a rule sets", model.LabelSet{"__meta_b_x": "1"}, nil, "[{target_label: __meta_a_x, replacement: '2'}, " + maps[1:], false},
		{"and then another wins", model.LabelSet{"__meta_a_x": "1", "__meta_b_x": "2"}, nil, maps[:len(maps)-1] + ", {target_label: x, replacement: y}]", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := "scrape_configs:\n- job_name: a\n  relabel_configs: " + row.rules + "\n"
			upstream, err := config.Load(text, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			own := model.LabelSet{"__address__": "h:1"}.Merge(row.own)
			got := scrapeconfig.Read("x", []byte(text)).Jobs[0].Relabel(discovery.Group{Targets: []model.LabelSet{own}, Labels: row.shared}, false)[0]
			seen := map[string]bool{}
			for range 300 {
				ls, err := scrape.PopulateLabels(labels.NewBuilder(labels.EmptyLabels()), upstream.ScrapeConfigs[0], own, row.shared)
				if err != nil {
					t.Fatal(err)
				}
				seen[ls.Get("x")] = true
			}
			if x := got.Labels.Get("x"); !seen[x] || len(seen) > 1 != row.chance || (got.Chance != nil) != row.chance {
				t.Errorf("%q, %+v, and upstream %v", x, got.Chance, seen)
			}
		})
	}
}

func sameStatic(t *testing.T, want upstream.StaticConfig, got []discovery.Group) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d groups, want %d", len(got), len(want))
	}
	for i, g := range got {
		if len(g.Targets)+len(want[i].Targets) > 0 {
			if d := cmp.Diff(want[i].Targets, g.Targets); d != "" {
				t.Fatal(d)
			}
		}
		if d := cmp.Diff(want[i].Labels, g.Labels); d != "" {
			t.Fatal(d)
		}
	}
}

// TestDiscoveries compares the names of the kinds of discovery with those in
// upstream's source: registering them all would bring every SDK.
func TestDiscoveries(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/prometheus/prometheus").Output()
	if err != nil {
		t.Fatal(err)
	}
	called := regexp.MustCompile(`SDConfig\) Name\(\) string\s*\{\s*return "(\w+)"`)
	var want []string
	err = filepath.WalkDir(filepath.Join(strings.TrimSpace(string(out)), "discovery"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range called.FindAllSubmatch(src, -1) {
			want = append(want, string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	if d := cmp.Diff(want, scrapeconfig.Discoveries()); d != "" {
		t.Error(d)
	}
}
