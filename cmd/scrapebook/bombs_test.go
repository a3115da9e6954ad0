package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// around puts an expression into others n times.
func around(n int, expr, with string) string {
	for range n {
		expr = strings.Replace(with, "X", expr, 1)
	}
	return expr
}

// sum joins n terms.
func sum(n int, term, op string) string { return strings.TrimSuffix(strings.Repeat(term+op, n), op) }

// TestBombs runs expressions that would take hours or all memory, each by query
// and as a rule beside an honest one: both end with a message, and the honest
// rule fires.
func TestBombs(t *testing.T) {
	rows := []struct{ name, expr, reason string }{
		{"subqueries nested twice", "max_over_time(max_over_time(a[4000000s:1s])[4000000s:1s])", "ranges add up"},
		{"subqueries nested four times", around(4, "a", "avg_over_time(X[1500000s:1s])"), "the innermost covers all ranges"},
		{"windows in windows", around(2, "vector(1)", "max_over_time(X[400000s:1s])"), "160 billion visits of samples"},
		{"a nested step of a millisecond", "max_over_time(rate(a[1m])[1000d:1ms])", "86 billion instants"},
		{"ten thousand days of milliseconds", "a[10000d:1ms] @ 0", "not even a function around it"},
		{"milliseconds of a scalar", "sum_over_time(vector(time())[100d:1ms])", "without any series"},
		{"milliseconds below an offset", "max_over_time((a offset 1d)[500d:1ms] offset 10d)", "offsets hide nothing"},
		{"a sum of 25,000", sum(25_000, "a", " + "), "quadratic to parse"},
		{"25,000 alternatives", sum(25_000, "a", " or "), "the same"},
		{"25,000 comparisons", sum(25_000, "a", " > "), "the same"},
		{"30,000 parentheses", around(30_000, "a", "(X)"), "deep as well as long"},
		{"3,000 parentheses", around(3_000, "a", "(X)"), "deep only"},
		{"3,000 aggregations", around(3_000, "a", "sum(X)"), "deep only"},
		{"3,000 functions", around(3_000, "a", "abs(X)"), "deep only"},
		{"many to many", "a * on() group_left() a", "upstream refuses a cross join"},
		{"many to many in an aggregation", "sum(a + on(job) group_right() a)", "the same"},
		{"many to many by no label", "a / on() a", "the same"},
		{"labels doubled by joins", around(40, "a", `label_join(X, "x", "", "x", "x")`), "2^40 bytes from one"},
		{"labels tripled by replacement", around(40, "a", `label_replace(X, "x", "$1$1$1", "x", "(.*)")`), "3^40"},
		{"labels doubled by both", around(9, "a", `label_replace(label_join(X, "x", "", "x", "x"), "x", "$1$1", "x", "(.*)")`), "2^18"},
	}
	dir := t.TempDir()
	for i := range 3 {
		var body strings.Builder
		for n := range 50 {
			fmt.Fprintf(&body, "a{x=\"%d\"} 1\n", n)
		}
		path := filepath.Join(dir, "job", "host", fmt.Sprintf("%d.prom", 1795244460+5*i))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(body.String()), 0o666))
	}
	var all []map[string]string
	for _, row := range rows {
		require.NotEmpty(t, row.name+row.reason)
		t.Run(row.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run([]string{"query", dir, row.expr}, strings.NewReader(""), &stdout, &stderr)
			assert.Equal(t, 2, code, row.reason)
			assert.Empty(t, stdout.String())
			assert.Contains(t, stderr.String(), "scrapebook: ")
			assert.Less(t, stderr.Len(), 2000, "a message is no copy of the expression")
		})
		all = append(all, map[string]string{"alert": row.name, "expr": row.expr})
	}
	// What no rule file can hold is an error of the file; the rest fails alone.
	var fits []map[string]string
	for _, r := range all {
		var out, errs bytes.Buffer
		file := writeRules(t, []map[string]string{r})
		if code := run([]string{"check", "rules", file}, strings.NewReader(""), &out, &errs); code == 0 {
			fits = append(fits, r)
		} else {
			assert.Equal(t, 1, code, "%s: %s", r["alert"], errs.String())
			assert.Contains(t, out.String()+errs.String(), "the expression ", r["alert"])
		}
	}
	require.Greater(t, len(fits), 8)
	fits = append(fits, map[string]string{"alert": "honest", "expr": "a > 0"})
	var stdout, stderr bytes.Buffer
	code := run([]string{"replay", dir, "--rules", writeRules(t, fits), "--format", "json"}, strings.NewReader(""), &stdout, &stderr)
	require.Zero(t, code, stderr.String())
	var got struct {
		Rules []struct{ Alert, Verdict, Error string }
	}
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &got))
	for _, r := range got.Rules {
		if r.Alert == "honest" {
			assert.Equal(t, "firing", r.Verdict)
			continue
		}
		assert.Equal(t, "error", r.Verdict, r.Alert)
		assert.NotEmpty(t, r.Error, r.Alert)
	}
}

// writeRules writes a file of one group; JSON is YAML.
func writeRules(t *testing.T, rules []map[string]string) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "g", "rules": rules}}})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "rules.yml")
	require.NoError(t, os.WriteFile(file, data, 0o666))
	return file
}
