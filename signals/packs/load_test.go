package packs

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// right is a pack without a mistake. Each test changes one thing of it.
const right = `name: shop
title: the shop
when: shop_requests_total
parameters:
  quantile:
    help: which one
    default: 0.99
signals:
- name: latency
  title: time of a request
  concern: latency
  headline: true
  unit: seconds
  good: low
  exprs:
  - if: shop_seconds_bucket{url!=""}
    expr: |
      histogram_quantile(${quantile},
        sum by (job, instance, le${by}) (rate(shop_seconds_bucket[${window}])))
    life: histogram_quantile(${quantile}, sum by (job, instance, le${by}) (shop_seconds_bucket))
  warn: 0.5
  bad: 2
  reason: customers leave
- name: traffic
  title: requests
  concern: traffic
  headline: true
  unit: per-second
  good: steady
  exprs: [{if: shop_requests_total, expr: 'rate(shop_requests_total[${window}])'}]
- name: errors
  title: failures
  concern: errors
  headline: true
  unit: ratio
  good: low
  exprs: [{if: [shop_errors_total, shop_requests_total], expr: "shop_errors_total / shop_requests_total"}]
- name: saturation
  title: queue
  concern: saturation
  headline: true
  unit: count
  good: low
  exprs:
  - if: shop_queue
    expr: shop_queue
groups:
- name: shop
  rules:
  - alert: ShopSlow
    expr: |
      histogram_quantile(${quantile}, sum by (le) (rate(shop_seconds_bucket[5m])))
        > 2
    for: 1m
`

func TestLoadRight(t *testing.T) {
	p := mustLoad(t, right)
	require.Equal(t, "shop", p.Name)
	require.Equal(t, []string{"shop_requests_total"}, p.When)
	require.Len(t, p.Signals, 4)
	s := p.Signals[0]
	require.Equal(t, []string{`shop_seconds_bucket{url!=""}`}, s.Exprs[0].If)
	require.Equal(t, 0.5, *s.Warn)
	require.Equal(t, 2.0, *s.Bad)
	require.Equal(t, "customers leave", s.Reason)
	require.Equal(t, 9, s.Line)
	text, err := p.Rules(map[string]string{"quantile": "0.5"})
	require.NoError(t, err)
	require.Contains(t, string(text), "histogram_quantile(0.5, sum")
	require.NotContains(t, string(text), "customers")
}

