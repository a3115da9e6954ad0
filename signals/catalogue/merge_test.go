package catalogue

import (
	"bytes"
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	tests := []struct{ name, a, b, want string }{
		{"another version", "versions 1\nm 1 gauge labels=\n", "versions 2\nm 2 gauge labels=\n",
			"versions 1..2\nm 1..2 gauge labels=\n"},
		{"versions in between", "versions 1.2,1.10\n", "versions 1.9,1.11,2\n",
			"versions 1.2,1.9..1.11,2\n"},
		{"what is left open stays", "versions 1\nm 1 histogram labels=a le=1,2 stability=alpha\n", "versions 1\nm 1 - note=n\n",
			"versions 1\nm 1 histogram labels=a le=1,2 stability=alpha note=n\n"},
		{"the later is right", "versions 1\nm 1 gauge labels=a\n", "versions 1\nm 1 counter labels=b\n",
			"versions 1\nm 1 counter labels=b\n"},
		{"bounds go with their type", "versions 1\nm 1 histogram le=1\n", "versions 1\nm 1 gauge\n",
			"versions 1\nm 1 gauge\n"},
		{"a value that the later does not tell", "versions 1\nm 1 gauge labels=a=x,b\n", "versions 1\nm 1 gauge labels=a,b=y\n",
			"versions 1\nm 1 gauge labels=a=x,b=y\n"},
		{"other labels have other values", "versions 1\nm 1 gauge labels=a=x\n", "versions 1\nm 1 gauge labels=a,b\n",
			"versions 1\nm 1 gauge labels=a,b\n"},
		{"custom says little", "versions 1\nm 1 gauge\nn 1 custom\n", "versions 1\nm 1 custom\nn 1 gauge\n",
			"versions 1\nm 1 gauge\nn 1 gauge\n"},
		{"not there after all", "versions 1..2\nm 1..2 gauge\n", "versions 2\nm 2 none renamed=n\n",
			"versions 1..2\nm 1 gauge\nm 2 none renamed=n\n"},
		{"there after all", "versions 1\nm 1 none\n", "versions 1\nm 1 gauge\n",
			"versions 1\nm 1 gauge\n"},
		{"one source", "versions 1\nsource a x\nm 1 gauge from=a\n", "versions 2\nsource a x\nm 2 gauge from=a\n",
			"versions 1..2\nsource a \"x\"\nm 1..2 gauge from=a\n"},
		{"two sources of one name", "versions 1\nsource a x\nm 1 gauge from=a\n", "versions 1\nsource a y\nm 1 - from=a\n",
			"versions 1\nsource a \"x\"\nsource a2 \"y\"\nm 1 gauge from=a,a2\n"},
		{"components", "versions 1\nm 1 gauge in=a,c\n", "versions 1..2\nm 1..2 gauge in=b\n",
			"versions 1..2\nm 1..2 gauge in=a,b,c\n"},
		{"lists of sources", "versions 1\nsource a x\nlisted 1 from=a\n", "versions 2\nsource a y\nlisted 2 from=a\n",
			"versions 1..2\nsource a \"x\"\nsource a2 \"y\"\nlisted 1 from=a\nlisted 2 from=a2\n"},
		{"lists", "versions 1..2\nlisted 1\n", "versions 2..3\nlisted 3\n",
			"versions 1..3\nlisted 1,3\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := mustRead(t, "software s\n"+tt.a), mustRead(t, "software s\n"+tt.b)
			var before, after, out bytes.Buffer
			a.Write(&before)
			c, err := Merge(a, b)
			if err != nil {
				t.Fatal(err)
			}
			c.Write(&out)
			if got := strings.TrimPrefix(out.String(), "software s\n"); got != tt.want {
				t.Errorf("merged:\n%s\nwant:\n%s", got, tt.want)
			}
			a.Write(&after)
			if before.String() != after.String() {
				t.Errorf("the first has changed:\n%s\nto\n%s", &before, &after)
			}
		})
	}
	if _, err := Merge(mustRead(t, "software a\nversions 1\n"), mustRead(t, "software b\nversions 1\n")); err == nil {
		t.Error("two softwares were joined")
	}
	if _, err := Merge(mustRead(t, "software a\nversions 0..999\n"), mustRead(t, "software a\nversions 1000\n")); err == nil {
		t.Error("1001 versions were joined")
	}
}

