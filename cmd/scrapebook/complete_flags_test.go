package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestFlagCompletions(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"a pack", "signals demo:incident --pack ", "kube-proxy"},
		{"a parameter", "replay demo:incident --set ", "nodes="},
		{"rules that come along", "replay demo:incident --rules demo:", "demo:article/alerts.yml"},
		{"alerts of a file", "explain demo:incident --rules demo:article/alerts.yml --alert ", "KubeProxyDown"},
		{"a demo", "replay demo:", "demo:incident"},
		{"a schema", "schema check ", "metrics"},
		{"a format", "check config --format ", "json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			words := strings.Split(tt.args, " ")
			var out, errs bytes.Buffer
			run(append([]string{"__complete"}, words...), nil, &out, &errs)
			if !strings.Contains("\n"+out.String(), "\n"+tt.want) {
				t.Errorf("%s is not offered for %q:\n%s%s", tt.want, tt.args, &out, &errs)
			}
		})
	}
}
