package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

// hostileNames are names as people have them, and worse.
var hostileNames = []string{
	"node-a", "ip-10-0-128-47.eu-central-1.compute.internal:10249",
	"kube-controller-manager-ip-10-0-128-47.eu-central-1.compute.internal", "日本語の名前サーバー一号機", "👩‍👩‍👧🇩🇪e\u0301e\u0301",
	"\x1b[2Jred\u202e", "rack 12 of hall B", "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/k8s-ingress-0123456789/50dc6c495c0c9188",
}

// hostile is a capture of 50 targets, seven of which have such names and fail
// their rules.
func hostile(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "capture.yaml"), []byte("relabel_configs:\n"+hostileInstances()), 0o666))
	for i := range 50 {
		for n := range 6 {
			bad := 0
			if i < len(hostileNames) && n > 1 {
				bad = 12 * n
			}
			text := fmt.Sprintf("# HELP work_total Work that was done, in a help text that is longer than a narrow screen.\n# TYPE work_total counter\n"+
				"work_total{path=\"/a/rather/long/path/to/something/%d\",code=\"<error>\"} %d\n# TYPE go_goroutines gauge\ngo_goroutines %d\ngo_memstats_alloc_bytes 1000\nprocess_open_fds %d\nprocess_max_fds 10\n",
				i, bad, 40+i+bad*100, min(bad, 10))
			file := filepath.Join(dir, "app", folder(i), fmt.Sprintf("%d.prom", 1795244460+5*n))
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
			require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
		}
	}
	rules := "groups:\n- name: g\n  rules:\n" +
		"  - {alert: KubeControllerManagerCertificateExpirationInLessThanSevenDays, expr: 'go_goroutines > 1000', for: 5s}\n" +
		"  - {alert: Errors, expr: 'rate(work_total{code=\"<error>\"}[15s]) > 0.25'}\n" +
		"  - {alert: 日本語のアラート, expr: 'up == 0'}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yml"), []byte(rules), 0o666))
	return dir
}

// folder is that of a target, without a number that could be of a scrape.
func folder(i int) string { return "node-" + string(rune('a'+i/10)) + string(rune('a'+i%10)) }

func hostileInstances() string {
	var b strings.Builder
	for i, name := range hostileNames {
		fmt.Fprintf(&b, "- {source_labels: [__address__], regex: '%s.*', target_label: instance, replacement: %s}\n", folder(i), strconv.Quote(name))
	}
	return b.String()
}

// page is what a command writes to standard output.
func widePage(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(args, nil, &out, &errs)
	require.LessOrEqual(t, code, 1, "%v: %s", args, errs.String())
	require.NotEmpty(t, out.String(), "%v: %s", args, errs.String())
	return out.String()
}

// Text of every verb fits any screen: no word is split, and nothing is wider
// than asked but a word alone. A pipe has a line for each row.
func TestTextAtAnyWidth(t *testing.T) {
	t.Setenv("COLUMNS", "")
	t.Setenv("NO_COLOR", "1")
	dir := hostile(t)
	rules := filepath.Join(dir, "rules.yml")
	one := filepath.Join(dir, "app", folder(2), "1795244480.prom")
	other := filepath.Join(dir, "app", folder(2), "1795244460.prom")
	for _, args := range [][]string{
		{"replay", dir, "--rules", rules, "--phase", "0s"},
		{"replay", dir, "--rules", rules, "--phase", "0s", "--all", "--why", "all"},
		{"replay", dir, "--rules", rules, "--sweep", "--why", "none"},
		{"signals", dir}, {"signals", dir, "--all"}, {"signals", "demo:incident"},
		{"explain", dir, "--rules", rules, "--alert", "Errors"},
		{"inspect", dir}, {"inspect", dir, "--all"}, {"inspect", one}, {"inspect", "demo:article/kube-proxy/rest-client-duration", "-q", "0.5,0.99"},
		{"diff", other, one}, {"query", dir, "go_goroutines"}, {"query", one, "work_total"},
		{"check", "rules", rules, "--against", dir}, {"check", "rules", "demo:article/alerts.yml", "--kubernetes", "1.18..1.36"},
		{"check", "metrics", one}, {"check", "config", "demo:article/scrape-job.yaml.txt"},
		{"flip", dir, "--rules", rules, "--alert", "Errors"}, {"fixtures", "list"}, {"replay", "demo:incident"},
	} {
		t.Run(strings.Join(args[:2], " "), func(t *testing.T) {
			piped := widePage(t, args...)
			words := wordsOf(piped)
			for _, width := range []int{40, 60, 80, 120, 200} {
				text := widePage(t, slices.Concat(args, []string{"--width", strconv.Itoa(width)})...)
				for line := range strings.Lines(text) {
					line = strings.TrimSuffix(line, "\n")
					if terminal.Width(line) > width && !oneWord(line) {
						t.Errorf("wider than %d columns: %q", width, line)
					}
				}
				if name := "rack 12 of hall B"; strings.Contains(piped, name) && !strings.Contains(text, name) {
					t.Errorf("at %d columns %q is not whole", width, name)
				}
				for w := range wordsOf(text) {
					if !words[w] && !ofScreens(w) {
						t.Errorf("at %d columns there is %q, which no pipe has: it was split or cut", width, w)
					}
				}
			}
		})
	}
}

func wordsOf(text string) map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(text) {
		words[w] = true
	}
	return words
}

// ofScreens tells whether a word is one that only a screen has: what a bar or a
// course is drawn with, a help text that ends with the line, heads of what
// stands below a row, and expressions in short.
func ofScreens(w string) bool {
	return strings.Trim(w, "█▁▂▃▄▅▆▇·?^") == "" || strings.Contains(w, "…") || strings.Trim(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

var inQuotes = regexp.MustCompile(`"[^"]*"`)

// oneWord tells whether a line is one name, perhaps with blanks in it, or one
// of a file that a repair gives, which must not be folded.
func oneWord(line string) bool {
	line = strings.TrimSpace(line)
	line = inQuotes.ReplaceAllString(line, `""`)
	if !strings.Contains(line, " ") || strings.HasPrefix(line, "regex: ") {
		return true
	}
	return slices.ContainsFunc(hostileNames, func(s string) bool { return line == terminal.Clean(s) })
}

// Of many targets the bad ones are shown, and how many more there are.
func TestManyTargetsAreSummedUp(t *testing.T) {
	t.Setenv("COLUMNS", "")
	dir := hostile(t)
	few, all := widePage(t, "signals", dir), widePage(t, "signals", dir, "--all")
	require.Contains(t, few, "and 42 targets without a bad value: --all shows them")
	require.NotContains(t, all, "--all shows them")
	require.NotContains(t, few, "app/"+folder(49))
	require.Contains(t, all, "app/"+folder(49))
	rules := filepath.Join(dir, "rules.yml")
	few = widePage(t, "replay", dir, "--rules", rules, "--phase", "0s")
	require.Contains(t, few, "and 2 more")
	require.Contains(t, few, "--all shows them")
	all = widePage(t, "replay", dir, "--rules", rules, "--phase", "0s", "--all")
	require.NotContains(t, all, "--all shows them")
	const name = "KubeControllerManagerCertificateExpirationInLessThanSevenDays"
	rows := 0
	for line := range strings.Lines(all) {
		if strings.HasPrefix(line, "firing") && strings.Contains(line, name) {
			rows++
		}
	}
	require.Equal(t, len(hostileNames), rows, "grep finds each row by the alert's name")
	for _, instance := range hostileNames {
		require.Contains(t, all, terminal.Clean(instance))
	}
}
