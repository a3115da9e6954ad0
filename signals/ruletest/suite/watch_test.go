package suite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
)

// Tests run again when a rule file in another folder changes, and when a test
// file is new.
func TestWatch(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"tests/a_test.yml": "rule_files: [../rules/*.yml]\ntests:\n- input_series: [{series: up, values: 0x5}]\n  alert_rule_test: [{alertname: Down, exp_alerts: [{exp_labels_subset: {}}]}]\n",
		"rules/r.yml":      "groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]",
	})
	ctx, cancel := context.WithCancel(context.Background())
	type said struct {
		failed bool
		files  int
		err    error
	}
	told := make(chan said)
	ended := make(chan error)
	go func() {
		ended <- suite.Watch(ctx, []string{filepath.Join(dir, "tests")}, suite.Options{}, func(res *suite.Result, missing, err error) {
			if err == nil {
				err = missing
			}
			told <- said{res.Failed(), len(res.Files), err}
		})
	}()
	// next waits for a run as it is wanted: a change may be seen in two steps.
	next := func(want said) {
		t.Helper()
		for {
			select {
			case got := <-told:
				if got == want {
					return
				}
			case <-time.After(time.Minute):
				t.Fatalf("no run came to %+v", want)
			}
		}
	}
	next(said{false, 1, nil})
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules", "r.yml"), []byte("groups: [{name: g, rules: [{alert: Down, expr: up == 1}]}]"), 0o666))
	next(said{true, 1, nil})
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tests", "b_test.yml"), []byte("tests: []"), 0o666))
	next(said{true, 2, nil})
	cancel()
	for {
		select {
		case <-told:
		case err := <-ended:
			require.NoError(t, err)
			return
		}
	}
}