// Each mistake is refused where it stands, with what to do.
func TestLoadMistakes(t *testing.T) {
	tests := []struct {
		name     string
		from, to string
		want     string // a substring of one error
	}{
		{"unknown key of the pack", "title: the shop", "titel: the shop", `test.yml:2:1: unknown key "titel" in a pack: did you mean title?`},
		{"unknown key of a signal", "  headline: true\n  unit: seconds", "  heading: true\n  unit: seconds", `test.yml:12:3: unknown key "heading" in a signal: did you mean headline?`},
		{"unknown key of an expression", "    life: hist", "    lfe: hist", `test.yml:20:5: unknown key "lfe" in an expression: did you mean life?`},
		{"unknown key of a parameter", "    help: which one", "    hlep: which one", `test.yml:6:5: unknown key "hlep" in the parameter quantile: did you mean help?`},
		{"an unknown key like none", "title: the shop", "zzzzzzzzzz: the shop", `test.yml:2:1: unknown key "zzzzzzzzzz" in a pack: there are name, title, when`},
		{"key twice", "title: the shop", "name: shop", `test.yml:2:1: the key "name" stands twice in a pack`},
		{"no name", "name: shop\n", "", `test.yml:1:1: the pack has no name`},
		{"a name with a blank", "name: shop", "name: the shop", `test.yml:1:7: the name "the shop" must be of small letters`},
		{"no when", "when: shop_requests_total\n", "", `the pack has no when`},
		{"when is no metric", "when: shop_requests_total", "when: sum(shop_requests_total)", `test.yml:3:7: when must be a metric's name or a selector`},
		{"when is another time", "when: shop_requests_total", "when: shop_requests_total offset 5m", `test.yml:3:7: when must be a metric's name or a selector`},
		{"when is a choice by labels", "when: shop_requests_total", "when: shop_requests_total or on (job) up", `test.yml:3:7: when must be a metric's name or a selector`},
		{"when is no PromQL", "when: shop_requests_total", "when: shop requests", `test.yml:3:12: when: unexpected identifier "requests"`},
		{"an empty list", "when: shop_requests_total", "when: []", `test.yml:3:7: when must not be empty`},
		{"unknown concern", "concern: latency", "concern: latncy", `test.yml:11:12: unknown concern "latncy": did you mean latency?`},
		{"unknown unit", "unit: seconds", "unit: second", `test.yml:13:9: unknown unit "second": did you mean seconds?`},
		{"unknown direction", "good: steady", "good: stedy", `test.yml:29:9: unknown direction "stedy": did you mean steady?`},
		{"no unit", "  unit: seconds\n", "", `test.yml:9:3: the signal latency has no unit`},
		{"no expression", "  exprs:\n  - if: shop_queue\n    expr: shop_queue\n", "", `the signal saturation has no exprs`},
		{"no if", "  - if: shop_queue\n    expr", "  - expr", `has no if: the metric that tells absent from zero`},
		{"headline is no bool", "headline: true\n  unit: seconds", "headline: maybe\n  unit: seconds", `test.yml:12:13: headline must be true or false`},
		{"no headline of a concern", "  headline: true\n  unit: per-second", "  unit: per-second", `test.yml:24:3: traffic has no headline: give it to one of its signals`},
		{"no signal of a concern", "concern: traffic", "concern: errors", `no signal is about traffic`},
		{"two headlines", "concern: traffic", "concern: errors", `errors has a second headline, errors: the first is traffic in line 24`},
		{"two of a name", "- name: traffic", "- name: latency", `test.yml:24:3: a second signal is named latency: the first is in line 9`},
		{"threshold without a reason", "  reason: customers leave\n", "", `test.yml:22:3: a threshold without a reason`},
		{"reason without a threshold", "  warn: 0.5\n  bad: 2\n", "", `the signal latency has a reason and no threshold`},
		{"threshold is no number", "warn: 0.5", "warn: many", `test.yml:21:9: warn must be a number`},
		{"threshold is NaN", "warn: 0.5", "warn: .nan", `test.yml:21:9: warn must be a number`},
		{"warn beyond bad", "warn: 0.5", "warn: 5", `test.yml:22:3: what is good is low, so warn must come before bad`},
		{"threshold of what is steady", "  good: low\n  exprs:\n  - if: shop_seconds", "  good: steady\n  exprs:\n  - if: shop_seconds", `test.yml:22:3: a signal that is good when steady has no thresholds`},
		{"bad PromQL in a block", "rate(shop_seconds_bucket[${window}])))\n    life", "rate(shop_seconds_bucket[${window}]) by)\n    life", `test.yml:19:`},
		{"bad PromQL in a block, its place after placeholders", "(rate(shop_seconds_bucket[${window}])))", "(rate(shop_seconds_bucket[${window}]) +))", `test.yml:19:80: expr: unexpected ")" in aggregation`},
		{"bad PromQL, plain", "expr: shop_queue", "expr: shop_queue{", `test.yml:46:22: expr: unexpected end of input`},
		{"bad PromQL, in single quotes", "'rate(shop_requests_total[${window}])'", "'rat(shop_requests_total{a=''b''})'", `test.yml:30:44: expr: unknown function with name "rat"`},
		{"bad PromQL, in double quotes", `"shop_errors_total / shop_requests_total"`, `"shop_errors_total / / shop_requests_total"`, `test.yml:37:85: expr: unexpected <op:/>`},
		{"a function that is switched off", "expr: shop_queue", "expr: info(shop_queue)", `test.yml:46:11: expr: function "info" is not enabled`},
		{"no vector", "expr: shop_queue", "expr: '1'", `test.yml:46:11: expr gives a scalar, not a vector`},
		{"a range", "expr: shop_queue", "expr: shop_queue[5m]", `expr gives a matrix, not a vector`},
		{"life over a range", "le${by}) (shop_seconds_bucket))", "le${by}) (rate(shop_seconds_bucket[5m])))", `test.yml:20:11: life looks at a range, and there is a single scrape`},
		{"the target is summed away", "expr: shop_queue", "expr: 2 * (sum(shop_queue) or shop_queue)", `test.yml:46:16: expr loses job and instance, which tell whose value it is: write by (job, instance${by})`},
		{"the target is summed away in a block", "sum by (job, instance, le${by}) (rate", "sum by (job, le${by}) (rate", `test.yml:19:9: expr loses job and instance`},
		{"the target is taken away", "expr: shop_queue", "expr: max without (instance) (shop_queue)", `test.yml:46:11: expr loses job and instance`},
		{"the target is summed away over time", "expr: shop_queue", "expr: max_over_time(sum(shop_queue)[5m:])", `test.yml:46:25: expr loses job and instance`},
		{"unknown parameter", "life: histogram_quantile(${quantile}", "life: histogram_quantile(${qantile}", `test.yml:20:30: unknown parameter ${qantile}: did you mean quantile?`},
		{"a parameter that is filled in", "  quantile:\n", "  window:\n", `test.yml:5:3: ${window} is no parameter`},
		{"a parameter without a default", "    default: 0.99\n", "", `test.yml:5:3: the parameter quantile has no default`},
		{"a default that is no PromQL", "default: 0.99", "default: 0.99.", `test.yml:7:14: the default of quantile: `},
		{"a default of two lines", "default: 0.99", "default: |\n      0.99 +\n      0", `the default must be one line`},
		{"bad rule", "    for: 1m", "    fro: 1m", `test.yml:54:5: `},
		{"bad PromQL of a rule, its line", "        > 2", "        > > 2", `test.yml:53:11: `},
		{"bad PromQL of a rule, after a placeholder", "histogram_quantile(${quantile}, sum by (le)", "histogram_quantile(${quantile}, sum bye (le)", `test.yml:52:43: `},
		{"unknown parameter of a rule", "${quantile}, sum by (le)", "${quantil}, sum by (le)", `test.yml:52:26: unknown parameter ${quantil}: did you mean quantile?`},
		{"window in a rule", "[5m]", "[${window}]", `unknown parameter ${window}`},
		{"groups that do not begin a line", "groups:", "? groups\n:", `groups must stand at the beginning of a line`},
		{"signals are no list", right[strings.Index(right, "signals:"):strings.Index(right, "groups:")], "signals: none\n", `test.yml:8:10: signals must be a list`},
		{"a signal is no mapping", "- name: traffic", "- 7\n- name: traffic", `a signal must be a mapping of keys to values`},
		{"an alias", "warn: 0.5", "warn: *x", `test.yml:1:1: not YAML: unknown anchor 'x' referenced`},
		{"no YAML", "when: shop_requests_total", "when: [", `not YAML: `},
		{"a second document", "groups:", "---\ngroups:", `a second document: a pack is one`},
		{"too large", right, strings.Repeat("#", maxSize+1), `test.yml:1:1: the file has 1048577 bytes; a pack has 1048576 at most`},
		{"nothing", right, "", `test.yml:1:1: the file is empty`},
		{"no mapping", right, "- x\n", `test.yml:1:1: a pack must be a mapping`},
		{"null", right, "null\n", `test.yml:1:1: a pack must be a mapping`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(right, tt.from, tt.to, 1)
			require.NotEqual(t, right, text, "the row changes nothing")
			p, errs := Load("test.yml", []byte(text))
			require.Nil(t, p)
			require.Contains(t, errors.Join(errs...).Error(), tt.want)
		})
	}
}

