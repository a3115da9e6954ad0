package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Nothing of the incident's hosts is left in its redacted copy, in names or
// contents of files, and the replay is the same but for them.
func TestRedactedIncident(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the incident four times")
	}
	dir := filepath.Join(t.TempDir(), "copy")
	var out, errs bytes.Buffer
	require.Zero(t, run([]string{"redact", "demo:incident", "-o", dir}, strings.NewReader(""), &out, &errs), errs.String())
	require.Contains(t, out.String(), "192.0.2.11")
	files := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, left := range []string{"192.0.2.", "node-"} {
			if strings.Contains(strings.TrimPrefix(path, dir), left) || bytes.Contains(data, []byte(left)) {
				t.Errorf("%s: %s is left", path, left)
			}
		}
		return err
	}))
	require.Greater(t, files, 900)

	before, after := verdicts(t, "demo:incident"), verdicts(t, dir)
	require.NotEmpty(t, before)
	require.Equal(t, before, after)
}

// verdicts are those of the built-in rules, with the series that they saw and
// the intervals of their alerts.
func verdicts(t *testing.T, capture string) (list []any) {
	t.Helper()
	var out, errs bytes.Buffer
	require.Zero(t, run([]string{"replay", capture, "--format", "json", "--quiet"}, strings.NewReader(""), &out, &errs), errs.String())
	var res struct {
		Rules []struct {
			Alert, Verdict string
			Selectors      []struct{ Series int }
			Alerts         []struct {
				Intervals any
				Peak      string
			}
		}
		Problems []any
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &res))
	require.Empty(t, res.Problems)
	for _, r := range res.Rules {
		list = append(list, r)
	}
	return list
}