func TestContradictions(t *testing.T) {
	tests := []struct{ name, a, b, want string }{
		{"type", "m 1 gauge", "m 1 counter", "type: gauge, counter"},
		{"custom is none", "m 1 custom", "m 1 counter", ""},
		{"not known is none", "m 1 -", "m 1 counter labels=a", ""},
		{"labels", "m 1 gauge labels=a,b", "m 1 gauge labels=b", "labels: a, b, b"},
		{"no labels", "m 1 gauge labels=", "m 1 gauge labels=b", "labels: none, b"},
		{"a value that is not told", "m 1 gauge labels=a=x", "m 1 gauge labels=a", ""},
		{"a value", "m 1 gauge labels=a=x", "m 1 gauge labels=a=y", "labels: a=x, a=y"},
		{"bounds", "m 1 histogram le=1,2", "m 1 histogram le=1,2,3,4,5", "bounds: 1 2, 1 2 … 5 (5)"},
		{"quantiles", "m 1 summary quantiles=0.5", "m 1 summary quantiles=0.9", "quantiles: 0.5, 0.9"},
		{"existence", "m 1 none", "m 1 gauge labels=a", "existence: is not there, exists"},
		{"another metric", "m 1 gauge", "n 1 counter", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const head = "software s\nversions 1\n"
			got := ""
			for _, x := range Contradictions(mustRead(t, head+tt.a+"\n"), mustRead(t, head+tt.b+"\n")) {
				got += x.What + ": " + x.Old + ", " + x.New
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestNear(t *testing.T) {
	c := Kubernetes()
	for _, tt := range []struct{ name, word, want string }{
		{"a letter missing", "kubeproxy_sync_proxy_rule_duration_seconds", "kubeproxy_sync_proxy_rules_duration_seconds"},
		{"letters exchanged", "rest_client_requset_duration_seconds", "rest_client_request_duration_seconds"},
		{"a part", "conntrack_reconciler_deleted", "kubeproxy_conntrack_reconciler_deleted_entries_total"},
	} {
		if got := c.Similar(tt.word); len(got) == 0 || got[0] != tt.want {
			t.Errorf("%s: %s: %v, want %s", tt.name, tt.word, got, tt.want)
		}
	}
	for _, word := range []string{"", "node_cpu_seconds_total", strings.Repeat("x", 1000)} {
		if got := c.Similar(word); len(got) > 0 {
			t.Errorf("%q is said to be like %v", word, got)
		}
	}
}

func TestMatchAndFamily(t *testing.T) {
	c := mustRead(t, "software s\nversions 1\na_seconds 1 histogram\na_total 1 counter\nb_sum 1 gauge\nb 1 gauge\ns 1 summary\n")
	if got, err := c.Match("a_*"); err != nil || strings.Join(got, " ") != "a_seconds a_total" {
		t.Errorf("%v %v", got, err)
	}
	if _, err := c.Match("a_["); err == nil {
		t.Error("a pattern that is none was taken")
	}
	for _, tt := range []struct{ name, series, want string }{
		{"itself", "a_total", "a_total"},
		{"a bucket", "a_seconds_bucket", "a_seconds"},
		{"its own name goes first", "b_sum", "b_sum"},
		{"a gauge has no count", "b_count", ""},
		{"a summary has no buckets", "s_bucket", ""},
		{"a summary's sum", "s_sum", "s"},
		{"none", "c", ""},
	} {
		if got := c.Family(tt.series); got != tt.want {
			t.Errorf("%s: %s is of %q, want %q", tt.name, tt.series, got, tt.want)
		}
	}
}