func TestLoadTellsAllMistakesInOrder(t *testing.T) {
	text := strings.NewReplacer("title: the shop", "titel: x", "unit: count", "unit: pieces", "    for: 1m", "    fro: 1m", "warn: 0.5", "warn: x").Replace(right)
	_, errs := Load("test.yml", []byte(text))
	var places []string
	for _, err := range errs {
		file, rest, _ := strings.Cut(err.Error(), ":")
		line, _, _ := strings.Cut(rest, ":")
		require.Equal(t, "test.yml", file)
		places = append(places, line)
	}
	require.Equal(t, []string{"2", "21", "42", "54"}, places)
}

// A pack that is cut or changed at any place gives a pack or errors with
// a place, and never a panic.
func TestLoadSurvives(t *testing.T) {
	text := []byte(right)
	place := regexp.MustCompile(`^f:[1-9]\d*:[1-9]\d*: `)
	const odd = "\n:{'\"|#-\x00$"
	for i := range text {
		changed := append([]byte(nil), text...)
		changed[i] = odd[i%len(odd)]
		_, errs := Load("f", changed)
		_, more := Load("f", text[:i])
		for _, err := range append(errs, more...) {
			require.Regexp(t, place, err.Error())
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(right))
	files, err := filepath.Glob("*.yml")
	require.NoError(f, err)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, errs := Load("f", text)
		if (p == nil) != (len(errs) > 0) {
			t.Fatalf("a pack or mistakes: %v, %v", p, errs)
		}
		for _, err := range errs {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("an error without a place: %v", err)
			}
		}
	})
}
