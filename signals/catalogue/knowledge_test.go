package catalogue

import "testing"

func TestWhen(t *testing.T) {
	const head = "software s\nversions 1..6\n"
	tests := []struct{ name, list, version, when, otherwise string }{
		{"all", "m .. gauge labels=a\n", "3", "in all versions known (1..6)", ""},
		{"up to", "m ..3 gauge labels=a\nm 4.. gauge labels=\n", "2", "up to 3", "since 4"},
		{"no longer", "m ..3 gauge labels=a\nm 4.. gauge labels=\n", "5", "since 4", "up to 3"},
		{"not yet", "m ..3 gauge labels=\nm 4.. gauge labels=a\n", "1", "before 4", "since 4"},
		{"only for a while", "m 1,5..6 gauge labels=\nm 2..4 gauge labels=a\n", "3", "from 2 to 4", "before 2"},
		{"the beginning is not told", "m 2..3 gauge labels=a\nm 4.. gauge labels=\n", "3", "from 2 to 3", "since 4"},
		{"the end is not told", "m 1..2 gauge labels=\nm 3..4 gauge labels=a\n", "3", "from 3 to 4", "before 3"},
		{"nothing around is told", "m 3 gauge labels=a\n", "3", "in 3", ""},
		{"not there, nothing before is told", "m 3.. gauge labels=\n", "4", "in 3 and later", ""},
		{"gone, the end is not told", "m 1..2 gauge labels=a\nm 3..4 gauge labels=\n", "3", "since 3", "up to 2"},
		{"the nearest otherwise", "m 1..2,6 gauge labels=a\nm 3..5 gauge labels=\n", "5", "from 3 to 5", "since 6"},
		{"a version that there is not", "m .. gauge labels=a\n", "7", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := mustRead(t, head+tt.list).History("m").Label("a")
			if when, otherwise := k.When(tt.version), k.Otherwise(tt.version); when != tt.when || otherwise != tt.otherwise {
				t.Errorf("%q, otherwise %q; want %q, %q", when, otherwise, tt.when, tt.otherwise)
			}
		})
	}
	k := mustRead(t, head+"m 2 gauge labels=a\nm 3 none\n").History("m").Label("a")
	if k.At("2") != Yes || k.At("3") != NotTold || k.At("9") != NotTold || !k.Ever(Yes) || k.Ever(No) {
		t.Errorf("%+v", k)
	}
}

func TestHistoryInWords(t *testing.T) {
	c := Kubernetes()
	for _, tt := range []struct{ name, metric, words, caps string }{
		{"gone", "rest_client_request_latency_seconds", "known in 1.14..1.17; gone since 1.18: rest_client_request_duration_seconds took its place", "0.512 from 1.14 to 1.17"},
		{"not yet", "kubeproxy_sync_proxy_rules_iptables_total", "not there before 1.21; known in 1.21..1.36", ""},
		{"gone, and not told since when", "kubeproxy_sync_proxy_rules_latency_microseconds",
			"known in 1.14..1.17; gone in 1.19 and later: kubeproxy_sync_proxy_rules_duration_seconds took its place", "1.6384e+07 from 1.14 to 1.17"},
		{"other buckets", "rest_client_request_duration_seconds", "known in 1.14..1.36", "0.512 up to 1.23, 60 since 1.24"},
		{"not in later lists", "scheduler_pod_scheduling_duration_seconds", "known in 1.27..1.30", "5242.88 from 1.28 to 1.30"},
		{"of another program", "node_load1", "not known", ""},
	} {
		h := c.History(tt.metric)
		if h.String() != tt.words || h.Caps() != tt.caps {
			t.Errorf("%s: %q, %q", tt.name, h.String(), h.Caps())
		}
	}
}
