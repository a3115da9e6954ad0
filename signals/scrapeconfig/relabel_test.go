package scrapeconfig

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

// TestRelabel is about what is told of a target. That it is what Prometheus
// makes of it is proved in signals/internal/oracle, TestScrapeConfig.
func TestRelabel(t *testing.T) {
	const head = "- job_name: a\n  scheme: https\n  params: {x: [y, z]}\n  relabel_configs:\n"
	rows := []struct{ name, rules, target, want string }{
		{"kept", "  - {source_labels: [env], target_label: team}\n", `h:1{env="p"}`,
			`kept https://h:1/metrics?x=y&x=z {env="p", instance="h:1", job="a", team="p"}; line 5: team="p" was ""`},
		{"dropped", "  - {source_labels: [env], regex: q, action: drop}\n  - {source_labels: [env], regex: q, action: keep}\n", `h:1{env="p"}`,
			`dropped line 6  {}; line 5: ; line 6: drops`},
		{"refused", "  - {target_label: __address__, replacement: a/b}\n", `h:1`,
			`refused "a/b" is no host:port, but a URL  {}; line 5: __address__="a/b" was "h:1"`},
		{"no address", "  - {regex: __address__, action: labeldrop}\n", `h:1`, `refused no address  {}; line 5: __address__="" was "h:1"`},
		{"an interval below the timeout", "  - {target_label: __scrape_interval__, replacement: 5s}\n", `h:1`,
			`refused the timeout 10s is longer than the interval 5s  {}; line 5: __scrape_interval__="5s" was "1m"`},
		{"parameters, path and scheme by rules", "  - {target_label: __param_x, replacement: b}\n  - {target_label: __metrics_path__, replacement: /p}\n  - {target_label: __scheme__, replacement: http}\n", `h:1`,
			`kept http://h:1/p?x=b&x=z {instance="h:1", job="a"}; line 5: __param_x="b" was "y"; line 6: __metrics_path__="/p" was "/metrics"; line 7: __scheme__="http" was "https"`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := Read("x", []byte(head+row.rules))
			require.Empty(t, found(f))
			set, err := ParseTarget(row.target)
			require.NoError(t, err)
			r := Check([]*File{f}, Given{Addresses: []model.LabelSet{set}, Explain: true})
			require.Len(t, r.Targets, 1)
			require.Equal(t, row.want, told(&r.Targets[0]))
		})
	}
}

// What a labelmap leaves to chance is said once. That it is chance is proved in
// signals/internal/oracle, TestLabelmapChance.
func TestLabelmapChance(t *testing.T) {
	f := Read("x", []byte("- job_name: a\n  relabel_configs:\n  - {target_label: __meta_z_x, replacement: y}\n  - {action: labelmap, regex: '__meta_(?:a|b)_(.+)'}\n"))
	var given Given
	for _, address := range []string{"h:1", "h:2"} {
		given.Addresses = append(given.Addresses, model.LabelSet{"__address__": model.LabelValue(address), "__meta_a_x": "1", "__meta_b_x": "2", "__meta_a_y": "3"})
	}
	for range 20 {
		require.Equal(t, `{instance="h:1", job="a", x="2", y="3"}`, Check([]*File{f}, given).Targets[0].Labels.MatchLabels(true, "instance", "job", "x", "y").String())
	}
	require.Equal(t, `4:5 warning labelmap-chance: __meta_a_x "1", __meta_b_x "2" become x of the target h:1: which one a server takes is left to chance, and may be another after each reload; the last is shown here`+"\n", found(f))
}

func told(t *Target) string {
	var b strings.Builder
	b.WriteString(t.state())
	if t.By != nil {
		fmt.Fprintf(&b, " line %d", t.By.Line)
	}
	if t.Err != nil {
		b.WriteString(" " + t.Err.Error())
	}
	fmt.Fprintf(&b, " %s %s", t.URL, t.Public())
	for _, s := range t.Steps {
		fmt.Fprintf(&b, "; line %d: ", s.Rule.Line)
		for _, c := range s.Changed {
			fmt.Fprintf(&b, "%s=%q was %q", c.Name, c.After, c.Before)
		}
		if !s.Keep {
			b.WriteString("drops")
		}
	}
	return b.String()
}

func TestParseTarget(t *testing.T) {
	for _, bad := range []string{"", `{a="b"}`, `h{a=}`, `h{a="b"`} {
		_, err := ParseTarget(bad)
		require.Error(t, err, bad)
	}
	set, err := ParseTarget(`{__address__="h:1", a="b"}`)
	require.NoError(t, err)
	require.Equal(t, model.LabelSet{"__address__": "h:1", "a": "b"}, set)
}

