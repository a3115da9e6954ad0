package catalogue_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/signals/catalogue"
)

// The pages of facts that the embedded list stands on, as far as they say it
// in numbers.
func TestKubernetes(t *testing.T) {
	c := catalogue.Kubernetes()
	if len(c.Names()) < 700 || len(c.Versions) != 23 || c.Versions[0] != "1.14" || c.Versions[22] != "1.36" {
		t.Fatalf("%d metrics of %v", len(c.Names()), c.Versions)
	}
	tests := []struct {
		name, metric, version string
		state                 catalogue.State
		labels                string
		cap                   float64
	}{
		{"the article's latency metric, old", "rest_client_request_latency_seconds", "1.16", catalogue.Exists, "url, verb", 0.512},
		{"gone at 1.18", "rest_client_request_latency_seconds", "1.18", catalogue.Gone, "", 0},
		{"caps at 0.512", "rest_client_request_duration_seconds", "1.14", catalogue.Exists, "url, verb", 0.512},
		{"up to 1.23", "rest_client_request_duration_seconds", "1.23", catalogue.Exists, "url, verb", 0.512},
		{"60 since 1.24, without url", "rest_client_request_duration_seconds", "1.24", catalogue.Exists, "host, verb", 60},
		{"and still", "rest_client_request_duration_seconds", "1.36", catalogue.Exists, "host, verb", 60},
		{"registered only since 1.21", "rest_client_rate_limiter_duration_seconds", "1.20", catalogue.NotYet, "", 0},
		{"never verb", "rest_client_requests_total", "1.20", catalogue.Exists, "code, host, method", 0},
		{"caps at 16.384", "kubeproxy_sync_proxy_rules_duration_seconds", "1.32", catalogue.Exists, "none", 16.384},
		{"by family since 1.33", "kubeproxy_sync_proxy_rules_duration_seconds", "1.33", catalogue.Exists, "ip_family", 16.384},
		{"network programming before 1.17 is not told", "kubeproxy_network_programming_duration_seconds", "1.16", catalogue.Unknown, "not known", 0},
		{"the stray bound", "kubeproxy_network_programming_duration_seconds", "1.36", catalogue.Exists, "ip_family", 300},
		{"1.21 brought it", "kubeproxy_sync_proxy_rules_iptables_total", "1.20", catalogue.NotYet, "", 0},
		{"a table", "kubeproxy_sync_proxy_rules_iptables_total", "1.21", catalogue.Exists, "table", 0},
		{"not in a list is not gone", "scheduler_pod_scheduling_duration_seconds", "1.36", catalogue.Unlisted, "not known", 0},
		{"between two lists", "apiserver_request_total", "1.31", catalogue.Between, "code, component, dry_run, group, resource, scope, subresource, verb, version", 0},
		{"of the Go runtime at 1.18 nothing is known", "go_goroutines", "1.18", catalogue.Unknown, "not known", 0},
		{"a future version", "rest_client_request_latency_seconds", "1.37", catalogue.Unknown, "not known", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := c.At(tt.metric, tt.version)
			bound, _ := p.Cap()
			if p.State != tt.state || bound != tt.cap || tt.labels != "" && catalogue.LabelList(&p.Entry) != tt.labels {
				t.Errorf("%s %s: %s, labels %s, cap %g", tt.metric, tt.version, p.State, catalogue.LabelList(&p.Entry), bound)
			}
		})
	}
	if p := c.At("rest_client_request_latency_seconds", "1.17"); !p.Hidden || p.Deprecated != "1.14" {
		t.Errorf("1.17 does not hide the deprecated metric: %+v", p)
	}
	if p := c.At("rest_client_request_latency_seconds", "1.20"); p.Renamed != "rest_client_request_duration_seconds" {
		t.Errorf("no successor: %+v", p)
	}
	if p := c.At("kubeproxy_network_programming_duration_seconds", "1.20"); p.Bounds[0] != 0 {
		t.Errorf("the first bound is %g", p.Bounds[0])
	}
}

// internal/facts has what ../shared/facts has, line by line.
func TestFactsAreTheSharedOnes(t *testing.T) {
	dir := filepath.Join(shared, "facts", "kubernetes")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/facts is absent: internal/facts cannot be compared with the facts it was made of")
	}
	for _, v := range []string{"1.27", "1.28", "1.29", "1.30", "1.33", "1.34", "1.35", "1.36"} {
		f, err := os.Open(filepath.Join(dir, v+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r := csv.NewReader(f)
		r.Comma = '\t'
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		c := readFile(t, "internal/facts/"+v+".list")
		if len(rows)-1 != len(c.Names()) {
			t.Errorf("%s: %d rows, %d metrics", v, len(rows)-1, len(c.Names()))
		}
		for _, row := range rows[1:] {
			if row[0] == "apiserver_storage_size_bytes" && (v == "1.28" || v == "1.29") {
				continue // its label is in doubt, as the facts' README says
			}
			if got, want := asRow(c.At(row[0], v)), wantRow(row); got != want {
				t.Errorf("%s: %s:\n%s, want\n%s", v, row[0], got, want)
			}
		}
	}
}

func asRow(p catalogue.Period) string {
	var bounds, quantiles []string
	for _, b := range p.Bounds {
		bounds = append(bounds, strconv.FormatFloat(b, 'g', -1, 64))
	}
	for _, q := range p.Quantiles {
		quantiles = append(quantiles, strconv.FormatFloat(q, 'g', -1, 64))
	}
	return fmt.Sprint(p.Type, p.Stability, p.Deprecated, catalogue.LabelList(&p.Entry), bounds, quantiles)
}

func wantRow(row []string) string {
	list := func(cell string) []string {
		if cell == "" {
			return nil
		}
		return strings.Split(cell, ",")
	}
	numbers := func(cell string) (s []string) {
		for _, n := range list(cell) {
			v, _ := strconv.ParseFloat(n, 64)
			s = append(s, strconv.FormatFloat(v, 'g', -1, 64))
		}
		return s
	}
	labels := append(list(row[4]), list(row[5])...)
	slices.Sort(labels)
	names := strings.Join(labels, ", ")
	if names == "" {
		names = "none"
	}
	kind := row[1]
	if kind == "timingratiohistogram" {
		kind = "histogram"
	}
	deprecated := row[3]
	if strings.Count(deprecated, ".") == 2 {
		deprecated = deprecated[:strings.LastIndex(deprecated, ".")]
	}
	return fmt.Sprint(kind, strings.ToLower(row[2]), deprecated, names, numbers(row[6]), numbers(row[7]))
}

func BenchmarkRead(b *testing.B) {
	data, err := os.ReadFile("kubernetes.list")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := catalogue.Read(strings.NewReader(string(data)), ""); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHistory(b *testing.B) {
	c := catalogue.Kubernetes()
	b.ReportAllocs()
	for b.Loop() {
		c.History("rest_client_request_duration_seconds")
	}
}

func Example() {
	c := catalogue.Kubernetes()
	for _, p := range c.History("rest_client_request_duration_seconds").Condensed() {
		cap, _ := p.Cap()
		fmt.Printf("%s..%s %s: labels %s, up to %gs\n", p.From, p.To, p.State, catalogue.LabelList(&p.Entry), cap)
	}
	gone := c.At("rest_client_request_latency_seconds", "v1.20.6")
	fmt.Println(gone.State, "since", gone.From+", now", gone.Renamed)
	// Output:
	// 1.14..1.23 exists: labels url, verb, up to 0.512s
	// 1.24..1.36 exists: labels host, verb, up to 60s
	// gone since 1.18, now rest_client_request_duration_seconds
}
