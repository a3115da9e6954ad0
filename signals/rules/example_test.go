package rules_test

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A storage that lost a target at 20 s.
func demo() *store {
	st := newStore()
	for at, up := range []float64{1, 1, 0, 0, 0} {
		_ = st.Append(labels.FromStrings("__name__", "up", "job", "kube-proxy", "instance", "node-a"), int64(at)*10_000, up)
	}
	st.log = nil
	return st
}

func ExampleEvaluator() {
	groups, errs := rules.Parse("alerts.yml", []byte(`
groups:
- name: availability
  rules:
  - record: job:up:ratio
    expr: avg by (job) (up)
  - alert: Down
    expr: job:up:ratio < 0.5
    for: 20s
    annotations:
      summary: '{{ $labels.job }}: {{ $value | humanizePercentage }} up'
`), rules.ParseOptions{})
	if len(errs) > 0 {
		fmt.Println(errs)
		return
	}
	st := demo()
	ev := rules.NewEvaluator(groups[0], rules.EvalOptions{Source: query.NewEngine(query.Options{}).Over(st), Appender: st})
	for at := 0; at <= 40; at += 10 {
		down := ev.Eval(context.Background(), time.Unix(int64(at), 0))[1]
		for _, a := range down.Alerts {
			fmt.Printf("%ds %s %s\n", at, a.State, a.Annotations.Get("summary"))
		}
		if down.Closest != nil {
			fmt.Printf("%ds closest %g\n", at, down.Closest.Value)
		}
	}
	// Output:
	// 0s closest 1
	// 10s closest 1
	// 20s pending kube-proxy: 0% up
	// 30s pending kube-proxy: 0% up
	// 40s firing kube-proxy: 0% up
}

func ExampleParse() {
	_, errs := rules.Parse("alerts.yml", []byte(`groups:
- name: g
  rules:
  - alert: Slow
    expr: |
      histogram_quantile(0.99, sum by (le) (
        rate(latency_bucket)))
    for: 5 minutes
`), rules.ParseOptions{})
	for _, err := range errs {
		fmt.Println(err)
		fmt.Println(err.(*rules.Error).Snippet())
	}
	// Output:
	// alerts.yml:7:14: group "g", rule "Slow": could not parse expression: expected type range vector in call to function "rate", got instant vector
	//           rate(latency_bucket)))
	//                ^
	// alerts.yml:8:10: group "g", rule "Slow": for: unknown unit " minutes" in duration "5 minutes"
	//       for: 5 minutes
	//            ^
}

func ExampleParseExpr() {
	_, err := rules.ParseExpr("-e", "up = 0", rules.ParseOptions{})
	fmt.Println(err)
	// Output:
	// -e:1:4: parse error: unexpected "="
	//   up = 0
	//      ^
}
