package rules_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

const benchRules = `
- record: t:errors:ratio
  expr: sum by (instance) (rate(rest_client_requests_total{code=~"5..|<error>"}[1m])) / sum by (instance) (rate(rest_client_requests_total[1m])) > 0
- record: t:p99
  expr: histogram_quantile(0.99, sum by (instance, le) (rate(rest_client_request_duration_seconds_bucket[5m])))
- alert: Down
  expr: up == 0
  for: 1m
  labels: {severity: page}
  annotations: {summary: '{{ $labels.instance }} is down'}
- alert: Up
  expr: up == 1
  annotations: {summary: '{{ $labels.instance }} is up: {{ $value | humanize }}'}
`

// BenchmarkEval is one evaluation of a small group over 4 targets.
func BenchmarkEval(b *testing.B) {
	st := newStore().load(b, 5*time.Second,
		`up{instance="a"} 1x720`, `up{instance="b"} 1x720`, `up{instance="c"} 1x720`, `up{instance="d"} 1x720`,
		`rest_client_requests_total{instance="a",code="200"} 0+1x720`, `rest_client_requests_total{instance="b",code="200"} 0+1x720`,
		`rest_client_request_duration_seconds_bucket{instance="a",le="1"} 0+1x720`, `rest_client_request_duration_seconds_bucket{instance="a",le="+Inf"} 0+1x720`)
	ev := evaluator(b, st, group("", benchRules))
	b.ReportAllocs()
	at := seconds(1000)
	for b.Loop() {
		at = at.Add(time.Millisecond)
		for _, out := range ev.Eval(context.Background(), at) {
			if out.Err != nil {
				b.Fatal(out.Err)
			}
		}
	}
}

// BenchmarkParseExpr is what the engine spends on parsing in each evaluation.
func BenchmarkParseExpr(b *testing.B) {
	p := parser.NewParser(parser.Options{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.ParseExpr(`histogram_quantile(0.99, sum by (instance, le) (rate(rest_client_request_duration_seconds_bucket[5m])))`); err != nil {
			b.Fatal(err)
		}
	}
}