// TestPods tries the article's job, and its repaired twin, on the pods of a
// cluster.
func TestPods(t *testing.T) {
	rows := []struct{ name, want string }{
		{"scrape-job.yaml.txt", "http://10.0.0.1:10249/metrics http://10.0.0.2:8080:10249/metrics http://fd00::3:10249/metrics http://[fd00::4]:8080:10249/metrics"},
		{"scrape-job-repaired.yaml", "http://10.0.0.1:10249/metrics http://10.0.0.2:10249/metrics http://[fd00::3]:10249/metrics http://[fd00::4]:10249/metrics"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := Check([]*File{Read(row.name, article(t, row.name))}, Given{Objects: cluster(t, "pods")})
			var urls []string
			for i := range r.Targets {
				if r.Targets[i].Kept() {
					urls = append(urls, r.Targets[i].URL)
				}
			}
			require.Len(t, r.Targets, 17)
			require.Equal(t, row.want, strings.Join(urls, " "))
		})
	}
}

func cluster(t *testing.T, lists ...string) *discovery.Objects {
	t.Helper()
	o := &discovery.Objects{}
	for _, name := range lists {
		data, err := os.ReadFile("discovery/testdata/" + name + ".json")
		require.NoError(t, err)
		_, err = o.Read(name+".json", data)
		require.NoError(t, err)
	}
	return o
}

// TestGiven is about which targets go to which jobs, and what is said to be
// unknown.
func TestGiven(t *testing.T) {
	f := Read("x", []byte("- job_name: a\n  file_sd_configs: [{files: ['sd/*.yml']}]\n- job_name: b\n  static_configs: [{targets: [s:1]}]\n"+
		"- job_name: c\n  ec2_sd_configs: [{region: x}]\n- job_name: d\n  kubernetes_sd_configs: [{role: node}, {role: service, namespaces: {own_namespace: true}}]\n"))
	require.Empty(t, found(f))
	group := func(file, target string) discovery.Group {
		return discovery.Group{Targets: []model.LabelSet{{"__address__": model.LabelValue(target)}}, Labels: model.LabelSet{"__meta_filepath": model.LabelValue(file)}}
	}
	r := Check([]*File{f}, Given{Files: []discovery.Group{group("sd/x.yml", "f:1"), group("/else/where.json", "g:1")}, Objects: cluster(t, "nodes")})
	var got []string
	for _, target := range r.Targets {
		if strings.HasSuffix(target.Discovered.Get("__address__"), ":1") {
			got = append(got, target.Job.Name+" "+target.Discovered.Get("__address__"))
		}
	}
	require.Equal(t, []string{"a f:1", "a g:1", "b s:1", "b g:1", "c g:1", "d g:1"}, got)
	require.Equal(t, "5:3 info not-tried: what ec2_sd_configs finds is known to a server alone, and its settings are not checked\n"+
		"7:3 info not-tried: role service asks for objects of kind Service, and none were given: labels or targets of them are missing\n"+
		"7:3 info not-tried: namespaces.own_namespace is not simulated: there may be fewer targets\n", found(f))
	f = Read("x", []byte("- job_name: a\n  file_sd_configs: [{files: [a.yml]}]\n"))
	Check([]*File{f}, Given{})
	require.Contains(t, found(f), "its file_sd_configs name a.yml, which was not given")
}

func TestSameTarget(t *testing.T) {
	f := Read("x", []byte("- job_name: a\n  static_configs: [{targets: [h:1, h:2, h:1]}]\n"))
	r := Check([]*File{f}, Given{})
	require.Equal(t, []bool{false, false, true}, []bool{r.Targets[0].Same, r.Targets[1].Same, r.Targets[2].Same})
}

func TestWriteHostile(t *testing.T) {
	f := Read("x\x1b[2J", []byte("- job_name: \"a\\e[2J\"\n  static_configs: [{targets: [\"h\\e:1\"], labels: {\"e\\e\": \"v\\e\"}}]\n- job_name: b\n  x: y\n"))
	r := Check([]*File{f}, Given{Explain: true})
	for name, report := range map[string]func(*bytes.Buffer) error{
		"text": func(b *bytes.Buffer) error { return Text{}.Report(b, r) }, "json": func(b *bytes.Buffer) error { return JSON{}.Report(b, r) },
		"github": func(b *bytes.Buffer) error { return GitHub{}.Report(b, r) },
	} {
		var b bytes.Buffer
		require.NoError(t, report(&b), name)
		require.NotContains(t, b.String(), "\x1b", name)
	}
}

func TestDroppedAreFolded(t *testing.T) {
	f := Read("x", []byte("- job_name: a\n  relabel_configs:\n  - {source_labels: [__address__], regex: 'h:.*', action: drop}\n  - {source_labels: [__address__], regex: 'i:.*', action: drop}\n"))
	var addresses []model.LabelSet
	for i := range 15 {
		addresses = append(addresses, model.LabelSet{"__address__": model.LabelValue(fmt.Sprintf("h:%d", i))}, model.LabelSet{"__address__": model.LabelValue(fmt.Sprintf("i:%d", i))})
	}
	var b bytes.Buffer
	require.NoError(t, Text{}.Report(&b, Check([]*File{f}, Given{Addresses: addresses})))
	require.Equal(t, 22, strings.Count(b.String(), "  dropped  "))
	require.Contains(t, b.String(), "  dropped  5 more by line 3 (drop __address__ /h:.*/)")
	require.Contains(t, b.String(), "  dropped  5 more by line 4 (drop __address__ /i:.*/)")
}
